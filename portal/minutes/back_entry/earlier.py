"""Minutes that were issued before the portal came, as they are typed or listed."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.actions.importing.columns import HEADS
from portal.actions.importing.reading import BadRowError, OldTask, Units, places_of, task_of
from portal.actions.models.action_items import ActionState
from portal.db import clock
from portal.errors import Unreadable
from portal.meetings.models.series import MeetingSeries
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group
from portal.records.lines.reading import LONGEST_DECISION
from portal.web.fields import clean_line, clean_text

FIRST_DAY = date(2000, 1, 1)  # what is older the archive's checks take for a slip
HIGHEST, MOST_DECISIONS, MOST_TASKS = 9_999, 60, 60
LOOKED_AT = 20  # the rows in which the heads may stand
LIST, TASKS = "会议纪要", "交办事项"  # the sheets
COLUMNS: dict[str, tuple[str, str]] = {  # as in the old ledger: the word on screen, what lists call it
    "series": ("例会", "例会 例会名称 会议名称"),
    "number": ("编号", "编号 纪要编号 文号 发文字号"),
    "title": ("标题", "标题 纪要标题 题名"),
    "day": ("会议日期", "会议日期 开会日期 召开日期 会议时间"),
    "issued": ("印发日期", "印发日期 印发时间 成文日期"),
    "distribution": ("分送单位", "分送单位 分送"),
    "decisions": ("议定事项", "议定事项 议定内容"),
    "file": ("文件名", "文件名 文件 PDF文件 纪要文件"),
}
OF_TASKS: dict[str, tuple[str, str]] = {
    "series": COLUMNS["series"],
    "of": ("纪要编号", "纪要编号 编号 文号 发文字号"),
    **{name: HEADS[name] for name in ("title", "lead", "person", "support", "due", "state", "closed", "text")},
    "decision": ("对应议定", "对应议定 对应议定事项 依据 依据的议定事项"),
}
NEEDED, TASKS_NEED = ("number", "title", "day", "file"), ("of", "title", "person", "due")
TYPED = ("title", "lead", "person", "due", "state", "closed", "decision")  # the order of what is typed in a line


@dataclass(frozen=True)
class EarlierTask:
    """A task the minutes handed out, as it stands now."""

    title: str
    lead_person: User
    due: date
    lead: Department | Group | None = None
    state: ActionState = ActionState.accepted
    closed: date | None = None  # the day, of one that is closed
    decision: int | None = None  # which of the decisions it carries out, from 1
    text: str = ""
    support: tuple[Department | Group, ...] = ()
    row: int = 0  # of the list it came with

    def as_old(self, day: date) -> OldTask:
        """The same as a row of an old ledger, handed out on the day of its meeting."""
        return OldTask(
            row=self.row, title=self.title,
            lead_department=self.lead if isinstance(self.lead, Department) else None,
            lead_group=self.lead if isinstance(self.lead, Group) else None,
            lead_person=self.lead_person, due=self.due, original_due=self.due, state=self.state, text=self.text,
            support=self.support, assigned=day, closed=self.closed,
        )  # fmt: skip


@dataclass(frozen=True)
class Earlier:
    """Minutes that can be brought in, as their row tells them."""

    row: int
    series: MeetingSeries
    day: date
    year: int
    number: int
    title: str
    file: str  # its name among what was brought
    issued_on: date | None = None
    distribution: str = ""
    decisions: tuple[str, ...] = ()
    tasks: tuple[EarlierTask, ...] = ()

    @property
    def number_text(self) -> str:
        """〔2025〕3号."""
        return f"〔{self.year}〕{self.number}号"


def number_in(text: str) -> tuple[int, int]:
    """〔2025〕3号, [2025]3 or 2025年第3号 as year and number; ValueError with the reason."""
    found = re.fullmatch(r"\D*(\d{4})\D+(\d{1,4})\D*", unicodedata.normalize("NFKC", clean_line(text)))
    if found is None or not int(found[2]):
        raise ValueError("请写成“〔2025〕3号”的样子。")
    return int(found[1]), int(found[2])


def check_days(day: date, year: int, issued_on: date | None) -> None:
    """Refuse days and years that cannot be, with the reason."""
    if not FIRST_DAY <= day <= clock.today():
        raise ValueError("会议日期不能晚于今天，也不能早于 2000 年。")
    if issued_on is not None and not day <= issued_on <= clock.today():
        raise ValueError("印发日期不能早于会议日期，也不能晚于今天。")
    if year not in (day.year, day.year + 1):
        raise ValueError(f"编号的年份{year}与会议日期不符。")


def decisions_in(text: str) -> tuple[str, ...]:
    """What was decided, a line each, without the numbers before it; ValueError where it is too much."""
    lines = (re.sub(r"^\s*(?:[（(]?[0-9一二三四五六七八九十]{1,3}[)）、.．])\s*", "", one) for one in text.split("\n"))
    said = tuple(dict.fromkeys(line for one in lines if (line := clean_line(one))))
    if len(said) > MOST_DECISIONS:
        raise ValueError(f"议定事项超过 {MOST_DECISIONS} 项。")
    if any(len(one) > LONGEST_DECISION for one in said):
        raise ValueError(f"每项议定请不要超过 {LONGEST_DECISION} 个字。")
    return said


def tasks_in(text: str, units: Units, day: date | None, decisions: Sequence[str]) -> list[EarlierTask]:
    """The tasks of one minutes, a line each; Unreadable with every line that cannot be read."""
    good: list[EarlierTask] = []
    wrong: list[str] = []
    columns: Sequence[str] = TYPED
    for number, cells in _lines(text):
        if number == 1 and len(heads := places_of(cells, OF_TASKS)) > 1 and "title" in heads:
            columns = [next((name for name, at in heads.items() if at == place), "") for place in range(len(cells))]
            continue
        try:
            good.append(earlier_task(number, dict(zip(columns, cells, strict=False)), units, day, decisions))
        except BadRowError as why:
            wrong.append(f"交办事项第 {number} 行：{why}")
    if len(good) > MOST_TASKS:
        wrong.append(f"交办事项超过 {MOST_TASKS} 项。")
    if wrong:
        raise Unreadable("\n".join(wrong))
    return good


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    comma = "\t" if "\t" in text else None
    for number, line in enumerate(text.splitlines(), 1):
        cut = comma or max(",，|", key=line.count)
        cells = [clean_line(cell) for cell in next(csv.reader(io.StringIO(line), delimiter=cut), [])]
        if any(cells):
            yield number, cells


def earlier_task(
    row: int, typed: Mapping[str, str], units: Units, day: date | None, decisions: Sequence[str]
) -> EarlierTask:
    """What one row of a list says of an action item of earlier minutes."""
    usual = "已销号" if typed.get("closed") else "已签收"
    told = task_of(row, {"title": "", "due": "", **typed, "state": typed.get("state") or usual}, units, None)
    if day is not None and told.due < day:
        raise BadRowError("时限早于会议日期。")
    if told.state is ActionState.closed and told.closed is None:
        raise BadRowError("已经销号的，请写明销号日期。")
    if told.closed is not None and told.state is not ActionState.closed:
        raise BadRowError("写了销号日期，状态却不是已销号。")
    if told.closed is not None and not (day or FIRST_DAY) <= told.closed <= clock.today():
        raise BadRowError("销号日期早于会议日期，或晚于今天。")
    return EarlierTask(
        told.title, told.lead_person, told.due, told.lead_department or told.lead_group, told.state, told.closed,
        _decision(clean_line(typed.get("decision")), decisions), told.text, told.support, row,
    )  # fmt: skip


def _decision(text: str, decisions: Sequence[str]) -> int | None:
    """Which decision is meant, by its place or by its words."""
    if not text:
        return None
    if text in decisions:
        return decisions.index(text) + 1
    place = re.fullmatch(r"第?(\d{1,2})[项条]?", unicodedata.normalize("NFKC", text))
    if place is None or not 0 < int(place[1]) <= len(decisions):
        raise BadRowError(f"没有“{text[:30]}”这一项议定，请写第几项。")
    return int(place[1])


def joined(text: str) -> str:
    """What a file says, its broken lines made whole: a word is found across them, and a paragraph is read as one."""
    paragraphs: list[str] = []
    whole = True
    for line in clean_text(text).split("\n"):
        if whole or not paragraphs:
            paragraphs.append(line)
        else:
            paragraphs[-1] += line if _WIDE.search(paragraphs[-1][-1:] + line[:1]) else f" {line}"
        whole = len(line) < SHORT or line.endswith(tuple("。；：！？.;:"))
    return "\n".join(one for one in paragraphs if one.strip())


SHORT = 15  # a line of so few characters was ended by whoever wrote it
_WIDE = re.compile("[\u2e80-\u9fff\uff00-\uffef]")
