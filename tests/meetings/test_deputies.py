"""A dated deputy of the chair or the recorder does what the person may do, and is shown as one."""

from datetime import timedelta

import pytest
import stage
from cast import by_itself

from portal.db import clock, journal
from portal.db.engine import db
from portal.errors import Refused
from portal.inbox import queries as inbox
from portal.meetings import rules
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance
from portal.meetings.attendance import queries as attendance_queries
from portal.meetings.attendance import replies
from portal.meetings.models.notices import MeetingNotice
from portal.meetings.notices import checks, paper
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.series import queries as series_queries
from portal.meetings.sitting import operations as sitting
from portal.people.deputies import operations as persons
from portal.people.models.roles import Part


def stand_in(people, part, person, deputy, days=30, start=0):
    persons.name_deputy(
        person, deputy, starts=clock.today() + timedelta(start), ends=clock.today() + timedelta(days), parts=[part],
        by=person,
    )  # fmt: skip
    db.session.commit()
    db.session.refresh(deputy)


def test_a_deputy_of_the_chair_may_what_the_chair_may_until_the_last_day(people):
    meeting = stage.prepared(people)
    may = (rules.see, rules.approve_agenda, rules.run, rules.answer_leave, rules.show_screen)
    assert [rule(people.stranger, meeting) for rule in may] == [False] * 5
    stand_in(people, Part.chair, people.chair, people.stranger, days=3)
    assert [rule(people.stranger, meeting) for rule in may] == [True] * 5
    assert not rules.build_agenda(people.stranger, meeting)
    with clock.at(stage.BEFORE + timedelta(4)):
        assert [rule(people.stranger, meeting) for rule in may] == [False] * 5


def test_a_deputy_of_the_recorder_keeps_the_roll_and_finds_the_meeting(people):
    meeting = stage.prepared(people)
    stand_in(people, Part.record, people.recorder, people.stranger)
    assert rules.keep_attendance(people.stranger, meeting)
    assert not rules.run(people.stranger, meeting)
    assert meeting in db.session.scalars(series_queries.meetings_of(people.stranger)).all()


@pytest.mark.parametrize("htmx", [False, True])
def test_what_a_deputy_approves_says_for_whom(as_, people, htmx):
    meeting = stage.prepared(people)
    stand_in(people, Part.chair, people.chair, people.stranger)
    preparing.ask_approval(meeting, by=people.secretary)
    db.session.commit()
    told = db.session.scalars(inbox.notices_of(people.stranger)).all()
    assert f"请审定议程：{meeting.title}" in [one.title for one in told]
    number, shown = meeting.id, f"{people.stranger.name}（代{people.chair.name}）"
    as_(people.stranger, htmx=htmx).post(f"/meetings/{number}/approval")
    db.session.expire_all()
    entry = next(one for one in journal.history(meeting) if one.deed == "meetings.approve_agenda")
    assert (entry.actor, meeting.approved_by) == (shown, shown)
    assert shown in as_(people.secretary).get(f"/meetings/{number}").get_data(as_text=True)


def test_nobody_decides_on_the_leave_of_whom_they_stand_in_for(people):
    meeting = stage.announced(people)
    stand_in(people, Part.chair, people.chair, people.stranger)
    place = next((one for one in meeting.attendances if one.user_id == people.chair.id), None)
    other = next(one for one in meeting.attendances if one.user_id not in {people.chair.id, people.stranger.id})
    assert rules.decide_on_leave(people.stranger, other)
    if place is not None:
        assert not rules.decide_on_leave(people.stranger, place)


def test_a_chair_on_leave_is_no_doubt_where_a_deputy_is_in_office_that_day(people):
    away = stage.announced(people)
    place = next(one for one in away.attendances if one.user_id == people.chair.id)
    replies.record_leave(place, "出差", by=people.secretary)
    meeting = preparing.schedule(away.series, away.day, by=people.secretary)
    found = [one.name for one in checks.before_notice(meeting)]
    assert "主持人不能到会" in found
    stand_in(people, Part.chair, people.chair, people.stranger, days=2)
    assert "主持人不能到会" in [one.name for one in checks.before_notice(meeting)]  # over before the day
    stand_in(people, Part.chair, people.chair, people.officer, days=60, start=3)
    assert "主持人不能到会" not in [one.name for one in checks.before_notice(meeting)]


