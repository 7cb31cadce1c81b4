"""The visible marks of signatures: a name in a frame, an office's seal."""

import math
from collections.abc import Iterator
from datetime import datetime

from portal.db import clock
from portal.documents.paper.letters import KAI, POINTS_A_MM, SONG, Letters, outline, page_of


def stamp(name: str, label: str, at: datetime) -> bytes:
    """The visible mark of a signature, 44 × 14 mm: who, as what, when. For `seal.sign(appearance=…)`.

    Set without WeasyPrint: people sign within a request, where no press belongs. Takes 10 ms.
    """
    width, height, letters = 44 * POINTS_A_MM, 14 * POINTS_A_MM, Letters()
    drawing = [
        f"0.11 0.31 0.85 RG 0.85 w 0.5 0.5 {width - 1:.2f} {height - 1:.2f} re S",
        "0.27 g",
        letters.line(f"{label}（电子签名）", SONG, 6, 6, 29.5, width - 12),
        letters.line(clock.zh_datetime(at), SONG, 6, 6, 5, width - 12),
        "0 g",
        letters.line(name, KAI, 15, 6, 13.5, width - 12),
    ]
    return page_of(width, height, drawing, letters)


def seal(name: str) -> bytes:
    """The picture of an office's seal, 42 mm across: its name around a star. For `seal.sign(appearance=…)`."""
    side = 42 * POINTS_A_MM
    middle, ring = side / 2, side / 2 - 1.7
    points = [(middle + reach * math.sin(turn), middle + reach * math.cos(turn)) for reach, turn in _star(side * 0.17)]
    star = " ".join(f"{x:.2f} {y:.2f} {'m' if n == 0 else 'l'}" for n, (x, y) in enumerate(points))
    drawing = ["0.9 0 0.07 RG 0.9 0 0.07 rg 3.4 w", _circle(middle, ring), f"{star} h f", *_around(name, middle)]
    return page_of(side, side, drawing)


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
    glyphs = [found for char in name if (found := outline(char, SONG))]
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
