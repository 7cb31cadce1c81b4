"""What time it is, in one place: UTC in the database, Asia/Shanghai for people."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta, timezone

# China has had no daylight saving time since 1991, so a fixed offset is exact and needs no zone data on the machine.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC; inside `at()` the moment that was set."""
    return _moment.get() or datetime.now(UTC)


def today() -> date:
    """The calendar day in Shanghai."""
    return now().astimezone(SHANGHAI).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the block run at another moment; the example world is loaded this way."""
    token = _moment.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _moment.reset(token)


def moment(day: date, hour: int | time = 0, minute: int = 0) -> datetime:
    """The UTC moment of a Shanghai wall-clock time."""
    clock_time = hour if isinstance(hour, time) else time(hour, minute)
    return datetime.combine(day, clock_time, SHANGHAI).astimezone(UTC)


def local(value: datetime) -> datetime:
    """The same moment on a Shanghai wall clock."""
    return value.astimezone(SHANGHAI)


def lapsed(since: datetime | None) -> str:
    """12:05, the minutes and seconds since a moment, as the page's clock goes on to count them."""
    seconds = max(0, int((now() - since).total_seconds())) if since else 0
    return f"{seconds // 60}:{seconds % 60:02d}"


def zh_date(value: date | datetime) -> str:
    """2026年11月23日, as dates are written on paper."""
    day = local(value).date() if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日"


def zh_datetime(value: datetime) -> str:
    """2026年11月23日 09:05."""
    return f"{zh_date(value)} {hm(value)}"


def hm(value: datetime | time) -> str:
    """09:05, 24-hour."""
    if isinstance(value, datetime):
        value = local(value).time()
    return value.strftime("%H:%M")


def weekday(day: date) -> str:
    """星期一 … 星期日."""
    return WEEKDAYS[day.weekday()]


def parse_day(text: str) -> date:
    """A day as people type it: 2026-11-23, 2026年11月23日, 2026/11/23, 20261123, full-width digits too.

    Raises ValueError when it is none of these or no such day exists.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", plain) or re.fullmatch(
        r"(\d{4})(\d{2})(\d{2})", plain
    )
    if not found:
        raise ValueError(text)
    day = date(*(int(part) for part in found.groups()))
    if not 2000 <= day.year <= 2199:
        raise ValueError(text)
    return day


def parse_time(text: str) -> time:
    """A time as people type it: 9:30, 09：30, 0930, 9点半, 9点30分, 9时. Raises ValueError otherwise."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if found := re.fullmatch(r"(\d{1,2})\s*[点时]\s*半", plain):
        return time(int(found[1]), 30)
    found = re.fullmatch(r"(\d{1,2})\s*(?:[:点时]\s*)?(\d{2})?\s*分?(?::\d{2})?", plain)
    if not found:
        raise ValueError(text)
    return time(int(found[1]), int(found[2] or 0))
