import re

import pytest
import sqlalchemy as sa

from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.errors import Refused
from portal.people.accounts import operations as accounts
from portal.people.accounts import queries as accounts_queries
from portal.people.models.accounts import RoleRequest, User
from portal.people.models.roles import Role
from portal.people.models.sessions import LoginSession
from portal.people.roles import operations as roles
from portal.people.roles import queries as roles_queries
from portal.people.sessions import operations as sessions

HOSTILE = ["<script>alert(1)</script>", "{{ 7*7 }}", "𠮷㐂䶮🙂", "=HYPERLINK(1)", "javascript:1"]


def deeds():
    db.session.rollback()
    return [one.deed for one in db.session.scalars(sa.select(JournalEntry).order_by(JournalEntry.seq))]


def reload(thing):
    db.session.expire_all()
    return db.session.get(type(thing), thing.id)


@pytest.fixture
def second(people):
    user, _ = accounts.add_user("second", "副管理示例", None, roles=[Role.administrator], password="x" * 12, by=None)
    db.session.commit()
    return user


@pytest.mark.parametrize("htmx", [False, True])
def test_an_administrator_adds_a_person_who_signs_in_and_sets_a_password(people, as_, client, htmx):
    facts = {"username": "LiSi", "name": "李四示例", "department_id": people.industry.id, "rank": "3", "roles": ["1"]}
    answer = as_(people.administrator, htmx=htmx).post("/people/new", data=facts)
    password = re.search(r'id="fresh-password">([^<]+)<', answer.text)[1]
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.post("/login", data={"username": "lisi", "password": password}).status_code == 303
    assert client.get("/groups").location == "/account/password"
    changed = client.post(
        "/account/password", data={"current": password, "password": "a-new-long-one", "again": "a-new-long-one"}
    )
    assert changed.location == "/"
    assert client.get("/groups").status_code == 200
    person = accounts_queries.by_username("lisi")
    assert (person.name, person.department, person.roles) == ("李四示例", people.industry, {Role.officer})


def test_adding_twice_by_a_double_click_makes_one_person(people, as_):
    browser = as_(people.administrator)
    facts = {"username": "lisi", "name": "李四示例", "rank": "0", "once": "one-time-id"}
    assert [browser.post("/people/new", data=facts).status_code for _ in range(2)] == [200, 303]
    assert db.session.scalar(sa.select(sa.func.count()).where(User.username == "lisi")) == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("username", "officer", "账号“officer”已经有人使用，请换一个。"),
        ("username", "李四", "账号用 2 到 32 位字母、数字、点、短横或下划线。"),
        ("username", "", "请填写这一项。"),
        ("name", "　", "请填写这一项。"),
        ("name", "张" * 201, "请不要超过 40 个字。"),
        ("name", "\u200b\u202e", "请填写这一项。"),
        ("rank", "x", "请填写整数。"),
        ("rank", "99999", "请填写 0 到 9999 之间的整数。"),
        ("email", "nobody", "请填写完整的邮箱地址，例如 name@example.cn。"),
        ("department_id", "999", "请从列表中选择一项。"),
        ("department_id", str(2**63), "请从列表中选择一项。"),
    ],
)
def test_what_cannot_be_accepted_is_said_beside_the_field(people, as_, field, value, sentence):
    facts = {"username": "lisi", "name": "李四示例", "rank": "0", field: value}
    answer = as_(people.administrator).post("/people/new", data=facts)
    assert answer.status_code in {409, 422}
    assert sentence in answer.text
    assert accounts_queries.by_username("lisi") is None


@pytest.mark.parametrize("text", HOSTILE)
def test_strange_texts_are_kept_and_harmless(people, as_, text):
    browser = as_(people.administrator)
    facts = {"name": text[:40], "post": text, "rank": "0", "version": str(people.officer.version)}
    assert browser.post(f"/people/{people.officer.id}/edit", data=facts).status_code == 303
    assert reload(people.officer).post == text
    page = browser.get(f"/people/{people.officer.id}").text
    assert "<script>alert" not in page
    assert browser.get("/people?export=xlsx").status_code == 200


