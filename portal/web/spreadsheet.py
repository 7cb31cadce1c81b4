"""Rows as an Excel file: real dates, no formulas, ready for A4 landscape."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from flask import Response

from portal.db import clock
from portal.web.responses import download
from portal.web.wording import visible

LONGEST_CELL = 32_767
EXCEL_ROWS = 20_000

EXCEL_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class Column:
    """One column of an Excel export: its head, what a row has there, its width in characters."""

    head: str
    cell: Callable[[Any], Any]
    width: int = 16


def excel(title: str, columns: Sequence[Column], rows: Iterable[Any]) -> Response:
    """Rows as an .xlsx download."""
    buffer = BytesIO()
    write_excel(buffer, title, columns, rows)
    return download(buffer.getvalue(), f"{title}{clock.today():%Y%m%d}.xlsx", EXCEL_TYPE)


def write_excel(target: Any, title: str, columns: Sequence[Column], rows: Iterable[Any]) -> int:
    """Write rows as .xlsx, each as it comes: frozen head, real dates, formulas defused to text, ready for A4 landscape.

    Answers how many rows were written. Little is held in memory, however many they are.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", title)[:31])
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    bold, fill = Font(bold=True), PatternFill("solid", fgColor="E9F1FA")
    wrap = Alignment(wrap_text=True, vertical="top")

    def cell(value: Any) -> Any:
        made = WriteOnlyCell(sheet, value=cell_value(value))
        made.alignment = wrap
        if isinstance(made.value, str):
            made.data_type = "s"  # a text that begins with = stays a text
        elif isinstance(made.value, datetime):
            made.number_format = "yyyy-mm-dd hh:mm"
        elif isinstance(made.value, date):
            made.number_format = "yyyy-mm-dd"
        return made

    heads = [WriteOnlyCell(sheet, value=column.head) for column in columns]
    for head in heads:
        head.font, head.fill = bold, fill
    sheet.append(heads)
    written = 0
    for row in rows:
        sheet.append([cell(column.cell(row)) for column in columns])
        written += 1
    last = f"{get_column_letter(len(columns))}{written + 1}"
    sheet.auto_filter.ref = f"A1:{last}"
    sheet.print_area = f"A1:{last}"
    book.save(target)
    return written


def cell_value(value: Any) -> Any:
    """What Excel can hold: dates in Shanghai time, no control characters; too long a text is cut and says so."""
    if isinstance(value, datetime):
        return clock.local(value).replace(tzinfo=None, microsecond=0)
    if value is None or isinstance(value, int | float | date):
        return value
    text = visible(str(value))
    note = "……（内容过长，此处未全部导出）"
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - len(note)] + note
