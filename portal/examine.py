"""What an uploaded file really is, and whether it may come in: judged by its content and by its name."""

import enum
import json
import re
import struct
import subprocess
import zlib
from collections.abc import Callable, Collection, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from portal.errors import Unreadable

KB, MB = 1024, 1024 * 1024
LARGEST_FILE = 300 * MB
MOST_PARTS = 5_000
LARGEST_DIRECTORY = 4 * MB
LARGEST_INFLATED = 1024 * MB
LARGEST_RATIO = 100
RATIO_MATTERS_ABOVE = 8 * MB
LARGEST_EMBEDDED = 32 * MB
LARGEST_RELATIONSHIPS = 8 * MB
MOST_PIXELS = 50_000_000
LONGEST_FIELD = 2_000
BLOCK = 256 * KB


class Kind(enum.Enum):
    """The kinds of file the portal takes."""

    PDF = "pdf"
    PPTX = "pptx"
    DOCX = "docx"
    XLSX = "xlsx"
    PNG = "png"
    JPG = "jpg"

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self]

    @property
    def media_type(self) -> str:
        """Its registered media type."""
        return _MEDIA_TYPES[self]


_LABELS = {
    Kind.PDF: "PDF 文件",
    Kind.PPTX: "演示文稿（.pptx）",
    Kind.DOCX: "文字文档（.docx）",
    Kind.XLSX: "电子表格（.xlsx）",
    Kind.PNG: "PNG 图片",
    Kind.JPG: "JPG 图片",
}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_MEDIA_TYPES = {
    Kind.PDF: "application/pdf",
    Kind.PPTX: f"{_OFFICE}presentationml.presentation",
    Kind.DOCX: f"{_OFFICE}wordprocessingml.document",
    Kind.XLSX: f"{_OFFICE}spreadsheetml.sheet",
    Kind.PNG: "image/png",
    Kind.JPG: "image/jpeg",
}
_MAIN_PARTS = {
    f"{_OFFICE}presentationml.presentation.main+xml": Kind.PPTX,
    f"{_OFFICE}wordprocessingml.document.main+xml": Kind.DOCX,
    f"{_OFFICE}spreadsheetml.sheet.main+xml": Kind.XLSX,
}
_OF_MEDIA_TYPE = {media_type: kind for kind, media_type in _MEDIA_TYPES.items()}
OFFICE_KINDS = frozenset({Kind.PPTX, Kind.DOCX, Kind.XLSX})

_EXTENSIONS = {**{kind.value: kind for kind in Kind}, "jpeg": Kind.JPG}
_MACRO_EXTENSIONS = {"pptm": ".pptx", "ppsm": ".pptx", "potm": ".pptx", "docm": ".docx", "dotm": ".docx",
                     "xlsm": ".xlsx", "xltm": ".xlsx", "xlsb": ".xlsx", "xlam": ".xlsx"}  # fmt: skip
_OTHER_EXTENSIONS = {"ppt": ".pptx", "pps": ".pptx", "ppsx": ".pptx", "potx": ".pptx", "dps": ".pptx", "odp": ".pptx",
                     "key": ".pptx", "doc": ".docx", "dotx": ".docx", "wps": ".docx", "odt": ".docx", "rtf": ".docx",
                     "xls": ".xlsx", "xltx": ".xlsx", "et": ".xlsx", "ods": ".xlsx"}  # fmt: skip
_ARCHIVE_EXTENSIONS = frozenset({"zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz", "cab", "iso"})

_ZIP, _OLE, _PDF, _PNG, _JPG = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"%PDF-",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
)
_ARCHIVES = (
    _ZIP,
    b"PK\x05\x06",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"MSCF",
)
_PROGRAMS = (b"MZ", b"\x7fELF")
_WEB_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg)\b", re.IGNORECASE)
_COMPRESSED_PICTURES = (".emz", ".wmz")  # old vector pictures; they are gzip by design

