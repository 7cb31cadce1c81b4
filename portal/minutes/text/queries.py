"""The text of minutes as it is read, its revisions, and what was recorded at the meeting."""

from collections.abc import Sequence

import sqlalchemy as sa

from portal.db.engine import db
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting, MeetingState
from portal.minutes.models.minutes import Minutes
from portal.minutes.models.revision import MinutesRevision
from portal.minutes.text import live
from portal.records.decisions import queries as records
from portal.records.models import RecordEntry


def words(minutes: Minutes) -> str:
    """The text as it is read: as printed once it is passed, before that with what is decided and handed out now."""
    if minutes.printed is not None:
        return minutes.printed
    return live.filled(minutes.text, *records.words_of(minutes.meeting)) if live.is_live(minutes.text) else minutes.text


def said_at(meeting: Meeting) -> Sequence[tuple[AgendaItem, str]]:
    """Every item of a meeting in order, with what was recorded under it."""
    rows = db.session.execute(
        sa.select(AgendaItem, sa.func.coalesce(RecordEntry.text, ""))
        .outerjoin(RecordEntry, RecordEntry.item_id == AgendaItem.id)
        .where(AgendaItem.meeting_id == meeting.id)
        .order_by(AgendaItem.position, AgendaItem.id)
    )
    return [(item, text) for item, text in rows]


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


def revision(minutes: Minutes, number: int) -> MinutesRevision | None:
    """One saved text of a document."""
    return next((one for one in minutes.revisions if one.number == number), None)
