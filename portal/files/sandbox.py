"""Programs that open other people's files run apart: no network, no other process, little memory, an end in time."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Timer
from typing import IO

import structlog

ROOM = "/room"  # what the sandbox calls the one folder it may write to
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"}
_READABLE = (
    "/usr",
    "/etc/fonts",
    "/etc/libreoffice",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/opt",
    "/var/cache/fontconfig",
    "/bin",
    "/lib",
    "/lib64",
    "/sbin",
)
DRAWING = Path(__file__).with_name("drawing.py")


@dataclass(frozen=True)
class Limits:
    """What a program may use: bytes of memory, seconds of both cores together, seconds by the clock, bytes written."""

    memory: int
    cpu: int
    seconds: float
    output: int


class Confined:
    """A program that runs apart; what it says on its standard output can be read line by line."""

    def __init__(self, process: "subprocess.Popen[bytes]", complaints: IO[bytes]) -> None:
        self.process, self._complaints, self.too_slow = process, complaints, False

    def end(self) -> None:
        """End it, with everything it started."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def end_for_time(self) -> None:
        """End it because it takes too long."""
        self.too_slow = True
        self.end()

    def complaints(self) -> str:
        """What it wrote to its standard error."""
        self._complaints.seek(0)
        return self._complaints.read(500).decode("utf-8", "replace")


@contextmanager
def running(
    words: Sequence[str], room: Path, limits: Limits, *, readable: Sequence[Path] = (), environ: Mapping[str, str] = {}
) -> Iterator[Confined]:
    """A program at work in its room; when the block is left, it has ended, itself or by force.

    Its words may name files by `ROOM`. On a machine that forbids namespaces it runs within its limits alone, and the
    log says so.
    """
    command = ["prlimit", f"--as={limits.memory}", f"--cpu={limits.cpu}", f"--fsize={limits.output}", "--core=0"]
    if can_sandbox():
        told = [word for name, value in environ.items() for word in ("--setenv", name, value)]
        command += [*walls(room, readable, told), *words]
    else:
        structlog.get_logger("portal").warning("without_sandbox", reason="bwrap is missing or may not run here")
        command += [word.replace(ROOM, str(room)) for word in words]
        environ = {name: value.replace(ROOM, str(room)) for name, value in environ.items()}
    # An own session, so that everything the program started can be ended together.
    with (room / "complaints").open("w+b") as complaints:
        process = subprocess.Popen(
            command, cwd=room, env={**_ENVIRONMENT, "HOME": str(room), **environ}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=complaints, start_new_session=True,
        )  # fmt: skip
        confined = Confined(process, complaints)
        timer = Timer(limits.seconds, confined.end_for_time)
        timer.daemon = True
        timer.start()
        try:
            yield confined
        finally:
            timer.cancel()
            confined.end()
            if process.stdout:
                process.stdout.close()


def walls(room: Path, readable: Sequence[Path] = (), told: Sequence[str] = ()) -> list[str]:
    """No network, no other process, no file but programs, what may be read, and the one room."""
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108, a fresh one for the sandbox alone
    for path in _READABLE:
        if Path(path).is_symlink():
            command += ["--symlink", str(Path(path).readlink()), path]
        else:
            command += ["--ro-bind-try", path, path]
    for path in map(str, readable):
        command += ["--ro-bind-try", path, path]
    command += ["--bind", str(room), ROOM, "--chdir", ROOM]
    return [*command, "--setenv", "HOME", ROOM, *told, "--"]


@cache
def can_sandbox() -> bool:
    """Whether bubblewrap is here and may make namespaces; in some containers it may not."""
    if shutil.which("bwrap") is None:
        return False
    trial = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    return subprocess.run(trial, capture_output=True, timeout=20, check=False).returncode == 0


def own_python() -> tuple[list[str], list[Path]]:
    """The command that runs `drawing.py` in the portal's own Python, and what it must be able to read for it."""
    places = [Path(sys.prefix), Path(sys.base_prefix), DRAWING]
    return [sys.executable, "-I", "-B", str(DRAWING)], list(dict.fromkeys(places))
