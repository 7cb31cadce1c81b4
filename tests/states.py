"""The database of a test run, the states it is brought back to, and worlds that are built once and kept."""

import io
import os
import pickle
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import fixed_clock
import flask_migrate
import sqlalchemy as sa
from flask import Flask, current_app, g

from portal.db import clock
from portal.db.engine import Base, db
from portal.files import store
from portal.files.store import StoredFile
from portal.people.keys import queries as people

P, R = ParamSpec("P"), TypeVar("R")

SERVER = os.environ.get("TEST_DATABASE_URL", "")


def make_tables() -> None:
    """The tables, made the way a real portal makes them."""
    flask_migrate.upgrade()


class SQLite:
    """One database a run in a file; a state of it is a copy of the file."""

    def __init__(self, folder: Path) -> None:
        self.file, self.folder = folder / "test.sqlite3", folder
        self.url = f"sqlite:///{self.file}"

    def state(self, number: int) -> Path:
        """Remember what stands in it now."""
        db.engine.dispose()  # the last connection brings everything into the one file
        return Path(shutil.copyfile(self.file, self.folder / f"state-{number}.sqlite3"))

    def restore(self, state: Path) -> None:
        """Bring it back to a state."""
        db.engine.dispose()
        shutil.copyfile(state, self.file)

    def drop(self) -> None:
        """Leave nothing open."""
        db.engine.dispose()


@dataclass(frozen=True)
class Rows:
    """A state of a database on a server: what stands in its tables, as COPY writes it, and its sequences."""

    tables: list[tuple[str, str]]
    rows: dict[str, bytes]
    numbers: dict[str, int | None]


class PostgreSQL:
    """One database a run on a server.

    Making a database takes half a second; emptying the few tables a test has touched, and filling those that a state
    has rows in, some milliseconds.
    """

    def __init__(self, server: str) -> None:
        self.name = f"portal_test_{os.getpid()}"
        self.server = sa.create_engine(server, isolation_level="AUTOCOMMIT")
        self.url = sa.make_url(server).set(database=self.name).render_as_string(hide_password=False)
        self._say(f"DROP DATABASE IF EXISTS {self.name}", f"CREATE DATABASE {self.name}")
        self.has_template = False

    def _say(self, *statements: str) -> None:
        with self.server.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def state(self, number: int) -> Rows:
        """Remember what stands in it now; the first time also as a template, for tests that change its tables."""
        with db.engine.connect() as connection:
            tables = _tables_of(connection)
            state = Rows(
                tables,
                {name: _read(connection, name) for name in _touched(connection, tables)},
                dict(connection.execute(sa.text(NUMBERS)).all()),
            )
        if not self.has_template:
            db.engine.dispose()
            self._say(f"CREATE DATABASE {self.name}_empty TEMPLATE {self.name}")
            self.has_template = True
        return state

    def restore(self, state: Rows) -> None:
        """Bring it back to a state."""
        with db.engine.begin() as connection:
            if _rewritten(connection, state):
                return
        db.engine.dispose()
        self._say(f"DROP DATABASE {self.name} WITH (FORCE)", f"CREATE DATABASE {self.name} TEMPLATE {self.name}_empty")
        with db.engine.begin() as connection:
            assert _rewritten(connection, state), "the template has the tables every state was remembered with"

    def drop(self) -> None:
        """Leave nothing on the server."""
        db.engine.dispose()
        self._say(f"DROP DATABASE {self.name} WITH (FORCE)", f"DROP DATABASE {self.name}_empty")


