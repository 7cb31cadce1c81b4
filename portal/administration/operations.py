"""Deeds about what holds for everybody."""

from collections.abc import Mapping
from datetime import date

from portal import journal, workdays
from portal.administration import queries
from portal.database import db
from portal.errors import Refused, Stale
from portal.office import change, office
from portal.people.models import User


def change_settings(values: Mapping[str, str | int], seen: int | None, *, by: User) -> Mapping[str, str | int]:
    """Change settings of the office, each with its own journal entry; what stays the same leaves none."""
    current = queries.settings_version()
    if seen is not None and seen != current:
        raise Stale(office, current)
    for key, value in values.items():
        change(key, value, by=by)
    db.session.flush()
    return values


def mark_day(day: date, *, working: bool, name: str, by: User) -> date:
    """Say of one day whether it is worked, over what is published."""
    workdays.mark(day, working=working, name=name)
    journal.record(
        by, "administration.mark_day", f"{day:%Y-%m-%d}", "设为工作日" if working else "设为休息日", name=name
    )
    return day


def unmark_day(day: date, *, by: User) -> date:
    """Let a day be again what is published of it."""
    if not queries.is_own(day):
        raise Refused("这一天没有单独设置，无需恢复。")
    workdays.unmark(day)
    journal.record(by, "administration.unmark_day", f"{day:%Y-%m-%d}", "恢复为公布的日历")
    return day
