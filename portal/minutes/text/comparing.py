"""Two texts side by side, paragraph by paragraph, with the words that differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

LONGEST_LOOKED_INTO = 1_000  # characters of a paragraph; a longer one is shown as a whole
ALIKE = 0.4  # the share two paragraphs must have in common to be shown as one that was changed

Part = tuple[str, bool]  # some words, and whether they differ


@dataclass(frozen=True)
class Row:
    """One paragraph as it was and as it is; an empty side means it was added or removed."""

    before: tuple[Part, ...] = ()
    after: tuple[Part, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything in it is not the same."""
        return self.before != self.after


def compared(before: str, after: str) -> list[Row]:
    """The paragraphs of both texts in order, those that belong together in one row."""
    return list(_rows(_paragraphs(before), _paragraphs(after)))


def _paragraphs(text: str) -> list[str]:
    """The lines of a text that print; empty ones do not."""
    return [line for line in text.splitlines() if line.strip()]


def _rows(before: list[str], after: list[str]) -> Iterator[Row]:
    for how, first, last, start, end in SequenceMatcher(None, before, after).get_opcodes():
        if how == "equal":
            yield from (Row(same, same) for line in before[first:last] for same in [((line, False),)])
        else:
            for old, new in zip_longest(before[first:last], after[start:end]):
                yield from _pair(old, new)


def _pair(old: str | None, new: str | None) -> Iterator[Row]:
    if old is not None and new is not None and max(len(old), len(new)) <= LONGEST_LOOKED_INTO:
        match = SequenceMatcher(None, old, new)
        if match.ratio() >= ALIKE:
            steps = match.get_opcodes()
            yield Row(
                tuple((old[a:b], how != "equal") for how, a, b, _, _ in steps if b > a),
                tuple((new[a:b], how != "equal") for how, _, _, a, b in steps if b > a),
            )
            return
    if old is not None:
        yield Row(before=((old, True),))
    if new is not None:
        yield Row(after=((new, True),))
