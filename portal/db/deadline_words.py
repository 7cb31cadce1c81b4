"""The words deadlines are made of: numbers, years, what stands behind a day, and what a phrase can mean."""

from calendar import monthrange
from datetime import date
from enum import Enum
from typing import NamedTuple

from portal.db import clock

FARTHEST = 3_660  # days a phrase may reach ahead
IMPLIED_AHEAD = 300  # a day without its year that would be further ahead was more likely meant of the past: ask


class Falls(Enum):
    """What happens to a day nobody works on."""

    forward = "a day that was named moves to the next working day"
    back = "the end of a period stays within the period"


class Meant(NamedTuple):
    """The day a phrase means, before holidays are looked at."""

    day: date
    falls: Falls = Falls.forward
    said: str = ""  # how it was counted, where that is not plain from the phrase
    past: bool = False  # a full date may lie in the past


N = r"(?:\d{1,3}|[一二两三四五六七八九十百〇零]{1,5})"
YEAR = r"(?:\d{4}|[〇零一二三四五六七八九]{4})年|今年|本年|明年"
HOUR = r"(?:\s*(?:凌晨|早上|上午|中午|下午|傍晚|晚上|晚|下班|\d{1,2}[点时:](?:\d{1,2}分?|半)?))*"
BEFORE = r"(?:之前|以前|前(?![往来进期景言述提])|截止|为止|止)"
BY = rf"{HOUR}\s*(?P<by>{BEFORE})?"
IN = r"(?:之内|以内|内(?![容部外控涵务]))"
PART = rf"(?:底|末|上旬|中旬|下旬|{IN})"
WEEK = r"(?:周|星期|礼拜)"
ALONE = r"(?<![上每去前一二两三四五六七八九十百个半\d])"
_DIGITS = {**{c: n for n, c in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}


def short_day(day: date, today: date) -> str:
    """A day without its year where that is this one."""
    return f"{day.month}月{day.day}日" if day.year == today.year else clock.zh_date(day)


def number(text: str) -> int:
    """A whole number below a thousand, in digits or in Chinese: 15, 十五, 二十, 两, 一百二十. Raises ValueError."""
    if text.isascii() and text.isdigit():
        return int(text)
    total, rest = 0, text
    for sign, size in (("百", 100), ("十", 10)):
        if sign in rest:
            head, _, rest = rest.partition(sign)
            total += size * (_digit(head.strip("零〇")) if head.strip("零〇") else 1)
    rest = rest.strip("零〇") if total else rest
    return total + (_digit(rest) if rest else 0)


def _digit(text: str) -> int:
    if text not in _DIGITS:
        raise ValueError(text)
    return _DIGITS[text]


def year_of(text: str | None, today: date) -> int | None:
    """The year a word means; None where none was said."""
    if not text:
        return None
    if text in ("今年", "本年", "今", "本"):
        return today.year
    if text in ("明年", "明"):
        return today.year + 1
    digits = text.removesuffix("年")
    return int(digits if digits.isascii() else "".join(str(_DIGITS[c]) for c in digits))


def day_of_year(year: int | None, month: int, day: int, today: date) -> Meant | None:
    """A day named by month and number: of this year, or where that is over of the next that has it."""
    if year:
        return Meant(date(year, month, day))
    date(2024, month, day)  # a day that exists in no year is refused here
    for at in range(today.year, today.year + 9):
        if day <= monthrange(at, month)[1] and (found := date(at, month, day)) >= today:
            return Meant(found) if (found - today).days <= IMPLIED_AHEAD else None
    return None


def month_after(today: date, count: int) -> tuple[int, int]:
    """Year and month so many months after this one."""
    months = today.year * 12 + today.month - 1 + count
    return months // 12, months % 12 + 1


def months_on(today: date, count: int) -> date:
    """The same day so many months on, or the last one of that month."""
    year, month = month_after(today, count)
    return date(year, month, min(today.day, monthrange(year, month)[1]))