def test_a_field_that_the_form_does_not_have_is_ignored(people, as_):
    facts = {
        "name": "服务示例",
        "rank": "0",
        "version": "1",
        "username": "root",
        "active": "",
        "grants": "administrator",
    }
    as_(people.administrator).post(f"/people/{people.officer.id}/edit", data=facts)
    person = reload(people.officer)
    assert (person.username, person.active, person.roles) == ("officer", True, {Role.officer})


def test_the_second_of_two_editors_sees_both_texts(people, as_):
    browser = as_(people.administrator)
    facts = {"name": "服务示例", "rank": "0", "version": str(people.officer.version)}
    assert browser.post(f"/people/{people.officer.id}/edit", data={**facts, "post": "科长"}).status_code == 303
    second = browser.post(f"/people/{people.officer.id}/edit", data={**facts, "post": "局长"})
    assert second.status_code == 409
    assert "科长" in second.text
    assert "局长" in second.text


@pytest.mark.parametrize("query", ["服务", "fuwu", "fwsl", "FWSL", "officer"])
def test_people_are_found_by_name_pinyin_initials_and_account(people, as_, query):
    person = people.officer
    accounts.edit_user(
        person, None, name=person.name, department=person.department, post="", rank=1, phone="", email="", by=person
    )
    db.session.commit()
    page = as_(people.secretary).get("/people", query_string={"q": query}).text
    assert "服务示例" in page
    assert "同事示例" not in page


@pytest.mark.parametrize(
    ("name", "spelt", "initials"),
    [
        ("单雄信", "shanxiongxin", "sxx"), ("曾巩", "zenggong", "zg"), ("仇英", "qiuying", "qy"),
        ("欧阳修", "ouyangxiu", "oyx"), ("尉迟恭", "yuchigong", "ycg"), ("吕布", "lvbu", "lb"), ("Tom", "tom", "t"),
    ],
)  # fmt: skip
def test_surnames_are_read_as_surnames(name, spelt, initials):
    from portal.db.pinyin import spell

    full, short = spell(name)
    assert (full.split()[0], short.split()[0]) == (spelt, initials)


@pytest.mark.parametrize("name", ["𠮷田", "🙂", "", "单", "A B"])
def test_any_name_can_be_spelt(name):
    from portal.db.pinyin import spell

    assert [type(text) for text in spell(name)] == [str, str]


def test_the_list_filters_and_leaves_as_excel(people, as_):
    browser = as_(people.administrator)
    page = browser.get(f"/people?department={people.justice.id}&role=officer&state=active").text
    assert ("同事示例" in page, "服务示例" in page) == (True, False)
    assert browser.get("/people?export=xlsx").headers["Content-Type"].endswith("spreadsheetml.sheet")


@pytest.mark.parametrize(
    "query", ["department=x", "role=x", "state=x", "page=99999999", "sort=x", "q=%25", "q=%00", "department=0"]
)
def test_a_strange_address_still_gives_a_list(people, as_, query):
    assert as_(people.administrator).get(f"/people?{query}").status_code == 200


def test_a_disabled_person_is_out_at_once(people, as_):
    browser = as_(people.officer)
    answer = as_(people.administrator).post(f"/people/{people.officer.id}/disable")
    assert answer.status_code == 303
    assert browser.get("/account").status_code == 302
    assert reload(people.officer).active is False
    assert as_(people.administrator).post(f"/people/{people.officer.id}/enable").status_code == 303
    assert reload(people.officer).active is True


def test_the_last_administrator_stays(people, as_):
    answer = as_(people.administrator).post(f"/people/{people.administrator.id}/disable")
    assert (answer.status_code, "这是唯一的系统管理员" in answer.text) == (409, True)
    answer = as_(people.administrator).post(
        f"/people/{people.administrator.id}/roles/end", data={"role": "administrator"}
    )
    assert (answer.status_code, reload(people.administrator).has(Role.administrator)) == (409, True)


def test_a_reset_password_ends_the_sessions_and_must_be_changed(people, as_, client):
    browser = as_(people.officer)
    page = as_(people.administrator).post(f"/people/{people.officer.id}/password").text
    password = re.search(r'id="fresh-password">([^<]+)<', page)[1]
    assert browser.get("/account").status_code == 302
    assert client.post("/login", data={"username": "officer", "password": password}).status_code == 303
    assert client.get("/account").location == "/account/password"


