"""The minutes as a Word file in the official fonts, and a Word file or a paste from Word back as their text.

Outline keys are written as text, never as automatic numbers, so that they come back as they left. Decisions and
tasks that live in the text travel in content controls whose tag is their mark.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from html.parser import HTMLParser
from typing import IO, Any

from portal import clock, paper
from portal.minutes import live
from portal.word import HEAD, TEXT, TITLE, blank, file_of, mark_row, set_font

# GB/T 9704-2012: 3号 is 16 pt; 22 lines of 28 characters on 156 × 225 mm.
LINE, BODY, SMALL, LARGE = 28.95, 16, 14, 22
KAI, SONG = "楷体_GB2312", "宋体"
STYLES = {0: "纪要正文", 1: "纪要一级", 2: "纪要二级", 3: "纪要三级", 4: "纪要四级"}
FACES = {0: TEXT, 1: HEAD, 2: KAI, 3: TEXT, 4: TEXT}
FRAME = "纪要版式"  # the style of what stands around the text: heading, number, lists, imprint
CELL = "纪要表格"
MOST_UNPACKED = 60_000_000


class NotWord(ValueError):
    """The file is no Word file that can be read; the message says so in Chinese."""


# ── out ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def docx_of(page: paper.MinutesPaper, raw: str = "", words: dict[str, str] | None = None) -> bytes:
    """The minutes as a Word file. `raw` is the text with its marks, `words` what each mark says now."""
    made = blank()
    _prepare(made)
    if page.mark:
        _add(made, page.mark, HEAD, indent=False)
    _add(made, page.heading, TITLE, size=min(56, 420 // max(len(page.heading), 1)), centre=True, red=True)
    number = f"{page.number_text}（{page.correction_of}）" if page.correction_of else page.number_text
    _rule(_add(made, f"{number}\t{clock.zh_date(page.date)}", TEXT, indent=False, tab=156), "E60012", 12)
    _add(made, "", TEXT)
    for line in paper.title_lines(page.title):
        _add(made, line, TITLE, size=LARGE, centre=True)
    _add(made, "", TEXT)
    for part in paper.lines(raw or page.body):
        if isinstance(part, paper.Table):
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


def _add_paragraph(made: Any, part: paper.Paragraph, words: dict[str, str]) -> None:
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


def _add_table(made: Any, table: paper.Table) -> None:
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


def _around(made: Any, page: paper.MinutesPaper) -> None:
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


def _named(rows: Iterable[paper.Attendee]) -> Iterator[str]:
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


# ── back from a file ───────────────────────────────────────────────────────────────────────────────────────────────


def text_of_docx(source: IO[bytes]) -> str:
    """The text of a Word file: of one of ours what stands between heading and lists, of any other everything."""
    from docx import Document

    try:
        _look_at(source)
        made = Document(source)
    except NotWord:
        raise
    except Exception as error:  # a broken file may fail anywhere in the parser
        raise NotWord("这不是能读取的 Word 文件（.docx）。旧的 .doc 文件请先另存为 .docx。") from error
    ours = any(_style(block, made) in STYLES.values() for block in made.element.body)
    numbers = _Numbers()
    lines = [line for block in made.element.body for line in _lines_of(block, made, numbers, ours=ours)]
    if not any(lines):
        raise NotWord("这个 Word 文件里没有正文。")
    return "\n".join(lines)


def _look_at(source: IO[bytes]) -> None:
    """Refuse what swells when it is unpacked."""
    from zipfile import ZipFile

    with ZipFile(source) as parts:
        if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
            raise NotWord("文件解压后过大，没有读取。")
    source.seek(0)


def _style(block: Any, made: Any) -> str:
    from docx.oxml.ns import qn

    found = block.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    if found is None:
        return ""
    named = {style.style_id: style.name for style in made.styles}
    return str(named.get(found.get(qn("w:val")), ""))


def _lines_of(block: Any, made: Any, numbers: "_Numbers", *, ours: bool) -> Iterator[str]:
    from docx.oxml.ns import qn

    if block.tag == qn("w:tbl"):
        for row in block.iter(qn("w:tr")):
            cells = [" ".join(filter(None, map(_words_of, cell.iter(qn("w:p"))))) for cell in row.iter(qn("w:tc"))]
            yield "|" + "|".join(cell.replace("|", "｜") for cell in cells) + "|"
    elif block.tag == qn("w:p"):
        style = _style(block, made)
        if ours and style in (FRAME, "Title", "Header", "Footer"):
            return
        for line in _words_of(block).split("\n"):
            if line.strip():
                yield numbers.key(block) + line.strip()
    elif block.tag == qn("w:sdt"):  # a control around whole paragraphs
        for inner in block.iter(qn("w:p"), qn("w:tbl")):
            yield from _lines_of(inner, made, numbers, ours=ours)


def _words_of(paragraph: Any) -> str:
    """The words of a paragraph as they stand; what was struck out by a reviser is left out."""
    from docx.oxml.ns import qn

    found: list[str] = []

    def walk(node: Any) -> None:
        for child in node:
            if child.tag == qn("w:sdt") and (mark := _mark_in(child)):
                found.append(mark)
            elif child.tag == qn("w:t"):
                found.append(child.text or "")
            elif child.tag == qn("w:tab"):
                found.append(" ")
            elif child.tag in (qn("w:br"), qn("w:cr")):
                found.append("\n")
            elif child.tag not in (qn("w:del"), qn("w:pPr"), qn("w:rPr"), qn("w:sdtPr"), qn("w:txbxContent")):
                walk(child)

    walk(paragraph)
    return "".join(found)


def _mark_in(control: Any) -> str:
    from docx.oxml.ns import qn

    tag = control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
    value = tag.get(qn("w:val")) if tag is not None else ""
    mark = value if value.endswith("】") else f"{value}】"
    return mark if live.MARK.fullmatch(mark) else ""


class _Numbers:
    """Automatic numbers become outline keys by their level: a file written elsewhere keeps its structure."""

    def __init__(self) -> None:
        self.counts = [0] * 4

    def key(self, paragraph: Any) -> str:
        """The key of a paragraph that Word numbers by itself; nothing for any other."""
        from docx.oxml.ns import qn

        level = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:ilvl')}")
        if level is None:
            return ""
        return self.next(int(level.get(qn("w:val")) or 0))

    def next(self, depth: int) -> str:
        """The next key of a level, counted from 0."""
        depth = min(depth, 3)
        self.counts[depth] += 1
        self.counts[depth + 1 :] = [0] * (3 - depth)
        number = self.counts[depth]
        han = paper.numeral(number) if number <= 99 else str(number)
        return (f"{han}、", f"（{han}）", f"{number}.", f"（{number}）")[depth]


# ── back from the clipboard ────────────────────────────────────────────────────────────────────────────────────────

KEPT = {
    "p", "div", "br", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "ul", "li", "table", "thead", "tbody", "tr", "td", "th",
    "span", "b", "i", "u", "strong", "em", "blockquote", "pre",
}  # fmt: skip
BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre"}


def text_of_html(html: str) -> str:
    """What was copied in Word, WPS or a browser as text: a paragraph a line, lists with outline keys, tables kept."""
    import nh3

    # Word hides the number of a list in a comment that browsers skip; its text is the outline key and must stay.
    shown = re.sub(r"<!\[if[^\]]*\]>|<!\[endif\]>", "", html)
    reader = _Pasted()
    reader.feed(nh3.clean(shown, tags=KEPT, attributes={}, clean_content_tags={"style", "script", "title", "xml"}))
    reader.close()
    return "\n".join(reader.ended())


class _Pasted(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.words: list[str] = []
        self.row: list[str] | None = None
        self.lists: list[bool] = []  # of each open list whether it is a numbered one
        self.numbers = _Numbers()

    def handle_starttag(self, tag: str, _attributes: Any) -> None:
        if tag in ("ol", "ul"):
            self._end_line()
            self.lists.append(tag == "ol")
        elif tag == "tr":
            self._end_line()
            self.row = []
        elif tag in BLOCKS and self.row is None:
            self._end_line()
            if tag == "li" and self.lists and self.lists[-1]:
                # A list in a text begins under its heading: 1. and below it （1）.
                self.words.append(self.numbers.next(1 + len(self.lists)))
        elif tag == "br":
            self.words.append(" " if self.row is not None else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self.row is not None:
            self.row.append(self._taken().replace("|", "｜"))
        elif tag == "tr" and self.row is not None:
            self.lines.append("|" + "|".join(self.row) + "|")
            self.row = None
        elif tag in ("ol", "ul"):
            self._end_line()
            if self.lists:
                self.lists.pop()
            if not self.lists:
                self.numbers = _Numbers()
        elif tag in BLOCKS and self.row is None:
            self._end_line()

    def handle_data(self, data: str) -> None:
        self.words.append(re.sub(r"[\s\u00a0]+", " ", unescape(data)))

    def ended(self) -> list[str]:
        """Every line that was read."""
        self._end_line()
        return self.lines

    def _taken(self) -> str:
        said, self.words = "".join(self.words), []
        return re.sub(r"(?<=[^\x00-\xff]) +| +(?=[^\x00-\xff])", "", said).strip()

    def _end_line(self) -> None:
        self.lines += [line.strip() for line in self._taken().split("\n") if line.strip()]
