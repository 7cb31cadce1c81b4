"""What is inside a PDF: scripts, actions that start something, attachments, whether it opens at all."""

import json
import re
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from portal.errors import Unreadable
from portal.files.examine_limits import BOMB, DAMAGED, ENCRYPTED, KB, MB, PDF_SCRIPT, PDF_UNUSUAL
from portal.files.magic import refuse_other_formats_at_the_end


def check_pdf(file: BinaryIO, path: Path) -> None:
    """Look for scripts, for another format behind the end, and whether it opens."""
    refuse_other_formats_at_the_end(file)
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
    from portal.files import sandbox

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
