"""The quick tests on six days: today, +200 days, +3 years, a 29 February, New Year's Eve at midnight, a Saturday.

The machine's clock is shifted under all that runs, and goes on from there. Words: the days to try (`leap-day …`).
"""

import os
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from fixed_clock import CLOCKED  # noqa: E402

from portal.__main__ import pytest  # noqa: E402
from portal.db import clock  # noqa: E402

SUMMARY = re.compile(r"^(?=.*\d+ (?:passed|failed|error)).*$", re.MULTILINE)


def days() -> dict[str, datetime]:
    """The moments at which the tests are begun."""
    now, today = clock.now(), clock.today()
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
    leap = next(year for year in range(2028, 2200, 4) if year > today.year)
    return {
        "today": now,
        "in-200-days": now + timedelta(days=200),
        "in-3-years": now + timedelta(days=3 * 365 + 1),
        "leap-day": clock.moment(today.replace(year=leap, month=2, day=29), 10),
        "new-year": clock.moment(today.replace(month=12, day=31), 23, 59) + timedelta(seconds=50),
        "saturday": clock.moment(saturday, 10),
    }


def main(words: list[str]) -> int:
    """Run the quick tests on each of the days; 0 only if all pass on all of them and none is skipped."""
    if not shutil.which("faketime"):
        print("faketime is missing: apt-get install faketime")
        return 1
    wanted = words or list(days())
    failed = [name for name in wanted if not _passes(name)]
    print(f"failed on: {', '.join(failed)}" if failed else f"passed on {len(wanted)} days")
    return 1 if failed else 0


def _passes(name: str) -> bool:
    moment, begun = days()[name], time.monotonic()
    ahead = round((moment - datetime.now(UTC)).total_seconds())
    # files keep their real times, or Python would compile everything anew; waiting is done by the monotonic clock
    environ = os.environ | {"NO_FAKE_STAT": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    environ["PYTHONPATH"] = os.pathsep.join([CLOCKED, str(REPOSITORY)])
    tests = pytest(["-q", "-p", "no:cacheprovider", "-m", "not long"])
    command = ["faketime", "-m", "-f", f"{ahead:+}s", sys.executable, *tests]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    told = SUMMARY.findall(done.stdout)
    good = done.returncode == 0 and bool(told) and "skipped" not in told[-1]
    local = clock.local(moment)
    print(
        f"{name:14} {local:%Y-%m-%d %a %H:%M:%S}  {'passed' if good else 'FAILED'} in {time.monotonic() - begun:4.0f} s"
        f"  {told[-1].strip('= ') if told else ''}",
        flush=True,
    )
    if not good:
        print("\n".join((done.stdout + done.stderr).splitlines()[-60:]), flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