def test_papers_name_the_deputy_in_the_chair_until_the_chair_comes(people):
    stand_in(people, Part.chair, people.chair, people.officer, days=60)
    meeting = stage.announced(people)
    shown = f"{people.officer.name}（代{people.chair.name}）"
    assert (meeting.chaired_by, paper.paper_of(meeting).chair) == (shown, shown)
    with clock.at(meeting.starts):
        sitting.open(meeting, by=people.secretary)
        place = attendance_queries.own_attendance(meeting, people.officer)
        attendance.check_in(place, by=people.secretary)
        assert shown in [name for _, name in attendance_queries.lists_of(meeting).present]
        attendance.check_in(attendance_queries.own_attendance(meeting, people.chair), by=people.secretary)
        for item in meeting.items:
            sitting.mark_item(item, type(item.state).dealt_with, by=people.secretary)
        sitting.adjourn(meeting, by=people.secretary)
    assert meeting.chaired_by == people.chair.name


def test_the_checks_bind_whoever_sends_the_notice_and_the_reason_stays_with_it(as_, people):
    meeting = stage.prepared(people)
    agenda.edit_item(meeting.items[-1], None, minutes=400, by=people.secretary)
    preparing.approve_agenda(meeting, chair=people.chair, by=people.chair)
    with pytest.raises(Refused, match="比会议时长多"):
        notices.announce(meeting, why="  ", by=people.secretary)
    notices.announce(meeting, why="会上压缩时间", by=people.secretary)
    db.session.commit()
    sent = db.session.query(MeetingNotice).one()
    assert (sent.despite, sent.why) == (["超出时长"], "会上压缩时间")
    number = meeting.id
    both = (people.secretary, people.officer)
    pages = [as_(who).get(f"/meetings/{number}/notice").get_data(as_text=True) for who in both]
    assert ["仍要发出的理由：会上压缩时间" in page for page in pages] == [True, False]


def test_a_reason_nobody_needed_is_not_kept(people):
    meeting = stage.prepared(people)
    preparing.approve_agenda(meeting, chair=people.chair, by=people.chair)
    assert checks.before_notice(meeting) == []
    notices.announce(meeting, why="没有提醒", by=people.secretary)
    entry = meeting.notices[0]
    assert (entry.despite, entry.why) == ([], "")


def test_who_reports_without_being_a_member_is_seated_as_a_visitor_and_told_in_the_notice(people):
    meeting = stage.prepared(people)
    agenda.edit_item(meeting.items[-1], None, reporter=people.stranger, by=people.secretary)
    assert paper.paper_of(meeting).participants == f"{people.task_force.name}全体成员；列席：{people.stranger.titled}"
    preparing.approve_agenda(meeting, chair=people.chair, by=people.chair)
    notices.announce(meeting, by=people.secretary)
    place = attendance_queries.own_attendance(meeting, people.stranger)
    assert (place.member, meeting.attendances[-1]) == (False, place)
    told = db.session.scalars(inbox.notices_of(people.stranger)).all()
    assert f"会议通知：{meeting.title}" in [one.title for one in told]
    assert attendance_queries.tally(meeting).visitors == 1


def test_the_place_goes_with_the_report_until_the_person_answers(people):
    meeting = stage.announced(people)
    agenda.edit_item(meeting.items[-1], None, reporter=people.stranger, by=people.secretary)
    assert attendance_queries.own_attendance(meeting, people.stranger) is not None
    agenda.edit_item(meeting.items[-1], None, reporter=people.officer, by=people.secretary)
    assert attendance_queries.own_attendance(meeting, people.stranger) is None
    agenda.edit_item(meeting.items[-1], None, reporter=people.stranger, by=people.secretary)
    replies.confirm(attendance_queries.own_attendance(meeting, people.stranger), by=people.stranger)
    agenda.edit_item(meeting.items[-1], None, reporter=people.officer, by=people.secretary)
    assert attendance_queries.own_attendance(meeting, people.stranger) is not None


def test_a_deputy_named_later_is_in_the_chair_and_has_a_place_until_it_ends(people):
    meeting = stage.announced(people)
    db.session.commit()
    stand_in(people, Part.chair, people.chair, people.stranger)
    by_itself("meetings.settle_chairs")
    assert meeting.chaired_by == f"{people.stranger.name}（代{people.chair.name}）"
    assert attendance_queries.own_attendance(meeting, people.stranger) is not None
    persons.end_deputy(people.stranger.deputyships[0], by=people.chair)
    db.session.commit()
    by_itself("meetings.settle_chairs")
    db.session.expire_all()
    assert (meeting.chaired_by, attendance_queries.own_attendance(meeting, people.stranger)) == (
        people.chair.name,
        None,
    )
    deeds = [one.deed for one in journal.history(meeting)]
    by_itself("meetings.settle_chairs")
    assert [one.deed for one in journal.history(meeting)] == deeds
