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

from portal.db import disk

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