DAMAGED = "文件已损坏或没有传完整，请在本机打开检查，另存后重新上传。"
ENCRYPTED = "文件设有密码或加了密，系统无法查看和归档。请去掉密码后重新上传。"
MACROS = "文件里带有宏，为了安全不能上传。请另存为不带宏的格式（.pptx、.docx 或 .xlsx）后重新上传。"
DDE = "文件里带有会启动其他程序的链接（DDE），不能上传。请删除这个域或断开链接后重新上传。"
BOMB = "文件解压后大得异常，疑似压缩炸弹，不能上传。请检查文件来源，重新制作后上传。"
NESTED = "文件里夹带了压缩包“{part}”，不能上传。请把其中的内容取出来单独上传。"
PROGRAM = "文件里夹带了程序“{part}”，不能上传。请删除该对象后重新上传。"
POLYGLOT = "文件里混入了另一种格式的内容，无法确认它究竟是什么，不能上传。请用原来的软件打开并另存后重新上传。"
EXTERNAL = "文件里引用了外部的{what}：{target}。请改为把内容嵌入文件，或断开这个链接后重新上传。"
PDF_SCRIPT = "PDF 里带有脚本或会启动程序的动作，不能上传。请用“打印为 PDF”的方式重新生成后上传。"
PDF_UNUSUAL = "PDF 的内部写法很少见，无法确认其中没有脚本，不能上传。请用“打印为 PDF”的方式重新生成后上传。"
TOO_MANY_PIXELS = f"图片太大了，像素总数不能超过 {MOST_PIXELS // 10_000} 万。请缩小后重新上传。"
WEB_PAGE = "这是一个网页文件，只是改了名字，不能上传。请上传{allowed}。"
MISMATCH = "文件名是“.{extension}”，内容却是{actual}。请核对后用正确的文件重新上传。"


def kind_of(media_type: str) -> Kind:
    """The kind of a file that was examined when it came in."""
    return _OF_MEDIA_TYPE[media_type]


def examine(path: Path, name: str, allowed: Collection[Kind] = frozenset(Kind), *, largest: int = LARGEST_FILE) -> Kind:
    """Tell what kind of file this is, or raise Unreadable with the sentence that says why it may not come in.

    Nothing is unpacked to disk and never more than a block is held in memory.
    """
    size = path.stat().st_size
    if size == 0:
        raise Unreadable("文件是空的（0 字节）。请检查文件后重新上传。")
    if size > largest:
        raise Unreadable(
            f"文件有 {_megabytes(size)} MB，超过了 {largest // MB} MB 的上限。请压缩图片或拆分后重新上传。"
        )
    named = named_kind(name, allowed)
    with path.open("rb") as file:
        actual = _actual_kind(file, allowed)
        if actual is not named:
            extension = name.rpartition(".")[2].lower()
            raise Unreadable(MISMATCH.format(extension=extension, actual=actual.label))
        _CHECKS[actual](file, path)
    return actual


def named_kind(name: str, allowed: Collection[Kind]) -> Kind:
    """The kind its name claims, or the sentence that says what to send instead."""
    extension = name.rpartition(".")[2].strip().lower() if "." in name else ""
    kind = _EXTENSIONS.get(extension)
    if kind in allowed and kind is not None:
        return kind
    if extension in _MACRO_EXTENSIONS:
        raise Unreadable(MACROS)
    if extension in _OTHER_EXTENSIONS and _EXTENSIONS[_OTHER_EXTENSIONS[extension][1:]] in allowed:
        raise Unreadable(
            f"不支持“.{extension}”格式。请用 WPS 或 Office 另存为“{_OTHER_EXTENSIONS[extension]}”后重新上传。"
        )
    if extension in _ARCHIVE_EXTENSIONS:
        raise Unreadable(f"不能上传压缩包。请解压后上传其中的{_list_of(allowed)}。")
    what = f"“.{extension}”格式的文件" if extension else "没有扩展名的文件"
    raise Unreadable(f"这里不能上传{what}。请上传{_list_of(allowed)}。")


def _actual_kind(file: BinaryIO, allowed: Collection[Kind]) -> Kind:
    """What the first bytes say; for Office files what their own table of contents says."""
    head = file.read(4 * KB)
    for magic, kind in ((_PDF, Kind.PDF), (_PNG, Kind.PNG), (_JPG, Kind.JPG)):
        if head.startswith(magic):
            return kind
    if head.startswith(_ZIP):
        return _office_kind(_Package(file))
    if head.startswith(_OLE):
        raise Unreadable(_ole_sentence(file))
    if _WEB_PAGE.search(head):
        raise Unreadable(WEB_PAGE.format(allowed=_list_of(allowed)))
    raise Unreadable(f"文件内容{_guess(head)}，与文件名不符或已经损坏。请上传{_list_of(allowed)}。")


def _ole_sentence(file: BinaryIO) -> str:
    """Office keeps an encrypted file in the container that its formats before 2007 used."""
    file.seek(0)
    directory = file.read(2 * MB)
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 2 * MB))
    if "EncryptedPackage".encode("utf-16-le") in directory + file.read():
        return ENCRYPTED
    return "这是旧版（2003 及以前）格式的文件，只是改了名字。请另存为 .pptx、.docx 或 .xlsx 后重新上传。"


