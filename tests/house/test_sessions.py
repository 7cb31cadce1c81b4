"""Who has left is out at once; no write without this session's token; no script or other site reads the cookie."""

import re

import pytest

from portal.db.engine import db
from portal.people.accounts import operations as accounts
from portal.people.models.roles import Role
from portal.people.roles import operations as roles
from portal.people.sessions import operations as sessions
from portal.web import guards

ENDINGS = {
    "signing out elsewhere": lambda people: sessions.close_other_sessions(people.officer, keep="", by=people.officer),
    "a new password": lambda people: sessions.set_password(people.officer, "lamp-stone-river", by=None),
    "disabling": lambda people: accounts.disable(people.officer, by=people.administrator),
    "a role more": lambda people: roles.grant(people.officer, Role.archivist, by=people.administrator),
    "a role less": lambda people: roles.withdraw(people.officer, Role.officer, by=people.administrator),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_session_ends_at_once_for_pages_and_writes(people, as_, ending):
    browser, htmx = as_(people.officer), as_(people.officer, htmx=True)
    assert browser.get("/account").status_code == 200
    ENDINGS[ending](people)
    db.session.commit()
    assert browser.get("/account").location == "/login?next=/account"
    assert browser.post("/inbox/reading").status_code == 401
    answer = htmx.post("/inbox/reading")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_after_signing_out_the_cookie_opens_nothing(app, people, as_):
    browser = as_(people.officer)
    kept = browser.get_cookie("portal").value
    assert browser.post("/logout").location == "/login"
    thief = app.test_client()
    thief.set_cookie("portal", kept)
    assert thief.get("/account").location == "/login?next=/account"
    assert thief.post("/inbox/reading").status_code == 401


ASKED_BY_PROGRAMS = {"archive.ask_status"}  # without a session, and nothing is written


def writes(app):
    """The address of every door that takes a post, about the first thing there could be."""
    for url, _door in guards.guarded_routes(app):
        if "POST" in url.methods and url.endpoint not in ASKED_BY_PROGRAMS:
            yield re.sub(r"<[^>]+>", "1", url.rule)


@pytest.mark.parametrize("htmx", [False, True])
def test_no_door_takes_a_post_without_a_token(app, people, as_, htmx):
    browser = as_(people.secretary, htmx=htmx)
    app.config["WTF_CSRF_ENABLED"] = True
    answers = {address: browser.post(address, data={"csrf_token": "x"}) for address in writes(app)}
    assert {address: one.status_code for address, one in answers.items() if one.status_code != 400} == {}
    assert all("页面已经过期" in one.text for one in answers.values())
    assert {one.headers.get("HX-Retarget") for one in answers.values()} == {"#messages" if htmx else None}


def token(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]


def test_the_page_brings_the_token_that_opens_its_door(app, people, as_):
    mine, theirs = as_(people.officer), as_(people.stranger)
    app.config["WTF_CSRF_ENABLED"] = True
    address = "/account/sessions/others/end"
    right, foreign = (token(one.get("/account").text) for one in (mine, theirs))
    assert mine.post(address, data={"csrf_token": foreign}).status_code == 400
    assert mine.post(address, data={"csrf_token": right}).status_code == 303


@pytest.mark.parametrize("asked", ["//evil.example", "/\\evil.example", "///evil.example", "/%2f%2fevil.example"])
def test_nobody_is_led_to_another_site(people, as_, asked):
    assert as_(people.officer).get("/login", query_string={"next": asked}).location == "/"


def test_a_cookie_is_kept_from_scripts_and_from_other_sites(client, people):
    sessions.set_password(people.officer, "river-stone-lamp", by=None)
    page = client.get("/login")
    entered = client.post("/login", data={"username": "officer", "password": "river-stone-lamp"})
    cookies = [one for answer in (page, entered) for one in answer.headers.getlist("Set-Cookie")]
    assert cookies
    for one in cookies:
        parts = {part.strip() for part in one.split(";")[1:]}
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= parts, one
        assert not any(part.startswith(("Expires", "Max-Age")) for part in parts), "it ends with the browser"
