"""A meeting as the recorder's desk and the live page need it."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from portal.db import clock
from portal.db.engine import db
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting, MeetingState
from portal.records.lines.queries import stamp, written_where
from portal.records.loading import with_person
from portal.records.models import LineKind, Record, RecordLine


def sitting(number: int) -> Meeting | None:
    """A meeting with its people and agenda, as its record needs it: one statement."""
    rows = db.session.scalars(
        sa.select(Meeting)
        .where(Meeting.id == number)
        .options(
            joinedload(Meeting.series),
            with_person(Meeting.chair),
            with_person(Meeting.recorder),
            joinedload(Meeting.items).options(with_person(AgendaItem.reporter)),
        )
    )
    return rows.unique().one_or_none()


def topic(number: int) -> AgendaItem | None:
    """An item of a meeting, as its record needs it; None while it is on no agenda."""
    return db.session.scalar(
        sa.select(AgendaItem)
        .join(AgendaItem.meeting)
        .where(AgendaItem.id == number)
        .options(contains_eager(AgendaItem.meeting), with_person(AgendaItem.reporter))
    )


def can_write(meeting: Meeting, record: Record | None) -> bool:
    """Whether the meeting has something to record and its record is still open."""
    sat = meeting.is_in_session or (meeting.is_over and not meeting.was_held_elsewhere)
    return bool(meeting.items) and sat and (record is None or record.is_open)


def live(number: int) -> Meeting | None:
    """A meeting alone, for a page that asks again every few seconds."""
    return db.session.scalar(sa.select(Meeting).where(Meeting.id == number).options(joinedload(Meeting.series)))


def stamp_of(meeting: Meeting) -> str:
    """Changes whenever the live page of a meeting would look different: two statements."""
    columns = (
        AgendaItem.id, AgendaItem.title, AgendaItem.position, AgendaItem.state, AgendaItem.minutes,
        AgendaItem.started_at, AgendaItem.ended_at, AgendaItem.seconds_away,
    )  # fmt: skip
    items = db.session.execute(
        sa.select(*columns).where(AgendaItem.meeting_id == meeting.id).order_by(AgendaItem.position, AgendaItem.id)
    ).all()
    of_meeting = sa.select(AgendaItem.id).where(AgendaItem.meeting_id == meeting.id)
    late = [_is_late(*row[4:]) for row in items]
    facts = [tuple(row) for row in items]
    shown = sa.and_(RecordLine.item_id.in_(of_meeting), RecordLine.kind != LineKind.note)
    return stamp(
        meeting.id, meeting.opened_at, meeting.version, meeting.state.value, facts, late, *written_where(shown)
    )


def _is_late(minutes: int, started: datetime | None, ended: datetime | None, away: int) -> bool:
    since = started + timedelta(seconds=away) if started and not ended else None
    return since is not None and clock.now() - since > timedelta(minutes=minutes)


def without_record() -> sa.Select[Meeting]:
    """Meetings that have ended here and at which nothing was written: they too are to be closed and signed."""
    return (
        sa.select(Meeting)
        .where(
            Meeting.adjourned_at.is_not(None),
            Meeting.state.in_([MeetingState.adjourned, MeetingState.concluded]),
            ~sa.exists().where(Record.meeting_id == Meeting.id),
        )
        .order_by(Meeting.id)
    )
