"""The printing press: what is put on paper, and how it becomes an archivable PDF.

Layout follows GB/T 9704-2012 (《党政机关公文格式》), clauses 5 (paper), 6 (grid), 7 (parts), 10.3 (纪要格式); clause
numbers are from knowledge of the standard. Output is PDF/A-3a and PDF/UA-1, byte for byte the same for the same input.
"""

import atexit
import gc
import io
import logging
import math
import os
import re
import shutil
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal import clock

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates" / "paper"
FONTS = Path(os.environ.get("PORTAL_FONTS") or ROOT / ".fonts")
SYSTEM_FONTS = Path("/usr/share/fonts")
WEASYPRINT = "70.0"
MOST_BYTES_A_PAGE = 300_000
LARGEST_SPREAD_EM = 0.14  # a line is spread to the margin by at most this much a character
Day = date  # so that a field may be called `date`
_letter_case = threading.RLock()  # one reader of a font at a time: it is unpacked while it is read
_press = threading.Lock()  # one rendering at a time: memory, fontconfig's environment and pypdfium2 are shared


class PaperError(RuntimeError):
    """The press cannot do what is asked: a wrong library version or an unreadable file."""


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
    date: Day
    title: str
    body: str
    issuer: str  # 印发机关
    issued_on: Day
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
    seal: bool = False


@dataclass(frozen=True)
class RecordItem:
    """One item of a 会议记录: what was said (speaker, text), decided and handed out."""

    title: str
    kind: str = ""
    outcome: str = ""
    report: Sequence[str] = ()  # what was reported in writing, a paragraph each
    table: Sequence[Sequence[str]] = ()  # goes with the report, its head first
    said: Sequence[tuple[str, str]] = ()
    decisions: Sequence[str] = ()
    tasks: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class RecordPaper:
    """会议记录: the working paper that recorder and chair sign."""

    title: str
    date: Day
    time_text: str  # stands behind the date: 「（星期一）09:00至11:20」
    place: str
    chair: str
    recorder: str
    items: Sequence[RecordItem]
    present: Sequence[Attendee] = ()
    on_leave: Sequence[Attendee] = ()
    in_attendance: Sequence[Attendee] = ()
    mark: Literal["内部", "公开"] | None = None
    journal_head: str = ""
    qr: str = ""
    signature_boxes: Sequence[SignatureBox] = (
        SignatureBox("sign-recorder", "记录人"),
        SignatureBox("sign-chair", "主持人"),
    )


@dataclass(frozen=True)
class Opinion:
    """One opinion as the 审签单 prints it where it was given before there was a place to sign: who said what, when."""

    role: str
    name: str
    department: str
    verdict: str
    text: str
    at: datetime
    on: int = 0  # the number of the revision it is about


@dataclass(frozen=True)
class OpinionBox:
    """A cell of the 审签单 in which somebody writes and signs, in millimetres."""

    width: int
    height: int

    @property
    def room(self) -> int:
        """How many characters fit, in the smallest type and without breaks."""
        return self.lines * int((self.width * POINTS_A_MM - 2 * _OPINION_EDGE) / _OPINION_SIZES[-1])

    @property
    def lines(self) -> int:
        """How many lines fit in the smallest type."""
        return int((self.height * POINTS_A_MM - _OPINION_FOOT) / (_OPINION_SIZES[-1] * _OPINION_LEADING))


@dataclass(frozen=True)
class Said:
    """An opinion that is signed: the verdict, the words, and what they are about, in small type."""

    verdict: str
    text: str
    about: str
    box: OpinionBox

    @property
    def reason(self) -> str:
        """The same in a line, as the signature itself carries it."""
        return f"{self.verdict}：{' '.join(self.text.split())}"


@dataclass(frozen=True)
class SheetRow:
    """Who is to write on the 审签单: as what, in which box; or what that person has said already."""

    role: str
    name: str
    department: str = ""
    box: OpinionBox | None = None
    anchor: str = ""  # what `seal.Field.anchor` names
    said: Opinion | None = None


