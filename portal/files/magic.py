"""The first bytes by which formats are told apart, and formats that hide behind the end of another."""

import re
import struct
from typing import BinaryIO

from portal.errors import Unreadable
from portal.files.examine_limits import POLYGLOT

ZIP, OLE, PDF, PNG, JPG = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"%PDF-",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
)
ARCHIVES = (
    ZIP,
    b"PK\x05\x06",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"MSCF",
)
PROGRAMS = (b"MZ", b"\x7fELF")
LOOKS_LIKE_A_WEB_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg)\b", re.IGNORECASE)


def refuse_other_formats_at_the_end(file: BinaryIO) -> None:
    """A ZIP directory or a web page after the end makes one file two things to two readers."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 65_557))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at >= 0 and len(tail) - at >= 22 and struct.unpack_from("<H", tail, at + 20)[0] == len(tail) - at - 22:
        raise Unreadable(POLYGLOT)
    ends = [tail.rfind(mark) for mark in (b"%%EOF", b"IEND\xaeB`\x82", b"\xff\xd9")]
    if max(ends) >= 0 and LOOKS_LIKE_A_WEB_PAGE.search(tail, max(ends)):
        raise Unreadable(POLYGLOT)
