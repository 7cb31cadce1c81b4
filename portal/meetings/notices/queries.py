"""Questions about what was sent: notices, and calendars."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.db import clock
from portal.db.engine import db
from portal.documents.registry import Document
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.notices import CalendarFeed, MeetingNotice
from portal.meetings.models.series import MeetingSeries
from portal.meetings.series.queries import meetings_of
from portal.people.models.accounts import User

FEED_REACHES_BACK = timedelta(days=180)


def meetings_in_calendar_of(user: User) -> Sequence[Meeting]:
    """The meetings this person was told of and may read, from half a year ago on, cancelled ones too."""
    return db.session.scalars(
        meetings_of(user)
        .where(Meeting.announced_at.is_not(None), Meeting.day >= clock.today() - FEED_REACHES_BACK)
        .options(joinedload(Meeting.series))
        .order_by(Meeting.day, Meeting.starts_at, Meeting.id)
    ).all()


def calendar_feed(user_id: int) -> CalendarFeed | None:
    """A person's calendar address, with the person."""
    return db.session.scalar(
        sa.select(CalendarFeed).where(CalendarFeed.user_id == user_id).options(joinedload(CalendarFeed.user))
    )


def notices_of(meeting: Meeting) -> Sequence[MeetingNotice]:
    """Every notice that was sent, the latest first, with what is kept of it."""
    return db.session.scalars(
        sa.select(MeetingNotice)
        .where(MeetingNotice.meeting_id == meeting.id)
        .options(joinedload(MeetingNotice.document).joinedload(Document.file))
        .order_by(MeetingNotice.edition.desc())
    ).all()


def notice(number: int) -> MeetingNotice | None:
    """One notice as it was sent, with its meeting."""
    of_meeting = joinedload(MeetingNotice.meeting)
    return db.session.scalar(
        sa.select(MeetingNotice)
        .where(MeetingNotice.id == number)
        .options(
            of_meeting.joinedload(Meeting.series).joinedload(MeetingSeries.group),
            of_meeting.selectinload(Meeting.items),
        )
    )


def notices_to_lay_out() -> sa.Select[MeetingNotice]:
    """The notices that were sent and are not laid out yet."""
    return (
        sa.select(MeetingNotice)
        .where(MeetingNotice.document_id.is_(None), MeetingNotice.due_at <= clock.now())
        .order_by(MeetingNotice.id)
    )


def kept_notices_of(meeting: Meeting) -> Sequence[MeetingNotice]:
    """The notices whose paper is in the register, oldest first: what is filed with the meeting."""
    return [one for one in reversed(notices_of(meeting)) if one.is_kept]


def meeting_of_notice(document: Document) -> Meeting | None:
    """The meeting a registered notice was sent for."""
    return db.session.scalar(
        sa.select(Meeting)
        .join(MeetingNotice, MeetingNotice.meeting_id == Meeting.id)
        .where(MeetingNotice.document_id == document.id)
        .options(joinedload(Meeting.series).joinedload(MeetingSeries.group), selectinload(Meeting.items))
    )
