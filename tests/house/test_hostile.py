"""What bad input gets: a 4xx with a Chinese sentence, never a 500, never half a row; good but strange text is kept.

Each post meets the same furnished world, since what it would save is written and then taken back.
"""

import re
from io import BytesIO
from itertools import count, cycle
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import g, has_request_context
from furnished import furnished, pdf
from wtforms import FieldList, FormField

from portal.db.engine import db
from portal.files.store import StoredFile
from portal.files.uploads import Files
from portal.jobs import periodic, worker
from portal.people.models.accounts import UserRole
from portal.web import choices as web_choices
from portal.web import fields as web_fields
from portal.web import forms as web_forms
from portal.web import guards

PEOPLE = (
    "secretary", "officer", "lecturer", "colleague", "recorder", "reviewer", "signatory", "chair", "supervisor",
    "archivist", "administrator", "auditor",
)  # fmt: skip
# They end the browser's own session, or it is what they are about; tests/people tries them.
APART = {"people.sign_in", "people.sign_out"}
KEPT = "𠮷㐂䶮😀"
STRANGE = f"={KEPT}\0\x1b\u202e\ud800<b>{{{{7*7}}}}"
TEXTS = {
    "nothing": "", "blanks": "   ", "blanks nobody sees": "　\u200b\ufeff", "201 characters": "长" * 201,
    "100 000 characters": "长" * 100_000, "strange characters": STRANGE,
}  # fmt: skip
UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f\u200b\u202e\ufeff\ud800-\udfff]")
IDS = ("0", "-1", str(2**63), "9999999999", "²")
DAYS = ("2026-02-30", "9999-12-31", "\0", "²", "0000-00-00")
TIMES = ("25:00", "²", "\0", "9:99", "1" * 5000)
NUMBERS = ("-1", "1e9", "9999999999", "²", "\0")
VERSIONS = ("x", "-1", "²", "999999999", "\0")
EXTRA = {
    "role": "administrator", "roles": "administrator", "grants": "administrator", "active": "", "id": "1",
    "by_id": "1", "user_id": "1", "state": "closed", "username": "root", "proposed_by_id": "1",
}  # fmt: skip
# What some views read from a post without a form class.
LOOSE = ("order", "number", "state", "granted", "why", "text", "key", "html")
PLAIN = {
    web_fields.Line: "内容", web_fields.Paragraphs: "内容", web_fields.Secret: "135790-long", web_fields.Tick: "y",
    web_fields.Day: "２０２７年１月５日", web_fields.Clock: "９：３０",
}  # fmt: skip
GIVING_ROLES = {"people.add_user", "people.grant", "people.grant_asked"}
SENTENCE = re.compile("[\u4e00-\u9fff][^<\n]*[。？]")


# Every day each form meets some of what is bad, as a browser or as htmx sends it; in the long run all of it, both ways.
@pytest.fixture(params=["some", pytest.param("all", marks=pytest.mark.long)])
def posts(request, app, people, as_, monkeypatch):
    made = Posts(app, people, as_, monkeypatch, everything=request.param == "all")
    yield made
    made.end()


DOORS = []


