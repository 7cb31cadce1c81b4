"""Questions about records, decisions and the tasks typed where they were said."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.actions.models import ActionItem
from portal.database import db
from portal.meetings.models import AgendaItem, Meeting, MeetingState
from portal.people.models import User
from portal.records.models import Decision, Handout, Record, RecordEntry, RecordState
from portal.register import Document, Signature, SignatureState

_HANDOUT = (
    joinedload(Handout.lead_department),
    joinedload(Handout.lead_group),
    joinedload(Handout.lead_person).joinedload(User.department),
    joinedload(Handout.action),
    selectinload(Handout.support),
)


def record(number: int) -> Record | None:
    """One record with its meeting and its paper."""
    return db.session.scalar(sa.select(Record).where(Record.id == number).options(*_paper()))


def record_of(meeting: Meeting) -> Record | None:
    """The record of a meeting, with its paper; None while nothing was written."""
    return db.session.scalar(sa.select(Record).where(Record.meeting_id == meeting.id).options(*_paper()))


def _paper() -> tuple[sa.orm.interfaces.ORMOption, ...]:
    document = joinedload(Record.document)
    return (document.joinedload(Document.file), document.selectinload(Document.signatures))


def entries_of(meeting: Meeting) -> dict[int, RecordEntry]:
    """What was written under each item of a meeting, by the item's number."""
    rows = db.session.scalars(
        sa.select(RecordEntry)
        .join(RecordEntry.item)
        .where(AgendaItem.meeting_id == meeting.id)
        .options(joinedload(RecordEntry.saved_by))
    )
    return {entry.item_id: entry for entry in rows}


def entry_of(item: AgendaItem) -> RecordEntry | None:
    """What was written under one item."""
    return db.session.scalar(sa.select(RecordEntry).where(RecordEntry.item_id == item.id))


def decisions_of(meeting: Meeting) -> dict[int, list[Decision]]:
    """The decisions of a meeting in their order, with their tasks, by the item's number."""
    return _by_item(
        db.session.scalars(
            sa.select(Decision)
            .join(Decision.item)
            .where(AgendaItem.meeting_id == meeting.id)
            .order_by(Decision.item_id, Decision.position, Decision.id)
            .options(selectinload(Decision.handouts).options(*_HANDOUT))
        ).all()
    )


def handouts_of(meeting: Meeting) -> dict[int, list[Handout]]:
    """Every task said at a meeting, by the item's number."""
    return _by_item(
        db.session.scalars(
            sa.select(Handout)
            .join(Handout.item)
            .where(AgendaItem.meeting_id == meeting.id)
            .order_by(Handout.item_id, Handout.decision_id, Handout.id)
            .options(*_HANDOUT)
        ).all()
    )


def _by_item(rows: Sequence[Decision] | Sequence[Handout]) -> dict[int, list]:  # type: ignore[type-arg]
    found: dict[int, list] = {}  # type: ignore[type-arg]
    for row in rows:
        found.setdefault(row.item_id, []).append(row)
    return found


def item_with_words(item: AgendaItem) -> tuple[RecordEntry | None, list[Decision], list[Handout]]:
    """All that was written, decided and handed out under one item."""
    decisions = db.session.scalars(
        sa.select(Decision).where(Decision.item_id == item.id).order_by(Decision.position, Decision.id)
    ).all()
    handouts = db.session.scalars(
        sa.select(Handout).where(Handout.item_id == item.id).order_by(Handout.id).options(*_HANDOUT)
    ).all()
    return entry_of(item), list(decisions), list(handouts)


def decision(number: int) -> Decision | None:
    """One decision with its item and meeting."""
    return db.session.scalar(
        sa.select(Decision)
        .where(Decision.id == number)
        .options(joinedload(Decision.item).joinedload(AgendaItem.meeting), selectinload(Decision.handouts))
    )


def handout(number: int) -> Handout | None:
    """One task as it was said, with its item and meeting."""
    return db.session.scalar(
        sa.select(Handout)
        .where(Handout.id == number)
        .options(joinedload(Handout.item).joinedload(AgendaItem.meeting), *_HANDOUT)
    )


def origin_of(action: ActionItem) -> Handout | None:
    """Where a task was said: its handout with decision, item and meeting."""
    return db.session.scalar(
        sa.select(Handout)
        .where(Handout.action_id == action.id)
        .options(
            joinedload(Handout.decision),
            joinedload(Handout.item).joinedload(AgendaItem.meeting).joinedload(Meeting.series),
        )
    )


def actions_of(meeting: Meeting) -> Sequence[ActionItem]:
    """The tasks a meeting handed out."""
    return db.session.scalars(
        sa.select(ActionItem)
        .join(Handout, Handout.action_id == ActionItem.id)
        .join(Handout.item)
        .where(AgendaItem.meeting_id == meeting.id)
        .order_by(ActionItem.id)
    ).all()


def to_hand_out() -> sa.Select[Handout]:
    """Tasks said at meetings that have adjourned, and not handed out."""
    return (
        sa.select(Handout)
        .join(Handout.item)
        .join(AgendaItem.meeting)
        .where(Handout.action_id.is_(None), Meeting.state.in_([MeetingState.adjourned, MeetingState.concluded]))
        .order_by(Handout.id)
    )


def to_render() -> sa.Select[Record]:
    """Records that are closed and have no paper yet."""
    return sa.select(Record).where(Record.state == RecordState.closed, Record.document_id.is_(None)).order_by(Record.id)


def to_close_by(user: User) -> Sequence[Record]:
    """Records of adjourned meetings this person keeps and has not closed."""
    return db.session.scalars(
        sa.select(Record)
        .join(Record.meeting)
        .where(
            Record.state == RecordState.open,
            Meeting.recorder_id == user.id,
            Meeting.state.in_([MeetingState.adjourned, MeetingState.concluded]),
        )
        .options(joinedload(Record.meeting))
        .order_by(Meeting.day)
    ).all()


def to_sign_by(user: User) -> Sequence[Record]:
    """Records that wait for this person's signature, and for nobody's before."""
    earlier = sa.orm.aliased(Signature)
    return db.session.scalars(
        sa.select(Record)
        .join(Signature, Signature.document_id == Record.document_id)
        .where(
            Record.state == RecordState.closed,
            Signature.user_id == user.id,
            Signature.state == SignatureState.awaited,
            ~sa.exists().where(
                earlier.document_id == Signature.document_id,
                earlier.position < Signature.position,
                earlier.state == SignatureState.awaited,
            ),
        )
        .options(joinedload(Record.meeting))
        .order_by(Record.id)
    ).all()
