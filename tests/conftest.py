"""A real portal for each test: its own database, its own files, jobs done at once."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from cast import Cast
from flask import Flask
from flask.testing import FlaskClient

from portal import create_app
from portal.config import Config
from portal.database import db

LONG = {"house", "example"}  # their folders
SERVER = os.environ.get("TEST_DATABASE_URL", "")
# In memory a sync costs nothing, and the portal syncs after every deed.
MEMORY, ENOUGH = Path("/dev/shm"), 4 * 2**30
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, so that no worker waits for another at the end, and the browser last.

    Its driver keeps an event loop in this thread, in which nothing can be signed.
    """
    items.sort(key=lambda item: ("browser" in item.path.parts, item.path.parent.name not in LONG))


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, "Database"]]:
    folder = tmp_path_factory.mktemp("portal")
    database = Database(folder)
    config = Config.from_environ(
        {"PORTAL_DATA": str(folder / "data"), "DATABASE_URL": database.url, "PORTAL_JOBS": "now", "PORTAL_LOG": "json"}
    )
    app = create_app(config)
    app.test_client_class = Browser
    app.config.update(TESTING=True, SERVER_NAME=None)
    database.prepare(app)
    yield app, database
    database.drop(app)


@pytest.fixture
def app(_built: tuple[Flask, "Database"]) -> Iterator[Flask]:
    """The portal with an empty, migrated database; an app context is pushed for the test's own questions."""
    application, database = _built
    database.reset(application)
    with application.app_context():
        yield application
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def people(app: Flask) -> Cast:
    """The cast: a handful of people, their departments and one series' group."""
    cast = Cast()
    cast.enter()
    db.session.commit()
    return cast


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody has signed in with."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def as_(app: Flask) -> Callable[..., FlaskClient]:
    """`as_(user)`: a browser this person has signed in with; `as_(user, htmx=True)` sends what htmx sends."""
    from portal.people import operations

    app.config["WTF_CSRF_ENABLED"] = False

    def sign_in(user: object, *, htmx: bool = False) -> FlaskClient:
        client = app.test_client()
        token = operations.open_session(user)  # type: ignore[arg-type]
        db.session.commit()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = token, True
        if htmx:
            client.environ_base["HTTP_HX_REQUEST"] = "true"
        return client

    return sign_in


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Every SQL statement sent while the test runs; clear it, ask for a page, count."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", note)


class Browser(FlaskClient):
    """A browser whose requests have a context and a database session of their own, as in real life."""

    def open(self, *arguments: object, **more: object) -> object:
        """End the test's own transaction first: its lock would keep the request waiting."""
        db.session.commit()
        with self.application.app_context():
            return super().open(*arguments, **more)


class Database:
    """One database a test run, brought back to empty between tests."""

    def __init__(self, folder: Path) -> None:
        self.file, self.empty = folder / "test.sqlite3", folder / "empty.sqlite3"
        if not SERVER:
            self.url = f"sqlite:///{self.file}"
            return
        self.name = f"portal_test_{os.getpid()}"
        self.server = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT")
        self.url = sa.make_url(SERVER).set(database=self.name).render_as_string(hide_password=False)
        self._say(f"DROP DATABASE IF EXISTS {self.name}", f"CREATE DATABASE {self.name}")

    def _say(self, *statements: str) -> None:
        with self.server.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def prepare(self, app: Flask) -> None:
        """Make the tables and remember what stands in them."""
        with app.app_context():
            make_tables()
            if SERVER:
                self.first = First(db.engine)
            db.session.remove()
            db.engine.dispose()
        if SERVER:
            self._say(f"CREATE DATABASE {self.name}_empty TEMPLATE {self.name}")
        else:
            shutil.copyfile(self.file, self.empty)

    def reset(self, app: Flask) -> None:
        """Make the database empty again: a file is copied, which is quick; a database of a server is emptied."""
        with app.app_context():
            db.session.remove()
            if not SERVER:
                db.engine.dispose()
                shutil.copyfile(self.empty, self.file)
            elif not self.first.restore(db.engine):
                db.engine.dispose()
                self._say(
                    f"DROP DATABASE {self.name} WITH (FORCE)", f"CREATE DATABASE {self.name} TEMPLATE {self.name}_empty"
                )

    def drop(self, app: Flask) -> None:
        """Leave nothing on the server."""
        with app.app_context():
            db.engine.dispose()
        if SERVER:
            self._say(f"DROP DATABASE {self.name} WITH (FORCE)", f"DROP DATABASE {self.name}_empty")


class First:
    """What a new PostgreSQL database holds, so that it can be brought back to it without being made again.

    Making a database takes half a second, emptying the few tables a test has touched some milliseconds.
    """

    def __init__(self, engine: sa.Engine) -> None:
        with engine.connect() as connection:
            self.tables = self._tables_of(connection)
            self.numbers = dict(connection.execute(sa.text(NUMBERS)).all())
            self.rows = {
                name: connection.execute(sa.text(f"SELECT * FROM {name}")).mappings().all()  # noqa: S608 - its own names
                for name in self._touched(connection)
            }

    def restore(self, engine: sa.Engine) -> bool:
        """Empty what was touched and put back what stood there; False where that is not enough."""
        with engine.begin() as connection:
            if connection.scalars(sa.text(OPEN)).all():  # what a test left open would keep its locks
                engine.dispose()  # one of them may be of the pool; this one, checked out, goes on
            found, own = self._tables_of(connection), {name for name, _ in self.tables}
            if [table for table in found if table[0] in own] != self.tables:
                return False
            for name, _ in found:
                if name not in own:  # a test brought it
                    connection.execute(sa.text(f"DROP TABLE {name} CASCADE"))
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # in whatever order
            for name in self._touched(connection):
                connection.execute(sa.text(f"DELETE FROM {name}"))  # noqa: S608
            for name, rows in self.rows.items():
                places = ", ".join(f":{column}" for column in rows[0])
                columns = ", ".join(f'"{column}"' for column in rows[0])
                insert = sa.text(f"INSERT INTO {name} ({columns}) VALUES ({places})")  # noqa: S608
                connection.execute(insert, [dict(row) for row in rows])
            for name, number in connection.execute(sa.text(NUMBERS)).all():
                if number != self.numbers[name]:
                    again = {"name": name, "number": self.numbers[name] or 1, "used": self.numbers[name] is not None}
                    connection.execute(sa.text("SELECT setval(:name, :number, :used)"), again)
        return True

    @staticmethod
    def _tables_of(connection: sa.Connection) -> list[tuple[str, str]]:
        return [(name, columns) for name, columns in connection.execute(sa.text(TABLES))]

    def _touched(self, connection: sa.Connection) -> list[str]:
        """The tables that hold anything, asked for in one statement."""
        asked = " UNION ALL ".join(
            f"SELECT {number} WHERE EXISTS (SELECT FROM {name})"  # noqa: S608
            for number, (name, _) in enumerate(self.tables)
        )
        return [self.tables[number][0] for number in connection.scalars(sa.text(asked))]


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


def make_tables() -> None:
    """The tables, made the way a real portal makes them."""
    flask_migrate.upgrade()
