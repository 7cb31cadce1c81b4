"""Preparing a meeting: its rhythm, the call for items, the named checks, approval, changes, undoing, carrying over."""

from datetime import date, time, timedelta

import pytest
import stage
from cast import by_itself
from stage import MONDAY

from portal.db import calendar, clock, journal
from portal.db.engine import db
from portal.errors import Refused
from portal.inbox.models import Notice
from portal.meetings.agenda import operations as agenda
from portal.meetings.agenda import undoing
from portal.meetings.attendance import operations as attendance
from portal.meetings.models.agenda import AgendaItem, AgendaStep, ItemState
from portal.meetings.models.attendance import Attendance, Reply
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import LAST, ItemKind, Recurrence
from portal.meetings.notices import checks
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.proposals import operations as proposals
from portal.meetings.proposals import queries as proposals_queries
from portal.meetings.series import operations as series_operations
from portal.meetings.series import rhythm
from portal.meetings.sitting import operations as sitting

MOST_STATEMENTS = 10


def titles(meeting):
    return [item.title for item in meeting.items]


def told(user, title=""):
    db.session.flush()
    rows = db.session.query(Notice).filter_by(user_id=user.id).order_by(Notice.id)
    return [one.title for one in rows if title in one.title]


def words(meeting):
    return {one.name for one in checks.before_notice(meeting)}


def meetings_of(series):
    db.session.commit()
    db.session.expire_all()
    rows = db.session.query(Meeting).filter_by(series_id=series.id).order_by(Meeting.day)
    return [(one.day.isoformat(), one.state.value) for one in rows]


# ── the rhythm ──


@pytest.mark.parametrize(
    ("year", "month", "weekday", "nth", "day"),
    [
        (2026, 12, 0, 1, 7), (2026, 12, 1, 1, 1), (2026, 12, 0, 4, 28), (2026, 12, 3, LAST, 31),
        (2026, 12, 4, LAST, 25), (2027, 2, 0, LAST, 22), (2028, 2, 1, LAST, 29), (2026, 11, 6, 2, 8),
    ],
)  # fmt: skip
def test_the_nth_weekday_of_a_month(year, month, weekday, nth, day):
    found = rhythm.nth_weekday(year, month, weekday, nth)
    assert (found, found.weekday()) == (date(year, month, day), weekday)


@pytest.mark.parametrize(
    ("changes", "held", "expected"),
    [
        ({}, date(2026, 11, 30), date(2026, 12, 7)),
        ({"recurrence": Recurrence.fortnightly}, date(2026, 11, 30), date(2026, 12, 14)),
        ({"recurrence": Recurrence.monthly, "nth": 2}, date(2026, 11, 30), date(2026, 12, 14)),
        ({"recurrence": Recurrence.monthly, "nth": LAST}, date(2026, 11, 30), date(2026, 12, 28)),
    ],
)
def test_the_next_sitting_follows_the_rhythm(people, changes, held, expected):
    series = stage.new_series(people, **changes)
    stage.prepared(people, series, held)
    assert rhythm.proposed_day(series) == expected


def test_a_holiday_moves_one_sitting_and_not_the_rhythm(people):
    for day in (date(2026, 12, 14), date(2026, 12, 15), date(2026, 12, 16), date(2026, 12, 17), date(2026, 12, 18)):
        calendar.mark(day, working=False, name="示例假期")
    calendar.mark(date(2026, 12, 20), working=True, name="示例假期调休上班")
    series = stage.new_series(people, recurrence=Recurrence.fortnightly)
    stage.prepared(people, series, date(2026, 11, 30))
    moved = preparing.schedule(series, rhythm.proposed_day(series), by=people.secretary)
    assert (moved.day, moved.rhythm_day) == (date(2026, 12, 20), date(2026, 12, 14))  # a Sunday worked in exchange
    assert rhythm.proposed_day(series) == date(2026, 12, 28)


