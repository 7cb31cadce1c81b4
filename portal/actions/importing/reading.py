"""Which rows of an old ledger can be taken over, and why the others cannot."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from portal.actions.importing import queries
from portal.actions.importing.columns import HEADS, find_head, plain
from portal.actions.models.action_items import ActionState
from portal.db import clock
from portal.files import tables
from portal.files.tables import Table
from portal.people.departments import queries as people
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group
from portal.web.fields import clean_line, clean_text

_STATES: dict[ActionState, str] = {
    ActionState.assigned: "已交办 未签收 拟交办 待签收",
    ActionState.accepted: "已签收",
    ActionState.in_progress: "办理中 进行中 推进中 在办 未办结 未完成 正在办理 正在推进 否",
    ActionState.reported_done: "待销号 申请办结 待审",
    ActionState.closed: "已销号 销号 已办结 办结 已完成 完成 办理完毕 是",
    ActionState.refused: "申请退办",
    ActionState.suspended: "已暂停 暂停办理 挂起 暂缓",
    ActionState.terminated: "终止 已终止",
}
STATES = {word: state for state, words in _STATES.items() for word in words.split()}

LONGEST_TITLE = 150
FIRST_SERIAL = date(1899, 12, 30)  # what Excel counts days from


@dataclass(frozen=True)
class OldTask:
    """One row that can be taken over."""

    row: int
    title: str
    lead_department: Department | None
    lead_group: Group | None
    lead_person: User
    due: date
    original_due: date
    state: ActionState
    text: str = ""
    evidence: str = ""
    progress: str = ""
    support: tuple[Department | Group, ...] = ()
    assigned: date | None = None
    closed: date | None = None

    @property
    def lead(self) -> str:
        """The lead unit, or the person."""
        unit = self.lead_department or self.lead_group
        return unit.name if unit else self.lead_person.name


@dataclass(frozen=True)
class BadRow:
    """One row that cannot be taken over, and why."""

    row: int
    title: str
    reason: str


@dataclass
class Reading:
    """What was found in a ledger."""

    columns: list[tuple[str, str, str]]  # the column's letter, its head as it stands there, what it was taken for
    good: list[OldTask] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    blank: int = 0


SHOWN = 20  # good rows, for a look at what they were taken for


@dataclass(frozen=True)
class Checked:
    """A reading as its page shows it: plain words and numbers, so that it can be kept until then."""

    columns: list[tuple[str, str, str]]
    good: int
    blank: int
    first: list[tuple[int, str, str, str, str, str]]  # row, title, lead, person, due day, state
    bad: list[tuple[int, str, str]]  # row, title, reason


def checked(reading: Reading) -> Checked:
    """What a page shows of a reading."""
    first = [
        (one.row, one.title, one.lead, one.lead_person.name, one.due.isoformat(), one.state.value)
        for one in reading.good[:SHOWN]
    ]
    bad = [(one.row, one.title, one.reason) for one in reading.bad]
    return Checked(reading.columns, len(reading.good), reading.blank, first, bad)


class BadRowError(ValueError):
    """Why a row cannot be taken over."""


class Units:
    """Departments, groups and people by the names an old ledger may use."""

    def __init__(self, departments: Sequence[Department], groups: Sequence[Group], people: Sequence[User]) -> None:
        self.units: dict[str, Department | Group] = {plain(one.name): one for one in groups}
        self.units |= {plain(name): one for one in departments for name in (one.short, one.name)}
        self.people: dict[str, list[User]] = {}
        for one in people:
            self.people.setdefault(plain(one.name), []).append(one)

    def unit(self, name: str) -> Department | Group:
        """The unit of that name."""
        if (found := self.units.get(plain(name))) is None:
            raise BadRowError(f"没有“{name}”这个单位或小组。")
        return found

    def person(self, name: str, unit: Department | Group | None) -> User:
        """The person of that name; of several the one of the unit."""
        found = self.people.get(plain(name), [])
        if len(found) > 1 and isinstance(unit, Department):
            found = [one for one in found if one.department_id == unit.id]
        if not found:
            raise BadRowError(f"没有名叫“{name}”的在用人员。")
        if len(found) > 1:
            raise BadRowError(f"名叫“{name}”的不止一位，请写明单位。")
        return found[0]


Key = tuple[str, str, date]
Told = TypeVar("Told")


def read(table: Table, units: Units, fallback: User | None, ask: Callable[[set[str]], Mapping[Key, str]]) -> Reading:
    """Every row, taken over or named with its reason; `ask` tells the ledger's own tasks by their titles."""
    head, places, columns = find_head(table)
    at = places["title"]
    known = ask({clean_line(cells[at]) for cells in table[head:] if at < len(cells)})
    reading, seen = Reading(columns), dict[Key, int]()
    for number, cells in enumerate(table[head:], head + 1):
        typed = {name: cells[at] if at < len(cells) else "" for name, at in places.items()}
        if not any(typed.values()):
            reading.blank += 1
            continue
        try:
            task = task_of(number, typed, units, fallback)
            key = (task.title, task.lead, task.original_due)
            if key in seen:
                raise BadRowError(f"与第 {seen[key]} 行重复。")
            if key in known:
                raise BadRowError(f"台账中已有这一项（{known[key]}）。")
        except BadRowError as why:
            reading.bad.append(BadRow(number, clean_line(typed["title"])[:60], str(why)))
        else:
            seen[key] = number
            reading.good.append(task)
    return reading


