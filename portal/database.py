"""The database: one session a request, the same behaviour on SQLite and PostgreSQL."""

import enum
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Flask, g, has_request_context, request
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry
from sqlalchemy.orm.attributes import set_committed_value

from portal import disk
from portal.errors import Stale

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# SQLite before 3.51.3 can corrupt a WAL database that several connections use.
WAL_IS_SAFE = sqlite3.sqlite_version_info >= (3, 51, 3)
LARGEST_ID = 2**31 - 1


class Moment(sa.TypeDecorator[datetime]):
    """A point in time: aware in Python, UTC in the database; SQLite keeps it without zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_TYPES: dict[Any, Any] = {
    datetime: Moment(),
    dict[str, Any]: sa.JSON(),
    list[str]: sa.JSON(),
    enum.Enum: sa.Enum(
        enum.Enum, native_enum=False, length=32, values_callable=lambda kind: [member.value for member in kind]
    ),
}


class _Declarative(DeclarativeBase):
    # Flask-SQLAlchemy copies this class's body into its own base, so both must be said on the registry.
    registry = registry(metadata=sa.MetaData(naming_convention=NAMING), type_annotation_map=_TYPES)


db = SQLAlchemy(model_class=_Declarative, session_options={"autoflush": True})
migrate = Migrate()

if TYPE_CHECKING:

    class Base(_Declarative):
        """What every noun of the portal is made from."""

        __abstract__ = True

        def __init__(self, **values: Any) -> None: ...

else:
    Base = db.Model


class Numbered:
    """An integer key, capped where it reaches a URL."""

    id: Mapped[int] = mapped_column(primary_key=True)


class Versioned:
    """Edited by people: each save names the version it was opened on (see `claim`)."""

    version: Mapped[int] = mapped_column(default=1)


class Counter(Base):
    """A row a number is drawn from, under a lock, in the transaction that uses the number."""

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


_immediate: ContextVar[bool | None] = ContextVar("immediate", default=None)


def _is_writing() -> bool:
    said = _immediate.get()
    if said is not None:
        return said
    reads = has_request_context() and (request.method in {"GET", "HEAD", "OPTIONS"} or g.get("given_up", False))
    return not reads


def give_up() -> None:
    """End the transaction of a request that failed; the page that says so only reads, and waits for nobody."""
    db.session.rollback()
    g.given_up = True


@event.listens_for(Engine, "connect")
def _on_connect(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we say BEGIN ourselves, see _on_begin
    cursor = connection.cursor()
    if WAL_IS_SAFE:
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
    else:
        cursor.execute(f"PRAGMA journal_mode={'MEMORY' if disk.waits_for_the_end() else 'DELETE'}")
        cursor.execute("PRAGMA synchronous=EXTRA")
    if disk.waits_for_the_end():
        cursor.execute("PRAGMA synchronous=OFF")
    # Waiting is not fair: in a burst of fifty signatures the unluckiest waits some ten seconds for its turn.
    for pragma in ("foreign_keys=ON", "busy_timeout=30000", "secure_delete=ON", "trusted_schema=OFF"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _on_begin(connection: Connection) -> None:
    # A deferred BEGIN that writes later fails at once under concurrency; taking the write lock first waits instead.
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _is_writing() else "BEGIN")


@contextmanager
def apart() -> Iterator[Session]:
    """A second, short transaction beside the request's own; call it only after that one has ended."""
    token = _immediate.set(True)
    try:
        with Session(db.engine, expire_on_commit=False) as session, session.begin():
            yield session
    finally:
        _immediate.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Let what begins inside take the write lock at once, also during a GET."""
    token = _immediate.set(True)
    try:
        yield
    finally:
        _immediate.reset(token)


@contextmanager
def reading() -> Iterator[None]:
    """Let what begins inside only read, also in a job: long work must not hold the write lock."""
    token = _immediate.set(False)
    try:
        yield
    finally:
        _immediate.reset(token)


def next_number(name: str) -> int:
    """The next number of a sequence, from 1; its row stays locked until the end, so no gap and no repeat."""
    return next_numbers(name, 1)[0]


def next_numbers(name: str, count: int) -> range:
    """The next so many numbers of a sequence, drawn at once."""
    statement = (
        _insert(Counter)
        .values(name=name, value=count)
        .on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + count})
        .returning(Counter.value)
    )
    last = int(db.session.execute(statement).scalar_one())
    return range(last - count + 1, last + 1)


def at_least(name: str, value: int) -> None:
    """See to it that a sequence goes on behind this number: numbers up to it were given elsewhere."""
    statement = _insert(Counter).values(name=name, value=value)
    higher = sa.case((Counter.value < value, value), else_=Counter.value)
    db.session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": higher}))


def lower(name: str, value: int, to: int) -> None:
    """Let a sequence whose last number was drawn by mistake go on behind another one; not where it went on since."""
    db.session.execute(sa.update(Counter).where(Counter.name == name, Counter.value == value).values(value=to))


def insert_unless_there(table: Any, **values: Any) -> bool:
    """Insert a row; False if a row with the same key stands already (waits for a concurrent one)."""
    statement = _insert(table).values(**values).on_conflict_do_nothing()
    # Without being asked SQLAlchemy tells -1 for an INSERT on PostgreSQL.
    result = db.session.execute(statement.execution_options(preserve_rowcount=True))
    return bool(result.rowcount)  # type: ignore[attr-defined]


def upsert(table: Any, key: list[str], change: dict[str, Any], **values: Any) -> Any:
    """The statement that inserts a row or, where one with this key stands already, changes it."""
    return _insert(table).values(**values).on_conflict_do_update(index_elements=key, set_=change)


def _insert(table: Any) -> Any:
    if db.engine.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    return insert(table)


def claim(thing: Any, seen: int | None) -> None:
    """Take the right to save over version `seen` of a thing, or raise Stale; the write says WHERE version = seen."""
    kind = type(thing)
    db.session.flush()
    seen = thing.version if seen is None else seen
    result = db.session.execute(
        sa.update(kind)
        .where(kind.id == thing.id, kind.version == seen)
        .values(version=seen + 1)
        .execution_options(synchronize_session=False)
    )
    if not result.rowcount:  # type: ignore[attr-defined]
        current = db.session.scalar(sa.select(kind.version).where(kind.id == thing.id))
        raise Stale(thing, current or 0)
    set_committed_value(thing, "version", seen + 1)


def look_again(thing: Any, *columns: str) -> None:
    """Read some of a thing's columns anew under a lock, so that of two who act at once the second sees what was done.

    On SQLite a request that writes holds the whole database from its first question on.
    """
    if db.engine.dialect.name == "postgresql" and sa.inspect(thing).persistent:
        db.session.refresh(thing, columns, with_for_update=True)


def add(thing: Any) -> Any:
    """Put a new thing into the session and give it its id."""
    db.session.add(thing)
    db.session.flush()
    return thing


def study() -> None:
    """Let SQLite see how many rows each index tells apart: without it a long list may be read by a poor one.

    PostgreSQL sees to it by itself. The table is made anew, since only then do the open connections read it again.
    """
    if db.engine.dialect.name == "sqlite":
        for statement in ("DROP TABLE IF EXISTS sqlite_stat1", "ANALYZE"):
            db.session.execute(sa.text(statement))


def init_app(app: Flask) -> None:
    """Connect the app to its database and to Alembic."""
    db.init_app(app)
    migrate.init_app(app, db, directory=str(app.config["MIGRATIONS"]), render_as_batch=True)
