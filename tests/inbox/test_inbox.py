import pytest
import sqlalchemy as sa

from portal.db.engine import db
from portal.inbox import queries
from portal.inbox.models import Notice
from portal.inbox.operations import notify
from portal.people.accounts import operations
from portal.people.models.roles import Role


def notices(user):
    db.session.rollback()
    return db.session.scalars(sa.select(Notice).where(Notice.user_id == user.id).order_by(Notice.id)).all()


def told(users, title="会议通知", url="/meetings/7", **more):
    notify(users, title, url, **more)
    db.session.commit()


def test_everybody_is_told_once(people):
    told([people.officer, people.colleague, people.officer])
    assert [len(notices(user)) for user in (people.officer, people.colleague, people.stranger)] == [1, 1, 0]


def test_nobody_is_told_of_nothing(people):
    told([])
    people.officer.active = False
    told([people.officer])
    assert notices(people.officer) == []


def test_an_unread_notice_of_the_same_burst_is_replaced(people):
    told([people.officer], "第一次", burst="agenda-7")
    told([people.officer], "另一件", burst="agenda-8")
    told([people.officer], "第二次", burst="agenda-7")
    assert [one.title for one in notices(people.officer)] == ["另一件", "第二次"]


def test_a_read_notice_of_the_same_burst_stays(people, as_):
    told([people.officer], "第一次", burst="agenda-7")
    as_(people.officer).post(f"/inbox/{notices(people.officer)[0].id}/reading")
    told([people.officer], "第二次", burst="agenda-7")
    assert [one.title for one in notices(people.officer)] == ["第一次", "第二次"]


@pytest.mark.parametrize("htmx", [False, True])
def test_opening_a_notice_marks_it_and_leads_on(people, as_, htmx):
    told([people.officer])
    answer = as_(people.officer, htmx=htmx).post(f"/inbox/{notices(people.officer)[0].id}/reading")
    assert (answer.headers["HX-Redirect"] if htmx else answer.location) == "/meetings/7"
    assert queries.unread_count(people.officer) == 0


def test_opening_a_notice_marks_whatever_leads_to_the_same_page(people, as_):
    told([people.officer, people.colleague], "通知")
    told([people.officer], "改期")
    told([people.officer], "另一场", url="/meetings/8")
    as_(people.officer).post(f"/inbox/{notices(people.officer)[0].id}/reading")
    assert [one.title for one in notices(people.officer) if not one.read_at] == ["另一场"]
    assert queries.unread_count(people.colleague) == 1


@pytest.mark.parametrize("url", ["//evil.example", "https://evil.example/", "javascript:1"])
def test_a_notice_leads_nowhere_else(people, as_, url):
    told([people.officer], url=url)
    assert as_(people.officer).post(f"/inbox/{notices(people.officer)[0].id}/reading").location == "/inbox"


def test_somebody_elses_notice_does_not_exist(people, as_):
    told([people.officer])
    assert as_(people.colleague).post(f"/inbox/{notices(people.officer)[0].id}/reading").status_code == 404


def test_all_are_marked_as_read(people, as_):
    told([people.officer, people.colleague])
    told([people.officer])
    assert as_(people.officer).post("/inbox/reading").status_code == 303
    assert (queries.unread_count(people.officer), queries.unread_count(people.colleague)) == (0, 1)


def test_the_bell_counts_what_is_unread(people, as_):
    told([people.officer])
    assert "消息，1 条未读" in as_(people.officer).get("/account").text
    assert "条未读" not in as_(people.colleague).get("/account").text


def test_reading_a_list_marks_nothing(people, as_):
    told([people.officer], "<script>alert(1)</script>")
    page = as_(people.officer).get("/inbox?state=unread&q=script").text
    assert ("&lt;script&gt;" in page, "<script>alert" in page) == (True, False)
    assert queries.unread_count(people.officer) == 1


def test_an_empty_inbox_says_what_will_come(people, as_):
    assert "还没有消息。会议通知、交办事项和催办会送到这里。" in as_(people.officer).get("/inbox").text


def test_the_list_asks_the_same_for_12_and_for_120_notices(people, as_, statements):
    browser, counts = as_(people.officer), []
    for amount in (3, 12):
        for _ in range(amount):
            notify([people.officer], "会议通知", "/meetings/7")
        db.session.commit()
        statements.clear()
        browser.get("/inbox")
        counts.append(len([one for one in statements if not one.startswith("BEGIN")]))
    assert counts[0] == counts[1] <= 10


def test_the_other_administrators_are_told_once_of_a_guarded_role(people, as_):
    second, _ = operations.add_user(
        "second", "副管理示例", None, roles=[Role.administrator], password="x" * 12, by=None
    )
    db.session.commit()
    for role in ("leader", "auditor"):
        as_(people.administrator).post(f"/people/{people.officer.id}/roles", data={"role": role})
    assert [one.title for one in notices(second)] == [
        "请确认授予服务示例的市级领导角色", "请确认授予服务示例的审计员角色",
    ]  # fmt: skip
    assert notices(people.administrator) == []
