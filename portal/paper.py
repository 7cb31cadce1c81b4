"""The printing press: what is put on paper, and how it becomes an archivable PDF.

Layout follows GB/T 9704-2012 (《党政机关公文格式》), clauses 5 (paper), 6 (grid), 7 (parts), 10.3 (纪要格式); clause
numbers are from knowledge of the standard. Output is PDF/A-3a and PDF/UA-1, byte for byte the same for the same input.
"""

import gc
import io
import os
import re
import threading
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal import clock

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates" / "paper"
FONTS = Path(os.environ.get("PORTAL_FONTS") or ROOT / ".fonts")
SYSTEM_FONTS = Path("/usr/share/fonts")
WEASYPRINT = "70.0"
MOST_BYTES_A_PAGE = 300_000
LARGEST_SPREAD_EM = 0.14  # a line is spread to the margin by at most this much a character
_press = threading.Lock()  # one rendering at a time: memory, fontconfig's environment and pypdfium2 are shared


class PaperError(RuntimeError):
    """The press cannot do what is asked: a wrong library version or a font that was not reduced."""


# ── What is printed ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Attendee:
    """One name of a list of attendance: 单位、姓名, and what stands behind it, as 「（代李某某）」."""

    department: str
    name: str
    suffix: str = ""


@dataclass(frozen=True, kw_only=True)
class MinutesPaper:
    """会议纪要: everything the signed paper says."""

    heading: str  # 纪要标志 in red; a line break divides it over two lines
    number_text: str  # 〔2026〕12号
    date: date
    title: str
    body: str
    issuer: str  # 印发机关
    issued_on: date
    intro: str = ""
    present: Sequence[Attendee] = ()
    on_leave: Sequence[Attendee] = ()
    in_attendance: Sequence[Attendee] = ()
    attachments: Sequence[str] = ()
    distribution: Sequence[str] = ()  # 印发范围
    mark: Literal["内部", "公开"] | None = None
    journal_head: str = ""  # head of the journal's chain when this was printed
    qr: str = ""  # data: URI of an image that leads to the verification page
    correction_of: str = ""  # 「更正〔2026〕11号」: the number this one replaces
    signature_boxes: Sequence["SignatureBox"] = ()  # empty by default: the signature of a 纪要 is invisible


@dataclass(frozen=True)
class SignatureBox:
    """An empty place for a visible signature; `anchor` is what `seal.Field.anchor` names."""

    anchor: str
    label: str


@dataclass(frozen=True)
class RecordItem:
    """One item of a 会议记录: what was said (speaker, text), decided and handed out."""

    title: str
    kind: str = ""
    outcome: str = ""
    said: Sequence[tuple[str, str]] = ()
    decisions: Sequence[str] = ()
    tasks: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class RecordPaper:
    """会议记录: the working paper that recorder and chair sign."""

    title: str
    date: date
    time_text: str
    place: str
    chair: str
    recorder: str
    items: Sequence[RecordItem]
    present: Sequence[Attendee] = ()
    on_leave: Sequence[Attendee] = ()
    in_attendance: Sequence[Attendee] = ()
    mark: Literal["内部", "公开"] | None = None
    journal_head: str = ""
    signature_boxes: Sequence[SignatureBox] = (
        SignatureBox("sign-recorder", "记录人"),
        SignatureBox("sign-chair", "主持人"),
    )


@dataclass(frozen=True)
class Opinion:
    """One line of the 审签单: who said what about the draft, and when."""

    role: str
    name: str
    department: str
    verdict: str
    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SignOffPaper:
    """审签单: the sheet that travels with the minutes and is filed with them."""

    title: str
    number_text: str
    meeting: str
    drafted_by: str
    drafted_on: date
    opinions: Sequence[Opinion]
    distribution: Sequence[str] = ()
    mark: Literal["内部", "公开"] | None = None
    paper_sha256: str = ""
    journal_head: str = ""
    signature_boxes: Sequence[SignatureBox] = ()


@dataclass(frozen=True)
class NoticeItem:
    """One item of the agenda as the notice prints it."""

    title: str
    presenter: str = ""
    minutes: int | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class NoticePaper:
    """会议通知: when, where, who and what."""

    heading: str
    title: str
    addressees: Sequence[str]
    intro: str
    time_text: str
    place: str
    chair: str
    items: Sequence[NoticeItem]
    issuer: str
    issued_on: date
    participants: str = ""
    requirements: Sequence[str] = ()
    contact: str = ""
    mark: Literal["内部", "公开"] | None = None
    changed: str = ""  # what changed since the first notice


# ── Text ───────────────────────────────────────────────────────────────────────────────────────────────────

