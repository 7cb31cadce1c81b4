"""The clock of the tests: each begins on the same working Monday at ten and goes on from there; none sees the real day.

time-machine sets what this process reads, `tests/clocked` what the Python programs read that a test starts. The file
system, Chromium and other programs keep the real time. Drills do without all of it.
"""

import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic

import time_machine

from portal.db import clock

MONDAY = date(2026, 11, 30)
NINE = time(9, 0)
START = clock.moment(MONDAY, 10)
# How many seconds the clock of the tests is ahead of the one that counts from the start of the machine, which is the
# same to all programs; read in tests/clocked.
AHEAD = "TESTS_CLOCK_AHEAD"
CLOCKED = str(Path(__file__).parent / "clocked")


def monday() -> None:
    """Let it be Monday morning, here and in the Python programs that are started from now on."""
    if time_machine.traveller_stack:
        time_machine.traveller_stack[0].move_to(START.timestamp())
    else:
        time_machine.travel(START.timestamp(), tick=True).start()
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (CLOCKED, os.environ.get("PYTHONPATH"))))
    os.environ[AHEAD] = str(ahead())


def now() -> datetime:
    """The clock of this process, also inside `clock.at`."""
    return datetime.now(UTC)


def ahead() -> float:
    """What `AHEAD` says."""
    return now().timestamp() - monotonic()


def go_on_from(moment: datetime) -> None:
    """Let it be at least this late: a world that was built until then is brought back."""
    if time_machine.traveller_stack and moment > now():
        time_machine.traveller_stack[0].shift(moment - now())
        os.environ[AHEAD] = str(ahead())


def make_old(path: Path, age: timedelta = timedelta()) -> None:
    """Let a file have lain there so long by the clock of the tests."""
    then = (clock.now() - age).timestamp()
    os.utime(path, (then, then))


def at_its_hand(*command: str) -> list[str]:
    """A command of a program that is no Python, such as openssl, so that it reads this clock, too."""
    begin = ("env", "-u", "LD_PRELOAD", "TZ=UTC", "faketime", "-f")
    return [*begin, f"@{clock.now():%Y-%m-%d %H:%M:%S}", *command]


def is_untouched() -> bool:
    """Whether the clock is just that of `monday`; a test may set it otherwise."""
    return clock._moment.get() is None and len(time_machine.traveller_stack) <= 1
