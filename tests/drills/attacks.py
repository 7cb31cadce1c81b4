"""Attacks on signed records and minutes through the page: 22 shapes and 300 flipped bits each; none may pass."""

import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE.parent / "archive")]
FLIPS = int(os.environ.get("FLIPS", "300"))


def main() -> int:
    """Sign a record and minutes, attack each; 0 only if nothing was accepted and nothing broke."""
    from attack_stage import stage

    with tempfile.TemporaryDirectory(prefix="portal-attacks-") as folder, stage(Path(folder)) as world:
        figures = Figures()
        papers = world.papers()
        for kind, pdf in papers.items():
            said = world.judged(pdf)
            print(f"{kind}: {len(pdf)} bytes, untouched {said[0]}, without the register {said[1]}", flush=True)
            if said[:2] != ("有效", "有效"):
                figures.wrong.append(f"{kind}: the good file is not accepted")
            other = next(one for name, one in papers.items() if name != kind)
            attack_all(world, kind, pdf, other, figures)
        return figures.told()


class Figures:
    """What came of the attacks, with the register and without."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.begun = time.monotonic()

    def note(self, name: str, with_register: str, without: str, status: int) -> None:
        """One attack: what the page said, and what the verifier says with the register switched off."""
        self.count["attacks"] += 1
        for what, bad in (
            ("accepted by the page", with_register == "有效"),
            ("accepted with the register switched off", without == "有效"),
            ("answers of 500 and above", status >= 500),
        ):
            self.count[what] += bad
            if bad:
                self.wrong.append(f"{name}: {what}")

    def told(self) -> int:
        """Print the figures against the bar."""
        for what in ("attacks", "accepted by the page", "answers of 500 and above",
                     "accepted with the register switched off"):  # fmt: skip
            bar = "" if what == "attacks" else "   (bar 0)"
            print(f"{what:44} {self.count[what]:6}{bar}")
        print(f"{'seconds':44} {time.monotonic() - self.begun:6.0f}")
        for one in self.wrong[:20]:
            print(f"  {one}")
        print("passed" if not self.wrong else "failed")
        return 1 if self.wrong else 0


def attack_all(world: Any, kind: str, pdf: bytes, other: bytes, figures: Figures) -> None:
    """Every shape once, then the flipped bits."""
    from shapes import SHAPES

    for name, shape in SHAPES.items():
        changed = shape(pdf, other)
        words = world.judged(changed)
        print(f"  {name:44} {words[0]:6} without the register: {words[1]}")
        figures.note(f"{kind} {name}", *words)
    chance = random.Random(2026)  # noqa: S311 - the same bits each time
    said: Counter[tuple[str, str]] = Counter()
    for _ in range(FLIPS):
        place, bit = chance.randrange(len(pdf)), chance.randrange(8)
        changed = pdf[:place] + bytes([pdf[place] ^ (1 << bit)]) + pdf[place + 1 :]
        words = world.judged(changed)
        said[words[:2]] += 1
        figures.note(f"{kind} bit {bit} of byte {place}", *words)
    for (with_register, without), number in said.most_common():
        print(f"  {number:4} flipped bits: {with_register}, without the register {without}")


if __name__ == "__main__":
    sys.exit(main())