_MEDIA_WORDS = {"audio": "是一段音频", "video": "是一段视频", "image": "是另一种格式的图片", "text": "是一个文本文件"}


def _guess(head: bytes) -> str:
    """What the content is, as far as its kind of media can be told."""
    import puremagic

    try:
        media_type = next((guess.mime_type for guess in puremagic.magic_string(head) if guess.mime_type), "")
    except puremagic.PureError:
        return "无法识别"
    return _MEDIA_WORDS.get(media_type.partition("/")[0], "无法识别")


# --- Office files -----------------------------------------------------------------------------------------------------


class _Package:
    """A ZIP file looked at without trusting it: its directory first, then every part while it is inflated."""

    def __init__(self, file: BinaryIO, depth: int = 0) -> None:
        self.file, self.depth = file, depth
        file.seek(0, 2)
        self.size = file.tell()
        self._look_at_the_end()
        try:
            self.parts = ZipFile(file).infolist()
        except (BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise Unreadable(DAMAGED) from error
        self._look_at_the_directory()

    def _look_at_the_end(self) -> None:
        """The directory's size and place, before any library reads it."""
        self.file.seek(max(0, self.size - 65_557))
        tail = self.file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) - at < 22:
            raise Unreadable(DAMAGED)
        count, length, offset, comment = struct.unpack_from("<HLLH", tail, at + 10)
        if offset == 0xFFFFFFFF or count == 0xFFFF:
            raise Unreadable(BOMB)
        if count > MOST_PARTS or length > LARGEST_DIRECTORY:
            raise Unreadable(BOMB)
        end = self.size - len(tail) + at
        # Bytes before the first part, after the end, or in the comment would belong to some other format.
        if comment or end + 22 != self.size or not offset + length <= end <= offset + length + 76:
            raise Unreadable(POLYGLOT)

    def _look_at_the_directory(self) -> None:
        names = [part.filename for part in self.parts]
        if len(set(names)) != len(names) or any(_leaves_the_package(name) for name in names):
            raise Unreadable(DAMAGED)
        if any(part.flag_bits & 0x1 for part in self.parts):
            raise Unreadable(ENCRYPTED)
        if any(part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for part in self.parts):
            raise Unreadable(DAMAGED)
        total = sum(part.file_size for part in self.parts)
        if total > LARGEST_INFLATED or any(_is_swollen(part) for part in self.parts):
            raise Unreadable(BOMB)
        ordered = sorted(self.parts, key=lambda part: part.header_offset)
        ends = [part.header_offset + 30 + part.compress_size for part in ordered]
        if ordered and (ordered[0].header_offset != 0 or ends[-1] > self.size):
            raise Unreadable(POLYGLOT)
        if any(end > after.header_offset for end, after in zip(ends, ordered[1:], strict=False)):
            raise Unreadable(BOMB)

    def blocks(self, part: ZipInfo) -> Iterator[bytes]:
        """The part's content, block by block; more than it declares, or a wrong sum, ends the reading."""
        self.file.seek(part.header_offset)
        header = self.file.read(30)
        if len(header) < 30 or not header.startswith(_ZIP):
            raise Unreadable(DAMAGED)
        name_length, extra_length = struct.unpack_from("<HH", header, 26)
        self.file.seek(name_length + extra_length, 1)
        seen = checksum = 0
        for block in _inflated(self.file, part):
            seen += len(block)
            if seen > part.file_size:
                raise Unreadable(BOMB)
            checksum = zlib.crc32(block, checksum)
            yield block
        if seen != part.file_size or checksum != part.CRC:
            raise Unreadable(DAMAGED)

    def read(self, part: ZipInfo, most: int) -> bytes:
        """A small part whole."""
        if part.file_size > most:
            raise Unreadable(BOMB)
        return b"".join(self.blocks(part))


def _inflated(file: BinaryIO, part: ZipInfo) -> Iterator[bytes]:
    left = part.compress_size
    inflate = zlib.decompressobj(-15) if part.compress_type == ZIP_DEFLATED else None
    try:
        while left and (data := file.read(min(BLOCK, left))):
            left -= len(data)
            if inflate is None:
                yield data
                continue
            while data:
                yield inflate.decompress(data, BLOCK)
                data = inflate.unconsumed_tail
        if inflate:
            yield inflate.flush()
    except zlib.error as error:
        raise Unreadable(DAMAGED) from error


