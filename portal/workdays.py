"""Which days are working days in China: weekends, public holidays and the days worked in exchange."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from flask import g
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.database import Base, db

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
    """A day the State Council's yearly notice names: a holiday, or a weekend day that is worked."""

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    name: Mapped[str] = mapped_column(sa.String(40))


class Named(NamedTuple):
    """What the calendar says of one day, free of any session."""

    working: bool
    name: str


def is_working(day: date) -> bool:
    """Whether people work on this day; of a year without a calendar only the weekends are known."""
    named = _year(day.year).get(day)
    return named.working if named else day.weekday() < 5


def known(year: int) -> bool:
    """Whether the holidays of this year are in the calendar."""
    return bool(_year(year))


def name_of(day: date) -> str:
    """The holiday a day belongs to (国庆节), or nothing."""
    named = _year(day.year).get(day)
    return named.name if named else ""


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


def mark(day: date, *, working: bool, name: str) -> None:
    """Set one day of the calendar."""
    db.session.merge(CalendarDay(day=day, working=working, name=name))
    db.session.flush()
    _cache().pop(day.year, None)


def seed(session: Session, years: Iterable[int]) -> list[int]:
    """Fill in the years the library knows and the calendar does not, and tell which these were."""
    there = set(session.scalars(sa.select(sa.extract("year", CalendarDay.day)).distinct()))
    done = []
    for year in sorted(set(years) - there):
        days = _published(year)
        if not days:
            structlog.get_logger("portal").warning("calendar_unknown", year=year)
            continue
        session.add_all(days)
        done.append(year)
    session.flush()
    for year in done:
        _cache().pop(year, None)
    return done


def _published(year: int) -> list[CalendarDay]:
    """The named days of a year as the library has them; none for a year it does not know."""
    import chinese_calendar

    days = []
    for day in _days(year):
        try:
            holiday, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return []
        if name:
            days.append(CalendarDay(day=day, working=not holiday, name=HOLIDAYS.get(name, name)))
    return days


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += ONE_DAY


def _year(year: int) -> dict[date, Named]:
    """The named days of a year: one query a request, however many days are asked about."""
    years = _cache()
    if year not in years:
        rows = db.session.scalars(
            sa.select(CalendarDay).where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
        )
        years[year] = {row.day: Named(row.working, row.name) for row in rows}
    return years[year]


def _cache() -> dict[int, dict[date, Named]]:
    return g.setdefault("calendar", {})
