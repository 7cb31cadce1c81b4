"""Periodic jobs: what must happen by itself is declared here and prompted at once; a dead worker loses nothing."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta

from flask import g

from portal.db import journal
from portal.db.engine import study


class _Turn:
    """One run of a job at a time in a process; whoever asks meanwhile makes it run once more."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running = self.asked_again = False

    def take(self) -> bool:
        """Whether the job is free to run now; if not it is noted for another round."""
        with self.lock:
            free = not self.running
            self.running, self.asked_again = True, not free
            return free

    def give_back(self) -> bool:
        """End the run; True where another round was asked for, which then has begun."""
        with self.lock:
            self.running, self.asked_again = self.asked_again, False
            return self.running


@dataclass(frozen=True)
class Job:
    """Something that is done by itself; running it when nothing is owed does nothing."""

    name: str
    deed: Callable[[], object]
    every: timedelta | None
    turn: _Turn = field(default_factory=_Turn, repr=False, compare=False)


JOBS: dict[str, Job] = {}
REACTIONS: dict[str, list[str]] = {}
rehearsals: list[Callable[[], None]] = []  # what a web server does once after a start, beside its first requests


def job(
    name: str, every: timedelta | None = None, *, after: tuple[str, ...] = ()
) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Declare a chore as `room.word`; with `every` it is also swept on a timer.

    `after` names deeds as the journal does (`meetings.adjourn`): whenever one is done, the chore is prompted.
    This is how a later feature reacts to an earlier one that does not know it.
    """

    def declare(deed: Callable[[], object]) -> Callable[[], object]:
        if name in JOBS:
            raise ValueError(f"two chores are called {name}")
        JOBS[name] = Job(name, deed, every)
        for done in after:
            REACTIONS.setdefault(done, []).append(name)
        return deed

    return declare


def prompt(name: str) -> None:
    """Ask for a job to run as soon as the transaction under way has committed."""
    if name not in JOBS:
        raise LookupError(f"no chore is called {name}")
    g.setdefault("prompted", {})[name] = True


def react(deed: str) -> None:
    """Prompt the jobs that follow a deed."""
    for name in REACTIONS.get(deed, ()):
        prompt(name)


journal.LISTENERS.append(react)


def forget_prompted() -> None:
    """Drop what was prompted by a transaction that was rolled back."""
    g.pop("prompted", None)


def table() -> Iterator[str]:
    """Every job on a line: its name, how often it is swept, and the actions that prompt it."""
    for name, one in sorted(JOBS.items()):
        every = f"每 {one.every}" if one.every else "不定时"
        after = "、".join(sorted(done for done, names in REACTIONS.items() if name in names))
        yield f"{name:<28} {every:<20} {after}".rstrip()


def _nobody(_name: str) -> None:
    """What is owed is found by the worker's next sweep."""


@contextmanager
def leaving(*names: str, to: Callable[[str], None] = _nobody) -> Iterator[None]:
    """Leave some jobs to somebody else, by default to the worker: for filling a portal that is served afterwards."""
    token = left_to.set(left_to.get() | dict.fromkeys(names, to))
    try:
        yield
    finally:
        left_to.reset(token)


left_to: ContextVar[dict[str, Callable[[str], None]]] = ContextVar("left", default={})  # noqa: B039 - never changed in place


@job("jobs.study", every=timedelta(days=1))
def _study() -> None:
    """让数据库了解各表有多大，长列表才查得快。"""
    study()
