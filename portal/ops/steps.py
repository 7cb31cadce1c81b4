"""The steps of the set-up: run a program, compare a checksum, tell the person. Standard library only."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from portal.config import REPOSITORY

VENV = REPOSITORY / ".venv"
PYTHON = VENV / "bin" / "python"
# What .venv is made with; asked from inside it, not its own Python, which goes away when it is made anew.
BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)


STEP_SECONDS = 1800

Words = Sequence[str | Path]


class Missing(RuntimeError):
    """The machine lacks what the portal cannot do without; the message is one Chinese line."""


class Wanted(NamedTuple):
    """A line of a checksum list: what the file must be, its name here, and where it comes from."""

    sha256: str
    name: str
    source: str


def wanted(listing: Path) -> list[Wanted]:
    """The lines of a checksum list."""
    lines = listing.read_text(encoding="utf-8").splitlines()
    return [Wanted(*line.split()) for line in lines if line and not line.startswith("#")]


def say(line: str) -> None:
    """Tell the person at the terminal, at once."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def on_path(*programs: str) -> bool:
    """Whether all of these programs are installed."""
    return all(shutil.which(program) for program in programs)


def differing(folder: Path, listing: Path) -> list[Wanted]:
    """The files of a checksum list that are missing or not what they should be."""
    paths = [(file, folder / file.name) for file in wanted(listing)]
    return [file for file, path in paths if not path.is_file() or digest(path) != file.sha256]


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run(command: Words, *, cwd: Path | None = None, tries: int = 1) -> None:
    """Run one step of the set-up; where the network may have failed, try once more before giving up."""
    words = [str(word) for word in command]
    for left in reversed(range(tries)):
        done = step(words, cwd)
        if done.returncode == 0:
            return
        if left:
            say("未成功，可能是网络原因，正在重试……")
    raise Missing(f"“{' '.join(words[:5])} ……”未成功：{_last_line(done.stdout)}")


def succeeds(command: Sequence[str], *, cwd: Path | None = None) -> bool:
    """Run one step; whether it went well."""
    return step(command, cwd).returncode == 0


def step(command: Iterable[str], cwd: Path | None) -> subprocess.CompletedProcess[str]:
    """Run one step and keep what it says."""
    return subprocess.run(
        list(command),
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=STEP_SECONDS,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )


def _last_line(output: str) -> str:
    """The line of a tool's output that most likely says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["没有输出"])[-1]
