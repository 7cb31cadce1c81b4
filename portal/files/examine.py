"""What an uploaded file really is, and whether it may come in: judged by its content and by its name."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import BinaryIO

from portal.errors import Unreadable
from portal.files.examine_limits import ENCRYPTED, KB, LARGEST_FILE, MACROS, MB, MISMATCH, WEB_PAGE
from portal.files.examine_office import check_office, office_kind
from portal.files.examine_pdf import check_pdf
from portal.files.examine_pictures import check_jpg, check_png
from portal.files.examine_zip import Package
from portal.files.kinds import Kind, list_of
from portal.files.magic import JPG, LOOKS_LIKE_A_WEB_PAGE, OLE, PDF, PNG, ZIP

_EXTENSIONS = {**{kind.value: kind for kind in Kind}, "jpeg": Kind.JPG}
_MACRO_EXTENSIONS = {"pptm": ".pptx", "ppsm": ".pptx", "potm": ".pptx", "docm": ".docx", "dotm": ".docx",
                     "xlsm": ".xlsx", "xltm": ".xlsx", "xlsb": ".xlsx", "xlam": ".xlsx"}  # fmt: skip
_OTHER_EXTENSIONS = {"ppt": ".pptx", "pps": ".pptx", "ppsx": ".pptx", "potx": ".pptx", "dps": ".pptx", "odp": ".pptx",
                     "key": ".pptx", "doc": ".docx", "dotx": ".docx", "wps": ".docx", "odt": ".docx", "rtf": ".docx",
                     "xls": ".xlsx", "xltx": ".xlsx", "et": ".xlsx", "ods": ".xlsx"}  # fmt: skip
_ARCHIVE_EXTENSIONS = frozenset({"zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz", "cab", "iso"})


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
        raise Unreadable(f"不能上传压缩包。请解压后上传其中的{list_of(allowed)}。")
    what = f"“.{extension}”格式的文件" if extension else "没有扩展名的文件"
    raise Unreadable(f"这里不能上传{what}。请上传{list_of(allowed)}。")


def _actual_kind(file: BinaryIO, allowed: Collection[Kind]) -> Kind:
    """What the first bytes say; for Office files what their own table of contents says."""
    head = file.read(4 * KB)
    for magic, kind in ((PDF, Kind.PDF), (PNG, Kind.PNG), (JPG, Kind.JPG)):
        if head.startswith(magic):
            return kind
    if head.startswith(ZIP):
        return office_kind(Package(file))
    if head.startswith(OLE):
        raise Unreadable(_ole_sentence(file))
    if LOOKS_LIKE_A_WEB_PAGE.search(head):
        raise Unreadable(WEB_PAGE.format(allowed=list_of(allowed)))
    raise Unreadable(f"文件内容{_guess(head)}，与文件名不符或已经损坏。请上传{list_of(allowed)}。")


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


_CHECKS: dict[Kind, Callable[[BinaryIO, Path], None]] = {
    Kind.PDF: check_pdf,
    Kind.PPTX: check_office,
    Kind.DOCX: check_office,
    Kind.XLSX: check_office,
    Kind.PNG: check_png,
    Kind.JPG: check_jpg,
}


def _megabytes(size: int) -> int:
    return -(-size // MB)
