"""Two at once: a row is inserted once, a version is claimed once, a state is read anew under a lock."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from portal.db.engine import db
from portal.errors import Stale


def insert_unless_there(table: Any, **values: Any) -> bool:
    """Insert a row; False if a row with the same key stands already (waits for a concurrent one)."""
    statement = insert_into(table).values(**values).on_conflict_do_nothing()
    # Without being asked SQLAlchemy tells -1 for an INSERT on PostgreSQL.
    result = db.session.execute(statement.execution_options(preserve_rowcount=True))
    return bool(result.rowcount)  # type: ignore[attr-defined]


def upsert(table: Any, key: list[str], change: dict[str, Any], **values: Any) -> Any:
    """The statement that inserts a row or, where one with this key stands already, changes it."""
    return insert_into(table).values(**values).on_conflict_do_update(index_elements=key, set_=change)


def insert_into(table: Any) -> Any:
    """The INSERT of this database, which knows what to do about a conflict."""
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