@dataclass(frozen=True)
class Asked:
    """One 意见征求 as the 审签单 prints it: when, until when, how it stood, and what was to be corrected by whom."""

    at: datetime
    until: datetime
    outcome: str
    corrections: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class SignOffPaper:
    """审签单: the sheet that travels with the minutes and is filed with them."""

    title: str
    number_text: str
    meeting: str
    drafted_by: str
    drafted_on: Day
    revision: int  # which text is opined on, and its hash
    text_sha256: str
    rows: Sequence[SheetRow]
    earlier: Sequence[Opinion] = ()  # of rounds that ended with a return
    consultations: Sequence[Asked] = ()
    distribution: Sequence[str] = ()
    mark: Literal["内部", "公开"] | None = None
    paper_sha256: str = ""
    journal_head: str = ""
    qr: str = ""


@dataclass(frozen=True)
class FilingTable:
    """One table of a paper laid out for the archive: its columns with their width in millimetres, 0 for the rest."""

    heading: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[str]]
    none: str = "无。"


@dataclass(frozen=True, kw_only=True)
class FilingPaper:
    """What a meeting left besides its signed papers, laid out for the archive: agenda, sign-in, tasks, the trail."""

    kind: str
    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[FilingTable]
    notes: Sequence[str] = ()
    mark: Literal["内部", "公开"] | None = None
    journal_head: str = ""
    qr: str = ""


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
    issued_on: Day
    participants: str = ""
    requirements: Sequence[str] = ()
    contact: str = ""
    mark: Literal["内部", "公开"] | None = None
    changed: str = ""  # what changed since the first notice
    cancelled: bool = False  # then the intro says all there is to say


@dataclass(frozen=True)
class SheetLine:
    """One line of the sign-in sheet; `signed` says when somebody checked in without a pen."""

    unit: str
    name: str
    post: str = ""
    signed: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class SheetPaper:
    """签到表: who is expected, in the order of rank, and some empty lines."""

    title: str
    time_text: str
    place: str
    chair: str
    members: Sequence[SheetLine]
    visitors: Sequence[SheetLine] = ()
    empty: int = 0
    mark: Literal["内部", "公开"] | None = None


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


@dataclass(frozen=True)
class Table:
    """A table in a body of text: lines that begin with | or hold a tab; the first row is its head."""

    rows: tuple[tuple[str, ...], ...]
    tag: str = "table"
    level: int = 0
    heads: bool = False

    @property
    def head(self) -> tuple[str, ...]:
        """The first row."""
        return self.rows[0]


def lines(text: str) -> list[Paragraph | Table]:
    """The paragraphs of a body of text, one a line, with the level its outline key gives it (7.3.3), and its tables."""
    paragraphs: list[Paragraph | Table] = []
    below_first_level = False
    for is_row, run in groupby(filter(None, map(_stripped, text.splitlines())), _is_row):
        if is_row:
            paragraphs.append(_table(run))
            continue
        for line in run:
            paragraph = _paragraph(_WRITTEN_SMALL.sub(r"（\1）", line, count=1) if line[0] == "(" else line)
            below_first_level = below_first_level or (paragraph.level == 1 and paragraph.heads)
            paragraphs.append(_with_tag(paragraph, below_first_level=below_first_level))
    return paragraphs


def _stripped(line: str) -> str:
    return line.strip(" \t\r\u3000\ufeff\u200b")


def _is_row(line: str) -> bool:
    return line.startswith("|") or "\t" in line


def _table(run: Iterable[str]) -> Table:
    """A run of rows, filled up to the same number of cells."""
    rows = [[cell.strip() for cell in re.split(r"[|\t]", line.strip("|"))] for line in run]
    width = max(map(len, rows))
    return Table(tuple((*row, *[""] * (width - len(row))) for row in rows))


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


def unprintable_note(name: str) -> str:
    """What to say of a name that no font can print whole; empty for the usual ones, which no font is opened for."""
    try:
        name.encode("gb2312")
    except UnicodeEncodeError:
        missing = sorted(missing_characters(name))
    else:
        return ""
    if not missing:
        return ""
    return f"姓名中的“{'、'.join(missing)}”现有的字体印不出来，请系统管理员在字体文件夹中补装含有这些字的字体。"


def _printable(text: str) -> str:
    """The text without what turns or hides writing, and with 〓 for what no font can print.

    A missing glyph would break PDF/A (ISO 19005-3, 6.2.11.8); 〓 is the printer's traditional mark for it.
    """
    instead = dict.fromkeys(map(ord, missing_characters(text)), "〓")
    hidden = (char for char in set(text) - {"\n", "\t"} if unicodedata.category(char) in {"Cf", "Cc"})
    return text.translate(instead | dict.fromkeys(map(ord, hidden), ""))


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
    with _press:
        try:
            document = _on_an_even_page(template, made_at, context)
            pdf = _written(document, made_at, attachment)
        finally:
            gc.collect()  # without it WeasyPrint keeps hundreds of megabytes
    if len(pdf) > len(document.pages) * MOST_BYTES_A_PAGE + len(attachment[1] if attachment else b""):
        logging.getLogger(__name__).warning(
            "%s: %d bytes on %d pages, a font was embedded whole", template, len(pdf), len(document.pages)
        )
    return pdf


