"""The minutes as a Word file in the official fonts.

Outline keys are written as text, never as automatic numbers, so that they come back as they left. Decisions and
tasks that live in the text travel in content controls whose tag is their mark.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from portal.db import clock
from portal.documents.paper import content as paper_content
from portal.documents.paper import text as paper_text
from portal.documents.word import HEAD, TEXT, TITLE, blank, file_of, mark_row, set_font
from portal.minutes.text import live

# GB/T 9704-2012: 3号 is 16 pt; 22 lines of 28 characters on 156 × 225 mm.
LINE, BODY, SMALL, LARGE = 28.95, 16, 14, 22
KAI, SONG = "楷体_GB2312", "宋体"
STYLES = {0: "纪要正文", 1: "纪要一级", 2: "纪要二级", 3: "纪要三级", 4: "纪要四级"}
FACES = {0: TEXT, 1: HEAD, 2: KAI, 3: TEXT, 4: TEXT}
FRAME = "纪要版式"  # the style of what stands around the text: heading, number, lists, imprint
CELL = "纪要表格"


def docx_of(page: paper_content.MinutesPaper, raw: str = "", words: dict[str, str] | None = None) -> bytes:
    """The minutes as a Word file. `raw` is the text with its marks, `words` what each mark says now."""
    made = blank()
    _prepare(made)
    if page.mark:
        _add(made, page.mark, HEAD, indent=False)
    _add(made, page.heading, TITLE, size=min(56, 420 // max(len(page.heading), 1)), centre=True, red=True)
    number = f"{page.number_text}（{page.correction_of}）" if page.correction_of else page.number_text
    _rule(_add(made, f"{number}\t{clock.zh_date(page.date)}", TEXT, indent=False, tab=156), "E60012", 12)
    _add(made, "", TEXT)
    for line in paper_text.title_lines(page.title):
        _add(made, line, TITLE, size=LARGE, centre=True)
    _add(made, "", TEXT)
    for part in paper_text.lines(raw or page.body):
        if isinstance(part, paper_text.Table):
            _add_table(made, part)
        else:
            _add_paragraph(made, part, words or {})
    _around(made, page)
    _number_pages(made)
    return file_of(made)


def _prepare(made: Any) -> None:
    """Footers and styles."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_LINE_SPACING
    from docx.shared import Mm, Pt

    made.sections[0].footer_distance = Mm(35 - 7 - 5)
    made.settings.odd_and_even_pages_header_footer = True
    normal = made.styles["Normal"]
    set_font(normal, TEXT, BODY)
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    normal.paragraph_format.line_spacing = Pt(LINE)
    normal.paragraph_format.widow_control = False
    for level, name in STYLES.items():
        style = made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        set_font(style, FACES[level], BODY)
        style.paragraph_format.first_line_indent = Pt(2 * BODY)
        style.paragraph_format.keep_with_next = level in (1, 2)
        style.quick_style = True
        if level:
            _outline(style, level - 1)
    for name, size in ((FRAME, BODY), (CELL, SMALL)):
        style = made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        set_font(style, TEXT, size)


