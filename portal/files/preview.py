"""Pages of a file as pictures, and its text: through PDFium and WebP, all of it in a sandbox."""

import json
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.files import sandbox
from portal.files.examine_limits import MB
from portal.files.kinds import Kind
from portal.files.office_pdf import (
    LAST_RESORT,
    PreviewFailed,
    as_pdf,
    lend,
    log_end,
    one_at_a_time,
    room_in,
    too_slow_sentence,
)
from portal.files.sandbox import ROOM, Limits

PAGE_WIDTH = 1600
PAGE_HEIGHT = 2400
THUMBNAIL_WIDTH = 320
MOST_PAGES = 400
BULLETS = "•●○◦▪■□‣➢ "  # read aloud or found in a search they say nothing
LONGEST_TEXT = 20_000

DRAWING_LIMITS = Limits(memory=2048 * MB, cpu=600, seconds=600, output=256 * MB)

UNREAD = "文件里的文字没能读出来，文件可能已损坏。"
DAMAGED = f"页面无法转成图片，文件可能已损坏。{LAST_RESORT}"


@dataclass(frozen=True)
class PagePicture:
    """One page as a reader sees it, with its text for search and for screen readers; its files last for its turn."""

    number: int
    total: int
    webp: Path
    thumbnail: Path
    width: int
    height: int
    text: str


def pages(source: Path, kind: Kind, workdir: Path, *, done: Collection[int] = ()) -> Generator[PagePicture]:
    """Every page of a file as soon as it is drawn, but those that are done already.

    Raises PreviewFailed. One file at a time on this machine: a deck of 100 MB takes 700 MB of memory. What a file does
    to LibreOffice, PDFium or Pillow it does to a process apart, which has its limits.
    """
    with one_at_a_time(), room_in(workdir) as room:
        suffix = kind.value if kind in {Kind.PNG, Kind.JPG} else "pdf"
        with as_pdf(source, kind, workdir) as pdf:
            lend(pdf, room / f"source.{suffix}")
        yield from _drawn(room, suffix, done)


def text_of(source: Path, kind: Kind, workdir: Path, most: int) -> str:
    """What a file says, for search, up to so many characters; nothing where it is a picture. Raises PreviewFailed."""
    return "" if kind in {Kind.PNG, Kind.JPG} else read(source, kind, workdir, most)[1]


def read(source: Path, kind: Kind, workdir: Path, most: int) -> tuple[int, str]:
    """How many pages a file has, no picture, and what they say up to so many characters. Raises PreviewFailed."""
    total = 0
    with one_at_a_time(), room_in(workdir) as room:
        with as_pdf(source, kind, workdir) as pdf:
            lend(pdf, room / "source.pdf")
        command, readable = sandbox.own_python()
        words, texts = [*command, "read", f"{ROOM}/source.pdf", str(most)], []
        with sandbox.running(words, room, DRAWING_LIMITS, readable=readable) as reading:
            for line in reading.process.stdout or ():
                fact = json.loads(line)
                if "fault" in fact:
                    raise PreviewFailed(UNREAD)
                total = int(fact.get("total", total))
                texts.append(_plain(str(fact.get("text", ""))))
            if reading.process.wait() or reading.too_slow:
                log_end(reading)
                raise PreviewFailed(UNREAD)
    return total, "\n".join(text for text in texts if text)


def _drawn(room: Path, kind: str, done: Collection[int]) -> Iterator[PagePicture]:
    command, readable = sandbox.own_python()
    numbers = map(str, (PAGE_WIDTH, PAGE_HEIGHT, THUMBNAIL_WIDTH, MOST_PAGES))
    words = [*command, "draw", kind, ROOM, *numbers, ",".join(map(str, sorted(done)))]
    with sandbox.running(words, room, DRAWING_LIMITS, readable=readable) as drawing:
        total = 0
        for line in drawing.process.stdout or ():
            fact = json.loads(line)
            if "fault" in fact:
                raise PreviewFailed(DAMAGED)
            if "total" in fact:
                total = _count(fact["total"])
            else:
                yield _page(room, total, fact)
        if drawing.process.wait() or drawing.too_slow or not total:
            log_end(drawing)
            raise PreviewFailed(too_slow_sentence(DRAWING_LIMITS) if drawing.too_slow else DAMAGED)


def _page(room: Path, total: int, fact: dict[str, Any]) -> PagePicture:
    number = int(fact["page"])
    return PagePicture(
        number, total, room / f"page-{number}.webp", room / f"small-{number}.webp", int(fact["width"]),
        int(fact["height"]), _plain(str(fact["text"])),
    )  # fmt: skip


def _count(total: int) -> int:
    if not 0 < total <= MOST_PAGES:
        raise PreviewFailed(f"文件有 {total} 页，只能预览 1 至 {MOST_PAGES} 页的文件。请拆分后重新上传。")
    return total


def _plain(text: str) -> str:
    lines = (" ".join(line.split()).lstrip(BULLETS) for line in text.replace("\x00", "").splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]