def stamp(name: str, label: str, at: datetime) -> bytes:
    """The visible mark of a signature, 44 × 14 mm: who, as what, when. For `seal.sign(appearance=…)`.

    Set without WeasyPrint: people sign within a request, where no press belongs. Takes 10 ms.
    """
    width, height, letters = 44 * POINTS_A_MM, 14 * POINTS_A_MM, _Letters()
    drawing = [
        f"0.11 0.31 0.85 RG 0.85 w 0.5 0.5 {width - 1:.2f} {height - 1:.2f} re S",
        "0.27 g",
        letters.line(f"{label}（电子签名）", _SONG, 6, 6, 29.5, width - 12),
        letters.line(clock.zh_datetime(at), _SONG, 6, 6, 5, width - 12),
        "0 g",
        letters.line(name, _KAI, 15, 6, 13.5, width - 12),
    ]
    return _page(width, height, drawing, letters)


def opinion(said: Said, name: str, at: datetime) -> bytes:
    """What somebody writes into a box of the 审签单: the words, the verdict, name and time, and what they are about.

    For `seal.sign(appearance=…)`. What does not fit is left out: ask `misfit` before.
    """
    width, height, letters = said.box.width * POINTS_A_MM, said.box.height * POINTS_A_MM, _Letters()
    edge, most = _OPINION_EDGE, width - 2 * _OPINION_EDGE
    size, words = _fitted(said.text, said.box) or (_OPINION_SIZES[-1], [])
    step, when = size * _OPINION_LEADING, clock.zh_datetime(at)
    left = width - edge - _width(when, _SONG, 9)
    own = min(_width(name, _KAI, 15), left - 110)
    top = height - edge + 4
    lines = [letters.line(line, _KAI, size, edge, top - n * step, most) for n, line in enumerate(words, 1)]
    drawing = [
        "0 g",
        *lines,
        letters.line(said.verdict, _HEI, 11, edge, 16, 90),
        letters.line(name, _KAI, 15, left - own - 8, 16, own),
        letters.line(when, _SONG, 9, left, 16, most),
        "0.4 g",
        letters.line(said.about, _SONG, 6, edge, 5, most - 34),
        "0.11 0.31 0.85 rg",
        letters.line("电子签名", _SONG, 6.5, width - edge - 26, 5, 26),
    ]
    return _page(width, height, drawing, letters)


def misfit(text: str, box: OpinionBox) -> str | None:
    """Why an opinion does not fit its box on the 审签单, in plain words, or None."""
    if _fitted(text, box):
        return None
    if len(text) <= box.room:
        return f"意见分行太多，在审签单上写不下：最多 {box.lines} 行，请合并段落。"
    return (
        f"意见在审签单上写不下：最多 {box.room} 字，现在 {len(text)} 字，多了 {len(text) - box.room} 字。"
        "请精简，细节可以写成批注。"
    )


def _fitted(text: str, box: OpinionBox) -> tuple[float, list[str]] | None:
    """The largest type in which a text fits a box, and its lines."""
    most = box.width * POINTS_A_MM - 2 * _OPINION_EDGE
    for size in _OPINION_SIZES:
        rows = int((box.height * POINTS_A_MM - _OPINION_FOOT) / (size * _OPINION_LEADING))
        broken = [line for part in text.splitlines() if part.strip() for line in _broken(part.strip(), size, most)]
        if len(broken) <= rows:
            return size, broken
    return None


def _broken(text: str, size: float, most: float) -> Iterator[str]:
    """One paragraph in lines of at most `most` points; no line begins with what closes a clause (禁则)."""
    line, used = "", 0.0
    for char in text:
        advance = _width(char, _KAI, size)
        if line and used + advance > most:
            keep = len(line) - (char in _NEVER_FIRST and len(line) > 1)
            yield line[:keep]
            line = line[keep:]
            used = _width(line, _KAI, size)
        line, used = line + char, used + advance
    yield line