def _rewritten(connection: sa.Connection, state: Rows) -> bool:
    """Empty what was touched and put back what stood there; False where the tables themselves were changed."""
    if connection.scalars(sa.text(OPEN)).all():  # what a test left open would keep its locks
        db.engine.dispose()  # one of them may be of the pool; this one, checked out, goes on
    found, own = _tables_of(connection), {name for name, _ in state.tables}
    if [table for table in found if table[0] in own] != state.tables:
        return False
    for name, _ in found:
        if name not in own:  # a test brought it
            connection.execute(sa.text(f"DROP TABLE {name} CASCADE"))
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # in whatever order
    for name in _touched(connection, state.tables):
        connection.execute(sa.text(f"DELETE FROM {name}"))  # noqa: S608 - its own names
    for name, rows in state.rows.items():
        with _cursor(connection).copy(f"COPY {name} FROM STDIN") as copy:
            copy.write(rows)
    for name, number in connection.execute(sa.text(NUMBERS)).all():
        if number != state.numbers[name]:
            again = {"name": name, "number": state.numbers[name] or 1, "used": state.numbers[name] is not None}
            connection.execute(sa.text("SELECT setval(:name, :number, :used)"), again)
    return True


def _cursor(connection: sa.Connection) -> Any:
    return connection.connection.cursor()


def _read(connection: sa.Connection, name: str) -> bytes:
    with _cursor(connection).copy(f"COPY {name} TO STDOUT") as copy:
        return b"".join(copy)


def _tables_of(connection: sa.Connection) -> list[tuple[str, str]]:
    return [(name, columns) for name, columns in connection.execute(sa.text(TABLES))]


def _touched(connection: sa.Connection, tables: list[tuple[str, str]]) -> list[str]:
    """The tables that hold anything, asked for in one statement."""
    asked = " UNION ALL ".join(
        f"SELECT {number} WHERE EXISTS (SELECT FROM {name})"  # noqa: S608
        for number, (name, _) in enumerate(tables)
    )
    return [tables[number][0] for number in connection.scalars(sa.text(asked))]


TABLES = """
    SELECT quote_ident(relname), string_agg(attname || ' ' || atttypid, ', ' ORDER BY attname)
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' GROUP BY relname ORDER BY relname
"""
NUMBERS = "SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'"
OPEN = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""

WORTH_KEEPING = 0.04  # seconds a world takes to build; a cheaper one is built again
Way = tuple[object, ...]  # how a state was come to: by which builds, one after the other


@dataclass(frozen=True)
class State:
    """What a world left behind: rows, the files they speak of, what its build answered, and the chores it prompted."""

    rows: Any
    until: datetime  # its build ended then: whoever gets it again must not be earlier
    files: list["File"] = field(default_factory=list)
    answer: bytes = b""
    prompted: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """A file as it lay there; tests remove files and damage them."""

    path: Path
    content: bytes
    mark: tuple[int, int, int]

    @classmethod
    def at(cls, path: Path) -> "File":
        """The file as it lies there now."""
        return cls(path, path.read_bytes(), _mark(path))

    def put_back(self) -> None:
        """See to it that it lies there as it was; its folder may be gone too."""
        if self.path.exists() and _mark(self.path) == self.mark:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        self.path.write_bytes(self.content)


