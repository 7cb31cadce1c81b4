"""Reads the day a Chinese phrase means (下周三前, 月底前, 三个工作日内) and turns it into a working day."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from portal.db import calendar, clock
from portal.db.deadline_phrases import PHRASES, Phrase
from portal.db.deadline_words import BEFORE, FARTHEST, IN, Falls, Meant, short_day

YEARS = range(2000, 2200)


class Reading(NamedTuple):
    """The day a phrase means, where the phrase stands in the text, and in plain words why it is this day."""

    day: date
    start: int
    end: int
    text: str
    why: str


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


def _matches(plain: str) -> Iterator[tuple[Phrase, re.Match[str]]]:
    """The phrases of a text from left to right, at each place the longest."""
    all_found = [(phrase, match) for phrase in PHRASES for match in phrase.pattern.finditer(plain)]
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
    return bool(re.search(rf"(?:{BEFORE}|{IN}|底|末|后|旬)$", match[0]))


def _within_reach(meant: Meant, today: date) -> bool:
    return meant.day.year in YEARS and (meant.past or abs((meant.day - today).days) <= FARTHEST)


def _settle(meant: Meant, today: date) -> date:
    if calendar.is_working(meant.day):
        return meant.day
    if meant.falls is Falls.back and (before := calendar.add_working(meant.day, -1)) >= today:
        return before
    return calendar.next_working(meant.day)


def _why(meant: Meant, day: date, today: date) -> str:
    words = _spoken(day, today)
    if day != meant.day:
        rest = calendar.name_of(meant.day) or "休息日"
        verb = "顺延到" if day > meant.day else "提前到"
        words = f"{verb} {words}，因为 {short_day(meant.day, today)} 是{rest}"
    elif meant.said:
        words = f"{words}，{meant.said}"
    unknown = "" if calendar.known(day.year) else f"；{day.year} 年的节假日还没有录入，只按周末推算"
    return words + unknown


def _spoken(day: date, today: date) -> str:
    return f"{short_day(day, today)}（{clock.weekday(day)}）"