def test_a_postponed_sitting_does_not_shift_the_rhythm(people):
    series = stage.new_series(people, recurrence=Recurrence.fortnightly)
    first = preparing.schedule(series, MONDAY, by=people.secretary)
    preparing.postpone(first, date(2026, 12, 9), first.starts_at, "会场冲突", by=people.secretary)
    assert rhythm.proposed_day(series) == date(2026, 12, 14)


def test_an_unknown_year_is_a_warning(people):
    series = stage.new_series(people)
    meeting = stage.prepared(people, series, date(2031, 1, 6))
    assert "会议日期" in words(meeting)
    assert "工作日历里还没有2031年的节假日安排" in str(checks.before_notice(meeting))


def test_the_next_sitting_is_made_once(people):
    series = stage.new_series(people)
    stage.adjourned(people, series)
    by_itself("meetings.next", "meetings.next")
    assert meetings_of(series) == [("2026-11-30", "adjourned"), ("2026-12-07", "preparing")]
    preparing.schedule_next(series)
    assert len(meetings_of(series)) == 2


def test_the_secretary_can_turn_it_off(people):
    series = stage.new_series(people, automatic=False)
    stage.adjourned(people, series)
    by_itself("meetings.next")
    assert len(meetings_of(series)) == 1


def test_a_changed_series_leaves_its_meetings_alone(people):
    meeting = stage.announced(people)
    series = meeting.series
    facts = {name: getattr(series, name) for name in series_operations.SeriesFacts.__annotations__}
    facts |= {"place": "别的会议室", "starts_at": time(15), "minutes": 30, "chair": people.signatory, "weekday": 4}
    series_operations.edit_series(series, series.version, standing=[], by=people.secretary, **facts)
    by_itself("meetings.next")
    db.session.refresh(meeting)
    assert (meeting.place, meeting.starts_at, meeting.minutes) == ("第一会议室", time(9), 90)
    assert (meeting.chair_id, len(meeting.items)) == (people.chair.id, 3)


# ── the call for items ──


def propose(people, series, title, kind=ItemKind.problem):
    return proposals.propose(series, kind, title, "请研究", 10, by=people.officer)


def test_one_act_places_everything_accepted_each_where_its_kind_belongs(people):
    series = stage.new_series(people, standing=[(ItemKind.review, "通报", 10), (ItemKind.assignment, "部署", 10)])
    meeting = preparing.schedule(series, MONDAY, by=people.secretary)
    for title, kind in (("其他事", ItemKind.other), ("用地", ItemKind.problem), ("学习", ItemKind.study)):
        proposals.accept_item(propose(people, series, title, kind), by=people.secretary)
    propose(people, series, "还没有采纳的")
    agenda.place_all(meeting, by=people.secretary)
    assert titles(meeting) == ["通报", "学习", "用地", "部署", "其他事"]
    assert [item.position for item in meeting.items] == [1, 2, 3, 4, 5]


def test_the_series_says_in_which_order_the_kinds_come(people):
    series = stage.new_series(people, kind_order=["other", "problem"], standing=[(ItemKind.review, "通报", 10)])
    meeting = preparing.schedule(series, MONDAY, by=people.secretary)
    for title, kind in (("用地", ItemKind.problem), ("其他事", ItemKind.other)):
        item = proposals.accept_item(propose(people, series, title, kind), by=people.secretary)
        agenda.place_item(item, meeting, by=people.secretary)
    assert titles(meeting) == ["其他事", "用地", "通报"]


def test_after_the_cut_off_it_is_a_late_item_of_this_meeting_and_none_of_the_next(people):
    meeting = stage.prepared(people)
    with clock.at(meeting.cut_off + timedelta(minutes=1)):
        item = propose(people, meeting.series, "停电")
        assert item.late
        proposals.accept_item(item, by=people.secretary)
        agenda.place_item(item, meeting, by=people.secretary)
        assert item.late
        agenda.take_off_item(item, by=people.secretary)
        later = preparing.schedule(meeting.series, stage.next_week(), by=people.secretary)
        agenda.place_item(item, later, by=people.secretary)
        assert not item.late


