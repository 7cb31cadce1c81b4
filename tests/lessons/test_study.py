"""After a lesson: who listened, how many study hours that makes, and what was thought of it."""

import json
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

import pytest
import sqlalchemy as sa
from cast import Cast, by_itself
from flask.testing import FlaskClient
from openpyxl import load_workbook

from portal.courses.models.courses import Course
from portal.db import clock, journal, office
from portal.db.engine import db
from portal.inbox.models import Notice
from portal.lessons.models.feedback import FeedbackGiven, FeedbackSheet
from portal.lessons.study_hours import queries as study_hours_queries
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance
from portal.meetings.attendance import replies
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.sitting import operations as sitting_operations

SignIn = Callable[..., FlaskClient]
MARKS = {"useful": "5", "clear": "4", "wish": "多讲案例"}


@pytest.fixture
def given(people: Cast, first: Course, sittings: list[Meeting]) -> Course:
    """The first lesson was given: officer, colleague, recorder and its lecturer were there, one by a substitute."""
    sitting = sittings[0]
    for item in list(sitting.items):
        agenda.take_off_item(item, by=people.secretary)
    agenda.add_item(sitting, ItemKind.course, first.topic, 30, course=first, by=people.secretary)
    preparing.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    notices.announce(sitting, why="已知悉", by=people.secretary)
    with clock.at(sitting.starts):
        sitting_operations.open(sitting, by=people.secretary)
        for place in sitting.attendances:
            if place.user in (people.officer, people.colleague, people.recorder, people.lecturer, people.reviewer):
                attendance.check_in(place, by=people.secretary)
            if place.user is people.reviewer:
                replies.set_substitute(place, "代会示例", by=people.secretary)
        sitting_operations.mark_item(sitting.items[0], ItemState.dealt_with, by=people.secretary)
        sitting_operations.adjourn(sitting, by=people.secretary)
    db.session.commit()
    return first


def row_of(year: int, user: object) -> object:
    return next(row for row in db.session.execute(study_hours_queries.year_of(year)) if row.User is user)


def test_present_officers_have_their_minutes_and_the_lecturer_double(people: Cast, given: Course) -> None:
    row = row_of(2026, people.officer)
    assert (row.listened, row.taught, study_hours_queries.hours(row.minutes)) == (1, 0, Decimal("0.7"))
    row = row_of(2026, people.lecturer)
    assert (row.listened, row.taught, study_hours_queries.hours(row.minutes)) == (0, 1, Decimal("1.3"))
    for user in (people.reviewer, people.stranger):  # by a substitute, not there
        assert row_of(2026, user).minutes == 0
    assert row_of(2025, people.officer).minutes == 0


def test_the_office_sets_how_much_teaching_counts(people: Cast, given: Course) -> None:
    office.change("lecturer_hours", 3, by=people.secretary)
    assert study_hours_queries.hours(row_of(2026, people.lecturer).minutes) == Decimal("2.0")


def test_short_lessons_lose_nothing_by_rounding() -> None:
    assert study_hours_queries.hours(30 * 3) == Decimal("2.0")
    assert study_hours_queries.hours(2) == Decimal("0.0")
    assert study_hours_queries.hours(45) == Decimal("1.0")


def test_the_year_leaves_as_excel(people: Cast, as_: SignIn, given: Course) -> None:
    page = as_(people.secretary).get("/study-hours?year=2026")
    assert "2026年学时" in page.text
    book = load_workbook(
        BytesIO(as_(people.secretary).get("/study-hours?year=2026&sort=hours&order=desc&export=xlsx").data)
    )
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0] == ("单位", "姓名", "听课（讲）", "主讲（讲）", "学时")
    assert rows[1] == ("市工业和信息化局", "主讲示例", 0, 1, 1.3)
    assert as_(people.officer).get("/study-hours").status_code == 403


