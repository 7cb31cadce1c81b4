"""Chores: what must happen by itself, prompted at once and swept on a timer; a dead worker loses nothing."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import sqlalchemy as sa
import structlog
from flask import Flask, current_app, g
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock, journal
from portal.config import Config
from portal.database import Base, db, study, writing

if TYPE_CHECKING:
    from huey import Huey

Owing = TypeVar("Owing", bound=Base)
Product = TypeVar("Product")

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_ERROR = 500
WORKERS = 2  # a long conversion must not keep a short chore waiting
PATIENCE = 30  # seconds a worker that is told to stop may take to finish what it is at
QUIET_TOO_LONG = timedelta(minutes=10)  # longer than any one chore may take


class Owed:
    """What a row remembers of a chore that failed on it, so that it is seen and tried again later."""

    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    last_error: Mapped[str | None] = mapped_column(sa.String(LONGEST_ERROR))
    next_try_at: Mapped[datetime | None]


class _Turn:
    """One run of a chore at a time in a process; whoever asks meanwhile makes it run once more."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running = self.asked_again = False

    def take(self) -> bool:
        """Whether the chore is free to run now; if not it is noted for another round."""
        with self.lock:
            free = not self.running
            self.running, self.asked_again = True, not free
            return free

    def give_back(self) -> bool:
        """End the run; True where another round was asked for, which then has begun."""
        with self.lock:
            self.running, self.asked_again = self.asked_again, False
            return self.running


@dataclass(frozen=True)
class Chore:
    """Something that is done by itself; running it when nothing is owed does nothing."""

    name: str
    deed: Callable[[], object]
    every: timedelta | None
    turn: _Turn = field(default_factory=_Turn, repr=False, compare=False)


CHORES: dict[str, Chore] = {}
REACTIONS: dict[str, list[str]] = {}
rehearsals: list[Callable[[], None]] = []  # what a web server does once after a start, beside its first requests


def chore(
    name: str, every: timedelta | None = None, *, after: tuple[str, ...] = ()
) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Declare a chore as `room.word`; with `every` it is also swept on a timer.

    `after` names deeds as the journal does (`meetings.adjourn`): whenever one is done, the chore is prompted.
    This is how a later room reacts to an earlier one that does not know it.
    """

    def declare(deed: Callable[[], object]) -> Callable[[], object]:
        if name in CHORES:
            raise ValueError(f"two chores are called {name}")
        CHORES[name] = Chore(name, deed, every)
        for done in after:
            REACTIONS.setdefault(done, []).append(name)
        return deed

    return declare


def prompt(name: str) -> None:
    """Ask for a chore to run as soon as the transaction under way has committed."""
    if name not in CHORES:
        raise LookupError(f"no chore is called {name}")
    g.setdefault("prompted", {})[name] = True


def react(deed: str) -> None:
    """Prompt the chores that follow a deed."""
    for name in REACTIONS.get(deed, ()):
        prompt(name)


journal.LISTENERS.append(react)


def forget_prompted() -> None:
    """Drop what was prompted by a transaction that was rolled back."""
    g.pop("prompted", None)


def run_prompted() -> None:
    """Set the prompted chores off; called after a commit. What goes wrong here is still owed and swept later."""
    left = _left.get()
    for name in g.pop("prompted", {}):
        if name in left:
            left[name](name)
        elif _config().jobs == "now":
            run(name)
        else:
            _queue(name)


def _nobody(_name: str) -> None:
    """What is owed is found by the worker's next sweep."""


@contextmanager
def leaving(*names: str, to: Callable[[str], None] = _nobody) -> Iterator[None]:
    """Leave some chores to somebody else, by default to the worker: for filling a portal that is served afterwards."""
    token = _left.set(_left.get() | dict.fromkeys(names, to))
    try:
        yield
    finally:
        _left.reset(token)


_left: ContextVar[dict[str, Callable[[str], None]]] = ContextVar("left", default={})  # noqa: B039 - never changed in place


def run(name: str) -> None:
    """Run one chore in a session of its own; a failure is logged and goes no further."""
    turn = CHORES[name].turn
    free = turn.take()
    while free:
        _run_once(CHORES[name])
        free = turn.give_back()


def _run_once(chore_: Chore) -> None:
    log = structlog.get_logger("portal").bind(chore=chore_.name)
    with _app().app_context(), writing():
        try:
            chore_.deed()
            db.session.commit()
        except Exception:
            db.session.rollback()
            forget_prompted()
            log.exception("chore_failed")  # one chore's trouble must not stop the others
        else:
            run_prompted()


def sweep() -> None:
    """Run every chore that has a timer, whether or not its time has come."""
    for name, chore_ in CHORES.items():
        if chore_.every is not None:
            run(name)