def test_changing_the_password_ends_every_other_session(people, as_):
    sessions.set_password(people.officer, "river-stone-lamp", by=None)
    here, elsewhere = as_(people.officer), as_(people.officer)
    new = {"current": "river-stone-lamp", "password": "lamp-stone-river", "again": "lamp-stone-river"}
    assert here.post("/account/password", data=new).status_code == 303
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"current": "wrong"}, "当前密码不正确，请重新输入。"),
        ({"password": "short", "again": "short"}, "至少 10 位。"),
        ({"again": "something-else"}, "两次填写的不一致，请重新填写。"),
        ({"password": "my-officer-word", "again": "my-officer-word"}, "密码中不能包含账号，请换一个。"),
        ({"password": "river-stone-lamp", "again": "river-stone-lamp"}, "新密码不能与当前密码相同，请换一个。"),
    ],
)
def test_a_bad_new_password_is_refused(people, as_, changes, sentence):
    sessions.set_password(people.officer, "river-stone-lamp", by=None)
    data = {"current": "river-stone-lamp", "password": "lamp-stone-river", "again": "lamp-stone-river", **changes}
    answer = as_(people.officer).post("/account/password", data=data)
    assert answer.status_code in {409, 422}
    assert sentence in answer.text


def test_guessing_the_current_password_is_locked_too(people, as_):
    sessions.set_password(people.officer, "river-stone-lamp", by=None)
    browser = as_(people.officer)
    data = {"current": "wrong", "password": "lamp-stone-river", "again": "lamp-stone-river"}
    assert [browser.post("/account/password", data=data).status_code for _ in range(6)] == [422] * 5 + [429]


def test_other_devices_are_signed_out_by_a_button(people, as_):
    here, elsewhere = as_(people.officer), as_(people.officer)
    assert here.post("/account/sessions/others/end").status_code == 303
    assert (here.get("/account").status_code, elsewhere.get("/account").status_code) == (200, 302)


def test_a_plain_role_is_granted_and_withdrawn_at_once(people, as_):
    browser, theirs = as_(people.administrator), as_(people.officer)
    path = f"/people/{people.officer.id}/roles"
    assert browser.post(path, data={"role": "archivist"}).status_code == 303
    assert reload(people.officer).roles == {Role.officer, Role.archivist}
    assert theirs.get("/account").status_code == 302
    assert browser.post(f"{path}/end", data={"role": "archivist"}).status_code == 303
    assert reload(people.officer).roles == {Role.officer}


def test_one_administrator_alone_grants_a_guarded_role(people, as_):
    as_(people.administrator).post(f"/people/{people.officer.id}/roles", data={"role": "secretary"})
    assert reload(people.officer).has(Role.secretary)


@pytest.mark.parametrize("role", ["secretary", "leader", "auditor"])
def test_a_guarded_role_needs_the_second_administrator(people, as_, second, role):
    first = as_(people.administrator)
    assert first.post(f"/people/{people.officer.id}/roles", data={"role": role}).status_code == 303
    assert not reload(people.officer).has(Role[role])
    [request] = roles_queries.open_role_requests()
    assert first.post(f"/people/roles/{request.id}/grant").status_code == 403
    theirs = as_(people.officer)
    assert as_(second).post(f"/people/roles/{request.id}/grant").status_code == 303
    assert reload(people.officer).has(Role[role])
    assert theirs.get("/account").status_code == 302
    assert as_(second).post(f"/people/roles/{request.id}/grant").status_code == 409


def test_a_guarded_role_is_refused_or_taken_back(people, as_, second):
    first = as_(people.administrator)
    for who in (as_(second), first):
        first.post(f"/people/{people.officer.id}/roles", data={"role": "leader"})
        [request] = roles_queries.open_role_requests()
        assert who.post(f"/people/roles/{request.id}/refuse").status_code == 303
        db.session.rollback()
        assert roles_queries.open_role_requests() == []
    assert reload(people.officer).roles == {Role.officer}
    assert db.session.scalar(sa.select(sa.func.count(RoleRequest.id))) == 2


