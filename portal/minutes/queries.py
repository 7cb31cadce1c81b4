"""Questions about minutes, their revisions and opinions."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal.database import db
from portal.meetings.models import AgendaItem, Meeting, MeetingSeries, MeetingState
from portal.meetings.queries import visible_to
from portal.minutes.models import READABLE, Minutes, MinutesRevision, MinutesState, Opinion, SignOffSheet
from portal.people.models import Role, User
from portal.records.models import RecordEntry
from portal.register import Document

_ROLES = (Meeting.chair, Meeting.recorder, Meeting.reviewer, Meeting.signatory)
ROW = (joinedload(Minutes.meeting).joinedload(Meeting.series),)


def _person(path: Any) -> Any:
    """Load a person beside a row, in the same statement and without the roles."""
    return joinedload(path).options(joinedload(User.department), lazyload(User.grants))


def minutes(number: int) -> Minutes | None:
    """One document with its meeting's people, its texts, its paper and its sign-off sheet, in two statements."""
    meeting, paper, sheet = joinedload(Minutes.meeting), joinedload(Minutes.document), joinedload(Minutes.sheet)
    query = (
        sa.select(Minutes)
        .where(Minutes.id == number)
        .options(
            meeting.options(*(_person(role) for role in _ROLES)),
            joinedload(Minutes.corrects),
            paper.options(joinedload(Document.file), joinedload(Document.signatures)),
            sheet.options(
                joinedload(SignOffSheet.document), joinedload(SignOffSheet.opinions).options(_person(Opinion.user))
            ),
            selectinload(Minutes.revisions).options(_person(MinutesRevision.by)),
        )
    )
    return db.session.scalars(query).unique().one_or_none()


def of_meeting(meeting: Meeting) -> Sequence[Minutes]:
    """The minutes of a meeting and their corrections, oldest first."""
    return db.session.scalars(
        sa.select(Minutes)
        .where(Minutes.meeting_id == meeting.id)
        .options(joinedload(Minutes.document))
        .order_by(Minutes.id)
    ).all()


def corrections_of(minutes: Minutes) -> Sequence[Minutes]:
    """The documents that replace this one or are to replace it, oldest first."""
    if not minutes.is_issued:
        return ()
    return db.session.scalars(
        sa.select(Minutes)
        .where(Minutes.corrects_id == minutes.id, Minutes.state != MinutesState.void)
        .order_by(Minutes.id)
    ).all()


def correction_of(minutes: Minutes) -> Minutes | None:
    """The issued document that replaces this one."""
    return next((one for one in reversed(corrections_of(minutes)) if one.is_issued), None)


def minutes_with(document: Document) -> Minutes | None:
    """The minutes a paper belongs to, as their paper or as their sign-off sheet; a withdrawn one belongs to none."""
    return db.session.scalar(
        sa.select(Minutes)
        .join(Minutes.sheet)
        .where(sa.or_(Minutes.document_id == document.id, SignOffSheet.document_id == document.id))
        .options(joinedload(Minutes.meeting).selectinload(Meeting.items))
    )


def readable_by(user: User) -> sa.Select[Minutes]:
    """The minutes a person may read: issued ones of own series, drafts of meetings one has a part in."""
    query = sa.select(Minutes).join(Minutes.meeting).join(Meeting.series)
    if user.has(Role.secretary):
        return query
    part = sa.or_(*(column == user.id for column in _parts()))
    issued = Minutes.state.in_(READABLE)
    mine = sa.true() if user.has(Role.archivist) else visible_to(user)
    return query.where(sa.or_(part, sa.and_(issued, mine)))


def saying(query: Any, text: str) -> Any:
    """A filter by words in the title, the number or the newest text."""
    newer = sa.orm.aliased(MinutesRevision)
    says = sa.exists().where(
        MinutesRevision.minutes_id == Minutes.id,
        MinutesRevision.text.contains(text, autoescape=True),
        ~sa.exists().where(newer.minutes_id == MinutesRevision.minutes_id, newer.number > MinutesRevision.number),
    )
    return query.where(sa.or_(Minutes.title.contains(text, autoescape=True), says))


def _parts() -> tuple[Any, ...]:
    return (Meeting.chair_id, Meeting.recorder_id, Meeting.reviewer_id, Meeting.signatory_id)


def said_at(meeting: Meeting) -> Sequence[tuple[AgendaItem, str]]:
    """Every item of a meeting in order, with what was recorded under it."""
    rows = db.session.execute(
        sa.select(AgendaItem, sa.func.coalesce(RecordEntry.text, ""))
        .outerjoin(RecordEntry, RecordEntry.item_id == AgendaItem.id)
        .where(AgendaItem.meeting_id == meeting.id)
        .order_by(AgendaItem.position, AgendaItem.id)
    )
    return [(item, text) for item, text in rows]


def scope_of(series_id: int) -> str:
    """In which scope of search the issued minutes of a series are found."""
    return f"minutes.{series_id}"


def scopes_of(user: User) -> set[str]:
    """The scopes of search in which this person may find minutes: of own series, of all for who keeps them."""
    query = sa.select(MeetingSeries.id)
    if not user.has(Role.secretary, Role.archivist):
        query = query.where(MeetingSeries.group_id.in_(user.group_ids))
    return {scope_of(number) for number in db.session.scalars(query)}


def issued() -> sa.Select[Minutes]:
    """All issued minutes, to be found by search."""
    return sa.select(Minutes).where(Minutes.state.in_(READABLE)).order_by(Minutes.id)


def to_draft() -> sa.Select[Meeting]:
    """Meetings that have adjourned here and have no minutes, not even void ones."""
    return (
        sa.select(Meeting)
        .where(
            Meeting.adjourned_at.is_not(None),
            Meeting.state.in_([MeetingState.adjourned, MeetingState.concluded]),
            ~sa.exists().where(Minutes.meeting_id == Meeting.id),
        )
        .order_by(Meeting.id)
    )


def to_render() -> sa.Select[Minutes]:
    """Minutes that wait to be signed and have no paper."""
    return (
        sa.select(Minutes)
        .where(Minutes.state == MinutesState.to_sign, Minutes.document_id.is_(None))
        .order_by(Minutes.id)
    )


def sheets_to_render() -> sa.Select[SignOffSheet]:
    """Sign-off sheets of issued minutes that have no paper."""
    return (
        sa.select(SignOffSheet)
        .join(SignOffSheet.minutes)
        .where(Minutes.state.in_(READABLE), SignOffSheet.document_id.is_(None))
        .order_by(SignOffSheet.id)
    )


def awaiting(user: User) -> Sequence[Minutes]:
    """Minutes on which this person is to act: to draft or issue as secretary or recorder, to review, to sign."""
    turns = [
        sa.and_(Minutes.state == MinutesState.in_review, Meeting.reviewer_id == user.id),
        sa.and_(Minutes.state == MinutesState.to_sign, Meeting.signatory_id == user.id),
        sa.and_(Minutes.state == MinutesState.drafting, Meeting.recorder_id == user.id),
    ]
    if user.has(Role.secretary):
        turns.append(Minutes.state.in_([MinutesState.drafting, MinutesState.signed]))
    return db.session.scalars(
        sa.select(Minutes)
        .join(Minutes.meeting)
        .where(sa.or_(*turns))
        .options(joinedload(Minutes.meeting).joinedload(Meeting.series))
        .order_by(Meeting.day, Minutes.id)
    ).all()


def revision(minutes: Minutes, number: int) -> MinutesRevision | None:
    """One saved text of a document."""
    return next((one for one in minutes.revisions if one.number == number), None)
