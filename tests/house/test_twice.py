"""A form that is posted five times at once, and two people who take the same step at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from cast import MONDAY, add_series

from portal.actions.assignment import operations as assignment
from portal.actions.models.action_items import ActionItem
from portal.actions.models.progress import ProgressReport
from portal.actions.requests import operations as requests
from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry, breaks
from portal.db.numbers import Counter
from portal.enterprises.models.enterprises import Enterprise
from portal.meetings.agenda import operations as agenda
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.people.models.accounts import User

TIMES = 5


@pytest.fixture
def series(people):
    return add_series(people)


@pytest.fixture
def task(people):
    return assignment.assign(
        title="补办土地手续", lead_person=people.officer, due=clock.today() + timedelta(days=9), by=people.secretary
    )


def together(app, *posts):
    """All posts at the same moment, each from a browser, a thread and a connection of its own."""
    barrier = Barrier(len(posts))

    def press(post):
        browser, address, data = post
        with app.app_context():
            barrier.wait()
            return browser.post(address, data=data)

    db.session.commit()
    db.session.remove()
    with ThreadPoolExecutor(len(posts)) as pool:
        return list(pool.map(press, posts))


def copies(as_, user, number):
    """The same signed-in browser several times, as a double click or a retry is."""
    first = as_(user)
    cookie = first.get_cookie("portal").value
    browsers = [first.application.test_client() for _ in range(number)]
    for one in browsers:
        one.set_cookie("portal", cookie)
    return browsers


def count(kind):
    return db.session.scalar(sa.select(sa.func.count()).select_from(kind))


TASK = {"title": "补办手续", "lead_person_id": "{people.officer.id}", "due": "2099-01-05"}
SITTING = {"day": "2026-11-30", "starts_at": "09:00", "minutes": "90", "chair_id": "{people.chair.id}", "sure": "y"}
ITEM = {"title": "研究停车", "kind": "other", "ask": "请研究", "minutes": "10"}
CREATING = {
    "a task": (ActionItem, "secretary", "/actions/new", TASK),
    "an enterprise": (Enterprise, "secretary", "/enterprises/new", {"kind": "enterprise", "name": "示例公司"}),
    "an item": (AgendaItem, "officer", "/series/1/items/new", ITEM),
    "a meeting": (Meeting, "secretary", "/series/1/meetings/new", SITTING),
    "a person": (User, "administrator", "/people/new", {"username": "lisi", "name": "李四", "rank": "0"}),
}


def filled(facts, people):
    return {key: text.format(people=people) for key, text in facts.items()}


@pytest.mark.parametrize("what", CREATING)
def test_the_same_form_five_times_at_once_makes_one_thing(app, people, series, as_, what):
    kind, who, address, facts = CREATING[what]
    data = filled(facts, people) | {"once": "the-same-form"}
    browsers = copies(as_, getattr(people, who), TIMES)
    before = count(kind)
    answers = together(app, *((one, address, data) for one in browsers))
    assert count(kind) == before + 1
    assert [one.status_code for one in answers if one.status_code >= 400] == []
    first = {one.location for one in answers if one.location}
    assert len(first) == 1
    assert list(breaks()) == []


def test_a_report_sent_five_times_is_one_line(app, people, task, as_):
    assignment.accept(task, by=people.officer)
    address, data = f"/actions/{task.id}/reports", {"text": "已对接", "once": "the-same-form"}
    answers = together(app, *((one, address, data) for one in copies(as_, people.officer, TIMES)))
    assert {(one.status_code, one.location) for one in answers} == {(303, address.removesuffix("/reports"))}
    assert count(ProgressReport) == 1


def test_of_two_who_take_the_same_step_one_is_told_it_was_taken(app, people, task, as_):
    browsers = [as_(people.officer) for _ in range(2)]
    answers = together(app, *((one, f"/actions/{task.id}/acceptance", {}) for one in browsers))
    assert sorted(one.status_code for one in answers) == [303, 409]
    taken = sa.select(JournalEntry).where(JournalEntry.deed == "actions.accept")
    assert len(db.session.scalars(taken).all()) == 1


def test_what_is_asked_for_is_withdrawn_or_answered_but_not_both(app, people, task, as_):
    assignment.accept(task, by=people.officer)
    extension = requests.ask_extension(task, task.due + timedelta(days=9), "等批复", by=people.officer)
    address = f"/actions/extensions/{extension.id}"
    answers = together(
        app,
        (as_(people.officer), f"{address}/withdrawal", {}),
        (as_(people.supervisor), f"{address}/decision", {"granted": "yes"}),
        (as_(people.secretary), f"{address}/decision", {"granted": "no", "answer": "请按期办结"}),
    )
    assert sorted(one.status_code for one in answers) == [303, 409, 409]
    settled = sa.select(JournalEntry).where(JournalEntry.deed.in_(["actions.withdraw", "actions.decide_extension"]))
    assert len(db.session.scalars(settled).all()) == 1


def test_secretary_and_chair_open_a_meeting_in_the_same_moment(app, people, series, as_):
    meeting = announced(people, series, MONDAY)
    address = f"/meetings/{meeting.id}/opening"
    answers = together(app, *((as_(one), address, {}) for one in (people.secretary, people.chair)))
    assert sorted(one.status_code for one in answers) == [303, 409]


def prepared(people, series, day):
    meeting = preparing.schedule(series, day, by=people.secretary)
    agenda.add_item(meeting, ItemKind.other, "部署下周工作", 10, by=people.secretary)
    return preparing.approve_agenda(meeting, chair=people.chair, by=people.secretary)


def announced(people, series, day):
    return notices.announce(prepared(people, series, day), why="已知悉", by=people.secretary)


def test_meetings_announced_in_the_same_moment_are_numbered_without_gap(app, people, series, as_):
    sittings = [prepared(people, series, MONDAY + timedelta(days=7 * week)).id for week in range(4)]
    why = {"why": "按时发出"}
    answers = together(app, *((as_(people.secretary), f"/meetings/{one}/notice", why) for one in sittings))
    assert [one.status_code for one in answers] == [303] * 4
    assert sorted(db.session.scalars(sa.select(Meeting.number))) == [1, 2, 3, 4]


def test_tasks_handed_out_in_the_same_moment_are_numbered_without_gap(app, people, as_):
    data = filled(TASK, people)
    posts = [(as_(people.secretary), "/actions/new", data | {"once": str(turn)}) for turn in range(TIMES)]
    assert [one.status_code for one in together(app, *posts)] == [303] * TIMES
    numbers = sorted(int(one.rsplit("-", 1)[-1]) for one in db.session.scalars(sa.select(ActionItem.number)))
    assert numbers == list(range(1, TIMES + 1))
    assert TIMES in db.session.scalars(sa.select(Counter.value)).all()


def test_entries_written_in_the_same_moment_are_one_chain(app, people, as_):
    posts = [(as_(people.stranger), "/settings", {}) for _ in range(TIMES)]
    before = count(JournalEntry)
    assert {one.status_code for one in together(app, *posts)} == {403}
    assert count(JournalEntry) == before + TIMES
    assert list(breaks()) == []
