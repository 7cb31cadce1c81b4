"""Every door has a rule, every rule a sentence, and a GET leaves the database as it was."""

import pytest

from portal.web import guards

PUBLIC = {
    "static", "health.alive", "health.ready", "health.metrics", "people.sign_in",
    "meetings.calendar_feed",
    "archive.bring", "archive.of_code", "archive.show_answer", "archive.explain", "archive.certificate",
    "archive.status", "archive.ask_status",
}  # fmt: skip


def test_every_route_has_a_rule(app):
    without = {url.endpoint for url, door in guards.guarded_routes(app) if door is None} - {"static"}
    assert without == set()


def test_only_these_doors_are_public(app):
    public = {url.endpoint for url, door in guards.guarded_routes(app) if door is not None and door.public}
    assert public | {"static"} == PUBLIC


def test_every_rule_is_a_chinese_sentence(app):
    for url, door in guards.guarded_routes(app):
        for rule in door.rules if door else ():
            sentence = (rule.__doc__ or "").strip()
            assert sentence.endswith("。"), (url.endpoint, rule)
            assert any("一" <= character <= "鿿" for character in sentence), (url.endpoint, rule)


def test_only_get_and_post_are_used(app):
    """Every button works without scripts; a file that comes in pieces is sent by a script in any case."""
    pages = [url for url in app.url_map.iter_rules() if not url.endpoint.startswith("tus.")]
    assert {method for url in pages for method in url.methods} <= {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_move_named_by_a_door_exists(app):
    from portal.db.engine import db

    moves = {
        f"{lifecycle.room}.{deed}"
        for mapper in db.Model.registry.mappers
        if (lifecycle := getattr(mapper.class_, "lifecycle", None))
        for deed in lifecycle.transitions
    }
    named = {
        f"{url.endpoint.split('.')[0]}.{guard.transition}"
        for url, guard in guards.guarded_routes(app)
        if guard and guard.transition
    }
    assert named - moves == set()


@pytest.mark.costs(4)
@pytest.mark.parametrize("who", ["secretary", "officer", "supervisor", "archivist", "auditor", "administrator"])
def test_a_get_writes_nothing(app, people, as_, statements, who):
    browser = as_(getattr(people, who))
    wrote = {}
    for url, _door in guards.guarded_routes(app):
        if "GET" not in url.methods or url.arguments:
            continue
        statements.clear()
        answer = browser.get(url.rule)
        assert answer.status_code < 500, url.rule
        writes = [one for one in statements if one.lstrip().split(" ")[0].upper() in {"INSERT", "UPDATE", "DELETE"}]
        allowed = ("journal_entry", "login_session")
        if forbidden := [one for one in writes if not any(name in one for name in allowed)]:
            wrote[url.rule] = forbidden
    assert wrote == {}


LATER = [pytest.param(number, marks=pytest.mark.long) for number in ("0", "-1", "99999999999", "x", "１")]


@pytest.mark.parametrize("number", ["9223372036854775808", "1 OR 1=1", *LATER])
def test_an_impossible_number_is_a_404(app, people, as_, number):
    browser = as_(people.secretary)
    for url, _door in guards.guarded_routes(app):
        if "GET" in url.methods and "<model:" in url.rule and len(url.arguments) == 1:
            address = url.rule.replace(f"<model:{next(iter(url.arguments))}>", number)
            assert browser.get(address).status_code == 404, address


def test_headers_are_strict_on_every_answer(client):
    for address in ("/login", "/nothing-here", "/healthz"):
        headers = client.get(address).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
