"""The worker: jobs run where they were prompted or, by huey's queue and timer, in a process of their own."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog
from flask import Flask, current_app, g

from portal.config import Config
from portal.db.engine import db, writing
from portal.jobs import periodic
from portal.jobs.periodic import Job, forget_prompted, left_to

if TYPE_CHECKING:
    from huey import Huey


WORKERS = 2  # a long conversion must not keep a short job waiting
PATIENCE = 30  # seconds a worker that is told to stop may take to finish what it is at
QUIET_TOO_LONG = timedelta(minutes=10)  # longer than any one job may take


def run_prompted() -> None:
    """Set the prompted jobs off; called after a commit. What goes wrong here is still owed and swept later."""
    left = left_to.get()
    for name in g.pop("prompted", {}):
        if name in left:
            left[name](name)
        elif _config().jobs == "now":
            run(name)
        else:
            _queue(name)


def run(name: str) -> None:
    """Run one job in a session of its own; a failure is logged and goes no further."""
    turn = periodic.JOBS[name].turn
    free = turn.take()
    while free:
        _run_once(periodic.JOBS[name])
        free = turn.give_back()


def _run_once(chore_: Job) -> None:
    log = structlog.get_logger("portal").bind(chore=chore_.name)
    with _app().app_context(), writing():
        try:
            chore_.deed()
            db.session.commit()
        except Exception:
            db.session.rollback()
            forget_prompted()
            log.exception("chore_failed")  # one job's trouble must not stop the others
        else:
            run_prompted()


def sweep() -> None:
    """Run every job that has a timer, whether or not its time has come."""
    for name, chore_ in periodic.JOBS.items():
        if chore_.every is not None:
            run(name)


class Worker:
    """The queue and the timer that make jobs prompt. The queue may be lost: what is owed is a query."""

    def __init__(self, app: Flask) -> None:
        from huey import crontab

        self.app = app
        self.huey = open_huey(app.config["PORTAL"])
        self.soon = self.huey.task(name="soon")(self._run)
        self.sweep = self.huey.task(name="sweep")(self._sweep)
        self.huey.periodic_task(crontab(), name="tick")(self._sweep)
        self._swept: dict[str, float] = {}

    def work(self) -> None:
        """Work until told to stop (SIGTERM lets what is under way finish)."""
        self.beat()
        self.sweep()
        consumer = self.huey.create_consumer(
            workers=WORKERS, max_delay=1.0, graceful_signal="TERM", shutdown_timeout=PATIENCE
        )
        consumer.run()

    def beat(self) -> None:
        """Leave a sign that the worker is alive and gets on with its work."""
        heartbeat_file(self.app.config["PORTAL"]).touch()

    def _run(self, name: str) -> None:
        with self.app.app_context():
            if name in periodic.JOBS:
                run(name)
        self.beat()

    def _sweep(self) -> None:
        now = time.monotonic()
        for name, chore_ in periodic.JOBS.items():
            if chore_.every and now - self._swept.get(name, -1e9) >= chore_.every.total_seconds() - 1:
                self._swept[name] = now
                self._run(name)
        self.beat()


def open_huey(config: Config) -> "Huey":
    """Redis where it is set, PostgreSQL where the data lies there, else a file in the data folder."""
    from huey import PostgresHuey, RedisHuey, SqliteHuey

    if config.redis_url:
        return RedisHuey("portal", url=config.redis_url, results=False)
    if config.sqlite_file is None:
        return PostgresHuey("portal", dsn=config.database_url.replace("+psycopg", "", 1), results=False)
    return SqliteHuey("portal", filename=str(config.data / "jobs.sqlite3"), results=False, journal_mode="delete")


def heartbeat_file(config: Config) -> Path:
    """The file whose age tells whether a worker is at work."""
    return config.data / "worker-heartbeat"


def worker_is_alive(config: Config | None = None) -> bool:
    """Whether a worker gave a sign lately; where jobs run at once none is needed."""
    config = config or _config()
    if config.jobs == "now":
        return True
    try:
        last = datetime.fromtimestamp(heartbeat_file(config).stat().st_mtime, UTC)
    except FileNotFoundError:
        return False
    return datetime.now(UTC) - last < QUIET_TOO_LONG


def init_app(app: Flask) -> None:
    """Give the app the worker's command."""

    @app.cli.command("jobs")
    @click.option("--once", is_flag=True, help="把到期的事务各办一遍后退出。")
    @click.option("--table", is_flag=True, help="列出所有后台事务、间隔和触发它们的操作后退出。")
    def jobs(once: bool, table: bool) -> None:
        """后台办理：把系统应当自动完成的事务逐项办好，直到收到停止信号。"""
        if table:
            for line in periodic.table():
                click.echo(line)
        elif once:
            sweep()
        else:
            Worker(_app()).work()


def _queue(name: str) -> None:
    # After a fork each process opens a queue of its own.
    workers = _app().extensions.setdefault("portal-worker", {})
    log = structlog.get_logger("portal").bind(chore=name)
    try:
        if os.getpid() not in workers:
            workers[os.getpid()] = Worker(_app())
        workers[os.getpid()].soon(name)
    except Exception:
        log.exception("prompt_failed")  # the deed itself is done and saved; the sweep finds what is owed


def _app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001


def _config() -> Config:
    return current_app.config["PORTAL"]
