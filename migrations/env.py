"""How Alembic meets the portal's database: one transaction, foreign keys off while tables are rebuilt on SQLite."""

import sqlalchemy as sa
from alembic import context
from flask import current_app

from portal.db.engine import db, writing
from portal.db.search_index import is_index_table


def include(thing: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Leave out the tables behind full-text search, which their own listeners make."""
    return not (kind == "table" and name is not None and is_index_table(name))


def run() -> None:
    """Bring the database up to the models, or raise and leave it as it was."""
    with writing(), db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # Rebuilding a parent table with foreign keys on would delete the children of ON DELETE CASCADE. The pragma
            # is ignored inside a transaction, so it comes before the one below.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        try:
            context.configure(
                connection=connection,
                target_metadata=db.metadata,
                render_as_batch=True,
                include_object=include,
                compare_type=True,
            )
            with context.begin_transaction():
                context.run_migrations()
                if sqlite and (broken := connection.execute(sa.text("PRAGMA foreign_key_check")).all()):
                    raise RuntimeError(f"migration would leave {len(broken)} rows that refer to nothing")
            connection.commit()
        finally:
            if sqlite:
                connection.rollback()
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


if context.is_offline_mode():
    raise RuntimeError(f"{current_app.name}: migrations run against a database, not as a script")
run()