_HAN_NUMERAL = "[一二三四五六七八九十百]+"
_KEYS = (
    re.compile(rf"{_HAN_NUMERAL}、"),
    re.compile(rf"（{_HAN_NUMERAL}）"),
    re.compile(r"\d{1,3}[.．](?!\d)"),
    re.compile(r"（\d{1,3}）"),
)
_WRITTEN_SMALL = re.compile(rf"\((\d{{1,3}}|{_HAN_NUMERAL})\)")


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of a document's body; level 0 is plain text, 1–4 follow 一、（一）1.（1）.

    `head` is set in the level's own type, `rest` runs on in the body's: 「一、总体要求。会议指出……」.
    """

    level: int
    head: str
    rest: str = ""
    tag: str = "p"

    @property
    def heads(self) -> bool:
        """Whether the paragraph is nothing but a heading, which must not stand alone at the foot of a page."""
        return self.level > 0 and not self.rest and not self.head.endswith(("。", "；", "！", "？"))


def lines(text: str) -> list[Paragraph]:
    """The paragraphs of a body of text, one a line, with the level their outline key gives them (GB/T 9704-2012, 7.3.3)."""
    paragraphs = []
    below_first_level = False
    for line in (raw.strip(" \t\r\u3000\ufeff\u200b") for raw in text.splitlines()):
        if not line:
            continue
        paragraph = _paragraph(_WRITTEN_SMALL.sub(r"（\1）", line, count=1) if line[0] == "(" else line)
        below_first_level = below_first_level or (paragraph.level == 1 and paragraph.heads)
        paragraphs.append(_with_tag(paragraph, below_first_level=below_first_level))
    return paragraphs


def _paragraph(line: str) -> Paragraph:
    level = next((number for number, key in enumerate(_KEYS, start=1) if key.match(line)), 0)
    if level not in (1, 2):
        return Paragraph(level, line)
    head, stop, rest = line.partition("。")
    return Paragraph(level, head + stop, rest) if rest else Paragraph(level, line)


def _with_tag(paragraph: Paragraph, *, below_first_level: bool) -> Paragraph:
    """Give headings their tag without ever skipping a level (PDF/UA-1, 7.4.2)."""
    if not paragraph.heads or paragraph.level > 2:
        return paragraph
    tag = "h3" if paragraph.level == 2 and below_first_level else "h2"
    return Paragraph(paragraph.level, paragraph.head, paragraph.rest, tag)


def spread_name(name: str) -> tuple[str, str]:
    """A name in two parts, (to be spread, rest): two-character names are as wide as three on paper.

    The room is made by letter-spacing after the first part, never by a blank, so that a search finds the name.
    """
    name = name.strip()
    return (name[:1], name[1:]) if len(name) == 2 and not name.isascii() else ("", name)


def missing_characters(text: str) -> set[str]:
    """The visible characters of a text that no font of the chain can print; empty when no font file is known."""
    covered = _covered()
    if not covered:
        return set()
    return {char for char in text if ord(char) not in covered and not _invisible(char)}


def _invisible(char: str) -> bool:
    return unicodedata.category(char) in {"Cf", "Cc", "Mn", "Zs", "Zl", "Zp"}


@cache
def _covered() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    covered: set[int] = set()
    for path in font_files():
        with TTFont(path, fontNumber=0, lazy=True) as font:
            covered.update(font.getBestCmap() or ())
    return frozenset(covered)


def font_files() -> list[Path]:
    """The fonts the press may use: the portal's own folder, or else what the system has of Noto CJK."""
    own = [path for path in sorted(FONTS.glob("*")) if path.suffix.lower() in {".otf", ".ttf", ".ttc"}]
    return own or sorted(SYSTEM_FONTS.glob("**/Noto*CJK-Regular.ttc"))


# ── The press ──────────────────────────────────────────────────────────────────────────────────────────────


def render(
    template: str, /, *, made_at: datetime, attachment: tuple[str, bytes] | None = None, **context: object
) -> bytes:
    """Print a template of templates/paper as PDF/A-3a and PDF/UA-1; the same input gives the same bytes.

    `attachment` is (file name, JSON) and is embedded as the paper's data. Takes 0.2 s for three pages once warm.
    """
    with _press, _own_fonts():
        try:
            document = _on_an_even_page(template, made_at, context)
            pdf = _written(document, made_at, attachment)
        finally:
            gc.collect()  # without it WeasyPrint keeps hundreds of megabytes
    if len(pdf) > max(1, len(document.pages)) * MOST_BYTES_A_PAGE + 2 * len(attachment[1] if attachment else b""):
        raise PaperError(f"{template}: {len(pdf)} bytes on {len(document.pages)} pages, a font was embedded whole")
    return pdf
