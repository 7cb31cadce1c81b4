"""Two versions of slides page by page: which pages belong together, and what changed in their text and picture."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from typing import BinaryIO, Protocol

ALIKE = 0.35  # what two pages' texts must have in common to be one page that was changed
LONGEST_LOOKED_AT = 600  # characters of a page's text
MOST_WEIGHED = 60  # pages of one changed stretch; a longer one is taken as it comes
DIFFERENT = 28  # of 255 shades, so that the edges of letters drawn twice are no change
COLUMNS, LINES = 24, 16
MOST_BOXES = 12

Part = tuple[str, bool]  # some words, and whether they differ


class Leaf(Protocol):
    """What a page must tell to be compared."""

    number: int
    text: str

    @property
    def sha256(self) -> str:
        """Of its picture."""


@dataclass
class Row:
    """One page as it was and as it is; where a number is missing the page was added or taken out."""

    old: int | None
    new: int | None
    text: bool = False
    picture: float = 0.0  # the share of its picture that differs, in per cent
    boxes: list[list[float]] = field(default_factory=list)  # where: left, top, width, height in per cent

    @property
    def differs(self) -> bool:
        """Whether anything changed."""
        return self.old is None or self.new is None or self.text or self.picture > 0

    @property
    def words(self) -> str:
        """What changed, in words."""
        if self.old is None:
            return "新增"
        if self.new is None:
            return "删除"
        told = [word for word, so in (("文字", self.text), ("画面", self.picture > 0)) if so]
        return f"{'和'.join(told)}有改动" if told else "未改"

    def as_facts(self) -> dict[str, object]:
        """As it is kept."""
        return asdict(self)


def paired(old: Sequence[Leaf], new: Sequence[Leaf]) -> Iterator[Row]:
    """The pages of both in order, those that belong together in one row: the same picture, else the likest text."""
    before, after = [leaf.sha256 for leaf in old], [leaf.sha256 for leaf in new]
    for how, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if how == "equal":
            yield from (Row(a.number, b.number) for a, b in zip(old[first:last], new[start:end], strict=True))
        else:
            yield from _weighed(old[first:last], new[start:end])


def _weighed(old: Sequence[Leaf], new: Sequence[Leaf]) -> Iterator[Row]:
    """The pairing that keeps most text together."""
    if len(old) == len(new) or max(len(old), len(new)) > MOST_WEIGHED:
        for at in range(max(len(old), len(new))):
            before, after = old[at : at + 1], new[at : at + 1]
            yield _row(before[0] if before else None, after[0] if after else None)
        return
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    scores = [[_likeness(a, b) for b in new] for a in old]
    for a in range(len(old) - 1, -1, -1):
        for b in range(len(new) - 1, -1, -1):
            together = best[a + 1][b + 1] + scores[a][b] if scores[a][b] >= ALIKE else 0
            best[a][b] = max(together, best[a + 1][b], best[a][b + 1])
    a = b = 0
    while a < len(old) or b < len(new):
        if a < len(old) and b < len(new) and scores[a][b] >= ALIKE and best[a][b] == best[a + 1][b + 1] + scores[a][b]:
            yield _row(old[a], new[b])
            a, b = a + 1, b + 1
        elif b == len(new) or (a < len(old) and best[a][b] == best[a + 1][b]):
            yield _row(old[a], None)
            a += 1
        else:
            yield _row(None, new[b])
            b += 1


def _row(old: Leaf | None, new: Leaf | None) -> Row:
    return Row(old.number if old else None, new.number if new else None, bool(old and new and old.text != new.text))


def _likeness(old: Leaf, new: Leaf) -> float:
    before, after = old.text[:LONGEST_LOOKED_AT], new.text[:LONGEST_LOOKED_AT]
    if not before and not after:
        return 0.5  # two pages of pictures alone
    return SequenceMatcher(None, before, after, autojunk=False).quick_ratio()


def look(row: Row, old: BinaryIO, new: BinaryIO) -> None:
    """Note how much of the picture differs, and where; both are small pictures the portal made."""
    from PIL import Image, ImageChops

    with Image.open(old, formats=["WEBP"]) as one, Image.open(new, formats=["WEBP"]) as other:
        before, after = one.convert("L"), other.convert("L")
    if after.size != before.size:
        after = after.resize(before.size)
    marks = ImageChops.difference(before, after).point([255 if shade > DIFFERENT else 0 for shade in range(256)])
    cells = marks.resize((COLUMNS, LINES), Image.Resampling.BOX)
    changed = {at for at in range(COLUMNS * LINES) if cells.getpixel((at % COLUMNS, at // COLUMNS))}
    row.picture = round(100 * len(changed) / (COLUMNS * LINES), 1)
    row.boxes = [_box(patch) for patch in _patches(changed)][:MOST_BOXES]


def _patches(cells: set[int]) -> Iterator[list[int]]:
    """The cells that touch each other."""
    left = set(cells)
    while left:
        patch, edge = [], [left.pop()]
        while edge:
            at = edge.pop()
            patch.append(at)
            for x in (-1, 0, 1):
                for y in (-1, 0, 1):
                    beside = at + x + y * COLUMNS
                    if beside in left and abs(beside % COLUMNS - at % COLUMNS) <= 1:
                        left.discard(beside)
                        edge.append(beside)
        yield patch


def _box(patch: list[int]) -> list[float]:
    columns, lines = [at % COLUMNS for at in patch], [at // COLUMNS for at in patch]
    wide, high = max(columns) - min(columns) + 1, max(lines) - min(lines) + 1
    shares = (min(columns) / COLUMNS, min(lines) / LINES, wide / COLUMNS, high / LINES)
    return [round(100 * share, 2) for share in shares]


def words(before: str, after: str) -> tuple[list[Part], list[Part]]:
    """Both texts in parts, those that differ marked."""
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return (
        [(before[a:b], how != "equal") for how, a, b, _, _ in steps if b > a],
        [(after[a:b], how != "equal") for how, _, _, a, b in steps if b > a],
    )