class Posts:
    """Every door that takes posts, with somebody who may pass it and the fields of its forms."""

    def __init__(self, app, people, as_, monkeypatch, *, everything):
        self.ways = cycle([(False, True)] if everything else [(False,), (True,)])
        self.part = None if everything else count()
        self.app, self.world = app, furnished(people)
        self.browsers = {name: as_(getattr(people, name)) for name in PEOPLE}
        self.people, self.patch = people, monkeypatch
        self.made, self.touched, self.saved, self.wrong = [], [], None, set()
        monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        sa.event.listen(db.session, "before_flush", self._note_touched)
        monkeypatch.setattr(db.session, "commit", self._save_and_take_back)
        monkeypatch.setattr(worker, "run_prompted", periodic.forget_prompted)
        begin = web_forms.Form.__init__

        def note(form, *arguments, **more):
            begin(form, *arguments, **more)
            self.made.append(form)

        monkeypatch.setattr(web_forms.Form, "__init__", note)

    def end(self):
        sa.event.remove(db.session, "before_flush", self._note_touched)

    def _note_touched(self, session, _context, _instances):
        self.touched += [*session.new, *session.dirty]

    def _save_and_take_back(self):
        session = db.session()
        if not has_request_context():  # the test's own transaction, which ends before each request
            session.rollback()
            return
        session.dispatch.before_commit(session)
        session.flush()
        self.saved = list(self.touched)
        self.saved_texts = [text for one in self.saved for value in vars(one).values() for text in _strings(value)]
        session.rollback()

    def some(self, things):
        """Two of a few bad things, others each time; or all of them."""
        if self.part is None:
            return things
        first = 2 * next(self.part)
        return [things[place % len(things)] for place in range(first, first + min(2, len(things)))]

    def __iter__(self):
        """Each door: its name, its address, who may, and the fields of its forms; in the same world always the same."""
        if not DOORS:
            DOORS.extend(
                (endpoint, address, name, self._fields(address, name)) for endpoint, address, name in self._ways()
            )
        return iter(DOORS)

    def _ways(self):
        """For each door a thing and a person for whom it opens; failing that, one whom its rules let pass."""
        found = {}
        with self.app.test_request_context():
            for url, door in guards.guarded_routes(self.app):
                if "POST" not in url.methods or url.endpoint in APART or door is None:
                    continue
                word = (re.findall(r"<model:(\w+)>", url.rule) or [None])[-1]
                for _, number in self.world.of(word) if word else [("", None)]:
                    thing = guards._models.loaders[word](number) if word else None
                    for name in PEOPLE:
                        g._login_user = getattr(self.people, name)
                        way = (url.endpoint, re.sub(r"<model:\w+>", str(number), url.rule), name)
                        if guards.can(url.endpoint, thing):
                            found.setdefault(url.endpoint, way)
                        elif all(rule(g._login_user, thing) for rule in door.rules):
                            found.setdefault(f"{url.endpoint} closed", way)
            endpoints = {
                url.endpoint
                for url, door in guards.guarded_routes(self.app)
                if "POST" in url.methods and door is not None
            } - APART
        return [found.get(one) or found[f"{one} closed"] for one in sorted(endpoints)]

    def _fields(self, address, name):
        self._post(address, name, {}, {})
        return {field.name: field for form in self.made for field in _flat(form)}

    def send(self, what, endpoint, address, name, data):
        """Post as a browser or as htmx, and note what must not be; whatever was to be saved is handed over."""
        for htmx in next(self.ways):
            words = f"{endpoint} as {name}{' by htmx' if htmx else ''}, {what}"
            answer = self._post(address, name, data, {"HX-Request": "true"} if htmx else {})
            if answer.status_code >= 500:
                self.wrong.add(f"{words}: {answer.status_code}")
            elif answer.status_code >= 400 and not SENTENCE.search(answer.text):
                self.wrong.add(f"{words}: {answer.status_code} without a sentence")
            elif answer.status_code >= 400 and self.saved is not None:
                self.wrong.add(f"{words}: {answer.status_code}, but something was saved")
            elif self.saved is not None:
                yield words

    def _post(self, address, name, data, headers):
        self.touched, self.saved, self.saved_texts = [], None, []
        self.made.clear()
        return self.browsers[name].post(address, headers=headers, **body(data))


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (one for one in value.values() if isinstance(one, str))


def body(data):
    """What a browser sends; a lone surrogate, which none could, is sent all the same where there is no file."""
    files = [value for value in data.values() if isinstance(value, tuple)]
    if not files and any("\ud800" in value for value in data.values()):
        encoded = urlencode(data, errors="surrogatepass")
        return {"data": encoded, "content_type": "application/x-www-form-urlencoded"}
    return {"data": {key: _part(value) for key, value in data.items()}, "content_type": "multipart/form-data"}


def _part(value):
    """An upload can be read once only."""
    if isinstance(value, tuple):
        return BytesIO(value[0]), value[1]
    return value.replace("\ud800", "") if isinstance(value, str) else value


def _flat(form):
    for field in form:
        if isinstance(field, FieldList):
            yield from _flat(field.append_entry())
        elif isinstance(field, FormField):
            yield from _flat(field)
        elif field.name not in {"csrf_token", "once"}:
            yield field


def right(field):
    """Something a field takes."""
    for kind, text in PLAIN.items():
        if isinstance(field, kind):
            return text
    if isinstance(field, web_fields.Whole):
        return str(next(one.min for one in field.validators if hasattr(one, "min")))
    if isinstance(field, web_fields.Upload):
        return (pdf(), "课件.pdf")
    choices = [str(key) for key, *_ in getattr(field, "choices", None) or () if key]
    return choices[0] if choices else ""


