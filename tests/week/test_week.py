"""The secretary's week: what is ready, missing and late, and reminding only those who owe something."""

from datetime import date, timedelta

import pytest
import stage
from cast import by_itself
from stage import MONDAY

from portal.actions.assignment import operations as actions
from portal.courses.course import operations as course_operations
from portal.courses.programme import operations as programme_operations
from portal.db import clock, journal
from portal.db.engine import db
from portal.errors import Refused
from portal.inbox.models import Notice
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import replies
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.series import ItemKind, Recurrence
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.proposals import operations as proposals
from portal.people.deputies.operations import name_deputy
from portal.people.models.roles import Part
from portal.week import operations, queries

MOST_STATEMENTS = 10


def missing(meeting):
    return {one.kind.name for one in queries.week_of(meeting).missing}


def told(user):
    db.session.flush()
    rows = db.session.query(Notice).filter_by(user_id=user.id).filter(Notice.burst.startswith("owed-"))
    return [one.body for one in rows]


def propose(people, meeting):
    return proposals.propose(meeting.series, ItemKind.problem, "停电", "请研究", 10, by=people.officer)


def test_a_meeting_under_preparation_lacks_approval_and_notice(people):
    meeting = stage.prepared(people)
    assert missing(meeting) == {"ask", "notice"}
    preparing.ask_approval(meeting, by=people.secretary)
    assert missing(meeting) == {"approval", "notice"}
    preparing.approve_agenda(meeting, chair=people.chair, by=people.chair)
    assert missing(meeting) == {"notice"}
    notices.announce(meeting, why="已知悉", by=people.secretary)
    assert missing(meeting) == {"replies"}


def leave_out_reporter(people, meeting):
    meeting.items[1].reporter = None


def leave_out_time(people, meeting):
    meeting.items[1].minutes = 0


def take_too_long(people, meeting):
    meeting.items[1].minutes = 300


def accept(people, meeting):
    proposals.accept_item(propose(people, meeting), by=people.secretary)


def bring_a_lesson(people, meeting):
    programme = programme_operations.add_programme("讲业务计划", 2026, "", by=people.secretary)
    field = programme_operations.add_field("科技", 1, by=people.secretary)
    course = course_operations.add_course(programme, "认定政策", field, lecturer=people.lecturer, by=people.secretary)
    agenda.add_item(meeting, ItemKind.course, "讲业务", 10, course=course, by=people.secretary)


def give_a_task(people, meeting):
    with clock.at(clock.now() - timedelta(days=30)):
        task = actions.assign(
            title="补办手续", lead_person=people.officer, due=MONDAY, audience=people.task_force, by=people.secretary
        )
        actions.accept(task, by=people.officer)


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (propose, "proposals"), (accept, "backlog"), (leave_out_reporter, "reporter"), (leave_out_time, "time"),
        (take_too_long, "time"), (bring_a_lesson, "slides"), (give_a_task, "feedback"),
    ],
)  # fmt: skip
def test_each_line_finds_its_own(people, spoil, name):
    meeting = stage.prepared(people)
    spoil(people, meeting)
    db.session.flush()
    assert missing(meeting) == {name, "ask", "notice"}


def test_the_call_belongs_to_the_nearest_meeting(people):
    meeting = stage.prepared(people)
    later = preparing.schedule(meeting.series, stage.next_week(), by=people.secretary)
    propose(people, meeting)
    assert ("proposals" in missing(meeting), "proposals" in missing(later)) == (True, False)


def test_replies_and_leave_show_until_they_are_answered(people):
    meeting = stage.announced(people)
    chair = next(one for one in meeting.attendances if one.user_id == people.chair.id)
    for attendance in meeting.attendances:
        if attendance is not chair:
            replies.confirm(attendance, by=attendance.user)
    replies.ask_leave(chair, "出差", by=people.chair)
    assert missing(meeting) == {"leave", "chair"}


def test_after_the_meeting_record_and_minutes_are_wanted(people):
    meeting = stage.adjourned(people)
    by_itself("records.begin", "minutes.draft", "meetings.next")
    assert missing(meeting) == {"record", "minutes_draft"}
    assert [one.meeting.state.value for one in queries.weeks(people.secretary)] == ["preparing", "adjourned"]


def test_of_a_chain_of_steps_only_what_was_done_is_ready(people):
    meeting = stage.prepared(people)
    assert "议程已经审定" not in queries.week_of(meeting).ready
    preparing.approve_agenda(meeting, chair=people.chair, by=people.chair)
    assert "议程已经审定" in queries.week_of(meeting).ready
    held = stage.adjourned(people, meeting.series, day=MONDAY - timedelta(days=7))
    assert missing(held) == {"minutes_begin"}
    by_itself("records.begin", "minutes.draft")
    assert queries.week_of(held).ready == []


