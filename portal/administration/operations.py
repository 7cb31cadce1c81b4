"""Deeds about what holds for everybody."""

from collections.abc import Mapping, Sequence
from datetime import date

from portal.administration import queries
from portal.administration.holidays import Said
from portal.db import calendar, journal
from portal.db.engine import db
from portal.db.office import change, office
from portal.errors import Refused, Stale
from portal.files.store import StoredFile
from portal.people.models.accounts import User


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
    calendar.mark(day, working=working, name=name)
    journal.record(
        by, "administration.mark_day", f"{day:%Y-%m-%d}", "设为工作日" if working else "设为休息日", name=name
    )
    return day


def bring_in_days(days: Sequence[Said], year: int, file: StoredFile, *, by: User) -> int:
    """导入一年的放假安排；已经是这样的日子不动，返回改了几天。"""
    known = {number: calendar.named(number) for number in {one.day.year for one in days}}
    new = [one for one in days if known[one.day.year].get(one.day) != (one.working, one.name)]
    if not new:
        raise Refused("这些日子的安排都已经在工作日历里，没有需要导入的。")
    for one in new:
        calendar.mark(one.day, working=one.working, name=one.name)
    free = sum(not one.working for one in new)
    journal.record(
        by, "administration.bring_in_days", file, "导入放假安排", year=year, free=free, worked=len(new) - free
    )
    return len(new)


def unmark_day(day: date, *, by: User) -> date:
    """Let a day be again what is published of it."""
    if not queries.is_own(day):
        raise Refused("这一天没有单独设置，无需恢复。")
    calendar.unmark(day)
    journal.record(by, "administration.unmark_day", f"{day:%Y-%m-%d}", "恢复为公布的日历")
    return day