def has(fields, *kinds):
    return any(isinstance(one, kinds) for one in fields.values())


WORDS = (web_fields.Line, web_fields.Paragraphs, web_fields.Secret)
ON_A_SHEET = {"lessons.give_feedback"}  # answers without a name are kept together, not in rows


@pytest.mark.costs(12)
def test_a_text_is_refused_or_kept_whatever_it_is(posts):
    for endpoint, address, name, fields in posts:
        for what, text in posts.some(list(TEXTS.items())) if has(fields, *WORDS) else ():
            data = {key: text if isinstance(one, WORDS) else right(one) for key, one in fields.items()}
            for words in posts.send(what, endpoint, address, name, data):
                posts.wrong |= {f"{words}: saved {one!r}" for one in posts.saved_texts if UNSEEN.search(one)}
                if text == STRANGE and endpoint not in ON_A_SHEET and not any(KEPT in one for one in posts.saved_texts):
                    posts.wrong.add(f"{words}: not kept")
    assert posts.wrong == set()


BAD = {
    web_choices.OneOf: IDS, web_choices.SomeOf: IDS, web_choices.Choice: IDS, web_fields.Day: DAYS,
    web_fields.Clock: TIMES, web_fields.Whole: NUMBERS,
}  # fmt: skip


def bad_turns(fields, turns):
    """Posts with something that cannot be: in all choices, days and numbers at once, then in the version alone."""
    good = {key: right(field) for key, field in fields.items()}
    if not fields:
        for value in ("9999999999", "²\0"):
            yield f"{value!r} everywhere", dict.fromkeys((*LOOSE, "once"), value)
    for turn in turns:
        bad = {
            key: some[turn] for key, field in fields.items() for kind, some in BAD.items() if isinstance(field, kind)
        }
        if bad:
            yield f"bad values {turn}", good | bad | {"once": f"{turn}\0\ud800"}
        if "version" in fields:
            yield f"version {VERSIONS[turn]!r}", good | {"version": VERSIONS[turn]}


@pytest.mark.costs(15)
def test_choices_days_and_numbers_are_refused_when_they_cannot_be(posts):
    for endpoint, address, name, fields in posts:
        for what, data in bad_turns(fields, posts.some(range(len(IDS)))):
            for _ in posts.send(what, endpoint, address, name, data):
                pass
    assert posts.wrong == set()


@pytest.mark.costs(6)
def test_repeated_and_further_fields_change_nothing(posts):
    for endpoint, address, name, fields in posts:
        right_ones = {key: right(field) for key, field in fields.items()}
        data = {key: [value, value] if isinstance(value, str) else value for key, value in right_ones.items()}
        for words in posts.send("further fields", endpoint, address, name, EXTRA | data):
            gained = [one for one in posts.saved if isinstance(one, UserRole)]
            if gained and endpoint not in GIVING_ROLES:
                posts.wrong.add(f"{words}: a role was gained")
            posts.wrong |= {f"{words}: saved {one!r}" for one in posts.saved_texts if one in {"administrator", "root"}}
    assert posts.wrong == set()


FILES = {
    "an empty file": (b"", "课件.pdf"),
    "a page renamed": (b"<!doctype html><script>alert(1)</script>", "课件.pptx"),
    "a path": (pdf(), "../../x.pdf"),
    "a NUL in the name": (pdf(), "a\0b.pdf"),
    "a device": (pdf(), "CON.pptx"),
    "86 characters": (pdf(), "长" * 86 + ".pdf"),
    "a hidden ending": (pdf(), "课件\u202efdp.exe"),
    "no ending": (pdf(), "课件"),
}


@pytest.mark.costs(6)
def test_a_file_is_refused_or_kept_under_a_plain_name(posts):
    for endpoint, address, name, fields in posts:
        for what, file in posts.some(list(FILES.items())) if has(fields, web_fields.Upload, Files) else ():
            uploads = {key: file for key, field in fields.items() if isinstance(field, web_fields.Upload | Files)}
            data = {key: right(field) for key, field in fields.items()} | uploads
            for words in posts.send(what, endpoint, address, name, data):
                names = [one.name for one in posts.saved if isinstance(one, StoredFile)]
                posts.wrong |= {f"{words}: kept as {one!r}" for one in names if "/" in one or UNSEEN.search(one)}
    assert posts.wrong == set()
