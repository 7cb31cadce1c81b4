"""The phrases that name a deadline, each as a pattern and the day it means."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from portal.db import calendar
from portal.db.deadline_words import (
    ALONE,
    BEFORE,
    BY,
    FARTHEST,
    HOUR,
    IMPLIED_AHEAD,
    IN,
    PART,
    WEEK,
    YEAR,
    Falls,
    Meant,
    N,
    day_of_year,
    month_after,
    months_on,
    number,
    short_day,
    year_of,
)


@dataclass(frozen=True)
class Phrase:
    """How a phrase is written, and what it means on a given day."""

    pattern: re.Pattern[str]
    mean: Callable[[re.Match[str], date], Meant | None]


PHRASES: list[Phrase] = []


_FEASTS = {
    "元旦": "元旦", "春节": "春节", "清明": "清明节", "五一": "劳动节", "劳动节": "劳动节", "端午": "端午节",
    "中秋": "中秋节", "国庆": "国庆节",
}  # fmt: skip
_FIXED = {"元旦": (1, 1), "劳动节": (5, 1), "国庆节": (10, 1)}  # known also of a year whose notice is not out yet


def _phrase(pattern: str) -> Callable[[Callable[[re.Match[str], date], Meant | None]], None]:
    def keep(mean: Callable[[re.Match[str], date], Meant | None]) -> None:
        PHRASES.append(Phrase(re.compile(pattern), mean))

    return keep


@_phrase(
    rf"(?:(?:上上?|每|前)个?{WEEK}[一二三四五六日天末]?|(?:上上?|每|去年|每年){N}?个?月(?:{N}[日号]|{PART})?|去年[底末]"
    rf"|每年[底末]?|[上每]个?季度[末底]?|大?前[天日]|昨[天日晚]|每[天日])"
)
def _over(match: re.Match[str], today: date) -> None:
    return None


@_phrase(
    rf"(?<!\d)(?P<y>\d{{4}}|[〇零一二三四五六七八九]{{4}})\s*[年\-/.]\s*(?P<m>{N})\s*[月\-/.]\s*(?P<d>{N})(?!\d)\s*[日号]?{BY}"
)
def _full(match: re.Match[str], today: date) -> Meant:
    return Meant(date(year_of(match["y"], today) or 0, number(match["m"]), number(match["d"])), past=True)


@_phrase(rf"(?<!\d)(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?!\d){BY}")
def _eight_digits(match: re.Match[str], today: date) -> Meant:
    return Meant(date(int(match["y"]), int(match["m"]), int(match["d"])), past=True)


@_phrase(rf"(?:(?P<y>今年|本年|明年)|(?<![\d年]))(?P<m>{N})\s*月\s*(?P<d>{N})(?:[日号]|(?=\s*{BEFORE})){BY}")
def _month_and_day(match: re.Match[str], today: date) -> Meant | None:
    return day_of_year(year_of(match["y"], today), number(match["m"]), number(match["d"]), today)


@_phrase(
    rf"(?<![\d.\-/])(?P<m>\d{{1,2}})[./\-](?P<d>\d{{1,2}})"
    rf"(?:(?![\d.\-/]){HOUR}\s*(?P<by>{BEFORE})|(?<=[\d])(?=[\s，。；、！!,;)）]|$))"
)
def _figures(match: re.Match[str], today: date) -> Meant | None:
    # without 前 it must stand apart: 增长12.1% and 3.5亿元 are no days
    if not match["by"] and not re.search(r"(?:^|[\s，；、。,;(（@])$", match.string[: match.start()]):
        return None
    return day_of_year(None, int(match["m"]), int(match["d"]), today)


@_phrase(rf"(?P<which>本|这个?|当|下下?个?)月(?P<d>{N})[日号]{BY}")
def _day_of_near_month(match: re.Match[str], today: date) -> Meant:
    year, month = month_after(today, match["which"].count("下"))
    return Meant(date(year, month, number(match["d"])))


@_phrase(rf"(?<![\d月年第本这当下个一二两三四五六七八九十〇零百])(?P<d>{N})[日号]{HOUR}\s*(?P<by>{BEFORE})")
def _day_alone(match: re.Match[str], today: date) -> Meant:
    day = number(match["d"])
    if not 1 <= day <= 31:
        raise ValueError(match[0])
    for ahead in range(3):
        year, month = month_after(today, ahead)
        if day <= monthrange(year, month)[1] and date(year, month, day) >= today:
            return Meant(date(year, month, day))
    raise ValueError(match[0])


@_phrase(rf"(?P<y>{YEAR})?(?<!\d)(?P<m>{N})\s*月份?(?P<part>{PART}){BY}")
def _part_of_month(match: re.Match[str], today: date) -> Meant | None:
    month, year = number(match["m"]), year_of(match["y"], today)
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
    rf"(?P<which>本|这个?|当|下下?个?)月份?(?P<part>{PART}){BY}|{ALONE}(?<![月年])月(?P<end>底|末|{IN}){HOUR}\s*{BEFORE}?"
)
def _part_of_near_month(match: re.Match[str], today: date) -> Meant:
    year, month = month_after(today, (match["which"] or "").count("下"))
    return _part(year, month, match["part"] or "底")


def _part(year: int, month: int, part: str, *, past: bool = False) -> Meant:
    day = {"上旬": 10, "中旬": 20}.get(part, monthrange(year, month)[1])
    return Meant(date(year, month, day), Falls.back, past=past)


@_phrase(
    rf"(?P<y>{YEAR})?(?:第?(?P<n>[一二三四1-4])季度|(?P<which>本|这个?|下)季度?|{ALONE}季度?(?=[末底]))(?P<part>[末底]|{IN})?{BY}"
)
def _quarter(match: re.Match[str], today: date) -> Meant | None:
    year = year_of(match["y"], today)
    if match["n"]:
        month = number(match["n"]) * 3
        if year is None:
            year = today.year + (month < today.month)
    else:
        year, month = month_after(today, 2 - (today.month - 1) % 3 + 3 * (match["which"] == "下"))
    past = bool(match["y"]) and match["y"][0] not in "今本明"
    return Meant(date(year, month, monthrange(year, month)[1]), Falls.back, past=past)


@_phrase(
    rf"(?:(?P<y>今|本|明|(?:\d{{4}}|[〇零一二三四五六七八九]{{4}}))|(?<![\d每去前半一二两三四五六七八九十]))年(?:年?[底末]|{IN}){BY}"
)
def _year_end(match: re.Match[str], today: date) -> Meant:
    year = year_of(match["y"], today) or today.year
    return Meant(date(year, 12, 31), Falls.back, past=bool(match["y"]) and match["y"] not in "今本明")


@_phrase(rf"(?P<y>{YEAR})?(?P<half>[上下])半年(?:[底末]|{IN})?{BY}")
def _half_year(match: re.Match[str], today: date) -> Meant:
    first = match["half"] == "上"
    year = year_of(match["y"], today) or today.year + (first and today.month > 6)
    return Meant(date(year, 6, 30) if first else date(year, 12, 31), Falls.back, past=bool(match["y"]))


@_phrase(rf"(?P<word>今[天日晚]|明[天日晚]|大?后天)(?:{IN})?{BY}")
def _near_day(match: re.Match[str], today: date) -> Meant:
    ahead = {"今": 0, "明": 1, "后": 2, "大": 3}[match["word"][0]]
    return Meant(today + timedelta(days=ahead))


@_phrase(rf"(?:(?<!上)(?P<which>本|这个?|下下?个?)|{ALONE}){WEEK}(?P<d>[一二三四五六日天])(?![次个天年月季]){BY}")
def _weekday(match: re.Match[str], today: date) -> Meant:
    wanted, which = "一二三四五六日天".index(match["d"]) % 7 if match["d"] != "天" else 6, match["which"]
    monday = today - timedelta(days=today.weekday())
    if which:
        return Meant(monday + timedelta(days=wanted, weeks=which.count("下")))
    day = monday + timedelta(days=wanted)
    return Meant(day if day >= today else day + timedelta(weeks=1))


@_phrase(rf"(?:(?<!上)(?P<which>本|这个?|下下?个?){WEEK}(?:[底末]|{IN})?|{ALONE}{WEEK}(?:[底末]|{IN})){BY}")
def _week(match: re.Match[str], today: date) -> Meant | None:
    weeks = (match["which"] or "").count("下")
    sunday = today + timedelta(days=6 - today.weekday(), weeks=weeks)
    last = sunday if calendar.is_working(sunday) else calendar.add_working(sunday, -1)
    if last < max(today, sunday - timedelta(days=6)):
        return None  # nobody works on what is left of that week
    return Meant(last, said="这一周最后一个工作日")


@_phrase(rf"(?P<n>{N})个?工作日(?:{IN}|(?:之|以)?后)")
def _working_days(match: re.Match[str], today: date) -> Meant | None:
    count = number(match["n"])
    if not 0 < count <= 366:
        return None
    return Meant(calendar.add_working(today, count), said=f"自明日起第 {count} 个工作日")


@_phrase(
    rf"(?:(?P<n>{N})\s*(?P<unit>天|日|个?周|个?星期|个?礼拜|个月|月(?!{IN})|年|个?小时)|(?P<half>半)个?(?P<of>月|年))(?:{IN}|(?:之|以)?后)"
)
def _span(match: re.Match[str], today: date) -> Meant | None:
    if match["half"]:
        day = today + timedelta(days=15) if match["of"] == "月" else months_on(today, 6)
    else:
        count, unit = number(match["n"]), match["unit"].removeprefix("个")
        if not 0 < count <= FARTHEST:
            return None
        if unit in ("月", "年"):
            day = months_on(today, count * (12 if unit == "年" else 1))
        else:
            days = {"天": count, "日": count, "小时": -(-count // 24)}.get(unit, count * 7)
            day = today + timedelta(days=days)
    return Meant(day, said=f"自 {short_day(today, today)} 起算")


@_phrase(
    rf"(?:(?P<y>{YEAR}))?(?P<feast>{'|'.join(_FEASTS)})节?(?:长假|小长假|假期|放假)?(?:(?P<before>{BEFORE})|(?:之|以)?后(?!续))"
)
def _feast(match: re.Match[str], today: date) -> Meant | None:
    name, year = _FEASTS[match["feast"]], year_of(match["y"], today)
    for at in (year,) if year else (today.year, today.year + 1):
        days = _days_off(name, at, lone=bool(match["before"]) or name == "元旦")
        if not days:
            continue
        if match["before"]:
            day, said = calendar.add_working(days[0], -1), f"{name}前最后一个工作日"
        else:
            day, said = calendar.next_working(days[-1]), f"{name}后第一个工作日"
        if day >= today:
            return Meant(day, said=said) if year or (day - today).days <= IMPLIED_AHEAD else None
    return None


def _days_off(name: str, year: int, *, lone: bool) -> list[date]:
    """The days off of a holiday; of a year whose notice is not out yet its fixed day, where that one alone will do."""
    known = [day for day, said in sorted(calendar.named(year).items()) if said.name == name and not said.working]
    if lone and not known and name in _FIXED and not calendar.known(year):
        return [date(year, *_FIXED[name])]
    return known