def places_of(heads: list[str], words: Mapping[str, tuple[str, str]]) -> dict[str, int]:
    """Where each column stands under one row of heads; `words` are told as in `HEADS`."""
    known = {word: name for name, (_, called) in words.items() for word in called.split()}
    found: dict[str, int] = {}
    for at, head in enumerate(heads):
        if name := known.get(plain(head)):
            found.setdefault(name, at)
    return found


def task_of(row: int, typed: Mapping[str, str], units: Units, fallback: User | None) -> OldTask:
    """The task a row tells of, or everything that stands against it at once."""
    why: list[str] = []

    def told(read: Callable[[], Told]) -> Told | None:
        try:
            return read()
        except BadRowError as bad:
            why.append(str(bad))
            return None

    title = told(lambda: _title(typed))
    unit = told(lambda: units.unit(lead)) if (lead := clean_line(typed.get("lead"))) else None
    person = told(lambda: _person(typed, units, unit, fallback))
    due = told(lambda: _due(typed))
    original, assigned, closed = (told(partial(_day, typed, one)) for one in ("original", "assigned", "closed"))
    state = told(lambda: _state(typed))
    support = told(lambda: tuple(units.unit(one) for one in _names(typed.get("support", ""))))
    if why or title is None or person is None or due is None or state is None or support is None:
        raise BadRowError("".join(dict.fromkeys(why)))
    number = clean_line(typed.get("number"))
    text = "\n".join(one for one in (clean_text(typed.get("text")), f"原编号：{number}" if number else "") if one)
    return OldTask(
        row, title, unit if isinstance(unit, Department) else None, unit if isinstance(unit, Group) else None, person,
        due, original or due, state, text, clean_line(typed.get("evidence")), clean_text(typed.get("progress")),
        support, assigned, closed,
    )  # fmt: skip


def _title(typed: Mapping[str, str]) -> str:
    title = clean_line(typed["title"])
    if not title:
        raise BadRowError("没有写事项。")
    if len(title) > LONGEST_TITLE:
        raise BadRowError(f"事项超过 {LONGEST_TITLE} 个字。")
    return title


def _person(typed: Mapping[str, str], units: Units, unit: Department | Group | None, fallback: User | None) -> User:
    person = units.person(name, unit) if (name := clean_line(typed.get("person"))) else fallback
    if person is None:
        raise BadRowError("没有写承办人。")
    return person


def _due(typed: Mapping[str, str]) -> date:
    due = _day(typed, "due")
    if due is None:
        raise BadRowError("没有写时限。")
    return due


def _state(typed: Mapping[str, str]) -> ActionState:
    word = plain(typed.get("state", ""))
    if word and word not in STATES:
        raise BadRowError(f"看不懂状态“{word}”。")
    return STATES.get(word, ActionState.assigned)


def _names(text: str) -> Iterator[str]:
    return (name for one in re.split(r"[、,，;；\n/]+", text) if (name := clean_line(one)))


def _day(typed: Mapping[str, str], name: str) -> date | None:
    return day_in(typed.get(name, ""), HEADS[name][0])


def day_in(cell: str, word: str) -> date | None:
    """The day in a cell: typed in one of the usual ways, or the number Excel keeps for it."""
    text = clean_line(cell)
    if not text:
        return None
    if re.fullmatch(r"[34567]\d{4}", text):
        return FIRST_SERIAL + timedelta(days=int(text))
    try:
        return clock.parse_day(text.split(" ")[0] if re.match(r"\d{4}-\d\d-\d\d ", text) else text.removesuffix("前"))
    except ValueError:
        raise BadRowError(f"{word}“{text[:30]}”不是完整的日期。") from None


def read_content(content: bytes, name: str, persons: Sequence[User], fallback: User | None = None) -> Reading:
    """What a table somebody uploaded holds, with the units and people of this office."""
    units = Units(people.departments(), people.groups(), persons)
    return read(tables.read(content, name), units, fallback, queries.known_tasks)
