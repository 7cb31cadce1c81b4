"""How soon the example world answers: seconds to its first page and to the sign-in, in a copy of the tree.

The copy shares the libraries, fonts and browser files that are set up here; everything else is as in a fresh clone. To
be run on a machine that does nothing else.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
SHARED = (".venv", ".fonts", "static/vendor")
LEFT_OUT = shutil.ignore_patterns("var", ".git", "__pycache__", ".*_cache", "node_modules", ".venv", ".fonts", "vendor")
FIRST_PAGE, SIGN_IN = 2.0, 20.0  # seconds
PATIENCE = 300  # seconds
BEAT = 0.02  # seconds


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="portal-demo-") as folder:
        copy = Path(folder, "portal")
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT, symlinks=True)
        for name in SHARED:
            (copy / name).symlink_to(ROOT / name)
        first, sign_in = timed(copy)
    print(f"first page   {first:6.1f} s   bar {FIRST_PAGE:.0f}")
    print(f"sign-in      {sign_in:6.1f} s   bar {SIGN_IN:.0f}")
    holds = first <= FIRST_PAGE and sign_in <= SIGN_IN
    print("holds" if holds else "does not hold")
    return 0 if holds else 1


def timed(copy: Path) -> tuple[float, float]:
    """Seconds from the command to any page, and to the page on which one signs in."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environ |= {"PORTAL_PORT": str(port), "PYTHONPATH": ""}
    environ.pop("DATABASE_URL", None)
    begun = time.monotonic()
    with (copy / "demo.log").open("w") as log:
        portal = subprocess.Popen(["python3", "-m", "portal", "demo"], cwd=copy, env=environ, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}/login"
            first = until(portal, begun, lambda: status_of(address) is not None)
            return first, until(portal, begun, lambda: status_of(address) == 200)
        except RuntimeError as trouble:
            raise SystemExit(f"{trouble}\n{(copy / 'demo.log').read_text()[-2000:]}") from trouble
        finally:
            portal.send_signal(signal.SIGTERM)
            portal.wait(60)


def until(portal: "subprocess.Popen[bytes]", begun: float, is_so: Callable[[], bool]) -> float:
    while not is_so():
        if portal.poll() is not None:
            raise RuntimeError("the portal has ended")
        if time.monotonic() - begun > PATIENCE:
            raise RuntimeError("it takes too long")
        time.sleep(BEAT)
    return time.monotonic() - begun


def status_of(address: str) -> int | None:
    """The status of an answer; None while nobody answers."""
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 - an address of this machine
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except (URLError, OSError):
        return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
