"""Attacks on signed records and minutes through the page: 28 shapes and 300 flipped bits each; none may pass.

What is judged: the page asks the register first, which knows the SHA-256 of every state; there the smallest change is
another file. With the register switched off only what the file itself proves counts, and 有效 then means that every
byte is covered by a signature of the portal's own people, or is what the portal would have written in its place: the
containers of signatures are compared byte for byte, and nothing may stand behind the last signature. It does not mean
that the paper was issued: an earlier state that was complete by itself is 有效 without the register.
"""

import logging
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE.parent / "archive")]
FLIPS = int(os.environ.get("FLIPS", "300"))


LONGEST = 900  # seconds


def main() -> int:
    """Sign a record and minutes, attack each; 0 only if nothing was accepted and nothing broke."""
    from attack_stage import stage

    with tempfile.TemporaryDirectory(prefix="portal-attacks-") as folder, stage(Path(folder)) as world:
        figures = Figures()
        print(__doc__.partition("\n\n")[2])
        papers = world.papers()
        for kind, pdf in papers.items():
            said = world.judged(pdf)
            print(f"{kind}: {len(pdf)} bytes, untouched {said[0]}, without the register {said[1]}", flush=True)
            if said[:2] != ("有效", "有效"):
                figures.wrong.append(f"{kind}: the good file is not accepted")
        for words in at_once(world, papers):
            for one in words:
                figures.note(*one)
        return figures.told()


def at_once(world: Any, papers: dict[str, bytes]) -> list[Any]:
    """Each paper is attacked in a process of its own, through pages of its own."""
    from portal.db.engine import db

    db.session.commit()
    db.session.remove()
    db.engine.dispose()
    jobs = [(kind, pdf, next(other for name, other in papers.items() if name != kind)) for kind, pdf in papers.items()]
    forking = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(len(jobs), mp_context=forking, initializer=_enter, initargs=(world,)) as pool:
        return list(pool.map(attack_all, *zip(*jobs, strict=True), timeout=LONGEST))


def _enter(world: Any) -> None:
    """The portal that was set up before the process parted; it logs nothing."""
    WORLDS.append(world)
    logging.disable()
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process


WORLDS: list[Any] = []


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


def attack_all(kind: str, pdf: bytes, other: bytes) -> list[tuple[str, str, str, int]]:
    """Every shape once, then the flipped bits: what was said of each."""
    from shapes import SHAPES

    noted: list[tuple[str, str, str, int]] = []
    judged = WORLDS[0].judged
    for name, shape in SHAPES.items():
        words = judged(shape(pdf, other))
        print(f"  {kind:8} {name:52} {words[0]:6} without the register: {words[1]}", flush=True)
        noted.append((f"{kind} {name}", *words))
    chance = random.Random(2026)  # noqa: S311 - the same bits each time
    said: Counter[tuple[str, str]] = Counter()
    for _ in range(FLIPS):
        place, bit = chance.randrange(len(pdf)), chance.randrange(8)
        words = judged(pdf[:place] + bytes([pdf[place] ^ (1 << bit)]) + pdf[place + 1 :])
        said[words[:2]] += 1
        noted.append((f"{kind} bit {bit} of byte {place}", *words))
    for (with_register, without), number in said.most_common():
        print(f"  {kind:8} {number:4} flipped bits: {with_register}, without the register {without}", flush=True)
    return noted


if __name__ == "__main__":
    sys.exit(main())
