"""Which days are working days in China: weekends, public holidays and the days worked in exchange."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from flask import g
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import clock
from portal.db.engine import Base, db
from portal.db.office import office

ONE_DAY = timedelta(days=1)
HOLIDAYS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


class CalendarDay(Base):
    """A day the office set by hand, or imported for a year the library does not know yet."""

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    name: Mapped[str] = mapped_column(sa.String(40))


class Named(NamedTuple):
    """What the calendar says of one day, free of any session."""

    working: bool
    name: str


def is_working(day: date) -> bool:
    """Whether people work on this day; of a year without a calendar only the weekends are known."""
    said = named(day.year).get(day)
    return said.working if said else day.weekday() < 5


def known(year: int) -> bool:
    """Whether the holidays of this year are in the calendar."""
    return bool(named(year))


def name_of(day: date) -> str:
    """The holiday a day belongs to (国庆节), or nothing."""
    said = named(day.year).get(day)
    return said.name if said else ""


def next_working(day: date) -> date:
    """The first working day after this one."""
    return add_working(day, 1)


def add_working(day: date, count: int) -> date:
    """The day `count` working days after this one, or before it where the count is negative."""
    step = ONE_DAY if count > 0 else -ONE_DAY
    for _ in range(abs(count)):
        day += step
        while not is_working(day):
            day += step
    return day


def working_between(first: date, last: date) -> int:
    """How many working days come after the first day, up to and with the last; negative if that is earlier."""
    if last < first:
        return -working_between(last, first)
    return sum(is_working(first + ONE_DAY * step) for step in range(1, (last - first).days + 1))


def passed() -> date:
    """The last due day that has passed: nobody becomes late on a day without work, nor for what was due on one."""
    return add_working(clock.today() + ONE_DAY, -2)


def feedback_day(day: date) -> date | None:
    """The last day, up to and with this one, on which the office asks how tasks stand; moved on from a holiday."""
    if office.feedback_weekday not in clock.WEEKDAYS:
        return None
    wanted = clock.WEEKDAYS.index(office.feedback_weekday)
    asked = day - timedelta(days=(day.weekday() - wanted) % 7)
    for _ in range(3):  # after a long holiday two weeks fall on the same day
        moved = asked if is_working(asked) else next_working(asked)
        if moved <= day:
            return moved
        asked -= timedelta(days=7)
    return None


def feedback_asked_since() -> date | None:
    """The day from which a report counts for the last feedback day that has passed; None where none is asked."""
    last = feedback_day(clock.today() - ONE_DAY)
    before = feedback_day(last - ONE_DAY) if last else None
    return before + ONE_DAY if before else None


def mark(day: date, *, working: bool, name: str) -> None:
    """Set one day of the calendar."""
    db.session.merge(CalendarDay(day=day, working=working, name=name))
    db.session.flush()
    _cache().pop(day.year, None)


def unmark(day: date) -> None:
    """Let a day be again what is published of it."""
    db.session.execute(sa.delete(CalendarDay).where(CalendarDay.day == day))
    _cache().pop(day.year, None)


@cache
def published(year: int) -> Mapping[date, Named]:
    """The named days of a year as the library has them from the State Council; none for a year it does not know."""
    import chinese_calendar

    days = {}
    for day in _days(year):
        try:
            holiday, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            structlog.get_logger("portal").warning("calendar_unknown", year=year)
            return {}
        if name:
            days[day] = Named(not holiday, HOLIDAYS.get(name, name))
    return days


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += ONE_DAY


def named(year: int) -> dict[date, Named]:
    """The named days of a year, as published and as set over it: one query a request, however many days are asked."""
    years = _cache()
    if year not in years:
        rows = db.session.scalars(
            sa.select(CalendarDay).where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
        )
        years[year] = {**published(year), **{row.day: Named(row.working, row.name) for row in rows}}
    return years[year]


def _cache() -> dict[int, dict[date, Named]]:
    return g.setdefault("calendar", {})
