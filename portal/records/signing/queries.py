"""Questions about records and their papers: which wait to be closed, laid out, signed."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.db.engine import db
from portal.documents.registry import Document, Signature, SignatureState
from portal.meetings.models.meetings import Meeting, MeetingState
from portal.people.models.accounts import User
from portal.people.models.roles import Part
from portal.records.loading import with_person
from portal.records.models import Record, RecordEntry, RecordState


def record(number: int) -> Record | None:
    """One record with its meeting and its paper."""
    return db.session.scalar(
        sa.select(Record)
        .where(Record.id == number)
        .options(*_paper(), joinedload(Record.meeting).selectinload(Meeting.items))
    )


def record_of(meeting: Meeting) -> Record | None:
    """The record of a meeting, with its paper; None while nothing was written."""
    return db.session.scalar(sa.select(Record).where(Record.meeting_id == meeting.id).options(*_paper()))


def record_with_entries(meeting: Meeting) -> tuple[Record | None, dict[int, RecordEntry]]:
    """The record of a meeting, and what was written under each item, by the item's number."""
    rows = db.session.scalars(
        sa.select(Record)
        .where(Record.meeting_id == meeting.id)
        .options(*_paper(), joinedload(Record.entries).options(with_person(RecordEntry.saved_by)))
    )
    record = rows.unique().one_or_none()
    return record, {entry.item_id: entry for entry in record.entries} if record else {}


def record_on(document: Document) -> Record | None:
    """The record that is printed on a paper."""
    return db.session.scalar(
        sa.select(Record)
        .where(Record.document_id == document.id)
        .options(joinedload(Record.meeting).selectinload(Meeting.items))
    )


def _paper() -> tuple[Any, ...]:
    document = joinedload(Record.document)
    return (document.joinedload(Document.file), document.selectinload(Document.signatures))


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
            Meeting.recorder_id.in_(user.ids_for(Part.record)),
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
            Signature.user_id.in_(user.ids_for(Part.sign)),
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
