"""Minutes as an office printed them before the portal came: one A4 page with head, number, date and text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from portal.db import clock
from portal.demo import plain

WIDTH, HEIGHT = A4 = (595, 842)
LEFT, RIGHT, FOOT = 79, 74, 60
HEAD, TITLE, LARGEST, SMALLEST, LEADING = 26, 20, 16, 9, 1.75
RED, BLACK = "0.8 0.1 0.1 rg", "0 g"
LINE = f"0.8 0.1 0.1 RG 1.5 w {LEFT} 706 m {WIDTH - RIGHT} 706 l S"


@dataclass(frozen=True)
class OldMinutes:
    """What such a paper says."""

    heading: str
    number: str
    office: str
    day: date
    title: str
    paragraphs: Sequence[str]

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything that is printed."""
        return (self.heading, self.number, self.title, *self.paragraphs, self.office, clock.zh_date(self.day))


def printed(papers: Sequence[OldMinutes]) -> Iterator[bytes]:
    """The papers, one after the other, all in one font."""
    type_ = plain.Type(_letters(papers))
    for one in papers:
        yield plain.pdf(one.title, [_page(one, type_)], A4, type_)


def _letters(papers: Iterable[OldMinutes]) -> Iterator[str]:
    return (letter for one in papers for line in one.lines for letter in line)


def _page(one: OldMinutes, type_: plain.Type) -> list[str]:
    """The page; a long text is set smaller."""
    for size in range(LARGEST, SMALLEST, -1):
        drawn, base = _set(one, type_, size)
        if base > FOOT:
            break
    return drawn


def _set(one: OldMinutes, type_: plain.Type, size: int) -> tuple[list[str], float]:
    """The page in a size of type, and how high its last line stands."""
    measure = WIDTH - LEFT - RIGHT

    def middle(text: str, base: float, size: int) -> str:
        return type_.line(text, (WIDTH - type_.width(text, size)) / 2, base, size)

    drawn = [RED, middle(one.heading, 756, HEAD), BLACK, middle(one.number, 722, LARGEST), LINE]
    base = 670.0
    for line in type_.wrapped(one.title, TITLE, measure):
        drawn.append(middle(line, base, TITLE))
        base -= 30
    for text in one.paragraphs:
        for place, line in enumerate(type_.wrapped(text, size, measure, 2 * size)):
            base -= LEADING * size
            drawn.append(type_.line(line, LEFT if place else LEFT + 2 * size, base, size))
    base -= LEADING * size
    for line in one.lines[-2:]:
        base -= LEADING * size
        drawn.append(type_.line(line, WIDTH - RIGHT - type_.width(line, size), base, size))
    return drawn, base
