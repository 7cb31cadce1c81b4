"""A list of earlier minutes with their files: what of it can be brought in, and what is wrong with the rest."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from portal.actions.importing.reading import BadRowError, Units, day_in, places_of
from portal.errors import Unreadable
from portal.files.tables import Table
from portal.meetings.models.series import MeetingSeries
from portal.minutes.back_entry.earlier import (
    COLUMNS,
    LIST,
    LOOKED_AT,
    NEEDED,
    OF_TASKS,
    TASKS,
    TASKS_NEED,
    Earlier,
    check_days,
    decisions_in,
    earlier_task,
    number_in,
)
from portal.web.fields import LONGEST_LINE, clean_line, clean_text

if TYPE_CHECKING:
    from portal.minutes.back_entry.earlier import EarlierTask


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
            told.setdefault(key, []).append(earlier_task(row, typed, listing.units, minutes.day, minutes.decisions))
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