def test_what_is_past_its_time_is_late_and_stands_first(people):
    meeting = stage.prepared(people)
    leave_out_reporter(people, meeting)
    db.session.flush()
    with clock.at(meeting.cut_off + timedelta(minutes=1)):
        lines = queries.week_of(meeting).missing
        assert (lines[0].kind.name, lines[0].is_late) == ("reporter", True)


def test_only_who_owes_something_is_reminded_and_once(people):
    meeting = stage.announced(people)
    for attendance in meeting.attendances:
        if attendance.user_id not in (people.officer.id, people.colleague.id):
            replies.confirm(attendance, by=attendance.user)
    assert operations.remind(meeting, by=people.secretary) == 2
    assert operations.remind(meeting, by=people.secretary) == 2
    assert (told(people.officer), told(people.chair)) == (["没有回复通知。"], [])
    db.session.commit()
    entries = [one for one in journal.history(meeting) if one.deed == "week.remind"]
    assert [one.facts["people"] for one in entries] == [["服务示例", "同事示例"]] * 2


def test_one_message_says_everything_a_person_owes(people):
    meeting = stage.prepared(people)
    bring_a_lesson(people, meeting)
    with clock.at(clock.now() - timedelta(days=30)):
        task = actions.assign(
            title="补办手续", lead_person=people.lecturer, due=MONDAY, audience=people.task_force, by=people.secretary
        )
        actions.accept(task, by=people.lecturer)
    assert operations.remind(meeting, by=people.secretary) == 1
    assert told(people.lecturer) == ["课件没有到位：认定政策；交办事项没有反馈：补办手续。"]


def test_whoever_stands_in_for_the_chair_is_reminded_too(people):
    meeting = stage.prepared(people)
    preparing.ask_approval(meeting, by=people.secretary)
    today, parts = clock.today(), (Part.chair,)
    name_deputy(people.chair, people.stranger, starts=today, ends=today, parts=parts, by=people.chair)
    operations.remind(meeting, "approval", by=people.secretary)
    assert told(people.chair) == told(people.stranger) == ["主持人还没有审定。"]


def test_nobody_is_reminded_of_nothing(people):
    with pytest.raises(Refused, match="没有人需要提醒"):
        operations.remind(stage.prepared(people), by=people.secretary)


@pytest.mark.parametrize("htmx", [False, True])
def test_the_page_reminds_with_one_click(as_, people, htmx):
    meeting = stage.announced(people)
    number = meeting.id
    client = as_(people.secretary, htmx=htmx)
    assert "提醒 7 人" in client.get("/week").get_data(as_text=True)  # the secretary is not reminded
    assert client.post(f"/meetings/{number}/reminders", data={"line": "replies"}).status_code == (204 if htmx else 303)
    assert "提醒过" in client.get("/week").get_data(as_text=True)
    assert as_(people.chair).post(f"/meetings/{number}/reminders").status_code == 403


def test_the_weeks_buttons_lead_on(as_, people):
    meeting = stage.prepared(people)
    propose(people, meeting)
    proposals.accept_item(propose(people, meeting), by=people.secretary)
    number, series = meeting.id, meeting.series_id
    client = as_(people.secretary)
    page = client.get(f"/series/{series}/week").get_data(as_text=True)
    for address in (f"series/{series}/backlog", f"meetings/{number}/placements", f"meetings/{number}/approval/request"):
        assert f"/{address}" in page
    assert as_(people.officer).get("/week").status_code == 403


def test_a_series_without_a_sitting_ahead_is_named(as_, people):
    series = stage.new_series(people, recurrence=Recurrence.by_hand)
    stage.concluded(people, series)
    assert f"{series.name}还没有下次会议" in as_(people.secretary).get("/week").get_data(as_text=True)


def test_an_unknown_year_is_a_warning_on_the_page(as_, people):
    stage.prepared(people, day=date(2031, 1, 6))
    assert "工作日历里还没有2031年的节假日安排" in as_(people.secretary).get("/week").get_data(as_text=True)


@pytest.mark.parametrize("count", [1, 4])
def test_the_page_asks_few_questions(as_, people, statements, count):
    for number in range(count):
        series = stage.new_series(people, name=f"例会{number}")
        meeting = stage.prepared(people, series, items=[f"议题{place}" for place in range(count * 5)])
        propose(people, meeting)
        stage.announced(people, series, day=MONDAY + timedelta(days=7))
        stage.adjourned(people, series, day=MONDAY - timedelta(days=7), outcome=ItemState.deferred)
    by_itself("records.begin", "minutes.draft")
    client = as_(people.secretary)
    statements.clear()
    assert client.get("/week").status_code == 200
    assert len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]) <= MOST_STATEMENTS