def _is_swollen(part: ZipInfo) -> bool:
    return part.file_size > RATIO_MATTERS_ABOVE and part.file_size > LARGEST_RATIO * max(1, part.compress_size)


def _leaves_the_package(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or "\x00" in name or ".." in name.split("/")


def _office_kind(package: _Package) -> Kind:
    """The kind the package itself declares (ECMA-376 part 2, [Content_Types].xml)."""
    contents = next((part for part in package.parts if part.filename == "[Content_Types].xml"), None)
    if contents is None:
        raise Unreadable("这是一个压缩包，只是改了名字，不能上传。请解压后上传其中的文件。")
    types = {row.get("ContentType", "") for _, row in _elements(package.read(contents, LARGEST_RELATIONSHIPS))}
    if any("macroEnabled" in type_ or "vbaProject" in type_ for type_ in types):
        raise Unreadable(MACROS)
    kinds = {kind for type_, kind in _MAIN_PARTS.items() if type_ in types}
    if len(kinds) != 1:
        raise Unreadable(
            "这不是普通的演示文稿、文档或表格（可能是模板或放映文件）。请另存为 .pptx、.docx 或 .xlsx 后重新上传。"
        )
    return kinds.pop()


def _check_office(file: BinaryIO, path: Path) -> None:
    _check_package(_Package(file))


def _check_package(package: _Package) -> None:
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


def _check_part(package: _Package, part: ZipInfo, lower: str) -> None:
    fields = _Fields() if lower.endswith(".xml") and lower.startswith(("word/", "xl/externallinks/")) else None
    for number, block in enumerate(package.blocks(part)):
        if fields:
            fields.feed(block)
        if number:
            continue
        name = part.filename.rpartition("/")[2]
        if block.startswith(_PROGRAMS) and not lower.endswith((".xml", ".txt")):
            raise Unreadable(PROGRAM.format(part=name))
        if block.startswith(_ARCHIVES) and not lower.endswith(_COMPRESSED_PICTURES):
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


def _check_embedded(package: _Package, part: ZipInfo) -> None:
    """A chart keeps its figures as a workbook inside; it is looked at in the same way, and holds no other."""
    name = part.filename.rpartition("/")[2]
    content = package.read(part, LARGEST_EMBEDDED)
    if content.startswith(_ZIP) and package.depth == 0 and name.lower().endswith((".xlsx", ".docx", ".pptx")):
        inner = _Package(BytesIO(content), depth=1)
        _office_kind(inner)
        _check_package(inner)
    elif content.startswith(_ARCHIVES):
        raise Unreadable(NESTED.format(part=name))
    elif content.startswith(_PROGRAMS) or "Ole10Native".encode("utf-16-le") in content:
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


# --- PDF --------------------------------------------------------------------------------------------------------------


def _check_pdf(file: BinaryIO, path: Path) -> None:
    _refuse_other_formats_at_the_end(file)
    _refuse_pdf_scripts(file)
    _refuse_unopenable_pdf(path)


def _spelled(word: str) -> str:
    """A PDF name, each letter as itself or as #xx (ISO 32000-1, 7.3.5)."""
    return "/" + "".join(f"(?:{letter}|#{ord(letter):02x}|#{ord(letter):02X})" for letter in word)


# Actions that run or fetch something (ISO 32000-1, 12.6.4), and streams that hold further objects (7.5.7).
_ACTIONS = ("JavaScript", "Launch", "ImportData", "SubmitForm", "RichMedia", "GoToE")
_PDF_ACTION = re.compile("|".join(map(_spelled, _ACTIONS)).encode())
_PDF_WORD = re.compile("|".join(map(_spelled, (*_ACTIONS, "ObjStm"))).encode())
_LONGEST_WORD = 64
_MOST_OBJECT_STREAM, _MOST_OBJECT_STREAMS = 16 * MB, 256 * MB


def _refuse_pdf_scripts(file: BinaryIO) -> None:
    """Look through the file block by block: mapped as a whole it would count as memory."""
    inflated = 0
    for at, word in _pdf_words(file):
        if _PDF_ACTION.match(word):
            raise Unreadable(PDF_SCRIPT)
        inflated += _look_into_object_stream(file, at)
        if inflated > _MOST_OBJECT_STREAMS:
            raise Unreadable(BOMB)


def _pdf_words(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each word that matters and where it stands; who is told may read the file meanwhile."""
    at, rest, told = 0, b"", -1
    file.seek(0)
    while block := file.read(MB):
        for found in _PDF_WORD.finditer(rest + block):
            place = at - len(rest) + found.start()
            if place > told:
                told = place
                yield place, found.group()
        at += len(block)
        file.seek(at)
        rest = (rest + block)[-_LONGEST_WORD:]


def _look_into_object_stream(file: BinaryIO, at: int) -> int:
    """Actions may stand in a compressed stream of objects; how large it was is returned."""
    file.seek(max(0, at - 2 * KB))
    before = min(at, 2 * KB)
    around = file.read(before + 4 * KB)
    start = around.find(b"stream", before)
    if start < 0:
        return 0
    dictionary = around[max(0, around.rfind(b"obj", 0, before)) : start]
    filters = set(re.findall(rb"/(\w+Decode|Fl|LZW|AHx|A85|RL)\b", dictionary))
    if filters - {b"FlateDecode"}:
        raise Unreadable(PDF_UNUSUAL)
    body = start + 6
    while around[body : body + 1] in {b"\r", b"\n"}:
        body += 1
    file.seek(at - before + body)
    return _inflate_objects(file, compressed=bool(filters))


def _inflate_objects(file: BinaryIO, *, compressed: bool) -> int:
    inflate, seen, rest = zlib.decompressobj(), 0, b""
    while block := file.read(64 * KB):
        try:
            plain = inflate.decompress(block, _MOST_OBJECT_STREAM) if compressed else block.split(b"endstream")[0]
        except zlib.error:
            return seen  # whoever opens the file sees what it is
        seen += len(plain)
        if seen > _MOST_OBJECT_STREAM or inflate.unconsumed_tail:
            raise Unreadable(BOMB)
        if _PDF_ACTION.search(rest + plain):
            raise Unreadable(PDF_SCRIPT)
        rest = plain[-_LONGEST_WORD:]
        if inflate.eof or (not compressed and b"endstream" in block):
            break
    return seen


def _refuse_unopenable_pdf(path: Path) -> None:
    """Let PDFium open it in a process of its own: what is wrong with a file is no harm to who examines it."""
    told = _looked_at(path)
    if told.get("locked") or told.get("fault") == "locked":
        raise Unreadable(ENCRYPTED)
    if told.get("fault") or not told.get("pages"):
        raise Unreadable(DAMAGED)
    if told.get("scripts"):
        raise Unreadable(PDF_SCRIPT)
    for name in told["attachments"]:
        _check_attachment(name)


def _looked_at(path: Path) -> dict[str, Any]:
    from portal import sandbox

    command, _ = sandbox.own_python()
    limits = ["prlimit", f"--as={_PDFIUM_MEMORY}", f"--cpu={_PDFIUM_SECONDS}", "--core=0", "--fsize=0"]
    try:
        done = subprocess.run(
            [*limits, *command, "look", str(path)], stdin=subprocess.DEVNULL, capture_output=True,
            timeout=4 * _PDFIUM_SECONDS, check=False,
        )  # fmt: skip
        return dict(json.loads(done.stdout))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {"fault": "damaged"}


_PDFIUM_MEMORY, _PDFIUM_SECONDS = 768 * MB, 5


def _check_attachment(name: str) -> None:
    """The portal's own minutes carry their text as JSON; anything else would come in unexamined."""
    if not name.lower().endswith((".json", ".xml", ".txt")):
        raise Unreadable(f"PDF 里夹带了附件“{name[:80]}”，不能上传。请删除附件，或把它单独上传。")


# --- Pictures ---------------------------------------------------------------------------------------------------------


def _check_png(file: BinaryIO, path: Path) -> None:
    """Every chunk and its sum, and what its lines inflate to, without holding the picture (PNG, 5 and 11)."""
    _refuse_other_formats_at_the_end(file)
    file.seek(8)
    inflate, left, rows, ended = zlib.decompressobj(), -1, False, False
    while not ended and len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">L4s", head)
        if left < 0 and (kind != b"IHDR" or length != 13):
            raise Unreadable(DAMAGED)
        checksum = zlib.crc32(kind)
        for block in _blocks_of(file, length):
            checksum = zlib.crc32(block, checksum)
            if kind == b"IHDR":
                left = _png_size(block)
            elif kind == b"IDAT":
                rows, left = True, left - _inflated_length(inflate, block, left)
            elif kind in _PNG_TEXTS and _WEB_PAGE.search(block):
                raise Unreadable(POLYGLOT)
        if file.read(4) != struct.pack(">L", checksum):
            raise Unreadable(DAMAGED)
        ended = kind == b"IEND"
    if not (ended and rows and left == 0):
        raise Unreadable(DAMAGED)
    if file.read(1):
        raise Unreadable(POLYGLOT)


_PNG_TEXTS = {b"tEXt", b"iTXt"}
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2))


