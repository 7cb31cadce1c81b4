import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.people.accounts import operations as accounts
from portal.people.models.sessions import FailedTry, LoginSession
from portal.people.sessions import operations as sessions_operations
from portal.people.sessions import queries

PASSWORD = "river-stone-lamp"
WRONG = "账号或密码不正确，请重新输入。"
LOCKED = "尝试次数太多，请在 15 分钟后再试；忘记密码请联系系统管理员。"


@pytest.fixture
def officer(people):
    sessions_operations.set_password(people.officer, PASSWORD, by=None)
    db.session.commit()
    return people.officer


def sign_in(client, username="officer", password=PASSWORD, next_="", **more):
    return client.post(f"/login{next_}", data={"username": username, "password": password}, **more)


def sentence(answer):
    found = re.search(r'<div class="summary".*?<li>(.*?)</li>', answer.text, re.DOTALL)
    return found and found[1]


def deeds():
    db.session.rollback()
    return [(one.deed, one.refused) for one in db.session.scalars(sa.select(JournalEntry).order_by(JournalEntry.seq))]


def test_the_sign_in_page_has_the_two_fields(client):
    page = client.get("/login").text
    assert 'name="username"' in page
    assert 'name="password"' in page


def test_the_right_password_opens_a_session(client, officer):
    answer = sign_in(client)
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("username", ["OFFICER", " officer ", "Officer"])
def test_letters_of_the_account_may_be_large_or_small(client, officer, username):
    assert sign_in(client, username).status_code == 303


def test_an_htmx_sign_in_is_led_on_too(client, officer):
    answer = sign_in(client, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/")


@pytest.mark.parametrize(("username", "password"), [("officer", "wrong"), ("nobody", PASSWORD), ("colleague", "")])
def test_nobody_learns_what_was_wrong(client, officer, username, password):
    if password:
        assert (sign_in(client, username, password).status_code, sentence(sign_in(client, username, password))) == (
            422,
            WRONG,
        )
    else:
        assert sign_in(client, username, password).status_code == 422


def test_an_unknown_account_costs_as_much_work_as_a_known_one(client, officer, monkeypatch):
    asked = []
    hasher = sessions_operations._hasher()
    monkeypatch.setattr(sessions_operations, "_hasher", lambda: Counting(hasher, asked))
    sign_in(client, "officer", "wrong")
    sign_in(client, "nobody", "wrong")
    assert len(asked) == 2


class Counting:
    def __init__(self, hasher, asked):
        self.hasher, self.asked = hasher, asked

    def verify(self, stored, password):
        self.asked.append(stored)
        return self.hasher.verify(stored, password)

    def hash(self, password):
        return self.hasher.hash(password)


def test_a_disabled_account_looks_like_a_wrong_password(client, officer, people):
    accounts.disable(officer, by=people.administrator)
    db.session.commit()
    assert sentence(sign_in(client)) == WRONG


def test_the_account_is_locked_after_five_wrong_tries_and_free_again_later(client, officer):
    for _ in range(5):
        assert sentence(sign_in(client, password="wrong")) == WRONG
    locked = sign_in(client)
    assert (locked.status_code, sentence(locked)) == (429, LOCKED)
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        assert sign_in(client).status_code == 303


def test_the_lock_is_kept_in_the_database(client, officer, app):
    for _ in range(5):
        sign_in(client, password="wrong")
    assert db.session.scalar(sa.select(sa.func.count(FailedTry.id))) == 5
    assert sign_in(app.test_client()).status_code == 429


def test_an_account_that_does_not_exist_is_locked_just_the_same(client, officer):
    for _ in range(5):
        sign_in(client, "nobody", "wrong")
    assert sentence(sign_in(client, "nobody", "wrong")) == LOCKED


def test_an_address_is_locked_after_thirty_wrong_tries(client, officer):
    moment = clock.now()
    db.session.add_all(FailedTry(account=f"name{n}", address="127.0.0.1", at=moment) for n in range(30))
    db.session.commit()
    assert sign_in(client).status_code == 429


def test_a_right_password_forgets_the_wrong_tries(client, officer):
    for _ in range(4):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 303
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(FailedTry.id))) == 0


def test_each_try_leaves_one_journal_entry(client, officer):
    before = len(deeds())
    sign_in(client, password="wrong")
    sign_in(client, "nobody")
    sign_in(client)
    assert deeds()[before:] == [("people.sign_in", True), ("people.sign_in", True), ("people.sign_in", False)]


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/account", "/account"), ("/people?q=1", "/people?q=1"), ("//evil.example", "/"), ("/\\evil.example", "/"),
        ("https://evil.example/", "/"), ("/%5cevil.example", "/"), ("///evil.example", "/"), ("javascript:1", "/"),
    ],
)  # fmt: skip
def test_one_is_led_only_to_pages_of_this_site(client, officer, asked, led_to):
    from urllib.parse import quote

    assert sign_in(client, next_=f"?next={quote(asked, safe='')}").location == led_to


def test_a_page_that_needs_signing_in_is_come_back_to(client, officer):
    answer = client.get("/account")
    assert answer.location == "/login?next=/account"
    assert client.post(answer.location, data={"username": "officer", "password": PASSWORD}).location == "/account"


def test_a_second_sign_in_replaces_the_first_session(client, officer):
    sign_in(client)
    with client.session_transaction() as session:
        first = session["_user_id"]
    sign_in(client)
    assert queries.login_session(first) is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LoginSession)) == 1


def test_a_copied_cookie_is_worthless_after_sign_out(client, officer, app):
    sign_in(client)
    with client.session_transaction() as session:
        token = session["_user_id"]
    assert client.post("/logout").location == "/login"
    thief = app.test_client()
    with thief.session_transaction() as session:
        session["_user_id"] = token
    assert thief.get("/account").location == "/login?next=/account"


def test_an_idle_session_ends(client, officer):
    sign_in(client)
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        assert client.get("/account").status_code == 302


def test_using_the_portal_keeps_a_session_alive(client, officer):
    sign_in(client)
    start = clock.now()
    for minutes in (20, 40, 60):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert client.get("/account").status_code == 200


def test_somebody_signed_in_is_led_past_the_sign_in_page(client, officer):
    sign_in(client)
    assert client.get("/login?next=/account").location == "/account"


@pytest.mark.parametrize("username", ["\ud800", "a" * 201, "<script>", "\u202e", "   ", "\x00", "名字"])
def test_strange_accounts_get_an_answer_too(client, officer, username):
    data = {"username": username.encode("utf-8", "surrogatepass"), "password": "x"}
    assert client.post("/login", data=data).status_code == 422


def test_a_password_of_strange_characters_gets_an_answer_too(client, officer):
    assert sign_in(client, password="\ud800".encode("utf-8", "surrogatepass")).status_code == 422