def test_everybody_sees_their_own_hours_and_nobody_elses(people: Cast, as_: SignIn, given: Course) -> None:
    page = as_(people.officer).get(f"/study-hours/{people.officer.id}").text
    assert "我的学时" in page
    assert "共 0.7 学时" in page
    assert as_(people.officer).get(f"/study-hours/{people.lecturer.id}").status_code == 404
    assert as_(people.chair).get(f"/study-hours/{people.lecturer.id}").status_code == 200


def test_who_listened_is_asked_once(people: Cast, given: Course) -> None:
    db.session.execute(sa.delete(Notice))
    with clock.at(clock.moment(given.delivered_on, 12)):
        for _ in range(2):
            by_itself("lessons.ask_feedback")
    told = db.session.execute(sa.select(Notice.user_id, Notice.title)).all()
    assert {user for user, _ in told} == {people.officer.id, people.colleague.id, people.recorder.id}
    assert len(told) == 3


def test_feedback_is_anonymous_and_each_answers_once(people: Cast, as_: SignIn, given: Course) -> None:
    address = f"/courses/{given.id}/feedback"
    officer = as_(people.officer)
    assert "匿名反馈" in officer.get(address).text
    assert officer.post(address, data=MARKS).status_code == 303
    assert officer.post(address, data=MARKS).status_code == 409
    assert "您已经反馈过这一讲" in officer.get(address).text
    sheet = db.session.scalar(sa.select(FeedbackSheet))
    assert sheet.answers == {"list": [{"useful": 5, "clear": 4, "wish": "多讲案例", "by": ""}]}
    assert db.session.scalars(sa.select(FeedbackGiven.user_id)).all() == [people.officer.id]
    entry = journal.history(given)[-1]
    assert (entry.deed, entry.facts, entry.why) == ("lessons.give_feedback", {}, "")


def test_the_order_of_answers_tells_nothing_of_who_came_first(people: Cast, as_: SignIn, given: Course) -> None:
    for user, wish in ((people.officer, "乙"), (people.colleague, "甲"), (people.recorder, "丙")):
        as_(user).post(f"/courses/{given.id}/feedback", data=MARKS | {"wish": wish})
    found = db.session.scalar(sa.select(FeedbackSheet)).answers["list"]
    assert found == sorted(found, key=lambda one: json.dumps(one, sort_keys=True))


def test_few_anonymous_answers_are_not_shown(people: Cast, as_: SignIn, given: Course) -> None:
    address, lecturer = f"/courses/{given.id}/opinions", as_(people.lecturer)
    for number, user in enumerate((people.officer, people.colleague, people.recorder), 1):
        as_(user).post(f"/courses/{given.id}/feedback", data=MARKS)
        page = lecturer.get(address).text
        assert f"听课 3 人，收到 {number} 份" in page
        assert ("多讲案例" in page) == (number == 3)
    assert '平均 <b class="num">5.0</b>' in page
    assert as_(people.officer).get(address).status_code == 403


def test_named_feedback_says_who(people: Cast, as_: SignIn, given: Course) -> None:
    office.change("anonymous_feedback", "记名", by=people.secretary)
    db.session.commit()
    as_(people.officer).post(f"/courses/{given.id}/feedback", data=MARKS)
    assert "（服务示例）" in as_(people.secretary).get(f"/courses/{given.id}/opinions").text


@pytest.mark.parametrize("name", ["lecturer", "reviewer", "stranger", "secretary"])
def test_only_who_was_there_is_heard(people: Cast, as_: SignIn, given: Course, name: str) -> None:
    assert as_(getattr(people, name)).post(f"/courses/{given.id}/feedback", data=MARKS).status_code == 403


@pytest.mark.parametrize("change", [{"useful": ""}, {"clear": "6"}, {"wish": "长" * 1001}])
def test_an_answer_that_is_none_says_so_and_keeps_what_was_typed(
    people: Cast, as_: SignIn, given: Course, change: dict[str, str]
) -> None:
    answer = as_(people.officer).post(f"/courses/{given.id}/feedback", data=MARKS | change)
    assert answer.status_code == 422
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FeedbackGiven)) == 0
