"""The page at the portal's address until the portal answers: a real process, a real socket."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from threading import Thread

import pytest

from portal.config import REPOSITORY
from portal.ops.waiting import Progress, page

PATIENCE = 120  # seconds
# The same start as `python3 -m portal demo`, without the set-up, which the tests have behind them.
START = """
from portal import __main__ as commands
from portal.ops import machine
machine.make_ready = lambda *_, **__: None
raise SystemExit(commands.main(["demo"]))
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(data: Path, port: int, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """A start of the example world that lies in a folder."""
    given = {"PORTAL_DATA": str(data), "PORTAL_PORT": str(port), "PORTAL_LOG": "json", "DATABASE_URL": "", **environ}
    with (data.parent / "told").open("w") as told:
        process = subprocess.Popen(
            [sys.executable, "-c", START], cwd=REPOSITORY, env=os.environ | given, stdout=told, stderr=told, text=True
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)


def ask(port: int, address: str = "/", method: str = "GET") -> tuple[int, HTTPMessage, str]:
    """One request; 0 where nobody listens yet."""
    asked = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        asked.request(method, address)
        answer = asked.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    except ConnectionRefusedError:
        return 0, HTTPMessage(), ""
    finally:
        asked.close()


def until(process: subprocess.Popen[str], port: int, wanted: int, text: str = "") -> tuple[HTTPMessage, str]:
    """Ask for the first page until the answer is the one that is waited for."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        status, headers, body = ask(port)
        if status == wanted and text in body:
            return headers, body
        assert process.poll() is None, "it ended"
        time.sleep(0.05)
    raise AssertionError(f"no {wanted} with “{text}”")


def told(data: Path) -> str:
    return (data.parent / "told").read_text()


@pytest.mark.costs(8)  # it starts a whole portal
def test_the_page_is_there_at_once_and_needs_no_script(tmp_path: Path, port: int) -> None:
    data = tmp_path / "data"
    with started(data, port) as process:
        headers, body = until(process, port, 503)
        assert (headers["Retry-After"], headers["Refresh"]) == ("1", "1")
        assert "script" not in headers["Content-Security-Policy"].replace("script-src", "")
        assert "<script" not in body
        assert "style=" not in body
        assert ask(port, "/healthz")[0] == 503
        assert ask(port, "/actions/7", "POST")[1]["Refresh"] == "1; url=/"
        assert ask(port, "/", "HEAD")[2] == ""
        assert ask(port, "/static/portal.css")[0] == 200
        assert ask(port, "/static/../portal/config.py")[0] == 503

        # the accounts are told before anything of the world is there
        until(process, port, 503, "人员、部门、小组")
        accounts = json.loads((data / "demo-accounts.json").read_text())
        assert all(one["password"] in told(data) for one in accounts)
        first = {one["password"] for one in accounts}

    # who broke it off has ended it cleanly, and what was half loaded is never served
    assert process.returncode == 0
    assert "Traceback" not in told(data)
    assert (data / "demo-loading").exists()
    with started(data, port) as process:
        until(process, port, 503, "人员、部门、小组")
        again = {one["password"] for one in json.loads((data / "demo-accounts.json").read_text())}
    assert first.isdisjoint(again)


@pytest.mark.costs(8)  # it starts a whole portal
def test_nobody_is_turned_away_while_the_portal_takes_over(tmp_path: Path, port: int) -> None:
    data, answers = tmp_path / "data", []
    data.mkdir()
    (data / "demo-accounts.json").write_text("[]")  # as if it were loaded: an empty portal comes up in its place
    with started(data, port) as process:
        until(process, port, 503)

        def keep_asking() -> None:
            end = time.monotonic() + PATIENCE
            while 302 not in answers[-4:] and time.monotonic() < end:  # until the portal leads to its sign-in
                answers.append(ask(port)[0])

        asking = [Thread(target=keep_asking, daemon=True) for _ in range(4)]
        for one in asking:
            one.start()
        for one in asking:
            one.join(PATIENCE)
    assert set(answers) == {503, 302}
    assert "门户已启动" in told(data)


def test_a_start_that_fails_is_told_on_the_page_and_at_the_terminal(tmp_path: Path, port: int) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "portal.sqlite3").write_text("somebody's work")
    with started(data, port) as process:
        until(process, port, 503, "正在启动")
        headers, _body = until(process, port, 503, "门户没有启动")
        assert headers["Refresh"] is None
        assert process.wait(PATIENCE) == 1
    assert "中已有正式数据，不载入示例" in told(data)
    assert "门户没有启动" in told(data)
    assert (data / "portal.sqlite3").read_text() == "somebody's work"


def test_what_is_told_of_the_loading_is_shown_as_text() -> None:
    progress = Progress()
    progress.take("载入之前的一行")
    assert "<progress" not in page(progress)
    progress.take("3/14　<b>第一小组</b>例会")
    assert (progress.done, progress.of) == (3, 14)
    assert "&lt;b&gt;第一小组&lt;/b&gt;例会" in page(progress)
