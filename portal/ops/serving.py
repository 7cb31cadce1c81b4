"""Serving: the web server and the job worker as children that live and end together. Standard library only."""

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from types import FrameType

from portal.config import Config
from portal.ops.steps import PYTHON, say
from portal.ops.waiting import Progress, Waiting

# What the web server is handed, as numbers of open files: the socket it answers at, and where it tells how far it is.
SOCKET, TOLD = "PORTAL_SOCKET", "PORTAL_TOLD"
READY = "ready"  # the last line it tells
WEB = ("-m", "gunicorn", "-c", "python:portal.ops.server", "wsgi:app")
JOBS = ("-m", "flask", "jobs")
BEAT = 0.1
SECONDS_TO_STOP = 40  # a job worker may finish what it is at
LONGEST_PAUSE = 60
SECONDS_TO_LEARN = 10  # that the start failed, for a browser that waits for it
BACKLOG = 2048  # as gunicorn has it
PR_SET_PDEATHSIG = 1


class Taken(RuntimeError):
    """Somebody else listens where the portal should; the message is one Chinese line."""


@dataclass
class Child:
    """A process of ours; one that ends early is started again after a pause that grows."""

    words: tuple[str, ...]
    environ: Mapping[str, str]
    handed: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] = field(init=False)
    pause: float = 1
    again_at: float | None = None

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start in a group of its own: Ctrl-C reaches only us, and we end the children in order."""
        self.process = subprocess.Popen(
            [PYTHON, *self.words],
            env=self.environ,
            pass_fds=self.handed,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509
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


def serve(config: Config, environ: Mapping[str, str], *, show_accounts: Callable[[], None]) -> int:
    """Serve until told to stop or until the web server gives up; returns the exit status.

    A page that says how far the start is answers until the web server does; both at the same socket, so that nobody
    is ever turned away.
    """
    children: list[Child] = []
    with _Stop() as stop, _listen(config) as listener:
        progress = Progress()
        waiting = Waiting(listener, progress)
        try:
            web, lines = _start_web(environ, listener, stop)
            children.append(web)
            if not _has_begun(lines, progress, config, show_accounts):
                return 0 if stop.asked else _failed(progress, stop)
            waiting.stop()
            listener.close()
            if not _answers(config, web, stop):
                return 0 if stop.asked else 1
            if not progress.of:
                show_accounts()
            print(f"门户已启动：{_address(config)}  （按 Ctrl-C 停止）", flush=True)
            children.append(jobs := Child(JOBS, environ))  # not before the web server has migrated the database
            while not stop.asked and web.process.poll() is None:
                jobs.keep_alive(time.monotonic())
                time.sleep(BEAT)
            return 0 if stop.asked else 1
        finally:
            waiting.stop()
            _end(children)


def _start_web(environ: Mapping[str, str], listener: socket.socket, stop: "_Stop") -> tuple[Child, Iterator[str]]:
    """Start the web server at a socket that listens already; with it come the lines it tells until it is ready."""
    told, telling = os.pipe()
    handed = (listener.fileno(), telling)
    web = Child(WEB, {**environ, SOCKET: f"{handed[0]}", TOLD: f"{handed[1]}"}, handed)
    os.close(telling)
    return web, _lines(told, stop)


def _lines(source: int, stop: "_Stop") -> Iterator[str]:
    """The lines that are told, as they come, until the other end is closed or somebody asked us to stop."""
    rest = b""
    with os.fdopen(source, "rb", buffering=0) as told:
        while not stop.asked:
            if not select.select([told], [], [], BEAT)[0]:
                continue
            if not (read := told.read(65_536)):
                return
            *whole, rest = (rest + read).split(b"\n")
            yield from (line.decode(errors="replace") for line in whole)


def _has_begun(lines: Iterator[str], progress: Progress, config: Config, show_accounts: Callable[[], None]) -> bool:
    """Follow what the web server tells of its start; whether it came to the end of it."""
    for line in lines:
        if line == READY:
            return True
        known = progress.of
        progress.take(line)
        if progress.of and not known:
            show_accounts()
            print(f"正在载入示例数据，进度见 {_address(config)}", flush=True)
        print(line, flush=True)
    return False


def _failed(progress: Progress, stop: "_Stop") -> int:
    """Say that the start failed, also to a browser that waits for it."""
    say("门户没有启动。原因见上。")
    progress.failed = True
    until = time.monotonic() + SECONDS_TO_LEARN
    while progress.is_followed and not stop.asked and time.monotonic() < until:
        time.sleep(BEAT)
    return 1


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


def _listen(config: Config) -> socket.socket:
    """Listen at the portal's address; say it plainly where it cannot be used, before anything is started."""
    listener = socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((config.host, config.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        where = f"{config.host}:{config.port}"
        raise Taken(
            f"无法在 {where} 提供服务（{error.strerror}）。可能已有程序占用，请换一个端口：PORTAL_PORT=8001"
        ) from error
    listener.setblocking(False)  # as gunicorn, which shares it, has it
    return listener


def _answers(config: Config, web: Child, stop: _Stop) -> bool:
    """Wait until the web server answers; False where it ended or somebody asked us to stop."""
    while not stop.asked and web.process.poll() is None:
        asked = HTTPConnection(_reachable(config).strip("[]"), config.port, timeout=1)
        try:
            asked.request("GET", "/healthz")
            asked.getresponse().read()
        except (OSError, HTTPException):
            time.sleep(BEAT / 2)
        else:
            return True
        finally:
            asked.close()
    return False


def _address(config: Config) -> str:
    return f"http://{_reachable(config)}:{config.port}/"


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


def end_with_parent() -> None:
    """Let the kernel end a child whose parent was killed, so that the next start finds the port free."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
