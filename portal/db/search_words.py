"""The tokens of search: one per Han character, so that any two that stand side by side are found."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

LONGEST_WORD = 64
MOST_PHRASES = 8


_HAN = (
    r"\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U0001f000-\U0001faff\U00020000-\U0003ffff\u2600-\u27bf"
)
_TOKEN = re.compile(rf"[{_HAN}]|(?:(?![{_HAN}])[^\W_]){{1,{LONGEST_WORD}}}")


class Token(NamedTuple):
    """One Han character or one word, folded, and where it stands in the text."""

    word: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Every Han character and every word of a text, in order, folded to one width and case."""
    folded, places = fold(text)
    for found in _TOKEN.finditer(folded):
        start, end = (
            (found.start(), found.end()) if places is None else (places[found.start()], places[found.end() - 1] + 1)
        )
        yield Token(found[0], start, end)


def phrases_of(words: str) -> list[tuple[str, ...]]:
    """What a person typed, as phrases of tokens."""
    parts = (tuple(token.word for token in tokens(part)) for part in words[:200].split())
    return list(dict.fromkeys(part for part in parts if part))[:MOST_PHRASES]


class _Fold(dict[int, str]):
    """Each character in the one width and case that search knows, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = unicodedata.normalize("NFKC", chr(code)).lower()
        return self[code]


_FOLD = _Fold()


def fold(text: str) -> tuple[str, list[int] | None]:
    """The text folded; where that makes it longer also the place each character came from."""
    folded = text.translate(_FOLD)
    if len(folded) == len(text):  # no character folds to nothing, so each stands where it stood
        return folded, None
    return folded, [place for place, character in enumerate(text) for _ in _FOLD[ord(character)]]


def line_of_tokens(text: str) -> str:
    """The tokens of a text, each between blanks; a phrase occurs if its own line is a part of this one.

    Only ASCII goes into the index, so that no tokenizer's idea of Unicode matters.
    """
    return f" {' '.join(_ascii(token.word) for token in tokens(text))} "


def _ascii(word: str) -> str:
    return word if word.isascii() else "z" + "z".join(f"{ord(character):x}" for character in word)


def line_of_phrase(phrase: tuple[str, ...]) -> str:
    """The tokens of a phrase between blanks, as they stand in a line of tokens."""
    return " ".join(_ascii(word) for word in phrase)
