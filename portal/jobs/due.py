"""What is due, one row at a time: each row has a transaction of its own, and one that failed is tried again later."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import clock
from portal.db.engine import Base, db
from portal.jobs.periodic import forget_prompted
from portal.jobs.worker import run_prompted

Owing = TypeVar("Owing", bound=Base)
Product = TypeVar("Product")

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_ERROR = 500


class Retryable:
    """What a row remembers of a job that failed on it, so that it is seen and tried again later."""

    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    last_error: Mapped[str | None] = mapped_column(sa.String(LONGEST_ERROR))
    next_try_at: Mapped[datetime | None]


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
    if issubclass(kind, Retryable):
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
        failed_before = isinstance(thing, Retryable) and thing.attempts > 0
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
        if issubclass(kind, Retryable):
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
