"""Several courses at once: a table as people paste it from Excel or Word, or type it, read into courses."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from portal.courses.course.operations import CourseFacts
from portal.courses.models.programmes import CourseProgramme, PolicyField
from portal.errors import Unreadable
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.web.fields import clean_line

COLUMNS = ("课题", "领域", "月份", "责任单位", "主讲人", "时长", "目的")
ALSO = {
    "政策领域": "领域",
    "题目": "课题",
    "计划月份": "月份",
    "单位": "责任单位",
    "时长（分钟）": "时长",
    "分钟": "时长",
}
MOST = 60
LONGEST_TOPIC, LONGEST_AIMS = 100, 5000
SHORTEST, LONGEST = 5, 240


@dataclass(frozen=True)
class Row:
    """One course that was typed."""

    topic: str
    field: PolicyField
    facts: CourseFacts


@dataclass(frozen=True)
class Known:
    """What the words of a row can mean."""

    programme: CourseProgramme
    fields: Sequence[PolicyField]
    departments: Sequence[Department]
    officers: Sequence[User]


def read(text: str, known: Known) -> list[Row]:
    """The courses of a table, or Unreadable with every line that cannot be read and why."""
    lines = list(_cells(text))
    if not lines:
        raise Unreadable("请至少写一门课程，每行一门。")
    if len(lines) > MOST:
        raise Unreadable(f"一次最多添加 {MOST} 门课程，请分几次添加。")
    columns = _columns(lines[0][1])
    if columns is None:
        columns = list(COLUMNS)
    else:
        lines = lines[1:]
    rows, wrong = [], []
    for number, cells in lines:
        try:
            rows.append(_row(dict(zip(columns, cells, strict=False)), known))
        except ValueError as error:
            wrong.append(f"第 {number} 行：{error}")
    if wrong:
        raise Unreadable("\n".join(wrong))
    if not rows:
        raise Unreadable("表头下面还没有课程，请至少写一门。")
    return rows


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    comma = "\t" if "\t" in text else None
    for number, line in enumerate(text.splitlines(), 1):
        cut = comma or max(",，|", key=line.count)
        cells = [clean_line(cell) for cell in next(csv.reader(io.StringIO(line), delimiter=cut), [])]
        if any(cells):
            yield number, cells


def _columns(cells: list[str]) -> list[str] | None:
    """The heads of the columns where the first line holds heads."""
    heads = [ALSO.get(cell, cell) for cell in cells]
    return heads if "课题" in heads else None


def _row(cells: dict[str, str], known: Known) -> Row:
    topic = cells.get("课题", "")
    if not topic:
        raise ValueError("没有写课题。")
    if len(topic) > LONGEST_TOPIC:
        raise ValueError(f"课题请不要超过 {LONGEST_TOPIC} 个字。")
    if len(cells.get("目的", "")) > LONGEST_AIMS:
        raise ValueError(f"目的请不要超过 {LONGEST_AIMS} 个字。")
    facts = CourseFacts(
        aims=cells.get("目的", ""),
        month=_month(cells.get("月份", ""), known.programme),
        minutes=_minutes(cells.get("时长", "")),
        department=_department(cells.get("责任单位", ""), known.departments),
        lecturer=_officer(cells.get("主讲人", ""), known.officers),
    )
    return Row(topic, _field(cells.get("领域", ""), known.fields), facts)


def _field(text: str, fields: Sequence[PolicyField]) -> PolicyField:
    found = next((one for one in fields if one.name == text), None)
    if found is None:
        names = "、".join(one.name for one in fields) or "还没有设置领域"
        wrong = f"没有名为“{text}”的政策领域" if text else "没有写政策领域"
        raise ValueError(f"{wrong}（可写：{names}）。")
    return found


def _month(text: str, programme: CourseProgramme) -> date | None:
    if not text:
        return None
    found = re.fullmatch(r"(?:(\d{4})[-/.年])?\s*(\d{1,2})月?", unicodedata.normalize("NFKC", text))
    month = int(found[2]) if found and found[1] in (None, str(programme.year)) else 0
    if not programme.first_month <= month <= programme.last_month:
        raise ValueError(f"月份“{text}”不在本计划的 {programme.first_month} 月到 {programme.last_month} 月之间。")
    return date(programme.year, month, 1)


def _minutes(text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).removesuffix("钟").removesuffix("分").strip()
    if not plain:
        return 30
    if not re.fullmatch(r"[0-9]{1,3}", plain) or not SHORTEST <= int(plain) <= LONGEST:
        raise ValueError(f"时长“{text}”应是 {SHORTEST} 到 {LONGEST} 分钟。")
    return int(plain)


def _department(text: str, departments: Sequence[Department]) -> Department | None:
    if not text:
        return None
    found = next((one for one in departments if text in (one.name, one.short)), None)
    if found is None:
        raise ValueError(f"没有名为“{text}”的部门。")
    return found


def _officer(text: str, officers: Sequence[User]) -> User | None:
    if not text:
        return None
    found = [one for one in officers if text in (one.name, one.titled)]
    if not found:
        raise ValueError(f"首席服务官中没有“{text}”。")
    if len(found) > 1:
        raise ValueError(f"有 {len(found)} 位“{text}”，请写成“单位 姓名”，例如“{found[0].titled}”。")
    return found[0]
