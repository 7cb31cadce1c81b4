"""A Word file on A4, its lines and tables set as official papers set them; fonts by name, for who opens it has them."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TITLE, TEXT, HEAD = "方正小标宋简体", "仿宋_GB2312", "黑体"


def blank() -> Any:
    """An empty document on A4 with the margins of GB/T 9704-2012."""
    from docx import Document
    from docx.shared import Mm

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    return document


def file_of(document: Any) -> bytes:
    """A document as a file."""
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def set_font(of: Any, font: str, size: float) -> None:
    """Give a run or a style its font, for Chinese as well as for Latin letters, and its size in points."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    of.font.name, of.font.size = font, Pt(size)
    fonts = of.element.get_or_add_rPr().get_or_add_rFonts()
    for which in ("w:eastAsia", "w:hAnsi", "w:cs"):
        fonts.set(qn(which), font)
    fonts.set(qn("w:hint"), "eastAsia")


def mark_row(row: Any, mark: str) -> None:
    """Say of a row of a table that it is the head of every page (w:tblHeader), or not to be broken (w:cantSplit)."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(mark))  # noqa: SLF001 - no public way


class Word:
    """What is written goes below what was written before."""

    def __init__(self) -> None:
        self.document = blank()

    def line(self, text: str, font: str = TEXT, size: int = 16, *, place: str = "", indent: bool = True) -> None:
        """One paragraph."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.line_spacing = Pt(28)
        paragraph.paragraph_format.space_after = Pt(0)
        if place:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if place == "centre" else WD_ALIGN_PARAGRAPH.RIGHT
        elif indent:
            paragraph.paragraph_format.first_line_indent = Pt(2 * size)
        set_font(paragraph.add_run(text), font, size)

    def section(self, head: str, rows: Sequence[str]) -> None:
        """Some lines under a heading; nothing where there are none."""
        if rows and head:
            self.line(head, HEAD)
        for row in rows:
            self.line(row)

    def table(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], centred: Sequence[int]
    ) -> None:
        """A table whose head comes again on every page; widths in centimetres, some columns centred."""
        from docx.enum.table import WD_TABLE_ALIGNMENT
        from docx.shared import Cm

        table = self.document.add_table(rows=1 + len(rows), cols=len(heads), style="Table Grid")
        table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        for row, words in zip(table.rows, (heads, *rows), strict=True):
            is_head = words is heads
            mark_row(row, "w:tblHeader" if is_head else "w:cantSplit")
            for place, (cell, text) in enumerate(zip(row.cells, words, strict=True)):
                cell.width = Cm(widths[place])
                _fill(cell, text, HEAD if is_head else TEXT, centred=is_head or place in centred)

    def saved(self) -> bytes:
        """The file."""
        return file_of(self.document)


def _fill(cell: Any, text: str, font: str, *, centred: bool) -> None:
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(3)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.LEFT
    set_font(paragraph.add_run(text), font, 10.5)
