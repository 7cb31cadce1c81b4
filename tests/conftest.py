"""A real portal for each test: its own database, its own files, jobs done at once."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import fixed_clock
import pytest
import sqlalchemy as sa
from cast import Cast
from flask import Flask
from flask.testing import FlaskClient
from states import Database, kept

from portal import create_app
from portal.config import Config
from portal.db.engine import db

fixed_clock.monday()  # what is worked out while tests are collected is of that day, too

LONG = {"house", "example"}  # their folders
# In memory a sync costs nothing, and the portal syncs after every deed.
MEMORY, ENOUGH = Path("/dev/shm"), 4 * 2**30
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, so that no worker waits for another at the end."""
    items.sort(key=lambda item: ("browser" not in item.path.parts, item.path.parent.name not in LONG))


@pytest.fixture(autouse=True)
def _monday() -> None:
    """Every test begins at the same moment, see `fixed_clock`."""
    fixed_clock.monday()


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Database]]:
    folder = tmp_path_factory.mktemp("portal")
    database = Database(folder)
    config = Config.from_environ(
        {"PORTAL_DATA": str(folder / "data"), "DATABASE_URL": database.url, "PORTAL_JOBS": "now", "PORTAL_LOG": "json"}
    )
    app = create_app(config)
    app.test_client_class = Browser
    app.config.update(TESTING=True, SERVER_NAME=None)
    database.prepare(app)
    Database.current = database
    yield app, database
    Database.current = None
    database.drop(app)


@pytest.fixture
def app(_built: tuple[Flask, Database]) -> Iterator[Flask]:
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
    return entered()


@kept
def entered() -> Cast:
    """Everybody, in the database."""
    cast = Cast()
    cast.enter()
    return cast


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody has signed in with."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def as_(app: Flask) -> Callable[..., FlaskClient]:
    """`as_(user)`: a browser this person has signed in with; `as_(user, htmx=True)` sends what htmx sends."""
    from portal.people.sessions import operations

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