def test_what_is_kept_back_waits_for_its_day(people):
    series = stage.new_series(people)
    meeting = preparing.schedule(series, MONDAY, by=people.secretary)
    item = proposals.defer_item(propose(people, series, "用电"), date(2026, 12, 5), by=people.secretary)
    assert (item.state, told(people.officer, "暂缓")) == (ItemState.accepted, ["您申报的议题已采纳，暂缓列入：用电"])
    with pytest.raises(Refused, match="没有可以列入的待排议题"):
        agenda.place_all(meeting, by=people.secretary)
    later = preparing.schedule(series, stage.next_week(), by=people.secretary)
    assert agenda.place_all(later, by=people.secretary) == [item]


def test_an_accepted_item_can_still_be_returned(people):
    series = stage.new_series(people)
    item = proposals.accept_item(propose(people, series, "用电"), by=people.secretary)
    proposals.return_item(item, "已经解决", by=people.secretary)
    assert (item.state, proposals_queries.backlog(series)) == (ItemState.returned, [])


def test_standing_items_bring_their_reporter(people):
    series = stage.new_series(people, standing=[(ItemKind.study, "学习", 10, people.officer)])
    meeting = preparing.schedule(series, MONDAY, by=people.secretary)
    assert [item.reporter_id for item in meeting.items] == [people.officer.id]


# ── the named checks ──


def test_a_complete_meeting_passes_every_check(people):
    assert words(stage.prepared(people)) == set()


def leave_out_reporter(people, meeting):
    meeting.items[1].reporter = None


def leave_out_time(people, meeting):
    meeting.items[1].minutes = 0


def take_too_long(people, meeting):
    meeting.items[1].minutes = 200


def ask_for_leave(people, meeting):
    other = preparing.schedule(stage.new_series(people, name="第二小组例会"), MONDAY, by=people.secretary)
    other.starts_at = time(15)
    other.attendances = [Attendance(user=people.chair, name=people.chair.name, state=Reply.on_leave)]


def close_account(people, meeting):
    people.chair.active = False


def move_to_sunday(people, meeting):
    meeting.day = date(2026, 11, 29)


def leave_unanswered(people, meeting):
    propose(people, meeting.series, "停电")


def change_after_approval(people, meeting):
    preparing.approve_agenda(meeting, chair=people.chair, by=people.chair)
    agenda.add_item(meeting, ItemKind.other, "增加", 5, reporter=people.officer, by=people.secretary)


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (leave_out_reporter, "没有汇报人"), (leave_out_time, "没有时间"), (take_too_long, "超出时长"),
        (ask_for_leave, "主持人不能到会"), (close_account, "主持人不能到会"), (move_to_sunday, "会议日期"),
        (leave_unanswered, "申报没有答复"), (change_after_approval, "审定后有变更"),
    ],
)  # fmt: skip
def test_each_check_finds_its_own(people, spoil, name):
    meeting = stage.prepared(people)
    spoil(people, meeting)
    db.session.flush()
    assert words(meeting) == {name}


def test_a_lesson_without_slides_is_found(people):
    from portal.courses.course import operations as course_operations
    from portal.courses.programme import operations as programme_operations

    meeting = stage.prepared(people)
    programme = programme_operations.add_programme("讲业务计划", 2026, "", by=people.secretary)
    course = course_operations.add_course(
        programme, "认定政策", programme_operations.add_field("科技", 1, by=people.secretary), lecturer=people.lecturer,
        by=people.secretary,
    )  # fmt: skip
    agenda.add_item(meeting, ItemKind.course, "讲业务：认定政策", 20, course=course, by=people.secretary)
    assert [one.sentences for one in checks.before_notice(meeting)] == [["《讲业务：认定政策》的课件未提交。"]]


