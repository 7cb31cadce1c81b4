"""One line of events from the problem to the minutes, the same on each of them, every link both ways."""

from datetime import timedelta

import pytest
from cast import by_itself
from stage import MONDAY, in_session

from portal.actions.assignment import operations as actions
from portal.actions.models.action_items import ActionItem
from portal.db import clock
from portal.db.engine import db
from portal.enterprises.models.enterprises import ClientKind
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.series import ItemKind
from portal.meetings.sitting import operations as sitting
from portal.records.decisions import operations as decisions
from portal.records.lines import operations as lines
from portal.web import timeline


@pytest.fixture
def story(people):
    """A problem that came on an agenda, was decided on and handed out, and was worked at; a second task beside it."""
    firm = register.add_enterprise(ClientKind.enterprise, "示例铸造公司", "", [], None, by=people.secretary)
    problem = problems.report(firm, "用地手续", "没有土地证", by=people.lecturer)
    meeting = in_session(people)
    item = agenda.add_item(
        meeting, ItemKind.problem, "研究用地手续", 20, reporter=people.officer, problem=problem, by=people.secretary
    )
    decision = lines.decide(item, "同意补办土地手续", by=people.recorder)
    for title in ("补办土地证", "协调测绘"):
        decisions.hand_out(
            item, decision=decision, title=title, lead_department=people.industry, lead_person=people.officer,
            due=MONDAY + timedelta(9), by=people.recorder,
        )  # fmt: skip
    for one in meeting.items:
        sitting.mark_item(one, ItemState.dealt_with, by=people.secretary)
    attendance.check_in(meeting.attendances[0], by=people.secretary)
    sitting.adjourn(meeting, by=people.secretary)
    by_itself("records.begin", "records.pass_on", "minutes.draft")
    task = db.session.query(ActionItem).filter_by(title="补办土地证").one()
    actions.accept(task, by=people.officer)
    db.session.commit()
    return problem, item, decision, task


def told(thing, user):
    return {(one.what, one.note) for one in timeline.events_of(thing, user)}


def test_each_shows_what_happened_to_the_others(story, people):
    problem, item, _, task = story
    common = {
        ("议定事项：写下议定事项", "同意补办土地手续"), ("议定事项：议定", "同意补办土地手续"),
        ("交办事项：签收", "补办土地证"), ("议题：已议", "研究用地手续"), ("企业问题：上报企业问题", "用地手续"),
        ("交办事项：拟交办", "协调测绘"),
    }  # fmt: skip
    on_problem, on_item, on_task = (told(one, people.secretary) for one in (problem, item, task))
    assert {("议题：已议", "研究用地手续"), ("交办事项：签收", "补办土地证")} <= on_problem & common
    assert {("企业问题：上报企业问题", "用地手续"), ("交办事项：签收", "补办土地证")} <= on_item
    assert {("企业问题：上报企业问题", "用地手续"), ("议题：已议", "研究用地手续"), ("签收", "")} <= on_task
    assert any(what.startswith("议定事项") for what, _ in on_problem & on_item & on_task)


def test_a_decision_has_a_page_with_its_tasks_and_the_whole_line(story, people, as_, statements):
    problem, item, decision, task = story
    browser, address = as_(people.secretary), f"/decisions/{decision.id}"
    statements.clear()
    page = browser.get(address).text
    assert len([one for one in statements if one.startswith("SELECT")]) <= 10
    for place in (f"/items/{item.id}", f"/problems/{problem.id}", f"/actions/{task.id}"):
        assert f'href="{place}"' in page
    assert ("交办事项：签收", "补办土地证") in told(decision, people.secretary)
    assert as_(people.stranger).get(f"/decisions/{decision.id}").status_code == 404


def test_every_event_of_another_thing_leads_to_its_page(story, people, as_):
    _, _, _, task = story
    browser = as_(people.secretary)
    for event in timeline.events_of(task, people.secretary):
        if not event.own:
            assert browser.get(event.url.partition("#")[0]).status_code == 200, event


def test_who_may_not_read_a_thing_is_told_nothing_of_it(story, people):
    _, _, _, task = story
    assert any("企业问题" in what for what, _ in told(task, people.secretary))
    names = {one.what.partition("：")[0] for one in timeline.events_of(task, people.stranger) if not one.own}
    assert names == set()


def test_it_takes_four_statements_however_long_it_is(story, people, statements):
    _, _, _, task = story
    _ = task.id, people.secretary.roles, people.secretary.deputyships
    counts = []
    for _ in range(2):
        statements.clear()
        timeline.events_of(task, people.secretary)
        counts.append(len([one for one in statements if one.startswith("SELECT")]))
        for number in range(12):
            actions.assign(title=f"又一件{number}", lead_person=people.officer, due=clock.today() + timedelta(9),
                           problem=task.problem, by=people.secretary)  # fmt: skip
        db.session.flush()
    assert counts[0] == counts[1] <= 4


def test_the_pages_show_it(story, people, as_):
    problem, item, _, task = story
    browser = as_(people.secretary)
    assert "交办事项：签收" in browser.get(f"/problems/{problem.id}").text
    assert "交办事项：签收" in browser.get(f"/items/{item.id}").text
    assert "企业问题：上报企业问题" in browser.get(f"/actions/{task.id}").text
