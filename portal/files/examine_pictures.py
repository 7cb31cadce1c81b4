"""What a PNG or JPG picture is: its parts, its size, nothing behind its end."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from portal.errors import Unreadable
from portal.files.examine_limits import BLOCK, BOMB, DAMAGED, MOST_PIXELS, POLYGLOT, TOO_MANY_PIXELS
from portal.files.magic import LOOKS_LIKE_A_WEB_PAGE, refuse_other_formats_at_the_end


def check_png(file: BinaryIO, path: Path) -> None:
    """Every chunk and its sum, and what its lines inflate to, without holding the picture (PNG, 5 and 11)."""
    refuse_other_formats_at_the_end(file)
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
            elif kind in _PNG_TEXTS and LOOKS_LIKE_A_WEB_PAGE.search(block):
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


def check_jpg(file: BinaryIO, path: Path) -> None:
    """Its markers up to the picture's data, and its end; the picture itself is drawn where that harms nobody."""
    refuse_other_formats_at_the_end(file)
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
        if LOOKS_LIKE_A_WEB_PAGE.search(content):
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
