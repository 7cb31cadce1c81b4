"""The supervisor's desk, the departments, a long ledger written by the worker."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from cast import by_itself
from openpyxl import load_workbook

from portal.actions.assignment import operations as assignment
from portal.actions.ledger import departments
from portal.actions.ledger import routes as ledger_routes
from portal.actions.progress import operations as progress
from portal.actions.requests import operations as requests
from portal.actions.supervision import operations as supervision
from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.jobs.background import BackgroundTask


@pytest.fixture
def reported(task, people):
    def make(count, **more):
        made = []
        for number in range(count):
            one = task(f"第{number + 1:02d}件", days=9 + number, **more)
            assignment.accept(one, by=people.officer)
            progress.report_done(one, "手续已办结", by=people.officer)
            made.append(one)
        db.session.commit()
        return made

    return make


def rows(page):
    return re.findall(r'<a class="what" href="/actions/\d+">(.*?)</a>', page)


def test_the_desk_opens_with_the_first_list_in_which_something_waits(as_, people, reported, task):
    browser = as_(people.supervisor)
    assert "这张清单办完了。" in browser.get("/actions/desk").text
    task("没有签收的")
    assert rows(browser.get("/actions/desk").text) == ["没有签收的"]
    reported(1)
    page = browser.get("/actions/desk").text
    assert rows(page) == ["第01件"]
    assert "申请办结：手续已办结" in page


def test_its_counts_are_links_to_lists_of_so_many(as_, people, reported, task):
    reported(2)
    task("没有签收的")
    browser = as_(people.supervisor)
    page = browser.get("/actions/desk").text
    for name, count in re.findall(r'href="/actions/desk\?list=(\w+)"[^>]*>\S+ <b[^>]*>(\d+)</b>', page):
        assert len(rows(browser.get(f"/actions/desk?list={name}").text)) == int(count), name


def test_from_the_desk_a_deed_leads_back_to_the_desk(as_, people, reported):
    first, second = reported(2)
    browser = as_(people.supervisor)
    page = browser.get("/actions/desk?list=done").text
    (close, *_) = re.findall(r'data-key="c" href="([^"]+)"', page)
    assert "from=" in close
    assert f'action="{close}"' in browser.get(close.replace("&amp;", "&")).text
    answer = browser.post(close.replace("&amp;", "&"), data={})
    assert (answer.status_code, answer.location) == (303, "/actions/desk?list=done")
    assert browser.post(f"/actions/{second.id}/return?from=//evil.com", data={"why": "补"}).location == (
        f"/actions/{second.id}"
    )
    db.session.expire_all()
    assert [first.state.value, second.state.value] == ["closed", "in_progress"]


def test_the_desk_is_for_those_who_watch(as_, people):
    answers = {name: as_(getattr(people, name)).get("/actions/desk").status_code for name in
               ("supervisor", "secretary", "officer", "chair", "auditor")}  # fmt: skip
    assert answers == {"supervisor": 200, "secretary": 200, "officer": 403, "chair": 403, "auditor": 403}


@pytest.mark.parametrize("page", ["/actions/desk?list=done", "/actions/departments", "/actions/departments/2"])
def test_they_take_ten_statements_at_most_however_many_rows(as_, people, reported, statements, page):
    browser, counts = as_(people.supervisor), []
    for size in (2, 12):
        reported(size, support=[people.justice])
        browser.get(page)
        statements.clear()
        assert browser.get(page).status_code == 200
        counts.append(sum(one.startswith("SELECT") for one in statements))
    assert counts[0] == counts[1] <= 10


def test_a_department_sees_what_it_leads_and_supports(as_, people, reported, task):
    reported(1, support=[people.justice])
    with clock.at(clock.now() - timedelta(20)):
        task("逾期的", days=2)
    lines = {one.department.short: one for one in departments.standing_of_departments(people.supervisor)}
    assert (lines["市工信局"].leads, lines["市工信局"].late, lines["市工信局"].done) == (2, 1, 1)
    assert lines["市司法局"].supports == 1
    page = as_(people.supervisor).get(f"/actions/departments/{people.justice.id}").text
    assert rows(page) == ["第01件"]
    assert "配合（市工信局牵头）" in page
    assert rows(as_(people.archivist).get(f"/actions/departments/{people.justice.id}").text) == []


def test_a_long_ledger_is_written_by_the_worker_as_it_was_shown(as_, people, reported, monkeypatch):
    monkeypatch.setattr(ledger_routes, "MOST_AT_ONCE_EXPORTED", 3)
    reported(5)
    browser = as_(people.officer)
    page = browser.get("/actions?view=done&sort=number&order=desc&export=xlsx").text
    assert "按现在的筛选共 5 项" in page
    query = re.search(r'name="query" value="([^"]*)"', page)[1].replace("&amp;", "&")
    answer = browser.post("/actions/export", data={"query": query})
    by_itself("errands.run")
    errand = db.session.scalar(sa.select(BackgroundTask))
    assert (answer.location, errand.sentence, errand.steps_done) == (f"/errands/{errand.id}", "已导出 5 项。", 5)
    sheet = load_workbook(BytesIO(browser.get(f"/errands/{errand.id}/file").data)).active
    head = [cell.value for cell in sheet[1]]
    assert [row[head.index("事项")].value for row in sheet.iter_rows(min_row=2)] == [
        "第05件", "第04件", "第03件", "第02件", "第01件",
    ]  # fmt: skip
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.page_setup.orientation) == ("A2", "$1:$1", "landscape")
    assert sheet.print_area == "'交办台账'!$A$1:$R$6"
    assert sheet.cell(2, head.index("原定时限") + 1).is_date
    deeds = db.session.scalars(sa.select(JournalEntry.deed).where(JournalEntry.deed == "actions.export")).all()
    assert deeds == ["actions.export"]


def test_the_worker_writes_what_the_person_may_read_and_no_more(as_, people, reported, task, monkeypatch):
    monkeypatch.setattr(ledger_routes, "MOST_AT_ONCE_EXPORTED", 0)
    reported(2)
    task("别人的", lead_department=people.justice, lead_person=people.colleague)
    browser = as_(people.officer)
    browser.post("/actions/export", data={"query": "export=xlsx&view=nonsense&page=99"})
    by_itself("errands.run")
    assert db.session.scalar(sa.select(BackgroundTask)).sentence == "已导出 2 项。"


def test_the_last_page_shows_the_last_rows_in_their_order(as_, people, task):
    for number in range(65):
        task(f"第{number:02d}件", days=number + 1)
    browser, shown = as_(people.supervisor), []
    for page in (1, 2, 3):
        answer = browser.get(f"/actions?page={page}")
        shown += re.findall(r'<td class="full"><a href="/actions/\d+">(.*?)</a>', answer.text)
    assert shown == [f"第{number:02d}件" for number in range(65)]


def test_what_is_asked_for_is_read_and_answered_at_the_desk(as_, people, task):
    browser = as_(people.supervisor)
    for name, ask in (
        ("extension", lambda one: requests.ask_extension(one, one.due + timedelta(5), "等评审", by=people.officer)),
        ("application", lambda one: requests.ask_suspension(one, "等评审", by=people.officer)),
    ):
        made = task(f"要{name}")
        assignment.accept(made, by=people.officer)
        ask(made)
        db.session.commit()
        page = browser.get(f"/actions/desk?list={name}").text
        assert "等评审" in page
        (answer,) = [one.replace("&amp;", "&") for one in re.findall(r'data-key="a" href="([^"]+)"', page)]
        asked = browser.get(answer).text
        assert f'href="/actions/desk?list={name}">取消' in asked
        (action,) = re.findall(r'action="(/actions/[^"]+decision[^"]*)"', asked)
        answered = browser.post(action.replace("&amp;", "&"), data={"granted": "yes"})
        assert answered.location == f"/actions/desk?list={name}"
        assert "这张清单办完了。" in browser.get(answered.location).text


def test_a_look_back_is_recorded_from_the_desk(as_, people, reported):
    (made,) = reported(1)
    progress.close(made, by=people.supervisor)
    supervision.draw_look_backs([made])
    db.session.commit()
    browser = as_(people.supervisor)
    (door,) = re.findall(r'data-key="l" href="([^"]+)"', browser.get("/actions/desk?list=look_back").text)
    answer = browser.post(door.replace("&amp;", "&"), data={"holds": "yes", "finding": "没有再犯"})
    assert answer.location == "/actions/desk?list=look_back"


def test_the_desk_says_why_a_task_cannot_be_closed_yet(as_, people, task):
    made = task("配合未齐", support=[people.justice])
    (line,) = made.support
    assignment.accept(made, by=people.officer)
    progress.add_support_line(line, "清单", by=people.colleague)
    progress.report_done(made, "好了", by=people.officer)
    progress.return_support(line, "缺电话", by=people.supervisor)
    db.session.commit()
    assert "还不能销号：市司法局的配合情况已退回" in as_(people.supervisor).get("/actions/desk?list=done").text
