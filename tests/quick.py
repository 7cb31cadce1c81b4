"""Which tests are quick, and what a quick one may cost.

A plugin of pytest (see pyproject.toml). `python3 -m portal test` leaves out what is marked `long`; with `--all` it runs
everything. In a quick run a test fails that takes more than two seconds of processor time, its own and that of the
programs it starts: make it faster, or mark it `long`. What its fixtures take is not counted, nor the time it waits. A
slow machine has so much more time as it takes longer than ours for the same small piece of work. What proves much for
its time may be allowed more, by `@pytest.mark.costs(seconds)`. With `--all` or `-m` nothing is measured against a bar.
"""

import json
import os
import resource
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

ALLOWED = 2.0  # seconds of processor time
LEEWAY = 1.25  # no two runs are alike
WORK = 0.03  # seconds our machine takes for the work of `_slowness`
TICKS = os.sysconf("SC_CLK_TCK")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("portal")
    group.addoption("--all", action="store_true", help="also run the tests that are marked long")
    group.addoption("--costs", metavar="FILE", help="write the processor time of every test into this file")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--costs") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Ledger(Path(config.getoption("--costs"))))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not _is_quick(config):
        return
    left = [item for item in items if item.get_closest_marker("long")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    item.stash[BEGAN] = _processor()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    began = _processor()
    try:
        return (yield)
    finally:
        item.stash[COST] = _processor() - began


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    cost = item.stash.get(COST, 0.0)
    if call.when == "call" and report.passed and _is_quick(item.config) and cost > _allowed(item):
        allowed = _allowed(item) * _slowness() * LEEWAY
        if cost > allowed:
            report.outcome = "failed"
            report.longrepr = (
                f"{item.nodeid} took {cost:.1f} s of processor time; a quick test may take {allowed:.1f}. "
                "Make it faster, or mark it long."
            )
    if call.when == "teardown":
        report.user_properties.append(("cost", round(cost, 3)))
        report.user_properties.append(("whole", round(_processor() - item.stash[BEGAN], 3)))
    return report


BEGAN, COST = pytest.StashKey[float](), pytest.StashKey[float]()


class _Ledger:
    """Writes down what every test cost: in its call, and with its set-up and its end."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w", encoding="utf-8")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            known = dict(report.user_properties)
            self.file.write(json.dumps([report.nodeid, known["cost"], known["whole"]]) + "\n")
            self.file.flush()


def _is_quick(config: pytest.Config) -> bool:
    return not config.getoption("--all") and not config.getoption("markexpr")


def _allowed(item: pytest.Item) -> float:
    marker = item.get_closest_marker("costs")
    return float(marker.args[0]) if marker else ALLOWED


def _processor() -> float:
    """Seconds of processor time so far: of this process and of all that it has started, ended or not."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) + sum(_living(os.getpid()))


def _living(parent: int) -> Iterator[float]:
    """What the living children of a process have used, and theirs, and so on."""
    for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
        try:
            children = tasks.read_text().split()
        except OSError:
            continue
        for child in children:
            try:
                said = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            yield sum(map(int, said[11:15])) / TICKS  # user and system, its own and its ended children's
            yield from _living(int(child))


def _slowness() -> float:
    """How many times longer than ours this machine takes for the same work, just now."""
    began = time.process_time()
    words = [f"{number % 977}-{number}" for number in range(60_000)]
    groups: dict[str, list[str]] = {}
    for word in sorted(words):
        groups.setdefault(word.partition("-")[0], []).append(word)
    json.loads(json.dumps(groups))
    return max(1.0, (time.process_time() - began) / WORK)
