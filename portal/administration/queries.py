"""Questions about settings, working days and the journal."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from portal.db import calendar, journal
from portal.db.calendar import CalendarDay
from portal.db.engine import LARGEST_ID, db
from portal.db.journal import JournalEntry
from portal.db.office import SETTINGS, office
from portal.files.store import StoredFile

MOST_BREAKS = 50


def settings() -> dict[str, str | int]:
    """Every setting of the office as it is now."""
    return {key: getattr(office, key) for key in SETTINGS}


def settings_version() -> int:
    """A number that changes with any setting, so that two who edit them notice each other."""
    text = json.dumps(settings(), ensure_ascii=False, sort_keys=True)
    return int(hashlib.sha256(text.encode()).hexdigest()[:7], 16)


@dataclass(frozen=True)
class Period:
    """One line of the calendar: days in a row that are free, or worked, for the same reason."""

    first: date
    last: date
    working: bool
    name: str
    own: bool  # set by the office over what is published; then it is one day

    def goes_on(self, day: date, said: calendar.Named) -> bool:
        """Whether the next day belongs to it."""
        follows = day - self.last == timedelta(days=1)
        return follows and not self.own and (self.working, self.name) == (said.working, said.name)


def periods(year: int) -> list[Period]:
    """The days of a year that are not what their weekday says, in order."""
    own = set(db.session.scalars(sa.select(CalendarDay.day).where(sa.extract("year", CalendarDay.day) == year)))
    found: list[Period] = []
    for day, said in sorted(calendar.named(year).items()):
        if found and day not in own and found[-1].goes_on(day, said):
            found[-1] = replace(found[-1], last=day)
        else:
            found.append(Period(day, day, said.working, said.name, day in own))
    return found


def brought_notice(number: int) -> StoredFile | None:
    """A table somebody uploaded."""
    file = db.session.get(StoredFile, number)
    return file if file is not None and file.name.lower().endswith((".xlsx", ".csv")) else None


def is_own(day: date) -> bool:
    """Whether the office set this day itself."""
    return db.session.get(CalendarDay, day) is not None


def entries() -> sa.Select[JournalEntry]:
    """The journal, as the question a list narrows."""
    return sa.select(JournalEntry)


def about(query: Any, text: str) -> Any:
    """Those of a list of entries that are about one thing, written as `meeting.7`."""
    kind, _, number = text.partition(".")
    known = number.isascii() and number.isdigit() and len(number) < 11 and int(number) <= LARGEST_ID
    return query.where(JournalEntry.thing_type == kind, JournalEntry.thing_id == (int(number) if known else None))


def outcome(query: Any, state: str) -> Any:
    """Those of a list of entries that were done, or refused."""
    return query.where(JournalEntry.refused.is_(state == "refused"))


def breaks() -> Sequence[str]:
    """Where the chain of the journal does not hold, the first few places."""
    return list(islice(journal.breaks(), MOST_BREAKS))
