"""Earlier minutes, issued on paper before the portal came, as somebody lists them: what can be brought in, what not.

A list is an .xlsx of two sheets: the minutes, a row each, and the tasks they handed out. A single one is told in a
form, its tasks a line each. Nothing is taken over here.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from portal import clock
from portal.actions.models import ActionState
from portal.actions.old_ledger import HEADS, BadRowError, OldTask, Units, day_in, places_of, task_of
from portal.errors import Unreadable
from portal.forms import LONGEST_LINE, clean_line, clean_text
from portal.meetings.models import MeetingSeries
from portal.people.models import Department, Group, User
from portal.records.reading import LONGEST_DECISION
from portal.tables import Table

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


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be brought in: of which sheet, which row, what it is about, why not."""

    sheet: str
    row: int
    title: str
    reason: str


@dataclass(frozen=True)
class Brought:
    """A PDF that came with the list: its hash, and why it may not come in, if so."""

    sha256: str
    refusal: str = ""


@dataclass(frozen=True)
class Known:
    """What is registered already: titles by series, year and number, and by the hash of the file."""

    numbers: Mapping[tuple[int, int, int], str]
    files: Mapping[str, str]


@dataclass
class Reading:
    """What was found in a list."""

    good: list[Earlier] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)  # files no row names


# ── one field at a time ────────────────────────────────────────────────────────────────────────────────────────────


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
            good.append(_task(number, dict(zip(columns, cells, strict=False)), units, day, decisions))
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


def _task(row: int, typed: Mapping[str, str], units: Units, day: date | None, decisions: Sequence[str]) -> EarlierTask:
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


# ── a whole list ───────────────────────────────────────────────────────────────────────────────────────────────────


def read(
    sheets: Sequence[tuple[str, Table]],
    files: Mapping[str, Brought],
    series: Sequence[MeetingSeries],
    units: Units,
    known: Known,
) -> Reading:
    """Every row, brought in or named with its reason; a task that cannot be read keeps its minutes back."""
    rows = _rows_of(sheets, COLUMNS, NEEDED)
    if rows is None:
        words = "”“".join(COLUMNS[name][0] for name in NEEDED)
        raise Unreadable(f"清单里没有找到“{words}”各列。请下载模板，按模板的表头填写。")
    of_tasks = _rows_of(sheets, OF_TASKS, TASKS_NEED)
    listing = _Listing(files, {word: one for one in series for word in (one.short, one.name)}, units, known)
    found = Reading()
    for sheet, row, typed in rows:
        try:
            one = listing.minutes(row, typed)
        except BadRowError as why:
            found.bad.append(BadRow(sheet, row, clean_line(typed["title"])[:60], str(why)))
        else:
            found.good.append(one)
    _read_tasks(found, listing, of_tasks or [])
    named = {_plain_name(typed.get("file", "")) for _, _, typed in rows}
    found.unlisted = [name for name in files if _plain_name(name) not in named]
    found.bad.sort(key=lambda one: (one.sheet != rows[0][0] if rows else False, one.row))
    return found


def _read_tasks(found: Reading, listing: "_Listing", rows: list[tuple[str, int, dict[str, str]]]) -> None:
    """The tasks to their minutes; minutes with one that cannot be read are not good any more."""
    told: dict[tuple[int, int, int], list[EarlierTask]] = {}
    spoilt: dict[tuple[int, int, int], int] = {}
    there = {(one.series.id, one.year, one.number): one for one in found.good}
    for sheet, row, typed in rows:
        title = clean_line(typed["title"])[:60]
        try:
            key = listing.key_of(typed, "of")
            minutes = there.get(key)
            if minutes is None:
                if key not in listing.tried:
                    raise BadRowError(f"清单里没有编号〔{key[1]}〕{key[2]}号的纪要。")
                continue  # its minutes are named among the bad rows already
        except BadRowError as why:
            found.bad.append(BadRow(sheet, row, title, str(why)))
            continue
        try:
            told.setdefault(key, []).append(_task(row, typed, listing.units, minutes.day, minutes.decisions))
        except BadRowError as why:
            found.bad.append(BadRow(sheet, row, title, str(why)))
            spoilt.setdefault(key, row)
    good = []
    for key, one in there.items():
        if key in spoilt:
            reason = f"它的交办事项有问题（“{TASKS}”第 {spoilt[key]} 行）。"
            found.bad.append(BadRow(LIST, one.row, one.title[:60], reason))
        else:
            good.append(replace(one, tasks=tuple(told.get(key, ()))))
    found.good = good