def _width(text: str, chain: Sequence[str], size: float) -> float:
    return size * sum(found[1] for char in text if (found := _glyph(char, chain)))


def seal(name: str) -> bytes:
    """The picture of an office's seal, 42 mm across: its name around a star. For `seal.sign(appearance=…)`."""
    side = 42 * POINTS_A_MM
    middle, ring = side / 2, side / 2 - 1.7
    points = [(middle + reach * math.sin(turn), middle + reach * math.cos(turn)) for reach, turn in _star(side * 0.17)]
    star = " ".join(f"{x:.2f} {y:.2f} {'m' if n == 0 else 'l'}" for n, (x, y) in enumerate(points))
    drawing = ["0.9 0 0.07 RG 0.9 0 0.07 rg 3.4 w", _circle(middle, ring), f"{star} h f", *_around(name, middle)]
    return _page(side, side, drawing)


def _star(reach: float) -> Iterator[tuple[float, float]]:
    yield from ((reach if n % 2 == 0 else reach * 0.382, n * math.pi / 5) for n in range(10))


def _circle(middle: float, reach: float) -> str:
    bend = 0.5523 * reach
    left, right, low, high = middle - reach, middle + reach, middle - reach, middle + reach
    quarters = (
        (right, middle + bend, middle + bend, high, middle, high),
        (middle - bend, high, left, middle + bend, left, middle),
        (left, middle - bend, middle - bend, low, middle, low),
        (middle + bend, low, right, middle - bend, right, middle),
    )
    curves = " ".join(" ".join(f"{side:.2f}" for side in quarter) + " c" for quarter in quarters)
    return f"{right:.2f} {middle:.2f} m {curves} S"


def _around(name: str, middle: float) -> Iterator[str]:
    """The characters of a name on an arc of at most 270 degrees, upright towards the middle, as path operators."""
    glyphs = [found for char in name if (found := _glyph(char, _SONG))]
    size = min(14.5, 5.2 * middle / max(len(glyphs), 1))
    reach = middle - 5 - size
    step = min(math.radians(27), math.radians(270) / max(len(glyphs), 1))
    for number, (path, advance) in enumerate(glyphs):
        turn = (len(glyphs) - 1) / 2 * step - number * step
        cos, sin = math.cos(turn), math.sin(turn)
        x = middle - reach * sin - size * advance / 2 * cos
        y = middle + reach * cos - size * advance / 2 * sin
        cos, sin = cos * size / 1000, sin * size / 1000
        yield f"q {cos:.5f} {sin:.5f} {-sin:.5f} {cos:.5f} {x:.2f} {y:.2f} cm {path} f Q"


class _Letters:
    """The letters of a drawing as fonts whose characters are their outlines: each is drawn once, and found by a search.

    Type 3 fonts (ISO 32000-1, 9.6.5) of at most 255 letters each, in thousandths of an em.
    """

    def __init__(self) -> None:
        self.faces: list[tuple[Sequence[str], list[str]]] = []  # the chain of fonts, and the letters taken from it

    def line(self, text: str, chain: Sequence[str], size: float, left: float, base: float, most: float) -> str:
        """The operators that set a line of text, made smaller where it would be wider than `most` points."""
        size *= min(1.0, most / (_width(text, chain, size) or most))
        runs = groupby((self._code(char, chain) for char in text if _glyph(char, chain)), key=lambda code: code[0])
        shown = (f"/F{face} {size:.3f} Tf <{''.join(f'{code:02X}' for _, code in run)}> Tj" for face, run in runs)
        return f"BT {left:.3f} {base:.3f} Td {' '.join(shown)} ET"

    def _code(self, char: str, chain: Sequence[str]) -> tuple[int, int]:
        """In which face a letter stands, and where."""
        for face, (of, letters) in enumerate(self.faces):
            if of == chain and char in letters:
                return face, letters.index(char) + 1
            if of == chain and len(letters) < 255:
                letters.append(char)
                return face, len(letters)
        self.faces.append((chain, [char]))
        return len(self.faces) - 1, 1

    def fonts(self, writer: Any) -> Any:
        """The fonts, by the names the lines use."""
        from pyhanko.pdf_utils.generic import DictionaryObject, pdf_name

        made = (writer.add_object(_font(writer, face, *one)) for face, one in enumerate(self.faces))
        return DictionaryObject({pdf_name(f"/F{face}"): font for face, font in enumerate(made)})


