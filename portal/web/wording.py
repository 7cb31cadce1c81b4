"""Sizes, days and moments as people read them."""

import re
import unicodedata
from datetime import date, datetime

from markupsafe import Markup, escape

from portal.db import calendar, clock


def visible(text: str) -> str:
    """A text without control characters and lone surrogates, which neither Excel nor PostgreSQL takes."""
    return "".join(c for c in text if c in "\t\n" or unicodedata.category(c) not in {"Cc", "Cs"})


def size(number: int) -> str:
    """1.2 MB."""
    if number < 1024:
        return f"{number} 字节"
    value = float(number)
    for unit in ("KB", "MB", "GB"):
        value /= 1024
        if value < 1024 or unit == "GB":
            break
    return f"{value:.1f} {unit}"


def due_words(day: date | None) -> str:
    """还有 3 天, 今天到期, 逾期 2 天; between a day that is over and the next working day neither."""
    if day is None:
        return "未定时限"
    left = (day - clock.today()).days
    if left < 0 and day > calendar.passed():
        return "遇节假日顺延"
    if left < 0:
        return f"逾期 {-left} 天"
    return "今天到期" if left == 0 else f"还有 {left} 天"


def ago(moment: datetime) -> str:
    """刚刚, 5 分钟前, 3 小时前, or the date."""
    seconds = (clock.now() - moment).total_seconds()
    if seconds < 60:
        return "刚刚"
    if seconds < 3600:
        return f"{int(seconds // 60)} 分钟前"
    if seconds < 86_400:
        return f"{int(seconds // 3600)} 小时前"
    return clock.zh_date(moment)


def held(title: str) -> Markup:
    """A title whose date, or year and number, stay on one line."""
    return Markup(_NUMBERED.sub(r'<span class="nw">\g<0></span>', str(escape(title))))  # noqa: S704 - escaped


_NUMBERED = re.compile(r"\d{4}年(?:第\d+次(?:会议)?|\d+月\d+日)")
