"""The two clocks of a task: until when it is accepted, until when it is done."""

import re
from datetime import UTC, date, datetime

import pytest
from action_operations import operation

from portal.actions.assignment import operations as assignment
from portal.actions.ledger import saved_filters
from portal.actions.requests import operations as requests
from portal.db import clock, office
from portal.db.engine import db

FRIDAY = date(2026, 11, 27)
LATE_ON = {  # due day: the first day it is late; on the days between nobody is
    date(2026, 11, 26): date(2026, 11, 27),
    FRIDAY: date(2026, 11, 30),
    date(2026, 11, 28): date(2026, 12, 1),
    date(2026, 9, 30): date(2026, 10, 8),
    date(2026, 10, 3): date(2026, 10, 9),
}


def at(day):
    return clock.at(clock.moment(day, 12))


@pytest.fixture
def handed_out(task):
    """A task handed out on a Friday afternoon."""
    with at(FRIDAY):
        return task(days=30)


@pytest.mark.parametrize("due", LATE_ON)
def test_nobody_becomes_late_on_a_day_without_work(task, people, due):
    with at(date(2026, 9, 1)):
        made = task(days=(due - date(2026, 9, 1)).days)
    first = LATE_ON[due]
    for day, late in ((first, True), (date.fromordinal(first.toordinal() - 1), False)):
        with at(day):
            assert made.is_overdue is late
            assert bool(saved_filters.view_counts(people.supervisor)["late"]) is late
            assert made.is_due_soon is not late


def test_the_words_of_a_passed_day_wait_for_the_next_working_day(app):
    words = app.jinja_env.filters["due_words"]
    with at(date(2026, 11, 28)):
        assert words(FRIDAY) == "遇节假日顺延"
    with at(date(2026, 11, 30)):
        assert words(FRIDAY) == "逾期 3 天"


@pytest.mark.parametrize(("days", "until", "late_on"), [(1, 30, 1), (2, 31, 2), (0, 27, 30)])
def test_accepting_has_its_own_working_days(handed_out, people, days, until, late_on):
    office.change("accept_days", days, by=people.administrator)
    first = date(2026, 11 if late_on > 20 else 12, late_on)
    assert handed_out.accept_by == date.fromordinal(date(2026, 11, 1).toordinal() + until - 1)
    for day, late in ((first, True), (date.fromordinal(first.toordinal() - 1), False)):
        with at(day):
            assert handed_out.is_accepted_late is late
            assert saved_filters.view_counts(people.supervisor)["unaccepted"] == late


def test_what_was_accepted_is_not_asked_for(handed_out, people):
    assignment.accept(handed_out, by=people.officer)
    with at(date(2026, 12, 30)):
        assert not handed_out.is_accepted_late


@pytest.mark.parametrize("deed", ["hand_over", "insist", "reassign"])
def test_who_is_asked_anew_has_the_whole_time_and_the_original_day_stays(handed_out, people, deed):
    before = handed_out.original_due
    with at(date(2026, 12, 1)):
        if deed == "hand_over":
            assignment.hand_over(handed_out, people.lecturer, "出差", by=people.secretary)
        else:
            assignment.refuse(handed_out, "不归我局", by=people.officer)
            arguments = {"insist": ("职责在你局",), "reassign": (people.lecturer,)}[deed]
            operation(deed)(handed_out, *arguments, by=people.secretary)
        assert (handed_out.accept_by, handed_out.is_accepted_late) == (date(2026, 12, 2), False)
    assert handed_out.original_due == before


def test_an_extension_keeps_the_original_day_and_the_page_says_so(as_, handed_out, people):
    assignment.accept(handed_out, by=people.officer)
    asked = requests.ask_extension(handed_out, date(2027, 3, 1), "等批复", by=people.officer)
    requests.decide_extension(asked, True, by=people.supervisor)
    db.session.commit()
    page = as_(people.officer).get(f"/actions/{handed_out.id}").text
    assert (handed_out.due, handed_out.original_due) == (date(2027, 3, 1), date(2026, 12, 27))
    for words in ("2027年3月1日", "2026年12月27日", "考核以原定时限为准"):
        assert words in page


def test_both_clocks_stand_on_the_page_and_in_the_ledger(as_, people, task):
    with clock.at(datetime(2026, 1, 5, tzinfo=UTC)):
        made = task(days=9)
    browser = as_(people.supervisor)
    page = browser.get(f"/actions/{made.id}").text
    for words in ("签收时限", "2026年1月6日", "逾期未签收", "办理时限"):
        assert words in page
    rows = browser.get("/actions?view=unaccepted").text
    assert re.search(r"逾期未签收 <b class=\"num late\">1</b>", rows)
    assert "2026年1月6日</time>前" in rows
