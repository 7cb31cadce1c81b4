"""What is inside an Office file: macros, links to outside, programs, packed files, fields that start programs."""

import re
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat
from zipfile import ZipInfo

from portal.errors import Unreadable
from portal.files.examine_limits import (
    DAMAGED,
    DDE,
    EXTERNAL,
    KB,
    LARGEST_EMBEDDED,
    LARGEST_RELATIONSHIPS,
    LONGEST_FIELD,
    MACROS,
    NESTED,
    PROGRAM,
)
from portal.files.examine_zip import Package
from portal.files.kinds import MAIN_PARTS, Kind
from portal.files.magic import ARCHIVES, PROGRAMS, ZIP

_COMPRESSED_PICTURES = (".emz", ".wmz")  # old vector pictures; they are gzip by design


def office_kind(package: Package) -> Kind:
    """The kind the package itself declares (ECMA-376 part 2, [Content_Types].xml)."""
    contents = next((part for part in package.parts if part.filename == "[Content_Types].xml"), None)
    if contents is None:
        raise Unreadable("这是一个压缩包，只是改了名字，不能上传。请解压后上传其中的文件。")
    types = {row.get("ContentType", "") for _, row in _elements(package.read(contents, LARGEST_RELATIONSHIPS))}
    if any("macroEnabled" in type_ or "vbaProject" in type_ for type_ in types):
        raise Unreadable(MACROS)
    kinds = {kind for type_, kind in MAIN_PARTS.items() if type_ in types}
    if len(kinds) != 1:
        raise Unreadable(
            "这不是普通的演示文稿、文档或表格（可能是模板或放映文件）。请另存为 .pptx、.docx 或 .xlsx 后重新上传。"
        )
    return kinds.pop()


def check_office(file: BinaryIO, path: Path) -> None:
    """Look at every part of an Office file."""
    _check_package(Package(file))


def _check_package(package: Package) -> None:
    """Every part once: its sum, what it starts with, and where its links lead."""
    for part in package.parts:
        if part.is_dir():
            continue
        lower = part.filename.lower()
        if lower.endswith("vbaproject.bin") or "/macrosheets/" in lower or "/activex/" in lower:
            raise Unreadable(MACROS)
        if lower.endswith(".rels"):
            _check_links(package.read(part, LARGEST_RELATIONSHIPS))
        elif "/embeddings/" in f"/{lower}":
            _check_embedded(package, part)
        else:
            _check_part(package, part, lower)


def _check_part(package: Package, part: ZipInfo, lower: str) -> None:
    fields = _Fields() if lower.endswith(".xml") and lower.startswith(("word/", "xl/externallinks/")) else None
    for number, block in enumerate(package.blocks(part)):
        if fields:
            fields.feed(block)
        if number:
            continue
        name = part.filename.rpartition("/")[2]
        if block.startswith(PROGRAMS) and not lower.endswith((".xml", ".txt")):
            raise Unreadable(PROGRAM.format(part=name))
        if block.startswith(ARCHIVES) and not lower.endswith(_COMPRESSED_PICTURES):
            raise Unreadable(NESTED.format(part=name))
        if lower.endswith((".xml", ".vml")) and b"<!DOCTYPE" in block[: 4 * KB]:
            raise Unreadable(DAMAGED)


class _Fields:
    """Follows the fields of a text and the links of a workbook: DDE starts other programs (ECMA-376-1, 17.16, 18.14).

    A field's word may be spread over many elements, so the words are put together before they are looked at.
    """

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._read
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.inside, self.words = False, ""

    def feed(self, block: bytes) -> None:
        """The next piece of the part."""
        try:
            self.parser.Parse(block, False)
        except expat.ExpatError as error:
            raise Unreadable(DAMAGED) from error

    def _begin(self, tag: str, row: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        self.inside = name == "instrText"
        for key, value in row.items():
            if key.endswith(" instr"):
                self._look(value)
        if name == "ddeLink":
            raise Unreadable(DDE)

    def _end(self, tag: str) -> None:
        if tag.endswith(" instrText"):
            self.inside = False
        elif tag.endswith(" p"):
            self.words = ""

    def _read(self, text: str) -> None:
        if self.inside:
            self.words = (self.words + text)[-LONGEST_FIELD:]
            self._look(self.words)

    def _look(self, words: str) -> None:
        if re.search(r"\bDDE(?:AUTO)?\b", words, re.IGNORECASE):
            raise Unreadable(DDE)


def _check_embedded(package: Package, part: ZipInfo) -> None:
    """A chart keeps its figures as a workbook inside; it is looked at in the same way, and holds no other."""
    name = part.filename.rpartition("/")[2]
    content = package.read(part, LARGEST_EMBEDDED)
    if content.startswith(ZIP) and package.depth == 0 and name.lower().endswith((".xlsx", ".docx", ".pptx")):
        inner = Package(BytesIO(content), depth=1)
        office_kind(inner)
        _check_package(inner)
    elif content.startswith(ARCHIVES):
        raise Unreadable(NESTED.format(part=name))
    elif content.startswith(PROGRAMS) or "Ole10Native".encode("utf-16-le") in content:
        raise Unreadable(PROGRAM.format(part=name))


_LINK_WORDS = {
    "image": "图片",
    "video": "视频",
    "audio": "音频",
    "media": "视频",
    "oleObject": "对象",
    "package": "对象",
    "externalLinkPath": "工作簿",
    "attachedTemplate": "模板",
    "frame": "网页",
    "subDocument": "文档",
}


def _check_links(content: bytes) -> None:
    for tag, row in _elements(content):
        if tag != "Relationship" or row.get("TargetMode", "").lower() != "external":
            continue
        kind = row.get("Type", "").rpartition("/")[2]
        target = row.get("Target", "")
        if kind != "hyperlink" or not _leads_to_a_page(target):
            raise Unreadable(EXTERNAL.format(what=_LINK_WORDS.get(kind, "内容"), target=target.strip()[:80]))


def _leads_to_a_page(target: str) -> bool:
    """Web and mail addresses, and what names no place; a path of a machine or of a server hands over who follows it."""
    scheme, colon, _ = target.strip().partition(":")
    if target.strip().startswith(("\\\\", "//")):
        return False
    return not colon or not re.fullmatch(r"[A-Za-z][\w+.-]*", scheme) or scheme.lower() in {"http", "https", "mailto"}


def _elements(content: bytes) -> list[tuple[str, dict[str, str]]]:
    """Every element of a small XML part, with its attributes; a document type, and so any entity, is refused."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda tag, row: found.append((tag.rpartition(" ")[2], row))
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Unreadable(DAMAGED) from error
    return found


def _refuse_doctype(*_arguments: object) -> None:
    raise Unreadable(DAMAGED)
