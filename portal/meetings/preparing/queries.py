"""Questions about a meeting being prepared: what speaks against its day, its chair's deputy, its number."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.db import calendar, clock
from portal.db.engine import db
from portal.meetings.attendance.queries import in_the_chair
from portal.meetings.models.attendance import Attendance, Reply
from portal.meetings.models.meetings import UPCOMING, Meeting, MeetingState
from portal.meetings.models.series import MeetingSeries
from portal.people.models.accounts import User


def doubts(
    series: MeetingSeries, day: date, starts: datetime, minutes: int, chair: User | None, *, but: Meeting | None = None
) -> list[str]:
    """What speaks against meeting then, in sentences; the secretary may go on all the same."""
    query = sa.select(Meeting).where(Meeting.day == day, Meeting.state != MeetingState.cancelled)
    if but is not None:
        query = query.where(Meeting.id != but.id)
    return doubts_about(series, day, starts, minutes, chair, db.session.scalars(query).all())


def doubts_about(
    series: MeetingSeries, day: date, starts: datetime, minutes: int, chair: User | None, others: Sequence[Meeting]
) -> list[str]:
    """What speaks against a day, where the other meetings of that day are known."""
    found = []
    if not calendar.is_working(day):
        holiday = calendar.name_of(day)
        found.append(f"{clock.zh_date(day)}（{clock.weekday(day)}{'，' + holiday if holiday else ''}）不是工作日。")
    if not calendar.known(day.year):
        found.append(f"工作日历里还没有{day.year}年的节假日安排，只按周末判断。")
    if day < clock.today():
        found.append("这个日期已经过去。")
    for other in others:
        if other.series_id == series.id:
            found.append(f"同一天已有本例会的会议：{other.title}。")
        overlaps = other.starts < starts + timedelta(minutes=minutes) and starts < other.ends
        if chair is not None and other.chair_id == chair.id and overlaps:
            found.append(f"主持人{chair.name}同一时间还要主持{other.title}（{clock.hm(other.starts_at)}）。")
    return found


class SameDay(NamedTuple):
    """A meeting of a day, and whether the chair of the meeting in question is on leave from it."""

    meeting: Meeting
    chair_away: bool


def on_same_day(meeting: Meeting) -> list[SameDay]:
    """The meetings of the same day, this one too."""
    away = sa.exists().where(
        Attendance.meeting_id == Meeting.id,
        Attendance.user_id == meeting.chair_id,
        Attendance.state.in_((Reply.leave_asked, Reply.on_leave)),
        Attendance.substitute == "",
    )
    query = sa.select(Meeting, away).where(Meeting.day == meeting.day, Meeting.state != MeetingState.cancelled)
    return [SameDay(*row) for row in db.session.execute(query.order_by(Meeting.id))]


def chairs_to_settle() -> sa.Select[Meeting]:
    """The meetings to come whose chair has another deputy on the day, or none any more, than the meeting says."""
    ahead = sa.select(Meeting).where(Meeting.state.in_(UPCOMING), Meeting.day >= clock.today())
    rows = db.session.scalars(ahead.options(selectinload(Meeting.attendances))).all()
    ids = [one.id for one in rows if in_the_chair(one) is not one.acting_chair]
    return sa.select(Meeting).where(Meeting.id.in_(ids)).order_by(Meeting.id)


def highest_number(meeting: Meeting, year: int | None = None) -> int | None:
    """The highest number given to a meeting of the series in a year; the meeting's own year by default."""
    return db.session.scalar(
        sa.select(sa.func.max(Meeting.number)).where(
            Meeting.series_id == meeting.series_id, Meeting.year == (year or meeting.year)
        )
    )