def _font(writer: Any, face: int, chain: Sequence[str], letters: Sequence[str]) -> Any:
    """One Type 3 font, with what a reader needs to find its letters."""
    from pyhanko.pdf_utils.generic import (
        ArrayObject,
        DictionaryObject,
        FloatObject,
        NameObject,
        NumberObject,
        StreamObject,
        pdf_name,
    )

    def of(**entries: Any) -> Any:
        return DictionaryObject({pdf_name(f"/{key}"): value for key, value in entries.items()})

    def stream(text: str) -> Any:
        made = StreamObject(stream_data=text.encode())
        made.compress()
        return writer.add_object(made)

    def numbers(*values: int) -> Any:
        return ArrayObject(map(NumberObject, values))

    drawn = [found for char in letters if (found := _glyph(char, chain))]
    widths = [round(advance * 1000) for _, advance in drawn]
    names = [pdf_name(f"/g{code}") for code in range(1, len(letters) + 1)]
    pictures = zip(names, widths, drawn, strict=True)
    mapped = "\n".join(f"<{code:02X}> <{char.encode('utf-16-be').hex()}>" for code, char in enumerate(letters, 1))
    pieces = [mapped.splitlines()[at : at + 100] for at in range(0, len(letters), 100)]  # at most 100 in a block
    blocks = "\n".join(f"{len(one)} beginbfchar\n{chr(10).join(one)}\nendbfchar" for one in pieces)
    box = numbers(-200, -300, 1300, 1000)
    descriptor = of(
        Type=NameObject("/FontDescriptor"), FontName=NameObject(f"/Letters{face}"), Flags=NumberObject(4), FontBBox=box,
        ItalicAngle=NumberObject(0), Ascent=NumberObject(880), Descent=NumberObject(-120), StemV=NumberObject(80),
        CapHeight=NumberObject(880),
    )  # fmt: skip
    return of(
        Type=NameObject("/Font"), Subtype=NameObject("/Type3"), FontBBox=box,
        FontMatrix=ArrayObject(map(FloatObject, ("0.001", "0", "0", "0.001", "0", "0"))),
        CharProcs=DictionaryObject(
            {name: stream(f"{width} 0 -200 -300 1300 1000 d1 {path} f") for name, width, (path, _) in pictures}
        ),
        Encoding=of(Type=NameObject("/Encoding"), Differences=ArrayObject([NumberObject(1), *names])),
        FirstChar=NumberObject(1), LastChar=NumberObject(len(letters)), Widths=numbers(*widths),
        FontDescriptor=writer.add_object(descriptor), Resources=of(), ToUnicode=stream(_CMAP.format(blocks)),
    )  # fmt: skip