@chore("jobs.study", every=timedelta(days=1))
def _study() -> None:
    """让数据库了解各表有多大，长列表才查得快。"""
    study()


# --- One row at a time -----------------------------------------------------------------------------------


def each(query: "sa.Select[Owing]", deed: Callable[[Owing], object]) -> int:
    """Do a deed for every row that is owed it, each in a transaction of its own; tell how many were done.

    A row whose turn fails keeps the reason and waits (a minute, doubled each time, at most six hours); the
    others go on. The query must not group or use DISTINCT: on PostgreSQL its row is locked.
    """
    return sum(_settle(owed, key, lambda: None, lambda thing, _: deed(thing)) for owed, key in _all_owed(query))


def each_prepared(
    query: "sa.Select[Owing]",
    prepare: Callable[[Owing], Product],
    deed: Callable[[Owing, Product], object],
) -> int:
    """Like `each` for slow work: `prepare` works while no transaction is open, then `deed` records its product.

    `prepare` gets a copy of the row that no session holds: what it reads must be loaded by the query.
    """
    return sum(_settle(owed, key, partial(_prepared, owed, prepare), deed) for owed, key in _all_owed(query))


class _Settled(Exception):
    """The row is no longer owed anything."""


def _all_owed(query: "sa.Select[Owing]") -> list[tuple["sa.Select[Owing]", int]]:
    kind: Any = query.column_descriptions[0]["entity"]
    if issubclass(kind, Owed):
        query = query.where(sa.or_(kind.next_try_at.is_(None), kind.next_try_at <= clock.now()))
    keys = db.session.scalars(query.with_only_columns(kind.id, maintain_column_froms=True)).unique().all()
    db.session.commit()
    return [(query.where(kind.id == key), key) for key in keys]


def _prepared(owed: "sa.Select[Owing]", prepare: Callable[[Owing], Product]) -> Product:
    copy = db.session.scalars(owed).unique().one_or_none()
    db.session.expunge_all()
    db.session.rollback()
    if copy is None:
        raise _Settled
    return prepare(copy)


def _settle(
    owed: "sa.Select[Owing]",
    key: int,
    prepare: Callable[[], Product],
    deed: Callable[[Owing, Product], object],
) -> bool:
    """One row's turn. It is asked for again, under a lock: another worker may have settled it meanwhile."""
    kind: Any = owed.column_descriptions[0]["entity"]
    log = structlog.get_logger("portal").bind(thing=kind.__name__, id=key)
    try:
        product = prepare()
        thing = db.session.scalars(owed.with_for_update(of=kind, skip_locked=True)).unique().one_or_none()
        if thing is None:
            raise _Settled
        failed_before = isinstance(thing, Owed) and thing.attempts > 0
        deed(thing, product)
        if failed_before:
            try_again(thing)
        db.session.commit()
    except _Settled:
        db.session.rollback()
        return False
    except Exception as error:
        db.session.rollback()
        forget_prompted()
        log.exception("owed_failed")  # the next row must have its turn
        if issubclass(kind, Owed):
            _note_failure(kind, key, error)
        return False
    run_prompted()
    return True


def log_failure(event: str, number: int) -> None:
    """Log the exception under way where the row itself tells people of it."""
    structlog.get_logger("portal").exception(event, id=number)


def try_again(thing: Any) -> None:
    """Forget that a row failed, so that it has its turn at once."""
    _note(type(thing), thing.id, attempts=0, last_error=None, next_try_at=None)


def wait_after(attempts: int) -> timedelta:
    """How long a row rests after so many failures."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts - 1, 16))


def _note_failure(kind: Any, key: int, error: Exception) -> None:
    attempts = (db.session.scalar(sa.select(kind.attempts).where(kind.id == key)) or 0) + 1
    sentence = (str(error) or type(error).__name__).replace("\x00", "")[:LONGEST_ERROR]
    _note(kind, key, attempts=attempts, last_error=sentence, next_try_at=clock.now() + wait_after(attempts))
    db.session.commit()


def _note(kind: Any, key: int, **values: Any) -> None:
    # Beside the mapper: a note of a failure is no edit, and must not make a person's open form stale.
    statement = sa.update(kind).where(kind.id == key).values(**values)
    db.session.execute(statement.execution_options(synchronize_session="fetch"))


# --- The worker ------------------------------------------------------------------------------------------


class Worker:
    """The queue and the timer that make chores prompt. The queue may be lost: what is owed is a query."""

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
            if name in CHORES:
                run(name)
        self.beat()

    def _sweep(self) -> None:
        now = time.monotonic()
        for name, chore_ in CHORES.items():
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
    """Whether a worker gave a sign lately; where chores run at once none is needed."""
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
    def jobs(once: bool) -> None:
        """后台办理：把系统应当自动完成的事务逐项办好，直到收到停止信号。"""
        if once:
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
