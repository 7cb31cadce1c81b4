"""Reads the day a Chinese phrase means (下周三前, 月底前, 三个工作日内) and turns it into a working day."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple

from portal import clock, workdays

FARTHEST = 3_660  # days a phrase may reach ahead
IMPLIED_AHEAD = 300  # a day without its year that would be further ahead was more likely meant of the past: ask
YEARS = range(2000, 2200)


class Reading(NamedTuple):
    """The day a phrase means, where the phrase stands in the text, and in plain words why it is this day."""

    day: date
    start: int
    end: int
    text: str
    why: str


class _Falls(Enum):
    """What happens to a day nobody works on."""

    forward = "a day that was named moves to the next working day"
    back = "the end of a period stays within the period"


class _Meant(NamedTuple):
    day: date
    falls: _Falls = _Falls.forward
    said: str = ""  # how it was counted, where that is not plain from the phrase
    past: bool = False  # a full date may lie in the past


@dataclass(frozen=True)
class _Phrase:
    pattern: re.Pattern[str]
    mean: Callable[[re.Match[str], date], _Meant | None]


_PHRASES: list[_Phrase] = []

_N = r"(?:\d{1,3}|[一二两三四五六七八九十百〇零]{1,5})"
_YEAR = r"(?:\d{4}|[〇零一二三四五六七八九]{4})年|今年|本年|明年"
_HOUR = r"(?:\s*(?:凌晨|早上|上午|中午|下午|傍晚|晚上|晚|下班|\d{1,2}[点时:](?:\d{1,2}分?|半)?))*"
_BEFORE = r"(?:之前|以前|前(?![往来进期景言述提])|截止|为止|止)"
_BY = rf"{_HOUR}\s*(?P<by>{_BEFORE})?"
_IN = r"(?:之内|以内|内(?![容部外控涵务]))"
_PART = rf"(?:底|末|上旬|中旬|下旬|{_IN})"
_WEEK = r"(?:周|星期|礼拜)"
_ALONE = r"(?<![上每去前一二两三四五六七八九十百个半\d])"
_DIGITS = {**{c: n for n, c in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_FEASTS = {
    "元旦": "元旦", "春节": "春节", "清明": "清明节", "五一": "劳动节", "劳动节": "劳动节", "端午": "端午节",
    "中秋": "中秋节", "国庆": "国庆节",
}  # fmt: skip
_FIXED = {"元旦": (1, 1), "劳动节": (5, 1), "国庆节": (10, 1)}  # known also of a year whose notice is not out yet


def read(text: str, today: date) -> Reading | None:
    """The deadline a text names, or None; of several the last one that says 前 or 内, else the last.

    A day is never before `today` unless it was written with its year.
    """
    found = [one for one in _readings(text, today) if one]
    firm = [reading for reading, is_firm in found if is_firm]
    return firm[-1] if firm else found[-1][0] if found else None


def _readings(text: str, today: date) -> Iterator[tuple[Reading, bool] | None]:
    for phrase, match in _matches(_plain(text)):
        try:
            meant = phrase.mean(match, today)
        except (ValueError, OverflowError):  # there is no 2月30日, and no year 0
            continue
        if meant is None or not _within_reach(meant, today):
            yield None
            continue
        day = _settle(meant, today)
        if day >= today or meant.past:
            said = text[match.start() : match.end()]
            yield Reading(day, match.start(), match.end(), said, _why(meant, day, today)), _is_firm(match)


def _matches(plain: str) -> Iterator[tuple[_Phrase, re.Match[str]]]:
    """The phrases of a text from left to right, at each place the longest."""
    all_found = [(phrase, match) for phrase in _PHRASES for match in phrase.pattern.finditer(plain)]
    end = 0
    for phrase, match in sorted(all_found, key=lambda one: (one[1].start(), -one[1].end())):
        if match.start() >= end and match.end() > match.start():
            end = match.end()
            yield phrase, match


def _plain(text: str) -> str:
    """Full-width digits and marks as plain ones, character for character, so that every place stays where it is."""
    narrow = (unicodedata.normalize("NFKC", c) for c in text)
    return "".join(n if len(n) == 1 else c for n, c in zip(narrow, text, strict=True))


def _is_firm(match: re.Match[str]) -> bool:
    return bool(re.search(rf"(?:{_BEFORE}|{_IN}|底|末|后|旬)$", match[0]))


def _within_reach(meant: _Meant, today: date) -> bool:
    return meant.day.year in YEARS and (meant.past or abs((meant.day - today).days) <= FARTHEST)


def _settle(meant: _Meant, today: date) -> date:
    if workdays.is_working(meant.day):
        return meant.day
    if meant.falls is _Falls.back and (before := workdays.add_working(meant.day, -1)) >= today:
        return before
    return workdays.next_working(meant.day)


def _why(meant: _Meant, day: date, today: date) -> str:
    words = _spoken(day, today)
    if day != meant.day:
        rest = workdays.name_of(meant.day) or "休息日"
        verb = "顺延到" if day > meant.day else "提前到"
        words = f"{verb} {words}，因为 {_short(meant.day, today)} 是{rest}"
    elif meant.said:
        words = f"{words}，{meant.said}"
    unknown = "" if workdays.known(day.year) else f"；{day.year} 年的节假日还没有录入，只按周末推算"
    return words + unknown


def _spoken(day: date, today: date) -> str:
    return f"{_short(day, today)}（{clock.weekday(day)}）"


def _short(day: date, today: date) -> str:
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


def _year(text: str | None, today: date) -> int | None:
    """The year a word means; None where none was said."""
    if not text:
        return None
    if text in ("今年", "本年", "今", "本"):
        return today.year
    if text in ("明年", "明"):
        return today.year + 1
    digits = text.removesuffix("年")
    return int(digits if digits.isascii() else "".join(str(_DIGITS[c]) for c in digits))


def _phrase(pattern: str) -> Callable[[Callable[[re.Match[str], date], _Meant | None]], None]:
    def keep(mean: Callable[[re.Match[str], date], _Meant | None]) -> None:
        _PHRASES.append(_Phrase(re.compile(pattern), mean))

    return keep


# ── what is over, or comes again and again, is no deadline ─────────────────────────────────────────────────────────


@_phrase(
    rf"(?:(?:上上?|每|前)个?{_WEEK}[一二三四五六日天末]?|(?:上上?|每|去年|每年){_N}?个?月(?:{_N}[日号]|{_PART})?|去年[底末]"
    rf"|每年[底末]?|[上每]个?季度[末底]?|大?前[天日]|昨[天日晚]|每[天日])"
)
def _over(match: re.Match[str], today: date) -> None:
    return None


# ── days with their month ──────────────────────────────────────────────────────────────────────────────────────────


@_phrase(
    rf"(?<!\d)(?P<y>\d{{4}}|[〇零一二三四五六七八九]{{4}})\s*[年\-/.]\s*(?P<m>{_N})\s*[月\-/.]\s*(?P<d>{_N})(?!\d)\s*[日号]?{_BY}"
)
def _full(match: re.Match[str], today: date) -> _Meant:
    return _Meant(date(_year(match["y"], today) or 0, number(match["m"]), number(match["d"])), past=True)


@_phrase(rf"(?<!\d)(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?!\d){_BY}")
def _eight_digits(match: re.Match[str], today: date) -> _Meant:
    return _Meant(date(int(match["y"]), int(match["m"]), int(match["d"])), past=True)


@_phrase(rf"(?:(?P<y>今年|本年|明年)|(?<![\d年]))(?P<m>{_N})\s*月\s*(?P<d>{_N})(?:[日号]|(?=\s*{_BEFORE})){_BY}")
def _month_and_day(match: re.Match[str], today: date) -> _Meant | None:
    return _of_year(_year(match["y"], today), number(match["m"]), number(match["d"]), today)


@_phrase(
    rf"(?<![\d.\-/])(?P<m>\d{{1,2}})[./\-](?P<d>\d{{1,2}})"
    rf"(?:(?![\d.\-/]){_HOUR}\s*(?P<by>{_BEFORE})|(?<=[\d])(?=[\s，。；、！!,;)）]|$))"
)
def _figures(match: re.Match[str], today: date) -> _Meant | None:
    # without 前 it must stand apart: 增长12.1% and 3.5亿元 are no days
    if not match["by"] and not re.search(r"(?:^|[\s，；、。,;(（@])$", match.string[: match.start()]):
        return None
    return _of_year(None, int(match["m"]), int(match["d"]), today)


@_phrase(rf"(?P<which>本|这个?|当|下下?个?)月(?P<d>{_N})[日号]{_BY}")
def _day_of_near_month(match: re.Match[str], today: date) -> _Meant:
    year, month = _month_after(today, match["which"].count("下"))
    return _Meant(date(year, month, number(match["d"])))


@_phrase(rf"(?<![\d月年第本这当下个一二两三四五六七八九十〇零百])(?P<d>{_N})[日号]{_HOUR}\s*(?P<by>{_BEFORE})")
def _day_alone(match: re.Match[str], today: date) -> _Meant:
    day = number(match["d"])
    if not 1 <= day <= 31:
        raise ValueError(match[0])
    for ahead in range(3):
        year, month = _month_after(today, ahead)
        if day <= monthrange(year, month)[1] and date(year, month, day) >= today:
            return _Meant(date(year, month, day))
    raise ValueError(match[0])


def _of_year(year: int | None, month: int, day: int, today: date) -> _Meant | None:
    if year:
        return _Meant(date(year, month, day))
    date(2024, month, day)  # a day that exists in no year is refused here
    for at in range(today.year, today.year + 9):
        if day <= monthrange(at, month)[1] and (found := date(at, month, day)) >= today:
            return _Meant(found) if (found - today).days <= IMPLIED_AHEAD else None
    return None


def _month_after(today: date, count: int) -> tuple[int, int]:
    months = today.year * 12 + today.month - 1 + count
    return months // 12, months % 12 + 1


# ── ends and parts of months, quarters and years ───────────────────────────────────────────────────────────────────


@_phrase(rf"(?P<y>{_YEAR})?(?<!\d)(?P<m>{_N})\s*月份?(?P<part>{_PART}){_BY}")
def _part_of_month(match: re.Match[str], today: date) -> _Meant | None:
    month, year = number(match["m"]), _year(match["y"], today)
    if not 1 <= month <= 12:
        raise ValueError(match[0])
    if year:
        return _part(year, month, match["part"], past=match["y"][0] not in "今本明")
    for at in (today.year, today.year + 1):
        meant = _part(at, month, match["part"])
        if meant.day >= today:
            return meant if (meant.day - today).days <= IMPLIED_AHEAD else None
    return None


@_phrase(
    rf"(?P<which>本|这个?|当|下下?个?)月份?(?P<part>{_PART}){_BY}|{_ALONE}(?<![月年])月(?P<end>底|末|{_IN}){_HOUR}\s*{_BEFORE}?"
)
def _part_of_near_month(match: re.Match[str], today: date) -> _Meant:
    year, month = _month_after(today, (match["which"] or "").count("下"))
    return _part(year, month, match["part"] or "底")


def _part(year: int, month: int, part: str, *, past: bool = False) -> _Meant:
    day = {"上旬": 10, "中旬": 20}.get(part, monthrange(year, month)[1])
    return _Meant(date(year, month, day), _Falls.back, past=past)


@_phrase(
    rf"(?P<y>{_YEAR})?(?:第?(?P<n>[一二三四1-4])季度|(?P<which>本|这个?|下)季度?|{_ALONE}季度?(?=[末底]))(?P<part>[末底]|{_IN})?{_BY}"
)
def _quarter(match: re.Match[str], today: date) -> _Meant | None:
    year = _year(match["y"], today)
    if match["n"]:
        month = number(match["n"]) * 3
        if year is None:
            year = today.year + (month < today.month)
    else:
        year, month = _month_after(today, 2 - (today.month - 1) % 3 + 3 * (match["which"] == "下"))
    past = bool(match["y"]) and match["y"][0] not in "今本明"
    return _Meant(date(year, month, monthrange(year, month)[1]), _Falls.back, past=past)


@_phrase(
    rf"(?:(?P<y>今|本|明|(?:\d{{4}}|[〇零一二三四五六七八九]{{4}}))|(?<![\d每去前半一二两三四五六七八九十]))年(?:年?[底末]|{_IN}){_BY}"
)
def _year_end(match: re.Match[str], today: date) -> _Meant:
    year = _year(match["y"], today) or today.year
    return _Meant(date(year, 12, 31), _Falls.back, past=bool(match["y"]) and match["y"] not in "今本明")


@_phrase(rf"(?P<y>{_YEAR})?(?P<half>[上下])半年(?:[底末]|{_IN})?{_BY}")
def _half_year(match: re.Match[str], today: date) -> _Meant:
    first = match["half"] == "上"
    year = _year(match["y"], today) or today.year + (first and today.month > 6)
    return _Meant(date(year, 6, 30) if first else date(year, 12, 31), _Falls.back, past=bool(match["y"]))


# ── days and weeks near by ─────────────────────────────────────────────────────────────────────────────────────────


@_phrase(rf"(?P<word>今[天日晚]|明[天日晚]|大?后天)(?:{_IN})?{_BY}")
def _near_day(match: re.Match[str], today: date) -> _Meant:
    ahead = {"今": 0, "明": 1, "后": 2, "大": 3}[match["word"][0]]
    return _Meant(today + timedelta(days=ahead))


@_phrase(rf"(?:(?<!上)(?P<which>本|这个?|下下?个?)|{_ALONE}){_WEEK}(?P<d>[一二三四五六日天])(?![次个天年月季]){_BY}")
def _weekday(match: re.Match[str], today: date) -> _Meant:
    wanted, which = "一二三四五六日天".index(match["d"]) % 7 if match["d"] != "天" else 6, match["which"]
    monday = today - timedelta(days=today.weekday())
    if which:
        return _Meant(monday + timedelta(days=wanted, weeks=which.count("下")))
    day = monday + timedelta(days=wanted)
    return _Meant(day if day >= today else day + timedelta(weeks=1))


@_phrase(rf"(?:(?<!上)(?P<which>本|这个?|下下?个?){_WEEK}(?:[底末]|{_IN})?|{_ALONE}{_WEEK}(?:[底末]|{_IN})){_BY}")
def _week(match: re.Match[str], today: date) -> _Meant | None:
    weeks = (match["which"] or "").count("下")
    sunday = today + timedelta(days=6 - today.weekday(), weeks=weeks)
    last = sunday if workdays.is_working(sunday) else workdays.add_working(sunday, -1)
    if last < max(today, sunday - timedelta(days=6)):
        return None  # nobody works on what is left of that week
    return _Meant(last, said="这一周最后一个工作日")


@_phrase(rf"(?P<n>{_N})个?工作日(?:{_IN}|(?:之|以)?后)")
def _working_days(match: re.Match[str], today: date) -> _Meant | None:
    count = number(match["n"])
    if not 0 < count <= 366:
        return None
    return _Meant(workdays.add_working(today, count), said=f"自明日起第 {count} 个工作日")


@_phrase(
    rf"(?:(?P<n>{_N})\s*(?P<unit>天|日|个?周|个?星期|个?礼拜|个月|月(?!{_IN})|年|个?小时)|(?P<half>半)个?(?P<of>月|年))(?:{_IN}|(?:之|以)?后)"
)
def _span(match: re.Match[str], today: date) -> _Meant | None:
    if match["half"]:
        day = today + timedelta(days=15) if match["of"] == "月" else _months_on(today, 6)
    else:
        count, unit = number(match["n"]), match["unit"].removeprefix("个")
        if not 0 < count <= FARTHEST:
            return None
        if unit in ("月", "年"):
            day = _months_on(today, count * (12 if unit == "年" else 1))
        else:
            days = {"天": count, "日": count, "小时": -(-count // 24)}.get(unit, count * 7)
            day = today + timedelta(days=days)
    return _Meant(day, said=f"自 {_short(today, today)} 起算")


def _months_on(today: date, count: int) -> date:
    year, month = _month_after(today, count)
    return date(year, month, min(today.day, monthrange(year, month)[1]))


# ── holidays ───────────────────────────────────────────────────────────────────────────────────────────────────────


@_phrase(
    rf"(?:(?P<y>{_YEAR}))?(?P<feast>{'|'.join(_FEASTS)})节?(?:长假|小长假|假期|放假)?(?:(?P<before>{_BEFORE})|(?:之|以)?后(?!续))"
)
def _feast(match: re.Match[str], today: date) -> _Meant | None:
    name, year = _FEASTS[match["feast"]], _year(match["y"], today)
    for at in (year,) if year else (today.year, today.year + 1):
        days = _days_off(name, at, lone=bool(match["before"]) or name == "元旦")
        if not days:
            continue
        if match["before"]:
            day, said = workdays.add_working(days[0], -1), f"{name}前最后一个工作日"
        else:
            day, said = workdays.next_working(days[-1]), f"{name}后第一个工作日"
        if day >= today:
            return _Meant(day, said=said) if year or (day - today).days <= IMPLIED_AHEAD else None
    return None


def _days_off(name: str, year: int, *, lone: bool) -> list[date]:
    """The days off of a holiday; of a year whose notice is not out yet its fixed day, where that one alone will do."""
    known = [day for day, said in sorted(workdays.named(year).items()) if said.name == name and not said.working]
    if lone and not known and name in _FIXED and not workdays.known(year):
        return [date(year, *_FIXED[name])]
    return known