class _Listing:
    """What the rows of a list are read against, and which of them came before."""

    def __init__(
        self, files: Mapping[str, Brought], series: Mapping[str, MeetingSeries], units: Units, known: Known
    ) -> None:
        self.series, self.units, self.known = series, units, known
        self.files: dict[str, list[tuple[str, Brought]]] = {}
        for name, one in files.items():
            self.files.setdefault(_plain_name(name), []).append((name, one))
        self.tried: dict[tuple[int, int, int], int] = {}  # by what they are called, the row
        self.taken: dict[str, int] = {}  # by the hash of their file

    def key_of(self, typed: Mapping[str, str], column: str) -> tuple[int, int, int]:
        """The series, the year and the number a row names."""
        series = self._series(typed)
        try:
            return series.id, *number_in(typed.get(column, ""))
        except ValueError as why:
            raise BadRowError(f"编号“{clean_line(typed.get(column))[:30]}”看不懂，{why}") from None

    def minutes(self, row: int, typed: Mapping[str, str]) -> Earlier:
        """The minutes a row tells of."""
        key = self.key_of(typed, "number")
        if key in self.tried:
            raise BadRowError(f"编号与第 {self.tried[key]} 行重复。")
        self.tried[key] = row
        if title := self.known.numbers.get(key):
            raise BadRowError(f"门户中已有这个编号（《{title}》）。")
        title = clean_line(typed["title"])
        if not title or len(title) > LONGEST_LINE:
            raise BadRowError(f"标题超过 {LONGEST_LINE} 个字。" if title else "没有写标题。")
        day, issued = (day_in(typed.get(name, ""), COLUMNS[name][0]) for name in ("day", "issued"))
        if day is None:
            raise BadRowError("没有写会议日期。")
        try:
            check_days(day, key[1], issued)
            decisions = decisions_in(clean_text(typed.get("decisions")))
        except ValueError as why:
            raise BadRowError(str(why)) from None
        return Earlier(
            row, self._series(typed), day, key[1], key[2], title, self._file(row, typed), issued,
            clean_line(typed.get("distribution"))[:LONGEST_LINE], decisions,
        )  # fmt: skip

    def _series(self, typed: Mapping[str, str]) -> MeetingSeries:
        name = clean_line(typed.get("series"))
        every = {one.id: one for one in self.series.values()}
        if not name and len(every) == 1:
            return next(iter(every.values()))
        if name not in self.series:
            raise BadRowError(f"没有“{name}”这个例会。" if name else "没有写例会。")
        return self.series[name]

    def _file(self, row: int, typed: Mapping[str, str]) -> str:
        name = clean_line(typed.get("file"))
        found = self.files.get(_plain_name(name), []) if name else []
        if not name:
            raise BadRowError("没有写文件名。")
        if len(found) != 1:
            raise BadRowError(f"有 {len(found)} 个文件叫“{name}”，分不清是哪一个。" if found else f"没有上传“{name}”。")
        called, file = found[0]
        if file.refusal:
            raise BadRowError(f"《{name}》：{file.refusal}")
        if title := self.known.files.get(file.sha256):
            raise BadRowError(f"《{name}》已经登记为{title}。")
        if file.sha256 in self.taken:
            raise BadRowError(f"《{name}》与第 {self.taken[file.sha256]} 行的文件内容相同。")
        self.taken[file.sha256] = row
        return called


def _plain_name(name: str) -> str:
    """How files are told apart: without their folders, the case of letters and the extension."""
    last = unicodedata.normalize("NFKC", name).replace("\\", "/").rsplit("/", 1)[-1].strip().lower()
    return last.removesuffix(".pdf").strip()


def _rows_of(
    sheets: Sequence[tuple[str, Table]], columns: Mapping[str, tuple[str, str]], needed: Sequence[str]
) -> list[tuple[str, int, dict[str, str]]] | None:
    """The rows under the heads of the first sheet that has them, each with its sheet and its number."""
    for sheet, table in sheets:
        for top, heads in enumerate(table[:LOOKED_AT]):
            places = places_of(heads, columns)
            if all(name in places for name in needed):
                tell = partial(_typed, places)
                told = ((sheet, row, tell(cells)) for row, cells in enumerate(table[top + 1 :], top + 2))
                return [one for one in told if any(one[2].values())]
    return None


def _typed(places: Mapping[str, int], cells: Sequence[str]) -> dict[str, str]:
    return {name: cells[at] if at < len(cells) else "" for name, at in places.items()}