_CMAP = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange
{}
endcmap CMapName currentdict /CMap defineresource pop end end"""


def _page(width: float, height: float, drawing: Sequence[str], letters: _Letters | None = None) -> bytes:
    """One page of path operators and lines of letters as a PDF."""
    from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject, pdf_name
    from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

    writer = PdfFileWriter(stream_xrefs=False)
    content = StreamObject(stream_data="\n".join(drawing).encode())
    content.compress()
    fonts = DictionaryObject({pdf_name("/Font"): letters.fonts(writer)} if letters else {})
    page = PageObject(contents=writer.add_object(content), media_box=(0, 0, width, height), resources=fonts)
    writer.insert_page(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


POINTS_A_MM = 72 / 25.4
_SONG = ("FandolSong-Regular.otf", "LXGWWenKai-Light.ttf", "NotoSerifCJK-Regular.ttc")
_KAI = ("FandolKai-Regular.otf", "LXGWWenKai-Light.ttf", "NotoSerifCJK-Regular.ttc")
_HEI = ("FandolHei-Regular.otf", "LXGWWenKai-Light.ttf", "NotoSerifCJK-Regular.ttc")
_NEVER_FIRST = frozenset("，。、；：！？”’）》」』】%")
# An opinion on the 审签单: type sizes from the usual down, leading, the edge left free, the foot for name and time.
_OPINION_SIZES, _OPINION_LEADING, _OPINION_EDGE, _OPINION_FOOT = (13, 12, 11, 10, 9, 8), 1.4, 4, 38
REVIEW_BOX, SIGN_BOX = OpinionBox(114, 46), OpinionBox(114, 30)


@lru_cache(maxsize=2000)
def _glyph(char: str, chain: Sequence[str]) -> tuple[str, float] | None:
    """The outline of a character in thousandths of its size, and its width, from the first font that has it."""
    with _letter_case:
        for font, glyphs in _chain(chain):
            if glyph := font.getBestCmap().get(ord(char)):
                pen = _path_pen(font, glyphs)
                glyphs[glyph].draw(pen)
                return " ".join(pen.path), font["hmtx"][glyph][0] / font["head"].unitsPerEm
    return _glyph("〓", chain) if char != "〓" else None


@cache
def _chain(names: Sequence[str]) -> list[tuple[Any, Any]]:
    """Some fonts with their glyphs."""
    from fontTools.ttLib import TTFont

    files = [FONTS / name for name in names if (FONTS / name).exists()] or font_files()
    fonts = [TTFont(file, fontNumber=0, lazy=True) for file in files]
    return [(font, font.getGlyphSet()) for font in fonts]


def _path_pen(font: Any, glyphs: Any) -> Any:
    """A pen that writes PDF path operators, scaled to a thousand units a character."""
    from fontTools.pens.basePen import BasePen

    class PathPen(BasePen):
        def __init__(self) -> None:
            super().__init__(glyphs)
            self.path: list[str] = []

        def _write(self, operator: str, *points: tuple[float, float]) -> None:
            em = font["head"].unitsPerEm
            numbers = (str(round(side * 1000 / em)) for point in points for side in point)
            self.path.append(f"{' '.join(numbers)} {operator}")

        def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - the library's names
            self._write("m", pt)

        def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
            self._write("l", pt)

        def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
            self._write("c", *points)

        def _closePath(self) -> None:  # noqa: N802
            self.path.append("h")

    return PathPen()


def pictures(pdf: bytes, dpi: int = 110) -> Iterator[bytes]:
    """The pages as WebP pictures, one by one; raises PaperError when the file cannot be read."""
    return (picture(pdf, number, dpi) for number in range(1, page_count(pdf) + 1))


def picture(pdf: bytes, number: int, dpi: int = 110) -> bytes:
    """One page, counted from 1, as a WebP picture."""
    import pypdfium2

    with _press, pypdfium2.PdfDocument(pdf) as document:
        document.init_forms()  # visible signatures are drawn as parts of forms
        drawn = document[number - 1].render(scale=dpi / 72).to_pil()
    out = io.BytesIO()
    drawn.convert("RGB").save(out, "WEBP", quality=82, method=3)
    return out.getvalue()


def words(pdf: bytes, most: int = 100_000) -> str:
    """What a PDF says, for search; raises PaperError when it cannot be read."""
    import pypdfium2

    said: list[str] = []
    try:
        with _press, pypdfium2.PdfDocument(pdf) as document:
            for page in document:
                said.append(page.get_textpage().get_text_bounded())
                if sum(map(len, said)) > most:
                    break
    except pypdfium2.PdfiumError as error:
        raise PaperError(str(error)) from error
    return "\n".join(said)[:most].replace("\x00", "")


def page_count(pdf: bytes) -> int:
    """How many pages a PDF has; raises PaperError when it cannot be read."""
    import pypdfium2

    try:
        with _press, pypdfium2.PdfDocument(pdf) as document:
            return len(document)
    except pypdfium2.PdfiumError as error:
        raise PaperError(str(error)) from error


def qr(address: str) -> str:
    """An address as a QR code, in a `data:` URI for `MinutesPaper.qr`."""
    import segno

    return str(segno.make(address, error="m", micro=False).svg_data_uri(border=0, omitsize=True))


def qr_picture(address: str) -> bytes:
    """An address as a QR code, black on white with its quiet zone: an SVG picture that fills what it is put into."""
    import segno

    target = io.BytesIO()
    segno.make(address, error="m", micro=False).save(target, kind="svg", border=4, omitsize=True, light="#fff")
    return target.getvalue()


def _on_an_even_page(template: str, made_at: datetime, context: Mapping[str, object]) -> Any:
    """Lay out; where the 版记 would end on an odd page, move it to the foot of the next even one (7.4, 7.5).

    Usually one leaf more is enough; two where the 版记 did not fit under the text and had moved on by itself.
    """
    document = None
    for leaves in range(3 if template in _ENDS_EVEN else 1):
        document = _laid_out(template, made_at, {**context, "leaves": leaves})
        if len(document.pages) % 2 == 0:
            break
    return document


_ENDS_EVEN = frozenset({"minutes.html"})


def _laid_out(template: str, made_at: datetime, context: Mapping[str, object]) -> Any:
    weasyprint = _weasyprint()
    html = _environment().get_template(template).render(made_at=made_at, **context)
    source = weasyprint.HTML(string=_printable(html), base_url=TEMPLATES.as_uri() + "/", url_fetcher=_fetcher())
    return source.render(stylesheets=[_stylesheet()], font_config=_font_configuration(), pdf_variant="pdf/a-3a")


@cache
def _stylesheet() -> Any:
    """paper.css, read once: reading it anew for every paper took a seventh of the time."""
    return _weasyprint().CSS(
        filename=TEMPLATES / "paper.css",
        base_url=TEMPLATES.as_uri() + "/",
        url_fetcher=_fetcher(),
        font_config=_font_configuration(),
    )


def _written(document: Any, made_at: datetime, attachment: tuple[str, bytes] | None) -> bytes:
    weasyprint = _weasyprint()
    attachments = []
    if attachment:
        name, content = attachment
        made = clock.local(made_at).replace(tzinfo=None)
        attachments.append(
            weasyprint.Attachment(
                file_obj=io.BytesIO(content),
                name=name,
                description="结构化数据",
                created=made,
                modified=made,
                relationship="Data",
            )
        )
    plain = document.metadata.generate_rdf_metadata

    def with_accessibility(*args: Any) -> bytes:
        return bytes(plain(*args)).replace(b"</rdf:RDF>", _PDF_UA + b"</rdf:RDF>")

    document.metadata.generate_rdf_metadata = with_accessibility
    return bytes(document.write_pdf(pdf_variant="pdf/a-3a", attachments=attachments, dpi=300))


# PDF/UA-1 is declared by one property; PDF/A wants foreign properties described (ISO 19005-3, 6.6.2.3).
_PDF_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>PDF/UA version</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "zh_date": clock.zh_date,
        "zh_datetime": clock.zh_datetime,
        "hm": clock.hm,
        "lines": lines,
        "spread": spread_name,
        "numeral": numeral,
        "grouped": _by_department,
        "w3c": lambda at: clock.local(at).isoformat("T", "seconds"),
        "heading_mm": _heading_mm,
        "title_lines": title_lines,
    }
    return environment


def title_lines(title: str) -> list[str]:
    """A title in lines of like length, broken where the sense allows (7.3.1: 词意完整、排列对称、长短适宜)."""
    if "\n" in title or _cells(title) <= TITLE_CELLS:
        return title.splitlines()
    count = -(-_cells(title) // TITLE_CELLS)
    target = _cells(title) / count
    places = [place for place in range(1, len(title)) if not _UNBROKEN.search(title[place - 1 : place + 1])]
    fitting = [place for place in places if _cells(title[:place]) <= TITLE_CELLS] or places[:1] or [len(title)]
    first = min(fitting, key=lambda place: abs(_cells(title[:place]) - target) - 4 * bool(_SENSE.match(title, place)))
    rest = title[first:]
    return [title[:first], *(title_lines(rest) if rest else [])]


TITLE_CELLS = 20  # characters of 22 pt on a line of 156 mm
_UNBROKEN = re.compile(r"[\dA-Za-z.]{2}|第\d|\d[年月日次号期个项]|[（“《〔].|.[）”》〕、，。：]")
_SENSE = re.compile(r"关于|第\d|20\d\d年|会议纪要|例会纪要|审签单|专题|的通知")


def _cells(text: str) -> float:
    return sum(0.5 if char.isascii() else 1 for char in text)


def numeral(number: int) -> str:
    """1 → 一, 12 → 十二, up to 99, as items are numbered on paper."""
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if not 1 <= number <= 99:
        raise ValueError(number)
    return (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones else "")


def _by_department(attendees: Sequence[Attendee]) -> Iterator[tuple[str, Attendee]]:
    """Each attendee with the department to print before the name: once for neighbours of the same one."""
    before = ""
    for attendee in attendees:
        yield ("" if attendee.department == before else attendee.department), attendee
        before = attendee.department


def _heading_mm(heading: str) -> float:
    """The type size of the 纪要标志, so that its longest line keeps within the text area (7.2.4: 醒目、美观、庄重)."""
    longest = max(len(line) for line in heading.splitlines() or [""])
    return round(min(15.5, 148 / max(longest, 1)), 3)


# ── What the press is allowed, and what it is taught ───────────────────────────────────────────────────────


def _fetcher() -> Any:
    """Give the templates their own files, fonts and `data:` pictures, and refuse everything else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class Bundled(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith(fonts_as_written):
                url = (FONTS / Path(url).name).as_uri()
            elif not url.startswith(("data:image/svg+xml", "data:image/png")) and url not in _own_files():
                raise FatalURLFetchingError(f"a paper may not fetch {url[:100]}")
            return super().fetch(url, headers)

    fonts_as_written = (TEMPLATES / "fonts").as_uri() + "/"

    return Bundled(allowed_protocols={"file", "data"}, allow_redirects=False)


@cache
def _own_files() -> frozenset[str]:
    return frozenset(path.as_uri() for path in (TEMPLATES / "paper.css", *font_files()))


@contextmanager
def _own_fonts() -> Iterator[None]:
    """Let fontconfig see the portal's own fonts alone, so that every machine prints the same bytes."""
    if not any(FONTS.glob("Fandol*")):
        yield
        return
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(_fontconfig())
    try:
        yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


@cache
def _font_configuration() -> Any:
    """One for all documents: each new one copies every font and keeps half a megabyte for good."""
    from weasyprint.text.fonts import FontConfiguration

    with _own_fonts():
        return FontConfiguration()


@cache
def _fontconfig() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="portal-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "fonts.conf"
    file.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>'
        f"<dir>{escape(str(FONTS))}</dir><cachedir>{escape(str(folder))}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return file


@cache
def _weasyprint() -> Any:
    """WeasyPrint with our own justification; the function replaced is a private one, so the version is asserted."""
    import weasyprint
    from weasyprint.layout import inline
    from weasyprint.pdf import fonts

    if weasyprint.VERSION != WEASYPRINT or not callable(getattr(inline, "justify_line", None)):
        raise PaperError(f"WeasyPrint {WEASYPRINT} is needed, {weasyprint.VERSION} is installed")
    inline.justify_line = _justify_line
    fonts.Font.subset = _subset_by(fonts.Font.subset)
    gc.collect()
    gc.freeze()  # each paper ends with a full collection, which need not look at what stays for good
    return weasyprint


def _subset_by(harfbuzz: Callable[[Any, Mapping[int, str], bool], None]) -> Callable[..., None]:
    """Reduce a font to what is used; HarfBuzz 6 leaves a TrueType font of over 1 000 used glyphs whole."""

    def subset(font: Any, to_unicode: Mapping[int, str], hinting: bool) -> None:
        whole = len(font.file_content)
        harfbuzz(font, to_unicode, hinting)
        if to_unicode and font.type == "ttf" and len(font.file_content) > 0.9 * whole:
            font._fonttools_subset(to_unicode, hinting)  # noqa: SLF001 - WeasyPrint's own way without HarfBuzz

    return subset


def _justify_line(context: Any, line: Any, extra_width: float) -> None:
    """Spread a line of Chinese to the margin by letter-spacing; WeasyPrint itself only widens blanks."""
    boxes = [box for box in line.descendants() if hasattr(box, "pango_layout") and box.text]
    letters = sum(len(box.text) for box in boxes)
    if letters < 2:
        return
    step = extra_width / (letters - 1)
    if step > LARGEST_SPREAD_EM * boxes[0].style["font_size"]:
        return
    _spread(context, line, step, 0.0, boxes[-1])


def _spread(context: Any, box: Any, step: float, shift: float, last: Any) -> float:
    """Widen every text below this box by `step` a letter and move what follows; returns the shift so far."""
    from weasyprint.formatting_structure import boxes
    from weasyprint.text.line_break import create_layout

    if isinstance(box, boxes.TextBox):
        box.position_x += shift
        extra = step * (len(box.text) - (box is last))
        style = box.style.copy()
        own = style["letter_spacing"]
        style["letter_spacing"] = (0 if own == "normal" else own) + step
        layout = create_layout(box.text, style, context, max_width=None, justification_spacing=0)
        layout.deactivate()
        box.style, box.pango_layout = style, layout  # the painter sets the text again, from the box's style
        box.width += extra
        return shift + extra
    if isinstance(box, boxes.LineBox | boxes.InlineBox):
        box.position_x += shift
        before = shift
        for child in box.children:
            if child.is_in_normal_flow():
                shift = _spread(context, child, step, shift, last)
        box.width += shift - before
        return shift
    box.translate(shift, 0)
    return shift
