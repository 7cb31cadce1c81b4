"""督办通报 of one meeting, as the paper and the Word file that go round: how much was agreed, how much is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from portal import clock, paper
from portal.actions.models import ActionItem
from portal.meetings.models import Meeting
from portal.office import office
from portal.records.queries import share_of

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HEADS = ("序号", "事项", "牵头单位", "时限", "状态", "最新进展")
WIDTHS = (1.2, 4.8, 2.8, 2.2, 1.8, 3.6)  # centimetres
LONGEST = 80


@dataclass(frozen=True, kw_only=True)
class BulletinPaper:
    """督办通报: a sentence and a table."""

    title: str
    sentence: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    issuer: str
    issued_on: date


def name_of(meeting: Meeting) -> str:
    """The file's name without its ending."""
    return f"{meeting.title}督办通报"


def paper_of(meeting: Meeting, actions: Sequence[ActionItem]) -> BulletinPaper:
    """Everything the bulletin says."""
    return BulletinPaper(
        title=name_of(meeting),
        sentence=f"截至{clock.zh_date(clock.today())}，{meeting.title}{share_of(actions).sentence}",
        heads=HEADS,
        rows=[(str(number), *_cells(one)) for number, one in enumerate(actions, 1)],
        issuer=office.organisation,
        issued_on=clock.today(),
    )


def _cells(one: ActionItem) -> tuple[str, ...]:
    said = one.reports[-1].text if one.reports else ""
    word = f"{one.word}，逾期" if one.is_overdue else one.word
    said = said if len(said) <= LONGEST else said[:LONGEST] + "……"
    return one.title, one.lead, f"{one.due:%Y-%m-%d}", word, said


def pdf_of(bulletin: BulletinPaper) -> bytes:
    """The bulletin on A4."""
    return paper.render("bulletin.html", made_at=clock.now(), paper=bulletin)


def docx_of(bulletin: BulletinPaper) -> bytes:
    """The bulletin as a Word file, with the fonts of official papers."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(2.7), Cm(2.7)
    section.left_margin, section.right_margin = Cm(2.4), Cm(2.2)

    def line(text: str, font: str, size: int, align: Any, indent: int = 0) -> None:
        paragraph = document.add_paragraph()
        paragraph.alignment = align
        paragraph.paragraph_format.line_spacing = Pt(28)
        paragraph.paragraph_format.first_line_indent = Pt(indent)
        _set_font(paragraph.add_run(text), font, Pt(size))

    line(bulletin.title, "方正小标宋简体", 22, WD_ALIGN_PARAGRAPH.CENTER)
    line(bulletin.sentence, "仿宋_GB2312", 16, WD_ALIGN_PARAGRAPH.JUSTIFY, 32)
    if bulletin.rows:
        table = document.add_table(rows=1, cols=len(bulletin.heads), style="Table Grid")
        table.autofit = False
        for words, font in ((bulletin.heads, "黑体"), *((row, "仿宋_GB2312") for row in bulletin.rows)):
            cells = table.rows[0].cells if words is bulletin.heads else table.add_row().cells
            for cell, text, width in zip(cells, words, WIDTHS, strict=True):
                cell.width = Cm(width)
                _set_font(cell.paragraphs[0].add_run(text), font, Pt(10.5))
    for text in (bulletin.issuer, clock.zh_date(bulletin.issued_on)):
        line(text, "仿宋_GB2312", 16, WD_ALIGN_PARAGRAPH.RIGHT)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _set_font(run: Any, font: str, size: Any) -> None:
    from docx.oxml.ns import qn

    run.font.name, run.font.size = font, size
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001 - no public way
