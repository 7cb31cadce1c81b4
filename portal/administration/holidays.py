"""A yearly holiday notice as a table: which days are free, which are worked in exchange, which rows cannot be read."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from portal.errors import Unreadable
from portal.files.tables import Table
from portal.web.fields import clean_line

HEADS: dict[str, tuple[str, str]] = {  # what a column is: its word on screen, what notices call it
    "name": ("节日", "节日 节日名称 名称 假期 假期名称 节假日 说明 备注 事由"),
    "rest": ("放假", "放假 放假时间 放假日期 放假安排 休息 休息日期 休假时间 休假日期"),
    "work": ("上班", "上班 上班日期 调休 调休上班 调休上班日期 调休日期 补班 补班日期 调休安排"),
    "first": ("日期", "日期 起始日期 开始日期 起 从"),
    "last": ("结束日期", "结束日期 截止日期 终止日期 止 到"),
    "kind": ("安排", "安排 类型 类别 上班或休息 是否上班"),
}
_FIELDS = {word: name for name, (_, words) in HEADS.items() for word in words.split()}
_RESTS = {"休息", "放假", "休", "假", "否", "休假", "节假日"}
_WORKS = {"上班", "班", "调休上班", "补班", "工作", "是", "工作日"}
LOOKED_AT = 20  # the rows in which a head may stand
LONGEST_PERIOD = 31  # days
_DAY = r"(?:(\d{4})\s*[年/.\-]\s*)?(?:(\d{1,2})\s*[月/.\-]\s*)?(\d{1,2})\s*[日号]?"
_PERIOD = re.compile(rf"{_DAY}(?:\s*(?:至|到|~|-+|—+|–+)\s*{_DAY})?")
_NOISE = re.compile(
    r"\([^)]*\)|星期[一二三四五六日天]|周[一二三四五六日天]|共?\s*\d+\s*天|放假|调休|补班|上班|休息|[。.]$"
)


@dataclass(frozen=True)
class Said:
    """What the table says of one day."""

    day: date
    working: bool
    name: str
    row: int


@dataclass(frozen=True)
class Bad:
    """A row that cannot be taken over."""

    row: int
    text: str
    reason: str


@dataclass
class Reading:
    """What was found in a table."""

    year: int
    columns: list[tuple[str, str]]
    days: dict[date, Said] = field(default_factory=dict)
    bad: list[Bad] = field(default_factory=list)

    @property
    def good(self) -> list[Said]:
        """The days in their order."""
        return [self.days[day] for day in sorted(self.days)]


def read(table: Table, year: int) -> Reading:
    """Read a table whose head names the columns; the year is the one its title names, else the given one."""
    head = next((number for number, row in enumerate(table[:LOOKED_AT]) if _is_head(row)), None)
    if head is None:
        raise Unreadable(
            "没有找到表头。表头至少要有“放假”一列，或“日期”和“安排”两列；例如：节日、放假时间、调休上班日期。"
        )
    columns = _columns(table[head])
    titled = re.search(r"(20\d{2}|21\d{2})\s*年", " ".join(" ".join(row) for row in table[:head]))
    reading = Reading(int(titled[1]) if titled else year, [(text, HEADS[name][0]) for text, name in columns.values()])
    name = ""
    for number, row in enumerate(table[head + 1 :], head + 2):
        cells = {kind: clean_line(row[at]) if at < len(row) else "" for at, (_, kind) in columns.items()}
        if not any(cells.values()):
            continue
        name = cells.get("name", "") or name  # 春节 stands once for several rows
        try:
            for said in list(_said(cells, number, name, reading.year)):
                _take(reading, said)
        except ValueError as error:
            reading.bad.append(Bad(number, "　".join(one for one in cells.values() if one), str(error)))
    return reading


def _is_head(row: list[str]) -> bool:
    kinds = {kind for _, kind in _columns(row).values()}
    return "rest" in kinds or {"first", "kind"} <= kinds


def _columns(row: list[str]) -> dict[int, tuple[str, str]]:
    """Which place in a row is what; a head may say more: 放假时间（含周末）."""
    found: dict[int, tuple[str, str]] = {}
    for at, text in enumerate(row):
        plain = re.sub(r"\(.*?\)|\s", "", unicodedata.normalize("NFKC", text))
        if (kind := _FIELDS.get(plain)) and kind not in {one for _, one in found.values()}:
            found[at] = (text, kind)
    return found


def _said(cells: dict[str, str], row: int, name: str, year: int) -> Iterator[Said]:
    if "kind" in cells:
        working = _working(cells["kind"])
        text = f"{cells['first']}至{cells['last']}" if cells.get("last") else cells["first"]
        if not text:
            raise ValueError("没有填写日期。")
        yield from (Said(day, working, name or ("调休上班" if working else "休息"), row) for day in _days(text, year))
        return
    if not cells.get("rest") and not cells.get("work"):
        raise ValueError("没有填写放假或上班的日期。")
    yield from (Said(day, False, name or "放假", row) for day in _days(cells.get("rest", ""), year))
    made_up = f"{name}调休上班" if name else "调休上班"
    yield from (Said(day, True, made_up, row) for day in _days(cells.get("work", ""), year))


def _working(text: str) -> bool:
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    if plain in _WORKS:
        return True
    if plain in _RESTS:
        return False
    raise ValueError(f"“{text}”看不出是上班还是休息。")


def _days(text: str, year: int) -> Iterator[date]:
    """Every day a text names: 2月5日（周五）至11日（周四）；1月3日、2月14日上班."""
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", text)).strip()
    if plain in {"", "-", "—", "无", "不调休", "不"}:
        return
    month: int | None = None
    for part in re.split(r"[、,;；\s]+|和|及", plain):
        if not part:
            continue
        found = _PERIOD.fullmatch(part)
        if not found:
            raise ValueError(f"“{part}”不是日期。")
        first = _day(found[1], found[2], found[3], year, month)
        last = _day(found[4], found[5], found[6], first.year, first.month) if found[6] else first
        if last < first and not found[4]:
            last = date(last.year + 1, last.month, last.day)
        if not 0 <= (last - first).days < LONGEST_PERIOD:
            raise ValueError(f"“{part}”的起止日期不对。")
        if abs(first.year - year) > 1:
            raise ValueError(f"“{part}”不在{year}年前后。")
        month = last.month
        yield from (first + timedelta(days=step) for step in range((last - first).days + 1))


def _day(year: str | None, month: str | None, day: str, in_year: int, in_month: int | None) -> date:
    if month is None and in_month is None:
        raise ValueError(f"“{day}日”没有写月份。")
    try:
        return date(int(year or in_year), int(month or in_month or 0), int(day))
    except ValueError:
        raise ValueError(f"没有{f'{year}年' if year else ''}{month or in_month}月{day}日这一天。") from None


def _take(reading: Reading, said: Said) -> None:
    other = reading.days.get(said.day)
    if other is not None and other.working != said.working:
        raise ValueError(f"{said.day.month}月{said.day.day}日与第 {other.row} 行的安排相反。")
    reading.days.setdefault(said.day, said)