@pytest.mark.parametrize("htmx", [False, True])
def test_a_warning_is_overridden_with_a_reason_that_stays_on_record(as_, people, htmx):
    meeting = stage.prepared(people)
    leave_out_reporter(people, meeting)
    preparing.approve_agenda(meeting, chair=people.chair, by=people.chair)
    client, address = as_(people.secretary, htmx=htmx), f"/meetings/{meeting.id}/notice"
    answer = client.post(address)
    assert (answer.status_code, "没有汇报人：《研判用地问题》" in answer.get_data(as_text=True)) == (409, True)
    assert client.post(address, data={"why": "会上再定"}).status_code == (204 if htmx else 303)
    db.session.expire_all()
    entry = next(one for one in journal.history(meeting) if one.deed == "meetings.announce")
    assert (entry.why, entry.facts["despite"]) == ("会上再定", ["没有汇报人"])


def test_the_page_lists_the_checks_to_the_secretary_alone(as_, people):
    meeting = stage.prepared(people)
    leave_out_reporter(people, meeting)
    number = meeting.id
    db.session.commit()
    assert "没有汇报人" in as_(people.secretary).get(f"/meetings/{number}").get_data(as_text=True)
    assert "发通知前的检查" not in as_(people.officer).get(f"/meetings/{number}").get_data(as_text=True)


# ── approval, and what is changed afterwards ──


def test_the_chair_is_asked_and_answers_from_the_first_page(as_, people):
    meeting = stage.prepared(people)
    number = meeting.id
    secretary, chair = as_(people.secretary), as_(people.chair)
    assert f"/meetings/{number}/approval" not in chair.get("/").get_data(as_text=True)
    assert secretary.post(f"/meetings/{number}/approval/request").status_code == 303
    assert told(people.chair) == ["请审定议程：专班例会（2026年11月30日）"]
    assert f'action="/meetings/{number}/approval"' in chair.get("/").get_data(as_text=True)
    assert chair.post(f"/meetings/{number}/approval").status_code == 303
    db.session.expire_all()
    meeting = db.session.get(Meeting, number)
    assert (meeting.agenda_approved_by_id, meeting.approval_asked_at) == (people.chair.id, None)
    assert told(people.secretary, "已审定") == ["议程已审定：专班例会（2026年11月30日）"]
    assert f"/meetings/{number}/approval" not in chair.get("/").get_data(as_text=True)


def test_nobody_is_asked_for_an_empty_agenda_or_without_a_chair(people):
    empty = preparing.schedule(stage.new_series(people, standing=[]), MONDAY, by=people.secretary)
    with pytest.raises(Refused, match="议程还是空的"):
        preparing.ask_approval(empty, by=people.secretary)
    meeting = stage.prepared(people, empty.series)
    meeting.chair = None
    db.session.flush()
    with pytest.raises(Refused, match="还没有主持人"):
        preparing.ask_approval(meeting, by=people.secretary)


def test_a_change_to_an_approved_agenda_shows_and_concerns_few(people):
    meeting = stage.prepared(people)
    preparing.approve_agenda(meeting, chair=people.chair, by=people.chair)
    item = meeting.items[1]
    agenda.edit_item(item, None, minutes=30, by=people.secretary)
    assert (item.changed, meeting.agenda_approved_by_id) == (True, people.chair.id)
    assert meeting.changes == ["修改议题《研判用地问题》（时间由 20 分钟改为 30 分钟）"]
    assert [len(told(user, "变更")) for user in (people.chair, people.officer, people.secretary, people.colleague)] == [
        1, 1, 0, 0,
    ]  # fmt: skip
    assert meeting.approved_already is None  # the chair can approve it anew
    preparing.approve_agenda(meeting, chair=people.chair, by=people.chair)
    assert not meeting.was_changed_since
    notices.announce(meeting, why="已知悉", by=people.secretary)
    assert (meeting.changes, item.changed) == ([], False)


