"""A portal that lives: its own data folder and port, the real web server and the real job worker."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from fixed_clock import AHEAD

ROOT = Path(__file__).parents[1]
PATIENCE = 60  # seconds


@dataclass
class Living:
    """Where it answers, who can sign in, and where its data lies."""

    address: str
    data: Path
    environ: dict[str, str]

    @property
    def accounts(self) -> dict[str, dict[str, str]]:
        """The accounts of the example world by their role."""
        return {one["role"]: one for one in json.loads((self.data / "demo-accounts.json").read_text())}

    def flask(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the portal on this portal's data."""
        return _flask(words, self.environ, check=check)


@contextmanager
def living_portal(
    data: Path, *loading: str, furnish: tuple[str, ...] = (), once: Path | None = None
) -> Iterator[Living]:
    """Load the example world (`loading` are further words of `flask example load`), serve it, end it.

    With `furnish`, a command that fills the empty portal, another world is served. With `once`, a folder, the world is
    loaded by the first who wants it, and the others get a copy.
    """
    port = _free_port()
    environ = os.environ | {
        "PORTAL_DATA": str(data), "PORTAL_PORT": str(port), "PORTAL_HOST": "127.0.0.1", "PORTAL_JOBS": "worker",
        "PORTAL_LOG": "json", "DATABASE_URL": "",
    }  # fmt: skip
    environ.pop("PORTAL_DEMO", None)
    if preloaded := environ.pop("TESTS_PRELOADED", ""):
        environ["LD_PRELOAD"] = preloaded
    if once is None:
        _load(environ, loading, furnish)
    else:
        _load_once(once, data, environ, loading)
    log = (data / "server.log").open("w")
    children = [
        subprocess.Popen([sys.executable, *words], env=environ, cwd=ROOT, stdout=log, stderr=log)
        for words in (
            ("-m", "gunicorn", "-c", "python:portal.ops.server", "wsgi:app"),
            ("-m", "flask", "--app", "wsgi", "jobs"),
        )
    ]
    try:
        portal = Living(f"http://127.0.0.1:{port}", data, environ)
        _wait_for(portal.address)
        yield portal
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(PATIENCE)
        log.close()


def _load(environ: dict[str, str], loading: tuple[str, ...], furnish: tuple[str, ...] = ()) -> None:
    _flask(("db", "upgrade"), environ)
    if furnish:
        subprocess.run(furnish, env=environ, cwd=ROOT, check=True)
    else:
        _flask(("example", "load", *loading), environ)


def _load_once(once: Path, data: Path, environ: dict[str, str], loading: tuple[str, ...]) -> None:
    """Load the world, or copy the one that another process of this run has loaded, and go on from its time."""
    world, hour = once / "world", once / "ahead"
    once.mkdir(exist_ok=True)
    with (once / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not hour.exists():
            _load(environ, loading)
            shutil.copytree(data, world)
            hour.write_text(environ[AHEAD])
    environ[AHEAD] = hour.read_text()
    if not any(data.iterdir()):
        shutil.copytree(world, data, dirs_exist_ok=True)


def _flask(words: tuple[str, ...], environ: dict[str, str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words], env=environ, cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if check and done.returncode:
        raise AssertionError(f"flask {' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            urlopen(f"{address}/healthz", timeout=2).close()  # noqa: S310 - an address of this machine
        except (URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