def test_the_same_role_is_not_asked_for_twice(people, second):
    roles.ask_role(people.officer, Role.leader, by=second)
    with pytest.raises(Refused, match="正等待另一位管理员确认"):
        roles.ask_role(people.officer, Role.leader, by=people.administrator)


@pytest.mark.parametrize(("who", "role"), [("auditor", Role.administrator), ("administrator", Role.auditor)])
def test_the_auditor_is_never_the_administrator(people, second, who, role):
    with pytest.raises(Refused, match="不能由同一个人担任"):
        roles.ask_role(getattr(people, who), role, by=second)


def test_each_deed_leaves_one_entry(people, as_):
    browser = as_(people.administrator)
    number, before = people.officer.id, len(deeds())
    browser.post(
        f"/people/{number}/edit", data={"name": "服务示例", "rank": "0", "version": str(people.officer.version)}
    )
    browser.post(f"/people/{number}/roles", data={"role": "archivist"})
    browser.post(f"/people/{number}/roles/end", data={"role": "archivist"})
    browser.post(f"/people/{number}/password")
    browser.post(f"/people/{number}/disable")
    browser.post(f"/people/{number}/enable")
    assert deeds()[before:] == [
        "people.edit_user", "people.grant", "people.withdraw", "people.set_password", "people.disable", "people.enable",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/people", "/people/{id}", "/people/roles", "/account"])
def test_a_page_asks_no_more_of_the_database_for_many_people(people, as_, statements, path, second):
    browser = as_(people.administrator)
    path = path.format(id=people.officer.id)
    counts = []
    for amount in (3, 12):
        for number in range(amount):
            user, _ = accounts.add_user(
                f"p{amount}-{number}", "示例", people.industry, roles=[Role.officer], password="x" * 12, by=None
            )
            roles.ask_role(user, Role.leader, by=second)
        db.session.commit()
        statements.clear()
        assert browser.get(path).status_code == 200
        counts.append(len([one for one in statements if not one.startswith("BEGIN")]))
    assert counts[0] == counts[1] <= 10


def test_the_first_administrator_is_made_once(app):
    runner = app.test_cli_runner()
    said = runner.invoke(args=["people", "first-administrator"]).output
    assert re.search(r"账号：admin  初始密码：(\S+)", said)
    assert runner.invoke(args=["people", "first-administrator"]).output == ""
    user = accounts_queries.by_username("admin")
    assert (user.roles, user.must_change_password) == ({Role.administrator}, True)


def test_a_forgotten_password_is_reset_on_the_machine(people, app, client):
    said = app.test_cli_runner().invoke(args=["people", "reset-password", "officer"])
    password = re.search(r"的新密码：(\S+)", said.output)[1]
    assert client.post("/login", data={"username": "officer", "password": password}).status_code == 303
    unknown = app.test_cli_runner().invoke(args=["people", "reset-password", "nobody"])
    assert (unknown.exit_code, "没有账号“nobody”。" in unknown.output) == (1, True)


def test_tidying_forgets_what_has_ended(people, as_):
    from datetime import timedelta

    import time_machine

    from portal.db import clock
    from portal.jobs import worker

    as_(people.officer)
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        worker.run("people.tidy")
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LoginSession)) == 0


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0", "Windows，Edge 浏览器"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0.0.0 Safari/537.36", "Linux，Chrome 浏览器"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "iPhone，Safari 浏览器"),
        ("curl/8", "未知设备"),
    ],
)
def test_a_device_is_named_in_words_people_know(agent, words):
    assert LoginSession(agent=agent).device == words


@pytest.mark.parametrize("tried", ["", " ", "x"])
def test_nobody_gets_in_by_an_account_without_a_password_until_it_is_given_one(people, as_, client, tried):
    user, secret = accounts.add_user("silent", "无口令示例", None, password="", by=people.administrator)
    db.session.commit()
    assert (secret, user.password_hash) == ("", "")
    assert client.post("/login", data={"username": "silent", "password": tried}).status_code == 422
    given = sessions.reset_password(user, by=people.administrator)
    db.session.commit()
    assert client.post("/login", data={"username": "silent", "password": given}).status_code == 303
