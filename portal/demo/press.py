"""A second pair of hands: papers are laid out and checked in a process of their own while the year goes on."""

import gc
import multiprocessing
from collections import Counter
from multiprocessing.connection import Connection
from types import TracebackType
from typing import TYPE_CHECKING

from portal.db import clock
from portal.documents.paper import renderer
from portal.jobs import periodic, worker
from portal.ops.serving import end_with_parent

if TYPE_CHECKING:
    from flask import Flask


class Press:
    """Runs the jobs it is asked for, each at the moment it was prompted; who needs what they make waits for it."""

    def __init__(self, app: "Flask", *left: str) -> None:
        """`left` are chores that nobody does, whoever prompts them."""
        self._app, self._left = app, left
        self._under_way: Counter[str] = Counter()

    def __enter__(self) -> "Press":
        """Start it while there is no connection to the database, which it would share; it knows what we have loaded."""
        forking = multiprocessing.get_context("fork")
        self._line, theirs = forking.Pipe()
        self._process = forking.Process(target=_work, args=(self._app, self._left, theirs, self._line), daemon=True)
        self._process.start()
        theirs.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it after what it is at; what it was asked for beyond that stays owed. Nobody needs it after a failure."""
        self._line.close()
        if error is not None:
            self._process.terminate()  # it may wait for a transaction of ours
        self._process.join()

    def ask(self, chore: str) -> None:
        """Hand over a job that was prompted, unless it is one that nobody does."""
        if chore in self._left:
            return
        self._under_way[chore] += 1
        self._line.send((chore, clock.now()))

    def wait(self, *chores: str) -> None:
        """Wait until these are done; the transaction that asked for them must have ended."""
        while any(self._under_way[chore] for chore in chores):
            self._under_way[self._line.recv()] -= 1


def _work(app: "Flask", left: tuple[str, ...], line: Connection, ours: Connection) -> None:
    ours.close()  # or we would never hear that the year is over
    end_with_parent()
    with app.app_context(), periodic.leaving(*left):
        renderer.warm_up()  # what it needs takes about a second to come up, for which nobody waits
        while True:
            try:
                chore, moment = line.recv()
                with clock.at(moment):
                    worker.run(chore)
                gc.freeze()  # each paper ends with a full collection, which need not look at what stays for good
                line.send(chore)
            except (EOFError, OSError):  # the year is over
                return