def test_after_the_notice_everybody_is_told_of_what_comes_and_few_of_an_edit(people):
    meeting = stage.announced(people)
    agenda.edit_item(meeting.items[1], None, minutes=30, by=people.secretary)
    assert [len(told(user, "变更")) for user in (people.chair, people.officer, people.colleague)] == [1, 1, 0]
    late = agenda.add_item(meeting, ItemKind.other, "停电", 5, by=people.secretary)
    assert (late.late, late.changed) == (True, True)
    assert [len(told(user, "变更")) for user in (people.chair, people.officer, people.colleague)] == [2, 2, 1]


def test_a_fixed_agenda_shows_its_tools_only_when_it_is_to_be_changed(as_, people):
    meeting = stage.announced(people)
    number, client = meeting.id, as_(people.secretary)
    plain = client.get(f"/meetings/{number}").get_data(as_text=True)
    assert ("变更议程" in plain, 'id="add-item"' in plain) == (True, False)
    assert 'id="add-item"' in client.get(f"/meetings/{number}?change=1").get_data(as_text=True)
    assert 'id="add-item"' not in as_(people.officer).get(f"/meetings/{number}?change=1").get_data(as_text=True)


# ── undoing ──


def state_of(meeting):
    return [(one.title, one.minutes, one.position, one.reporter_id) for one in meeting.items]


def by_removing(people, meeting):
    agenda.take_off_item(meeting.items[1], by=people.secretary)


def by_editing(people, meeting):
    agenda.edit_item(meeting.items[1], None, title="另一题", minutes=5, reporter=people.chair, by=people.secretary)


def by_moving(people, meeting):
    agenda.move_item(meeting.items[2], "up", by=people.secretary)


def by_adding(people, meeting):
    agenda.add_item(meeting, ItemKind.other, "多余的", 5, after=meeting.items[0].id, by=people.secretary)


def by_placing(people, meeting):
    proposals.accept_item(propose(people, meeting.series, "停电"), by=people.secretary)
    agenda.place_all(meeting, by=people.secretary)


ACTS = [by_editing, by_moving, by_adding, by_placing, by_removing]


@pytest.mark.parametrize("act", ACTS)
def test_every_act_of_building_can_be_undone(people, act):
    meeting = stage.prepared(people)
    before = state_of(meeting)
    act(people, meeting)
    assert state_of(meeting) != before
    undoing.undo(meeting, by=people.secretary)
    db.session.commit()
    db.session.expire_all()
    assert state_of(db.session.get(Meeting, meeting.id)) == before


def test_acts_are_undone_one_after_the_other(people):
    meeting = stage.prepared(people)
    steps = []
    for act in ACTS:
        steps.append(state_of(meeting))
        act(people, meeting)
    while steps:
        undoing.undo(meeting, by=people.secretary)
        assert state_of(meeting) == steps.pop()


def test_what_was_placed_goes_back_to_the_backlog_and_what_was_typed_is_gone(people):
    meeting = stage.prepared(people)
    by_placing(people, meeting)
    undoing.undo(meeting, by=people.secretary)
    assert [one.title for one in proposals_queries.backlog(meeting.series)] == ["停电"]
    by_adding(people, meeting)
    undoing.undo(meeting, by=people.secretary)
    assert [one.title for one in proposals_queries.backlog(meeting.series)] == ["停电"]


def test_what_went_elsewhere_meanwhile_does_not_come_back(people):
    meeting = stage.prepared(people)
    item = meeting.items[1]
    by_removing(people, meeting)
    proposals.return_item(item, "已经解决", by=people.secretary)
    with pytest.raises(Refused, match="已经另行处理"):
        undoing.undo(meeting, by=people.secretary)


def test_the_notice_ends_undoing(as_, people):
    meeting = stage.prepared(people)
    by_moving(people, meeting)
    preparing.approve_agenda(meeting, chair=people.chair, by=people.chair)
    notices.announce(meeting, why="已知悉", by=people.secretary)
    assert db.session.query(AgendaStep).count() == 0
    with pytest.raises(Refused):
        undoing.undo(meeting, by=people.secretary)