def _png_size(header: bytes) -> int:
    """How many bytes the lines of the picture are, one for the filter of each among them."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">LLBBBBB", header)
    if width * height > MOST_PIXELS:
        raise Unreadable(TOO_MANY_PIXELS)
    if not width * height or colour not in _PNG_CHANNELS or depth not in {1, 2, 4, 8, 16}:
        raise Unreadable(DAMAGED)
    bits = depth * _PNG_CHANNELS[colour]
    passes = _ADAM7 if interlaced else ((0, 1, 0, 1),)
    sizes = ((-(-(width - x) // dx), -(-(height - y) // dy)) for x, dx, y, dy in passes)
    return sum(high * (1 + -(-wide * bits // 8)) for wide, high in sizes if wide > 0 and high > 0)


def _inflated_length(inflate: Any, block: bytes, most: int) -> int:
    length = 0
    try:
        while block:
            length += len(inflate.decompress(block, BLOCK))
            block = inflate.unconsumed_tail
            if length > most:
                raise Unreadable(BOMB)
    except zlib.error as error:
        raise Unreadable(DAMAGED) from error
    return length


def _blocks_of(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length:
        block = file.read(min(length, BLOCK))
        if not block:
            raise Unreadable(DAMAGED)
        length -= len(block)
        yield block


def _check_jpg(file: BinaryIO, path: Path) -> None:
    """Its markers up to the picture's data, and its end; the picture itself is drawn where that harms nobody."""
    _refuse_other_formats_at_the_end(file)
    _refuse_without_end(file)
    file.seek(2)
    size = 0
    while (mark := file.read(2)) and mark != b"\xff\xda":
        if len(mark) < 2 or mark[0] != 0xFF:
            raise Unreadable(DAMAGED)
        if mark[1] == 0xFF or 0xD0 <= mark[1] <= 0xD8 or mark[1] == 0x01:
            file.seek(-1 if mark[1] == 0xFF else 0, 1)
            continue
        head = file.read(2)
        if len(head) < 2 or (length := struct.unpack(">H", head)[0]) < 2:
            raise Unreadable(DAMAGED)
        content = file.read(length - 2)
        if mark[1] in _FRAMES:
            size = _jpg_size(content)
        if _WEB_PAGE.search(content):
            raise Unreadable(POLYGLOT)
    if not size or not mark:
        raise Unreadable(DAMAGED)