def _mark(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


class Folder:
    """A folder as it was; later files are none of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = {one: File.at(one) for one in path.iterdir()}

    def put_back(self) -> None:
        """See to it that it is like that again."""
        for path in self.path.glob("*"):
            if path not in self.files:
                path.unlink()
        for file in self.files.values():
            file.put_back()


class Database:
    """The database of a run: empty when a test begins, or as a world that was built before left it."""

    current: "Database | None" = None  # the one of this process, while its tests run

    def __init__(self, folder: Path) -> None:
        self.kind: SQLite | PostgreSQL = PostgreSQL(SERVER) if SERVER else SQLite(folder)
        self.url = self.kind.url
        self._folder = folder
        self._states: dict[Way, State] = {}
        self._way: Way = ()
        self._written = False

    def prepare(self, app: Flask) -> None:
        """Make the tables and remember what stands in them."""
        with app.app_context():
            make_tables()
            db.session.remove()
            with clock.at(clock.now() - timedelta(days=30)):
                self._authority = Folder(people.authority().folder)
            self._states[()] = State(self.kind.state(0), fixed_clock.START)
            sa.event.listen(db.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        self._written = self._written or not statement.lstrip().startswith(("SELECT", "BEGIN", "PRAGMA"))

    def reset(self, app: Flask) -> None:
        """Make it empty again, and the signing authority what it was: a test may have withdrawn or renewed keys."""
        self._authority.put_back()
        with app.app_context():
            db.session.remove()
            self._restore(())

    def _restore(self, way: Way) -> None:
        state = self._states[way]
        self.kind.restore(state.rows)
        for file in state.files:
            file.put_back()
        self._way, self._written = way, False

    def build(self, name: str, make: Callable[[], Any], asked: object) -> Any:
        """What `make()` answers: made, or brought back with the state of the database it once left behind."""
        db.session.commit()
        if self._written:
            return make()
        way = (*self._way, name, dumped(asked), _moment(), _root())
        if way in self._states:
            self._restore(way)
            fixed_clock.go_on_from(self._states[way].until)
            db.session.expire_all()
            g.prompted = dict(self._states[way].prompted)
            return loaded(self._states[way].answer)
        began, mark = time.perf_counter(), self._folder / "began"
        mark.touch()  # files go by a clock of their own
        answer = make()
        db.session.commit()
        if time.perf_counter() - began > WORTH_KEEPING:
            files = [File.at(path) for path in (*_stored(), *_laid(mark.stat().st_mtime))]
            rows, prompted = self.kind.state(len(self._states)), dict(g.get("prompted", {}))
            self._states[way] = State(rows, fixed_clock.now(), files, dumped(answer), prompted)
        self._way, self._written = way, False
        return answer

    def drop(self, app: Flask) -> None:
        """Leave nothing behind."""
        with app.app_context():
            self.kind.drop()


def kept(build: Callable[P, R]) -> Callable[P, R]:
    """Let a world be built once a run; whoever asks for the same later gets it as it was.

    Building worlds is what most tests would spend their time on. It is built each time if something was written since
    the state it builds upon: what it would be remembered by does not say what that was. What it answers may hold rows,
    which are read again, and anything that can be pickled.
    """

    @wraps(build)
    def built(*words: P.args, **more: P.kwargs) -> R:
        if Database.current is None:
            return build(*words, **more)
        name = f"{build.__module__}.{build.__qualname__}"
        return cast("R", Database.current.build(name, partial(build, *words, **more), (words, sorted(more.items()))))

    return built


def _moment() -> datetime | None:
    """The moment, where a test has set the clock."""
    return None if fixed_clock.is_untouched() else clock.now()


def _root() -> bytes:
    """The root certificate: what was signed under one that a test has thrown away is worth nothing any more."""
    root = current_app.config["PORTAL"].data / "authority" / "root.pem"
    return root.read_bytes() if root.exists() else b""


def _stored() -> Iterator[Path]:
    """The files the database speaks of; a test may have named one that never was."""
    paths = map(store.path_of, db.session.scalars(sa.select(StoredFile.sha256).distinct()))
    return (path for path in paths if path.is_file())


def _laid(since: float) -> Iterator[Path]:
    """Files outside the store that were written since a moment."""
    data = current_app.config["PORTAL"].data
    for folder in ("authority", "errands", "uploads"):
        for path in (data / folder).glob("*"):
            if path.is_file() and path.stat().st_mtime >= since - 1:
                yield path


class _Pickler(pickle.Pickler):
    def persistent_id(self, thing: object) -> object:
        return (type(thing), sa.inspect(thing).identity) if isinstance(thing, Base) else None


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, key: Any) -> object:
        return db.session.get_one(*key)


def dumped(answer: object) -> bytes:
    """What a build was given or answers; of each row only which one it is."""
    target = io.BytesIO()
    _Pickler(target).dump(answer)
    return target.getvalue()


def loaded(answer: bytes) -> Any:
    """The same again, each row read from the database as it stands now."""
    return _Unpickler(io.BytesIO(answer)).load()
