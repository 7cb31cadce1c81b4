"""Several tasks at once: urging and handing over what was ticked, groups, print, the supervisor's lists."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from portal.actions.assignment import operations as assignment
from portal.actions.ledger import saved_filters
from portal.actions.models.action_items import ActionItem
from portal.actions.progress import operations as progress
from portal.actions.supervision import operations as supervision
from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.inbox.models import Notice


def entries(deed):
    return db.session.scalar(sa.select(sa.func.count()).where(JournalEntry.deed == deed))


def told(user, since):
    query = sa.select(Notice.title).where(Notice.user_id == user.id, Notice.id > since).order_by(Notice.id)
    return db.session.scalars(query).all()


def newest_notice():
    return db.session.scalar(sa.select(sa.func.max(Notice.id))) or 0


@pytest.fixture
def several(task, people, in_state):
    """Three that can be urged, one that is closed, one the supervisor leads."""
    return [
        task("甲"), task("乙"), task("丙", support=[people.theme]), in_state("closed"),
        task("自己的", lead_person=people.supervisor),
    ]  # fmt: skip


@pytest.mark.parametrize("htmx", [False, True])
def test_what_was_ticked_is_urged_after_one_question(as_, people, several, htmx):
    ids = [one.id for one in several]
    asked = as_(people.supervisor).get("/actions/urging", query_string={"id": ids})
    assert "催办 3 项" in asked.text
    assert "只有“已交办”、“已签收”、“办理中”时才能催办" in asked.text
    assert "自己承办的事项由其他督查员办理" in asked.text
    before = newest_notice()
    browser = as_(people.supervisor, htmx=htmx)
    answer = browser.post("/actions/urging", data={"id": ids, "text": "请抓紧", "next": "/actions?view=late"})
    assert answer.status_code == (204 if htmx else 303)
    assert (answer.headers.get("HX-Redirect") if htmx else answer.location) == "/actions?view=late"
    assert "已催办 3 项。另有 2 项未办理" in browser.get("/actions").text
    assert entries("actions.urge") == 3
    assert told(people.officer, before) == ["催办：3 项交办事项"]


def test_what_was_ticked_is_handed_over_and_everybody_gets_one_message(as_, people, several):
    before = newest_notice()
    typed = {"id": [one.id for one in several], "person_id": people.lecturer.id, "why": "轮岗"}
    answer = as_(people.secretary).post("/actions/hand-over", data=typed)
    assert answer.status_code == 303
    db.session.expire_all()
    assert [one.lead_person.name for one in several] == ["主讲示例"] * 3 + ["服务示例", "主讲示例"]
    assert entries("actions.hand_over") == 4
    assert told(people.lecturer, before) == ["文秘示例请您承办：4 项交办事项"]
    assert told(people.officer, before) == ["已改由主讲示例承办：3 项交办事项"]
    assert told(people.supervisor, before) == ["已改由主讲示例承办：自己的"]


@pytest.mark.parametrize("ids", [[], ["0"], ["x"], [str(2**63)], ["999"]])
def test_nothing_ticked_says_so_and_does_nothing(as_, people, several, ids):
    browser = as_(people.supervisor)
    assert "请先在台账中勾选" in browser.get("/actions/urging", query_string={"id": ids}).text
    answer = browser.post("/actions/urging", data={"id": ids, "text": "请抓紧"})
    assert answer.status_code == 422
    assert entries("actions.urge") == 0


def test_a_missing_reason_changes_nothing(as_, people, several):
    typed = {"id": [several[0].id], "person_id": people.lecturer.id, "why": " "}
    assert as_(people.secretary).post("/actions/hand-over", data=typed).status_code == 422
    assert entries("actions.hand_over") == 0


def test_only_supervisors_urge_many_and_only_the_secretary_hands_over_many(as_, people, several):
    officer, supervisor, secretary = (as_(one) for one in (people.officer, people.supervisor, people.secretary))
    for browser, urge, hand_over in ((officer, 403, 403), (supervisor, 200, 403), (secretary, 403, 200)):
        assert browser.get("/actions/urging").status_code == urge
        assert browser.get("/actions/hand-over").status_code == hand_over
    assert 'name="id"' not in officer.get("/actions").text
    assert 'name="id"' in supervisor.get("/actions").text


def test_units_stand_over_their_tasks_in_their_order(as_, people, task):
    task("司法的", lead_department=people.justice, lead_person=people.colleague, days=1)
    task("工信的", days=2)
    task("小组的", lead_department=None, lead_group=people.theme)
    task("个人的", lead_department=None, days=1)
    task("工信的二", days=3)
    page = as_(people.supervisor).get("/actions?group=lead").text
    found = re.findall(r'rowgroup">(.*?)</th>|<a href="/actions/\d+">(.*?)</a>', page)
    assert [unit or title for unit, title in found] == [
        "市工业和信息化局", "工信的", "工信的二", "市司法局", "司法的", "土地房产组", "小组的", "服务示例", "个人的",
    ]  # fmt: skip
    assert "group=lead" in as_(people.supervisor).get("/actions?group=lead&sort=number").text
    page = as_(people.supervisor).get("/actions?group=department").text
    found = re.findall(r'rowgroup">(.*?)</th>|<a href="/actions/\d+">(.*?)</a>', page)
    assert [unit or title for unit, title in found] == [
        "市工业和信息化局", "个人的", "工信的", "工信的二", "小组的", "市司法局", "司法的",
    ]  # fmt: skip


def test_a_mistyped_wish_to_print_or_export_shows_the_ledger(as_, people, task):
    browser = as_(people.supervisor)
    task()
    assert [browser.get(f"/actions?{wish}").status_code for wish in ("print=1", "export=", "export=csv")] == [200] * 3


def test_print_shows_every_row_the_filters_leave(as_, people, task):
    for number in range(35):
        task(f"第 {number} 项")
    task("另一项", lead_department=people.justice)
    browser = as_(people.supervisor)
    page = browser.get(f"/actions?lead={people.industry.id}&page=2").text
    assert "print=all" in page
    printed = browser.get(f"/actions?lead={people.industry.id}&print=all").text
    assert printed.count('<td class="full">') == 35
    assert "牵头单位：市工信局" in printed
    assert "wide-print" in printed


def test_supervised_or_not(as_, people, task):
    watched, plain = task("盯办的"), task("平常的")
    supervision.supervise(watched, by=people.supervisor)
    db.session.commit()
    browser = as_(people.supervisor)
    assert watched.title in browser.get("/actions?supervised=yes").text
    assert plain.title not in browser.get("/actions?supervised=yes").text
    assert watched.title not in browser.get("/actions?supervised=no").text


def test_the_supervisors_lists_stand_there_even_when_empty(as_, people):
    page = as_(people.supervisor).get("/actions").text
    tabs = re.findall(r'<a href="/actions\?view=(\w+)"', page)
    assert set(saved_filters.DESK) <= set(tabs)
    assert not {"silent", "returned"} & set(re.findall(r"view=(\w+)", as_(people.officer).get("/actions").text))


def test_who_does_not_report_for_a_week_is_on_the_list_until_he_does(task, people):
    with clock.at(clock.moment(date(2026, 3, 3), 9)):
        made = task(days=60)
        assignment.accept(made, by=people.officer)
        db.session.commit()
    silent_on = []
    for day in range(20):
        with clock.at(clock.moment(date(2026, 3, 4) + timedelta(day), 9)):
            if saved_filters.view_counts(people.supervisor)["silent"]:
                silent_on.append(day)
                if len(silent_on) == 2:
                    progress.report(made, "已对接", by=people.officer)
                    db.session.commit()
    assert silent_on == [9, 10]  # the Friday and Saturday after the Thursday before which nobody had reported


def test_what_was_returned_is_on_the_list_until_it_is_reported_on(in_state, people):
    made = in_state("reported_done")
    progress.return_(made, "缺凭证", by=people.supervisor)
    supervision.urge(made, "请补", by=people.supervisor)
    assert saved_filters.view_counts(people.supervisor)["returned"] == 1
    progress.report(made, "已补", by=people.officer)
    assert saved_filters.view_counts(people.supervisor)["returned"] == 0


QUERIES = ("", "?group=lead", "?group=department", "?group=meeting", "?view=late", "?series=1&meeting=1&supervised=yes")


@pytest.mark.parametrize("query", QUERIES)
def test_the_ledger_takes_ten_statements_at_most(as_, people, task, statements, query):
    with clock.at(clock.now() - timedelta(30)):
        for _ in range(3):
            task(days=2)
    browser = as_(people.supervisor)
    browser.get("/actions")
    statements.clear()
    assert browser.get(f"/actions{query}").status_code == 200
    assert len([one for one in statements if one.startswith("SELECT")]) <= 10
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ActionItem)) == 3
