"""A diary written ahead: deeds with their moments, lived through in order with the clock set."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count

from portal.db import calendar, clock
from portal.db.engine import db
from portal.jobs import worker

Page = tuple[datetime, int, Callable[[], object]]


class Diary:
    """What is to happen when; what lies beyond the end stays undone, which leaves things in every state."""

    def __init__(self) -> None:
        self._pages: list[Page] = []
        self._order = count()

    def note(self, moment: datetime, deed: Callable[..., object], *arguments: object, **named: object) -> None:
        """Write down a deed for a moment; two of the same moment happen in the order they were written."""
        page: Page = (moment, next(self._order), partial(deed, *arguments, **named))
        heappush(self._pages, page)

    def live(self, until: datetime) -> None:
        """Do every deed up to a moment, each in a transaction of its own, with the jobs it prompts."""
        while self._pages and self._pages[0][0] <= until:
            moment, _, deed = heappop(self._pages)
            with clock.at(moment):
                deed()
                db.session.commit()
                worker.run_prompted()


def on(day: date, working_days: int, hour: int, minute: int = 0) -> datetime:
    """A moment some working days after a day, or before it."""
    return clock.moment(calendar.add_working(day, working_days), hour, minute)


def working(day: date) -> date:
    """The day itself where people work on it, else the next one on which they do."""
    return day if calendar.is_working(day) else calendar.next_working(day)


def first_of_next_month(moment: datetime) -> datetime:
    """The morning of the first working day of the month after a moment."""
    first = (clock.local(moment).date().replace(day=1) + timedelta(days=31)).replace(day=1)
    return clock.moment(working(first), 10)


def first_of_months(weekday: int, count: int, before: date) -> list[date]:
    """The last few days before a day on which a series meets that sits on the first such weekday of every month."""
    found: list[date] = []
    first = before.replace(day=1)
    while len(found) < count:
        day = working(first + timedelta(days=(weekday - first.weekday()) % 7))
        if day < before:
            found.insert(0, day)
        first = (first - timedelta(days=1)).replace(day=1)
    return found
