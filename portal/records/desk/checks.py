"""What speaks against adjourning as things stand: named checks over the meeting and its record.

A check is one function that gives sentences; `@check("名称")` enters it in the list, in the order on the page. One that
`asks` is passed over only with a reason, the others are told and no more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.series.queries import deputy_on
from portal.people.models.roles import Part
from portal.records.models import LineKind, RecordLine


@dataclass(frozen=True)
class Before:
    """A meeting before it ends, with the lines of its record by the item's number."""

    meeting: Meeting
    lines: dict[int, list[RecordLine]]

    @property
    def all_lines(self) -> Iterator[tuple[AgendaItem, RecordLine]]:
        """Every line beside its item."""
        return ((item, line) for item in self.meeting.items for line in self.lines.get(item.id, ()))


Find = Callable[[Before], Iterator[str]]


class Check(NamedTuple):
    """A check, what it is called, and whether passing over it asks for a reason."""

    name: str
    find: Find
    asks: bool


class Found(NamedTuple):
    """What a check found."""

    name: str
    sentences: list[str]
    asks: bool


CHECKS: list[Check] = []


def check(name: str, *, asks: bool = False) -> Callable[[Find], Find]:
    """Enter a check in the list."""

    def enter(find: Find) -> Find:
        CHECKS.append(Check(name, find, asks))
        return find

    return enter


def before_adjourning(before: Before) -> list[Found]:
    """Every check that finds something, in order."""
    found = [Found(one.name, list(one.find(before)), one.asks) for one in CHECKS]
    return [one for one in found if one.sentences]


@check("交办没有写全", asks=True)
def unfinished(before: Before) -> Iterator[str]:
    """Tasks without an owner or a day, decisions without words: nobody would get them."""
    for item, line in before.all_lines:
        if line.is_unfinished:
            yield f"《{item.title}》：“{line.text[:60]}”还缺{line.lacks}。"


@check("主持人、记录人没有到会")
def nobody_to_sign(before: Before) -> Iterator[str]:
    """Who is to sign the record was not there."""
    meeting = before.meeting
    present = {one.user_id for one in meeting.attendances if one.is_present}
    parts = (("主持人", meeting.chair, Part.chair), ("记录人", meeting.recorder, Part.record))
    for word, user, part in parts:
        if user is None or user.id in present:
            continue
        deputy = deputy_on(meeting.day, user, part)
        if deputy is not None and deputy.id not in present:
            yield f"{word}{user.name}和代办的{deputy.name}都还没有签到。"
        elif deputy is None:
            yield f"{word}{user.name}还没有签到。"


@check("没有签到也没有请假")
def unexcused(before: Before) -> Iterator[str]:
    """Members nobody heard of."""
    away = [one.name for one in before.meeting.attendances if one.member and not one.is_present and not one.is_on_leave]
    if away:
        yield f"{len(away)} 人：{'、'.join(away[:8])}{'等' if len(away) > 8 else ''}。"


@check("没有写下一行")
def nothing_written(before: Before) -> Iterator[str]:
    """Items of which the record says nothing."""
    silent = [item.title for item in before.meeting.items if item.is_dealt_with and not before.lines.get(item.id)]
    if silent:
        yield f"{len(silent)} 项已议的议题没有记录：{'、'.join(f'《{title}》' for title in silent)}。"


@check("没有议定也没有交办")
def nothing_decided(before: Before) -> Iterator[str]:
    """A meeting that decided nothing and handed nothing out: perhaps the lines lack their marks."""
    kinds = {line.kind for _, line in before.all_lines}
    if kinds == {LineKind.note}:
        yield "记录里没有一条议定或交办。以“议定：”“交办：”开头的行才会登记。"
