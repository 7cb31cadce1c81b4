"""Questions about when a series meets."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any, NamedTuple

import sqlalchemy as sa

from portal.db import calendar, clock
from portal.db.engine import db
from portal.meetings.models.meetings import HELD, UPCOMING, Meeting, MeetingState
from portal.meetings.models.series import LAST, MeetingSeries, Recurrence

WEEK = timedelta(days=7)


def is_ahead(series: MeetingSeries) -> bool:
    """Whether a sitting of the series is to come or under way."""
    return bool(db.session.scalar(sa.select(is_ahead_of(series.id))))


def is_ahead_of(series_id: Any) -> sa.ColumnElement[bool]:
    """The condition that a series has a sitting to come or under way."""
    return sa.exists().where(Meeting.series_id == series_id, Meeting.state.in_((*UPCOMING, MeetingState.in_session)))


def series_without_next() -> sa.Select[MeetingSeries]:
    """The series that meet by themselves, have met, and have no sitting ahead: what the job owes."""
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
        Proposed(day, day if calendar.is_working(day) else calendar.next_working(day)) for day in _rhythm(series, start)
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
