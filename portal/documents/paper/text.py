"""From what people type to what stands on paper: paragraphs and tables, titles, numerals, names."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from portal.documents.paper.content import Attendee

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


TITLE_CELLS = 20  # characters of 22 pt on a line of 156 mm
_UNBROKEN = re.compile(r"[\dA-Za-z.]{2}|第\d|\d[年月日次号期个项]|[（“《〔].|.[）”》〕、，。：]")
_SENSE = re.compile(r"关于|第\d|20\d\d年|会议纪要|例会纪要|审签单|专题|的通知")


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


def _cells(text: str) -> float:
    return sum(0.5 if char.isascii() else 1 for char in text)


def numeral(number: int) -> str:
    """1 → 一, 12 → 十二, up to 99, as items are numbered on paper."""
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if not 1 <= number <= 99:
        raise ValueError(number)
    return (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones else "")


def by_department(attendees: Sequence[Attendee]) -> Iterator[tuple[str, Attendee]]:
    """Each attendee with the department to print before the name: once for neighbours of the same one."""
    before = ""
    for attendee in attendees:
        yield ("" if attendee.department == before else attendee.department), attendee
        before = attendee.department


def heading_mm(heading: str) -> float:
    """The type size of the 纪要标志, so that its longest line keeps within the text area (7.2.4: 醒目、美观、庄重)."""
    longest = max(len(line) for line in heading.splitlines() or [""])
    return round(min(15.5, 148 / max(longest, 1)), 3)
