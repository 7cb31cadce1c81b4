"""What somebody writes into a box of the 审签单."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from portal.db import clock
from portal.documents.paper.letters import HEI, KAI, POINTS_A_MM, SONG, Letters, page_of, width_of

_NEVER_FIRST = frozenset("，。、；：！？”’）》」』】%")
# An opinion on the 审签单: type sizes from the usual down, leading, the edge left free, the foot for name and time.
_OPINION_SIZES, _OPINION_LEADING, _OPINION_EDGE, _OPINION_FOOT = (13, 12, 11, 10, 9, 8), 1.4, 4, 38


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


REVIEW_BOX, SIGN_BOX = OpinionBox(114, 46), OpinionBox(114, 30)


def opinion(said: Said, name: str, at: datetime) -> bytes:
    """What somebody writes into a box of the 审签单: the words, the verdict, name and time, and what they are about.

    For `seal.sign(appearance=…)`. What does not fit is left out: ask `misfit` before.
    """
    width, height, letters = said.box.width * POINTS_A_MM, said.box.height * POINTS_A_MM, Letters()
    edge, most = _OPINION_EDGE, width - 2 * _OPINION_EDGE
    size, words = _fitted(said.text, said.box) or (_OPINION_SIZES[-1], [])
    step, when = size * _OPINION_LEADING, clock.zh_datetime(at)
    left = width - edge - width_of(when, SONG, 9)
    verdict = width_of(said.verdict, HEI, 11)
    own = min(width_of(name, KAI, 15), left - verdict - 20)
    top = height - edge + 4
    lines = [letters.line(line, KAI, size, edge, top - n * step, most) for n, line in enumerate(words, 1)]
    drawing = [
        "0 g",
        *lines,
        letters.line(said.verdict, HEI, 11, edge, 16, verdict),
        letters.line(name, KAI, 15, left - own - 8, 16, own),
        letters.line(when, SONG, 9, left, 16, most),
        "0.4 g",
        letters.line(said.about, SONG, 6, edge, 5, most - 34),
        "0.11 0.31 0.85 rg",
        letters.line("电子签名", SONG, 6.5, width - edge - 26, 5, 26),
    ]
    return page_of(width, height, drawing, letters)


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
        advance = width_of(char, KAI, size)
        if line and used + advance > most:
            keep = len(line) - (char in _NEVER_FIRST and len(line) > 1)
            yield line[:keep]
            line = line[keep:]
            used = width_of(line, KAI, size)
        line, used = line + char, used + advance
    yield line
