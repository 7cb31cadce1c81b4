"""Questions about when a series meets, and what speaks against a day."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

import sqlalchemy as sa

from portal import clock, workdays
from portal.database import db
from portal.meetings.models import (
    HELD,
    LAST,
    UPCOMING,
    Attendance,
    Meeting,
    MeetingSeries,
    MeetingState,
    Recurrence,
    Reply,
)
from portal.people.models import User

WEEK = timedelta(days=7)


def is_ahead(series: MeetingSeries) -> bool:
    """Whether a sitting of the series is to come or under way."""
    return bool(db.session.scalar(sa.select(is_ahead_of(series.id))))


def is_ahead_of(series_id: Any) -> sa.ColumnElement[bool]:
    """The condition that a series has a sitting to come or under way."""
    return sa.exists().where(Meeting.series_id == series_id, Meeting.state.in_((*UPCOMING, MeetingState.in_session)))


def series_without_next() -> sa.Select[MeetingSeries]:
    """The series that meet by themselves, have met, and have no sitting ahead: what the chore owes."""
    ahead = is_ahead_of(MeetingSeries.id)
    held = sa.exists().where(Meeting.series_id == MeetingSeries.id, Meeting.state.in_(HELD))
    return (
        sa.select(MeetingSeries)
        .where(MeetingSeries.recurrence != Recurrence.by_hand, MeetingSeries.automatic, held, ~ahead)
        .order_by(MeetingSeries.id)
    )


class Proposed(NamedTuple):
    """When a series meets next: the day its rhythm gives, and the working day that stands for it."""

    rhythm_day: date
    day: date


def proposed(series: MeetingSeries) -> Proposed:
    """When the series meets next by its own rhythm; a day that is no working day moves to the next that is.

    The rhythm goes on from the day the last sitting stood for, so that neither a holiday nor a postponement shifts it.
    """
    last, today = _last_of(series), clock.today()
    start = (last.rhythm_day or last.day) if last else today
    after = max(last.day, today) if last else today
    sittings = (
        Proposed(day, day if workdays.is_working(day) else workdays.next_working(day)) for day in _rhythm(series, start)
    )
    return next(one for one in sittings if one.day > after and (last is None or one.rhythm_day > start))


def proposed_day(series: MeetingSeries) -> date:
    """The day of the next sitting, as it is proposed."""
    return proposed(series).day


def _last_of(series: MeetingSeries) -> Meeting | None:
    """The series' latest meeting, held or not."""
    newest = sa.select(Meeting).where(Meeting.series_id == series.id).order_by(Meeting.day.desc(), Meeting.id.desc())
    return db.session.scalar(newest.limit(1))


def _rhythm(series: MeetingSeries, start: date) -> Iterator[date]:
    """The days of a series' rhythm from the week or month of a day on, without end."""
    if series.recurrence is Recurrence.by_hand:
        yield from (max(start, clock.today()) + timedelta(days=days) for days in count(1))
    elif series.recurrence is Recurrence.monthly:
        for month in count(start.month - 1):
            yield nth_weekday(start.year + month // 12, month % 12 + 1, series.weekday, series.nth)
    else:
        step = 2 * WEEK if series.recurrence is Recurrence.fortnightly else WEEK
        first = start - timedelta(days=start.weekday()) + timedelta(days=series.weekday)
        yield from (first + step * times for times in count())


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The first, second, third, fourth or LAST Monday (or another weekday) of a month."""
    if nth == LAST:
        end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7) + WEEK * (nth - 1)


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
    if not workdays.is_working(day):
        holiday = workdays.name_of(day)
        found.append(f"{clock.zh_date(day)}（{clock.weekday(day)}{'，' + holiday if holiday else ''}）不是工作日。")
    if not workdays.known(day.year):
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
