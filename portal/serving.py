"""Serving: the web server and the job worker as children that live and end together. Standard library only."""

import ctypes
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from portal.config import Config
from portal.machine import PYTHON, Missing, Words, say

WEB = ("-m", "gunicorn", "-c", "python:portal.server", "wsgi:app")
JOBS = ("-m", "flask", "jobs")
BEAT = 0.1
SECONDS_TO_STOP = 40  # a job worker may finish what it is at
LONGEST_PAUSE = 60
PR_SET_PDEATHSIG = 1


class Taken(RuntimeError):
    """Somebody else listens where the portal should; the message is one Chinese line."""


@dataclass
class Child:
    """A process of ours; one that ends early is started again after a pause that grows."""

    words: tuple[str, ...]
    environ: Mapping[str, str]
    process: subprocess.Popen[bytes] = field(init=False)
    pause: float = 1
    again_at: float | None = None

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start in a group of its own: Ctrl-C reaches only us, and we end the children in order."""
        self.process = subprocess.Popen(
            [PYTHON, *self.words], env=self.environ, start_new_session=True, preexec_fn=_end_with_parent  # noqa: PLW1509
        )
        self.again_at = None

    def keep_alive(self, now: float) -> None:
        """Start it again where it has ended, not more often than it makes sense."""
        if self.process.poll() is None:
            return
        if self.again_at is None:
            say(f"后台任务进程意外结束（{self.process.returncode}），{self.pause:.0f} 秒后重新启动。")
            self.again_at, self.pause = now + self.pause, min(self.pause * 2, LONGEST_PAUSE)
        elif now >= self.again_at:
            self.start()

    def ask_to_stop(self) -> None:
        """Ask politely; see `wait_or_kill`."""
        if self.process.poll() is None:
            self.process.terminate()

    def wait_or_kill(self, until: float) -> None:
        """Wait for a child that was asked to stop, but not for ever."""
        try:
            self.process.wait(timeout=max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(config: Config, environ: Mapping[str, str], *, when_up: Callable[[], None]) -> int:
    """Serve until told to stop or until the web server gives up; returns the exit status."""
    _check_port(config)
    if config.demo and not (config.data / "demo-accounts.json").exists():
        _load_example(environ)
    with _Stop() as stop:
        children = [web := Child(WEB, environ)]
        try:
            if not _wait_until_up(config, web, stop):
                return 0 if stop.asked else 1
            print(f"门户已启动：http://{_reachable(config)}:{config.port}/  （按 Ctrl-C 停止）", flush=True)
            when_up()
            children.append(jobs := Child(JOBS, environ))  # not before the web server has migrated the database
            while not stop.asked and web.process.poll() is None:
                jobs.keep_alive(time.monotonic())
                time.sleep(BEAT)
            return 0 if stop.asked else 1
        finally:
            _end(children)


class _Stop:
    """Whether somebody asked us to stop, by Ctrl-C or by SIGTERM."""

    asked = False

    def __enter__(self) -> "_Stop":
        self.before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def _check_port(config: Config) -> None:
    """Say it plainly where the address cannot be used, before anything is started."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            where = f"{config.host}:{config.port}"
            raise Taken(
                f"无法在 {where} 提供服务（{error.strerror}）。可能已有程序占用，请换一个端口：PORTAL_PORT=8001"
            ) from error


def _load_example(environ: Mapping[str, str]) -> None:
    """Load it in a process of its own: what that needs in memory is no burden on the web server for ever after."""
    say("正在载入示例数据（约需几分钟）……")
    words: Words = [PYTHON, "-m", "flask", "ready"]
    loaded = subprocess.run(words, check=False, env=environ, preexec_fn=_end_with_parent)
    if loaded.returncode:
        raise Missing("示例数据未能载入，门户没有启动。原因见上。")


def _wait_until_up(config: Config, web: Child, stop: _Stop) -> bool:
    """Wait until the web server answers; False where it ended or somebody asked us to stop."""
    while not stop.asked and web.process.poll() is None:
        try:
            socket.create_connection((_reachable(config).strip("[]"), config.port), timeout=1).close()
        except OSError:
            time.sleep(BEAT / 2)
        else:
            return True
    return False


def _reachable(config: Config) -> str:
    """How a browser on this machine names the host, also where we listen on all addresses."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104 - read, not bound
    return f"[{host}]" if ":" in host else host


def _end(children: Sequence[Child]) -> None:
    for child in children:
        child.ask_to_stop()
    until = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        child.wait_or_kill(until)


def _end_with_parent() -> None:
    """Let the kernel end a child whose parent was killed, so that the next start finds the port free."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
