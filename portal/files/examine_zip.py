"""A ZIP file looked at without trusting it: what Office files are packed in."""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from portal.errors import Unreadable
from portal.files.examine_limits import (
    BLOCK,
    BOMB,
    DAMAGED,
    ENCRYPTED,
    LARGEST_DIRECTORY,
    LARGEST_INFLATED,
    LARGEST_RATIO,
    MOST_PARTS,
    POLYGLOT,
    RATIO_MATTERS_ABOVE,
)
from portal.files.magic import ZIP


class Package:
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
        if len(header) < 30 or not header.startswith(ZIP):
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
