"""A portal with one signed record and signed minutes, and the page that judges what is made of them."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
from archive_stage import issue
from cast import Cast, by_itself

from portal import create_app
from portal.config import Config
from portal.db.engine import db
from portal.files import store
from portal.people.keys import operations as keys
from portal.people.sessions import operations as sessions
from portal.records.signing import operations as records
from portal.records.signing import queries as record_queries

PIN = "135790"
WORD = r'<span class="tag (?:green|amber|red)(?: dot)?">(有效|签后有追加|无效)</span>'


class Stage:
    """What is attacked, and who judges it."""

    def __init__(self, people: Cast, app: object) -> None:
        self.people, self.app = people, app
        self.minutes = issue(people)
        by_itself("records.begin")
        record = record_queries.record_of(self.minutes.meeting)
        records.close(record, by=people.recorder)
        by_itself("records.render")
        for person in (people.recorder, people.chair):
            keys.make_key(person, PIN, by=person)
            records.sign(record_queries.record(record.id), PIN, by=person)
        db.session.commit()
        self.record = record_queries.record(record.id)
        self.browser = self._signed_in()

    def _signed_in(self) -> object:
        """A browser an officer signed in with: who has not signed in may bring a few files only."""
        browser = self.app.test_client()
        token = sessions.open_session(self.people.officer)
        db.session.commit()
        with browser.session_transaction() as session:
            session["_user_id"], session["_fresh"] = token, True
        return browser

    def papers(self) -> dict[str, bytes]:
        """The good files."""
        return {
            "record": store.read(self.record.document.file), "minutes": store.read(self.minutes.document.file),
        }  # fmt: skip

    def judged(self, pdf: bytes) -> tuple[str, str, int]:
        """The word of the page, its word without the register, and the worst status of the way."""
        db.session.commit()
        with self.app.app_context():
            answer = self.browser.post("/verify", data={"file": (io.BytesIO(pdf), "x.pdf")})
            page = self.browser.get(answer.location) if answer.location else answer
        word, without = (re.search(f"{before}{WORD}", page.text) for before in ("", "<dt>不查登记簿</dt><dd>\\s*"))
        # Of a file without any signature the page does not say again that it proves nothing by itself.
        status = max(answer.status_code, page.status_code)
        return (word[1] if word else "", without[1] if without else "无效", status)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A portal of its own in a folder."""
    settings = {"PORTAL_DATA": str(folder / "data"), "PORTAL_JOBS": "now", "PORTAL_LOG": "json"}
    app = create_app(Config.from_environ(settings))
    app.config.update(WTF_CSRF_ENABLED=False, TESTING=True, PROPAGATE_EXCEPTIONS=False)
    with app.app_context():
        flask_migrate.upgrade()
        people = Cast()
        people.enter()
        db.session.commit()
        yield Stage(people, app)
        db.session.rollback()
        db.session.remove()