def _outline(style: Any, level: int) -> None:
    """Let the navigation pane of Word and WPS show the headings."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement("w:outlineLvl")
    mark.set(qn("w:val"), str(level))
    style.element.get_or_add_pPr().append(mark)  # the last but the section's own: the schema's order


def _add(
    made: Any, text: str, font: str, *, size: float = BODY, centre: bool = False, indent: bool = False,
    red: bool = False, tab: float = 0, hang: float = 0,
) -> Any:  # fmt: skip
    from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
    from docx.shared import Mm, Pt, RGBColor

    paragraph = made.add_paragraph(style=FRAME)
    run = paragraph.add_run(text)
    set_font(run, font, size)
    if red:
        run.font.color.rgb = RGBColor(0xE6, 0, 0x12)
    if size > LARGE:
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        paragraph.paragraph_format.space_before = Pt(LINE)
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if tab:
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(tab), WD_TAB_ALIGNMENT.RIGHT)
    if hang:
        paragraph.paragraph_format.left_indent = Pt(hang * BODY)
        paragraph.paragraph_format.first_line_indent = Pt(-3 * BODY)
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(2 * BODY)
    return paragraph


def _rule(paragraph: Any, colour: str, eighths: int, side: str = "bottom") -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    about = paragraph._p.get_or_add_pPr()  # noqa: SLF001 - python-docx has no borders of its own
    borders = about.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        about.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "4"), ("color", colour)):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)


def _add_paragraph(made: Any, part: paper_text.Paragraph, words: dict[str, str]) -> None:
    paragraph = made.add_paragraph(style=STYLES[part.level])
    _add_words(paragraph, part.head, FACES[part.level], words)
    _add_words(paragraph, part.rest, TEXT, words)


def _add_words(paragraph: Any, text: str, font: str, words: dict[str, str]) -> None:
    at = 0
    for mark in live.MARK.finditer(text):
        _add_run(paragraph, text[at : mark.start()], font)
        _add_control(paragraph, mark[0], words.get(mark[0], mark[0]), font)
        at = mark.end()
    _add_run(paragraph, text[at:], font)


def _add_run(paragraph: Any, text: str, font: str) -> Any:
    if text:
        run = paragraph.add_run(text)
        set_font(run, font, BODY)
        return run
    return None


def _add_control(paragraph: Any, mark: str, said: str, font: str) -> None:
    """A content control: Word and WPS keep its tag however the words around it are edited."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    control, about, content = (OxmlElement(f"w:{name}") for name in ("sdt", "sdtPr", "sdtContent"))
    for name, value in (("alias", mark.strip("【】").partition("：")[0]), ("tag", mark[:64])):
        entry = OxmlElement(f"w:{name}")
        entry.set(qn("w:val"), value)
        about.append(entry)
    run = _add_run(paragraph, said, font)
    content.append(run._r)  # noqa: SLF001 - the run moves into the control
    control.append(about)
    control.append(content)
    paragraph._p.append(control)  # noqa: SLF001


def _add_table(made: Any, table: paper_text.Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    drawn = made.add_table(rows=0, cols=len(table.head), style="Table Grid")
    for number, cells in enumerate(table.rows):
        row = drawn.add_row()
        for mark in ("w:cantSplit", *(["w:tblHeader"] if number == 0 else [])):
            mark_row(row, mark)
        for cell, text in zip(row.cells, cells, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.style = CELL
            set_font(paragraph.add_run(text), HEAD if number == 0 else TEXT, SMALL)
            if number == 0:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _around(made: Any, page: paper_content.MinutesPaper) -> None:
    """附件, the three lists and the 版记, as they stand after the text."""
    if page.attachments:
        _add(made, "", TEXT)
        several = len(page.attachments) > 1
        for number, name in enumerate(page.attachments, 1):
            label = "附件：" if number == 1 else "\u3000\u3000\u3000"
            _add(made, f"{label}{f'{number}.' if several else ''}{name}", TEXT, hang=5)
    lists = (("出席", page.present), ("请假", page.on_leave), ("列席", page.in_attendance))
    if any(rows for _, rows in lists):
        _add(made, "", TEXT)
    for label, rows in lists:
        if rows:
            paragraph = _add(made, f"{label}：", HEAD, hang=5)
            set_font(paragraph.add_run("\u3000".join(_named(rows))), TEXT, BODY)
    _add(made, "", TEXT)
    if page.distribution:
        sent = _add(made, f"分送：{'，'.join(page.distribution)}。", TEXT, size=SMALL)
        _rule(sent, "000000", 8, "top")
    issue = _add(made, f"{page.issuer}\t{clock.zh_date(page.issued_on)}印发", TEXT, size=SMALL, tab=156)
    _rule(issue, "000000", 6, "top")
    _rule(issue, "000000", 8, "bottom")


def _named(rows: Iterable[paper_content.Attendee]) -> Iterator[str]:
    before = ""
    for one in rows:
        unit = "" if one.department == before else f"{one.department} "
        before = one.department
        yield f"{unit}{one.name}{one.suffix}"


def _number_pages(made: Any) -> None:
    """— 1 — outside: right on odd pages, left on even ones, one character in (7.5)."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    section = made.sections[0]
    sides = ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT))
    for footer, side in sides:
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        indent = paragraph.paragraph_format
        indent.left_indent, indent.right_indent = Pt(SMALL), Pt(SMALL)
        for kind in ("begin", "PAGE", "end"):
            if kind == "begin":
                set_font(paragraph.add_run("— "), SONG, SMALL)
            run = paragraph.add_run()
            set_font(run, SONG, SMALL)
            if kind == "PAGE":
                code = OxmlElement("w:instrText")
                code.text = " PAGE "
            else:
                code = OxmlElement("w:fldChar")
                code.set(qn("w:fldCharType"), kind)
            run._r.append(code)  # noqa: SLF001
        set_font(paragraph.add_run(" —"), SONG, SMALL)
