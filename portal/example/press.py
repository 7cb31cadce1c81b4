"""A second pair of hands: papers are laid out and checked in a process of their own while the year goes on."""

import multiprocessing
from collections import Counter
from multiprocessing.connection import Connection
from types import TracebackType

from portal import clock, disk, jobs
from portal.config import Config


class Press:
    """Runs the chores it is asked for, each at the moment it was prompted; who needs what they make waits for it."""

    def __init__(self, config: Config, *left: str) -> None:
        """`left` are chores that its own chores may prompt and that nobody does."""
        self._config, self._left = config, left
        self._under_way: Counter[str] = Counter()

    def __enter__(self) -> "Press":
        """Start it; importing what it needs takes it about two seconds, for which nobody waits."""
        spawning = multiprocessing.get_context("spawn")  # a fork would share our connections
        self._line, theirs = spawning.Pipe()
        self._process = spawning.Process(target=_work, args=(self._config, self._left, theirs), daemon=True)
        self._process.start()
        theirs.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it after what it is at; what it was asked for beyond that stays owed."""
        self._line.close()
        self._process.join()

    def ask(self, chore: str) -> None:
        """Hand over a chore that was prompted."""
        self._under_way[chore] += 1
        self._line.send((chore, clock.now()))

    def wait(self, *chores: str) -> None:
        """Wait until these are done; the transaction that asked for them must have ended."""
        while any(self._under_way[chore] for chore in chores):
            self._under_way[self._line.recv()] -= 1


def _work(config: Config, left: tuple[str, ...], line: Connection) -> None:
    from portal import create_app

    with create_app(config).app_context(), disk.synced_at_the_end(), jobs.leaving(*left):
        while True:
            try:
                chore, moment = line.recv()
                with clock.at(moment):
                    jobs.run(chore)
                line.send(chore)
            except (EOFError, OSError):  # the year is over
                return
