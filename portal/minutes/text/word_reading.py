"""A Word file back as the text of minutes."""

from collections.abc import Iterator
from typing import IO, Any

from portal.minutes.text import live
from portal.minutes.text.outline import Numbers
from portal.minutes.text.word import FRAME, STYLES

MOST_UNPACKED = 60_000_000


class NotWord(ValueError):
    """The file is no Word file that can be read; the message says so in Chinese."""


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
    numbers = Numbers()
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


def _lines_of(block: Any, made: Any, numbers: "Numbers", *, ours: bool) -> Iterator[str]:
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
