"""Tables people bring: the cells of an .xlsx or a .csv as texts, merged cells filled, within limits."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zipfile import ZipFile

from portal.errors import Unreadable

MB = 1024 * 1024
LARGEST = 10 * MB
LARGEST_INFLATED = 60 * MB
MOST_ROWS = 5_000
MOST_COLUMNS = 60
LONGEST_CELL = 5_000
TOO_MUCH = f"表格太大了，最多 {MOST_ROWS} 行、{MOST_COLUMNS} 列。请删除空白的行和多余的工作表，或分成几份上传。"
Table = list[list[str]]  # the rows from the first on; a row's place is its number on the sheet


def read(content: bytes, name: str) -> Table:
    """The cells of the first sheet that has any, or Unreadable with the reason."""
    if len(content) > LARGEST:
        raise Unreadable(f"文件超过了 {LARGEST // MB} MB。{TOO_MUCH}")
    rows = _of_csv(content) if name.lower().endswith(".csv") else _of_xlsx(content)
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise Unreadable("表格里没有内容。请核对后重新上传。")
    return rows


def read_sheets(content: bytes) -> list[tuple[str, Table]]:
    """Every sheet of an .xlsx that has any cells, with its name, or Unreadable with the reason."""
    if len(content) > LARGEST:
        raise Unreadable(f"文件超过了 {LARGEST // MB} MB。{TOO_MUCH}")
    return list(_sheets(content))


def plain_text(content: bytes) -> str:
    """The text of a plain file in UTF-8 or GBK; Unreadable where it is no text at all."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
            return text
    raise Unreadable("这个 .csv 文件不是文本，或编码不是 UTF-8、GBK。请另存为 .xlsx 后重新上传。")


def _of_csv(content: bytes) -> Table:
    text = plain_text(content)
    first = text.partition("\n")[0]
    comma = max(",\t;，", key=first.count)
    try:
        rows = [[_text(cell) for cell in row[:MOST_COLUMNS]] for row in csv.reader(io.StringIO(text), delimiter=comma)]
    except csv.Error:
        raise Unreadable("这个 .csv 文件的引号不成对，无法分列。请另存为 .xlsx 后重新上传。") from None
    if len(rows) > MOST_ROWS:
        raise Unreadable(TOO_MUCH)
    return rows


def _of_xlsx(content: bytes) -> Table:
    return next((rows for _, rows in _sheets(content)), [])


def _sheets(content: bytes) -> Iterator[tuple[str, Table]]:
    from openpyxl import load_workbook

    with ZipFile(io.BytesIO(content)) as package:
        if sum(part.file_size for part in package.infolist() if part.filename.endswith(".xml")) > LARGEST_INFLATED:
            raise Unreadable(TOO_MUCH)
        try:
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            for sheet in book.worksheets:
                rows = [[_text(cell) for cell in row] for row in _rows(sheet)]
                if any(any(row) for row in rows):
                    _fill(rows, package.read(sheet._worksheet_path))  # noqa: SLF001 - no other way to its merged cells
                    yield sheet.title, rows
        except (KeyError, ValueError, TypeError, AttributeError, SyntaxError):
            raise Unreadable("表格已损坏，无法读取。请用 WPS 或 Office 打开并另存后重新上传。") from None


def _rows(sheet: Any) -> Iterator[Any]:
    """The rows up to the limits; what a file says of its own size is not believed."""
    sheet.reset_dimensions()
    blank = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), 1):
        blank = 0 if any(cell is not None for cell in row) else blank + 1
        if number > MOST_ROWS:
            if blank >= 100:
                return
            raise Unreadable(TOO_MUCH)
        yield row


def _fill(rows: Table, sheet: bytes) -> None:
    """Let every cell of a merged range say what its first says."""
    from openpyxl.utils import range_boundaries

    for found in re.finditer(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"', sheet):
        left, top, right, bottom = range_boundaries(found[1].decode())
        if top > len(rows) or left > len(rows[top - 1]):
            continue
        text = rows[top - 1][left - 1]
        for row in rows[top - 1 : bottom]:
            for at in range(left - 1, min(right, len(row))):
                row[at] = text


def _text(value: Any) -> str:
    """What a cell says, as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()[:LONGEST_CELL]
