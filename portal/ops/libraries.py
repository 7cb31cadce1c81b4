"""The locked libraries in .venv, or as wheels for a machine without network. Standard library only."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from portal.config import REPOSITORY
from portal.ops.steps import BASE_PYTHON, PYTHON, VENV, digest, run, say

if TYPE_CHECKING:
    from portal.ops.steps import Words


LOCK = REPOSITORY / "portal" / "requirements.lock"
TEST_LOCK = REPOSITORY / "portal" / "requirements-test.lock"
WHEELS = REPOSITORY / "wheels"  # only in a bundle: what is installed from there needs no network


def download_wheels(target: Path) -> None:
    """Fetch the wheels of the locked set for machines like this one."""
    with tempfile.TemporaryDirectory() as folder:
        run([BASE_PYTHON, "-m", "venv", folder])
        options: Words = ["-q", "--only-binary", ":all:", "--require-hashes", "-r", LOCK, "-d", target]
        run([Path(folder, "bin", "python"), "-m", "pip", "download", *options], tries=2)


def install_libraries(*, tests: bool) -> None:
    """Install the locked set into .venv; the set for tests holds the other one."""
    if _is_stamped(TEST_LOCK) or (not tests and _is_stamped(LOCK)):
        return
    lock = TEST_LOCK if tests else LOCK
    say("正在安装所需的库（首次约需半分钟）……")
    uv = shutil.which("uv")
    make: Words = [uv, "venv", "-q", "--python", BASE_PYTHON] if uv else [BASE_PYTHON, "-m", "venv"]
    install: Words = [uv, "pip", "install", "--python", PYTHON] if uv else [PYTHON, "-m", "pip", "install"]
    if not (tests and _is_stamped(LOCK)):
        shutil.rmtree(VENV, ignore_errors=True)
        run([*make, VENV])
    offline: Words = ["--no-index", "--find-links", WHEELS] if WHEELS.is_dir() else []
    run([*install, "-q", *offline, "--require-hashes", "-r", lock], tries=2)
    _stamp_of(lock).write_text(_stamp(lock), encoding="ascii")


def _is_stamped(lock: Path) -> bool:
    stamp = _stamp_of(lock)
    return stamp.is_file() and stamp.read_text(encoding="ascii") == _stamp(lock)


def _stamp_of(lock: Path) -> Path:
    return VENV / f"{lock.stem}.stamp"


def _stamp(lock: Path) -> str:
    """What .venv was made from: this Python and exactly these libraries."""
    return f"{BASE_PYTHON} {sys.version_info[:3]} {digest(lock)}"