@pytest.mark.parametrize("htmx", [False, True])
def test_the_button_to_undo_stands_on_the_page_after_the_act(as_, people, htmx):
    meeting = stage.prepared(people)
    db.session.query(AgendaStep).delete()
    number, item = meeting.id, meeting.items[1].id
    client = as_(people.secretary, htmx=htmx)
    assert "撤销：" not in client.get(f"/meetings/{number}").get_data(as_text=True)
    client.post(f"/items/{item}/removal")
    page = client.get(f"/meetings/{number}").get_data(as_text=True)
    assert ("撤销：移出议题《研判用地问题》" in page, len(db.session.get(Meeting, number).items)) == (True, 2)
    assert client.post(f"/meetings/{number}/items/undo").status_code == (200 if htmx else 303)
    db.session.expire_all()
    assert titles(db.session.get(Meeting, number)) == ["上次交办事项落实情况", "研判用地问题", "部署下周工作"]


# ── what is carried over ──


def test_the_secretary_sees_what_comes_back_and_takes_something_out(as_, people):
    meeting = stage.in_session(people)
    for item in meeting.items:
        sitting.mark_item(item, ItemState.deferred, by=people.secretary)
    attendance.check_in(meeting.attendances[0], by=people.secretary)
    number, item = meeting.id, meeting.items[1].id
    client = as_(people.secretary)
    page = client.get(f"/meetings/{number}").get_data(as_text=True)
    card = page[page.index('id="carried"') :]
    assert ("研判用地问题" in card, "部署下周工作" in card, "上次交办事项落实情况" in card) == (True, True, False)
    assert client.post(f"/items/{item}/dropping").status_code == 409
    assert client.post(f"/items/{item}/dropping", data={"why": "已经解决"}).status_code == 303
    assert "不再结转：已经解决" in client.get(f"/meetings/{number}").get_data(as_text=True)
    assert client.post(f"/meetings/{number}/adjournment").status_code == 303
    successors = db.session.query(AgendaItem).filter(AgendaItem.predecessor_id.is_not(None))
    assert [one.title for one in successors] == ["部署下周工作"]


def test_what_was_taken_out_can_be_brought_back_while_the_meeting_sits(people):
    meeting = stage.in_session(people)
    item = sitting.mark_item(meeting.items[1], ItemState.not_reached, by=people.secretary)
    sitting.drop_item(item, "已经解决", by=people.secretary)
    assert (item.comes_back, item.is_dropped) == (False, True)
    sitting.keep_item(item, by=people.secretary)
    assert item.comes_back
    with pytest.raises(Refused, match="固定议题"):
        sitting.drop_item(
            sitting.mark_item(meeting.items[0], ItemState.deferred, by=people.secretary), "不要", by=people.secretary
        )


def test_the_way_of_a_topic_is_read_on_one_page(as_, people, statements):
    from portal.records.lines import operations as records

    series = stage.new_series(people)
    meeting = stage.in_session(people, series)
    item = meeting.items[1]
    records.decide(item, "先补材料", by=people.recorder)
    sitting.mark_item(item, ItemState.deferred, by=people.secretary)
    for one in meeting.items:
        sitting.mark_item(one, one.state if one.has_outcome else ItemState.dealt_with, by=people.secretary)
    attendance.check_in(meeting.attendances[0], by=people.secretary)
    sitting.adjourn(meeting, by=people.secretary)
    by_itself("meetings.next")
    number = item.id
    client = as_(people.secretary)
    statements.clear()
    page = client.get(f"/items/{number}/chain").get_data(as_text=True)
    assert len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]) <= MOST_STATEMENTS
    for said in ("专班例会2026年第1次会议", "缓议", "先补材料", "2026年12月7日", "2 次列入会议"):
        assert said in page
    assert "先补材料" not in as_(people.officer).get(f"/items/{number}/chain").get_data(as_text=True)  # still a draft
