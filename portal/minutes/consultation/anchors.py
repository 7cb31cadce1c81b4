"""Where comments belong when the text has been edited since they were written."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from portal.minutes.models.comment import MinutesComment

ALIKE = 0.5  # the share a paragraph must have in common with the one that was commented
LONGEST_LOOKED_INTO = 1_000


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of a text, as they are counted: from 1, without empty lines."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def placed(comments: Iterable[MinutesComment], text: str) -> list[tuple[MinutesComment, int | None]]:
    """Each comment with the number of the paragraph it is about now; None where that one is gone."""
    paragraphs = paragraphs_of(text)
    return [(one, place_of(one, paragraphs)) for one in comments]


def place_of(comment: MinutesComment, paragraphs: Sequence[str]) -> int | None:
    """The same words where they stand now, nearest to where they stood; else the paragraph that is most alike."""
    same = [number for number, one in enumerate(paragraphs, 1) if one == comment.quote]
    if same:
        return min(same, key=lambda number: abs(number - comment.place))
    alike = [
        (ratio, -abs(number - comment.place), number)
        for number, one in enumerate(paragraphs, 1)
        if (ratio := _alike(comment.quote, one)) >= ALIKE
    ]
    return max(alike)[2] if alike else None


def _alike(before: str, after: str) -> float:
    match = SequenceMatcher(None, before[:LONGEST_LOOKED_INTO], after[:LONGEST_LOOKED_INTO], autojunk=False)
    return match.ratio() if match.real_quick_ratio() >= ALIKE and match.quick_ratio() >= ALIKE else 0.0