_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}


def _jpg_size(frame: bytes) -> int:
    if len(frame) < 6:
        raise Unreadable(DAMAGED)
    _, height, width = struct.unpack_from(">BHH", frame)
    if width * height > MOST_PIXELS:
        raise Unreadable(TOO_MANY_PIXELS)
    return int(width * height)


def _refuse_without_end(file: BinaryIO) -> None:
    """A picture that was cut off lacks its last mark."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 65_557))
    if b"\xff\xd9" not in file.read():
        raise Unreadable(DAMAGED)


def _refuse_other_formats_at_the_end(file: BinaryIO) -> None:
    """A ZIP directory or a web page after the end makes one file two things to two readers."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 65_557))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at >= 0 and len(tail) - at >= 22 and struct.unpack_from("<H", tail, at + 20)[0] == len(tail) - at - 22:
        raise Unreadable(POLYGLOT)
    ends = [tail.rfind(mark) for mark in (b"%%EOF", b"IEND\xaeB`\x82", b"\xff\xd9")]
    if max(ends) >= 0 and _WEB_PAGE.search(tail, max(ends)):
        raise Unreadable(POLYGLOT)


_CHECKS: dict[Kind, Callable[[BinaryIO, Path], None]] = {
    Kind.PDF: _check_pdf,
    Kind.PPTX: _check_office,
    Kind.DOCX: _check_office,
    Kind.XLSX: _check_office,
    Kind.PNG: _check_png,
    Kind.JPG: _check_jpg,
}


def _list_of(kinds: Collection[Kind]) -> str:
    return "、".join(kind.label for kind in Kind if kind in kinds)


def _megabytes(size: int) -> int:
    return -(-size // MB)
