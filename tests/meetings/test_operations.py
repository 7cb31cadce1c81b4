from concurrent.futures import ThreadPoolExecutor
from datetime import date, time

import pytest
import sqlalchemy as sa
import stage
from stage import MONDAY, NINE

from portal.db import calendar, clock, journal, search
from portal.db.engine import db
from portal.enterprises.models.enterprises import ClientKind
from portal.enterprises.models.problems import ProblemState
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register
from portal.errors import Refused, Stale
from portal.inbox.models import Notice
from portal.jobs import worker
from portal.meetings.agenda import operations as agenda
from portal.meetings.agenda import queries as agenda_queries
from portal.meetings.attendance import operations as attendance
from portal.meetings.attendance import queries as attendance_queries
from portal.meetings.attendance import replies
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.attendance import Reply
from portal.meetings.models.meetings import Meeting, MeetingState
from portal.meetings.models.series import ItemKind, Recurrence
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.preparing import queries as preparing_queries
from portal.meetings.proposals import operations as proposals
from portal.meetings.proposals import queries as proposals_queries
from portal.meetings.series import queries as series_queries
from portal.meetings.series import rhythm
from portal.meetings.sitting import operations as sitting
from portal.people.models.accounts import User


def notices_of(user):
    return list(db.session.scalars(sa.select(Notice).where(Notice.user_id == user.id).order_by(Notice.id)))


def deeds():
    entries = db.session.scalars(sa.select(journal.JournalEntry.deed).order_by(journal.JournalEntry.seq))
    return [deed for deed in entries if deed.startswith("meetings.")]


def titles(meeting):
    return [item.title for item in meeting.items]


def test_a_new_meeting_begins_with_the_standing_items(people):
    meeting = preparing.schedule(stage.new_series(people), MONDAY, by=people.secretary)
    assert titles(meeting) == ["上次交办事项落实情况"]
    assert (meeting.chair, meeting.place, meeting.starts_at) == (people.chair, "第一会议室", NINE)
    assert meeting.state is MeetingState.preparing


def test_each_deed_leaves_one_entry(people):
    stage.adjourned(people, items=("研判用地问题",))
    db.session.commit()
    worker.run_prompted()
    assert deeds()[:6] == [
        "meetings.add_series", "meetings.schedule", "meetings.add_item", "meetings.approve_agenda",
        "meetings.announce", "meetings.open",
    ]  # fmt: skip
    assert deeds()[6:] == ["meetings.check_in"] * 3 + [
        "meetings.mark_dealt_with", "meetings.mark_dealt_with", "meetings.adjourn", "meetings.schedule",
    ]  # fmt: skip


def test_two_series_cannot_have_one_name(people):
    stage.new_series(people)
    with pytest.raises(Refused, match=r"^已经有名为“专班例会”的例会，请换一个名称。$"):
        stage.new_series(people)


def test_the_notice_needs_an_approved_agenda(people):
    meeting = stage.prepared(people)
    with pytest.raises(Refused, match=r"^议程还没有审定，请先请主持人审定，或登记主持人的审定意见。$"):
        notices.announce(meeting, why="已知悉", by=people.secretary)


def test_the_notice_says_all_that_is_lacking(people):
    series = stage.new_series(people, chair=None, recorder=None, place="", standing=[])
    meeting = preparing.schedule(series, MONDAY, by=people.secretary)
    with pytest.raises(Refused, match=r"^还不能发通知，缺少：至少一项议题、主持人、记录人、会议地点。$"):
        notices.announce(meeting, why="已知悉", by=people.secretary)


def test_changing_the_agenda_takes_the_approval_back_before_the_notice(people):
    meeting = stage.prepared(people)
    preparing.approve_agenda(meeting, chair=people.chair, by=people.secretary)
    agenda.add_item(meeting, ItemKind.other, "小结", 5, by=people.secretary)
    assert meeting.needs_approval


def test_the_notice_numbers_seats_and_tells_everybody(people):
    meeting = stage.announced(people)
    assert meeting.title == "专班例会2026年第1次会议"
    assert [one.name for one in meeting.attendances] == [
        "文秘示例", "主持示例", "记录示例", "审核示例", "签发示例", "主讲示例", "服务示例", "同事示例",
    ]  # fmt: skip
    assert [one.title for one in notices_of(people.colleague)] == ["会议通知：专班例会2026年第1次会议"]
    assert notices_of(people.stranger) == []


def test_numbers_count_within_series_and_year(people):
    first = stage.new_series(people)
    second = stage.new_series(people, name="第一小组例会")
    numbers = [stage.announced(people, one, day).number for one, day in (
        (first, MONDAY), (first, stage.next_week()), (second, MONDAY), (first, date(2027, 1, 4)),
    )]  # fmt: skip
    assert numbers == [1, 2, 1, 1]


def test_a_cancelled_meeting_gives_its_number_to_the_next(people):
    series = stage.new_series(people)
    stage.announced(people, series)
    second = stage.announced(people, series, stage.next_week())
    preparing.cancel(second, "主持人出差", by=people.secretary)
    assert (second.state, second.number) == (MeetingState.cancelled, None)
    assert stage.announced(people, series, date(2026, 12, 14)).number == 2


def test_a_number_stays_cancelled_where_a_later_one_is_announced(people):
    series = stage.new_series(people)
    first = stage.announced(people, series)
    stage.announced(people, series, stage.next_week())
    preparing.cancel(first, "主持人出差", by=people.secretary)
    assert first.number == 1
    assert stage.announced(people, series, date(2026, 12, 14)).number == 3


def test_a_cancelled_meeting_gives_its_items_back(people):
    meeting = stage.announced(people)
    preparing.cancel(meeting, "主持人出差", by=people.secretary)
    assert [item.title for item in proposals_queries.backlog(meeting.series)] == ["研判用地问题", "部署下周工作"]
    assert titles(meeting) == ["上次交办事项落实情况"]
    assert notices_of(people.officer)[-1].title == "会议取消：专班例会2026年第1次会议"


def test_moving_a_meeting_asks_everybody_again(people):
    meeting = stage.announced(people)
    place = attendance_queries.own_attendance(meeting, people.officer)
    replies.confirm(place, by=people.officer)
    preparing.postpone(meeting, date(2026, 12, 1), time(15, 0), "会场冲突", by=people.secretary)
    assert place.state is Reply.none
    assert (meeting.day, meeting.starts_at, meeting.state) == (date(2026, 12, 1), time(15, 0), MeetingState.announced)
    assert meeting.changes == ["由2026年11月30日 09:00改期到2026年12月1日 15:00：会场冲突"]
    assert notices_of(people.officer)[-1].title == "会议改期：专班例会2026年第1次会议"


def test_moving_a_meeting_needs_a_reason(people):
    meeting = stage.announced(people)
    with pytest.raises(Refused, match=r"^请写明改期的理由。$"):
        preparing.postpone(meeting, date(2026, 12, 1), NINE, " ", by=people.secretary)


def test_a_numbered_meeting_stays_in_its_year(people):
    meeting = stage.announced(people)
    with pytest.raises(Refused, match=r"^会议次数按年度编排，"):
        preparing.postpone(meeting, date(2027, 1, 4), NINE, "会场冲突", by=people.secretary)


def test_items_are_put_in_the_order_given(people):
    meeting = stage.prepared(people)
    ids = [item.id for item in meeting.items]
    agenda.order_items(meeting, ids[::-1], by=people.secretary)
    db.session.expire_all()
    assert titles(meeting) == ["部署下周工作", "研判用地问题", "上次交办事项落实情况"]


@pytest.mark.parametrize("spoil", [lambda ids: ids[:-1], lambda ids: [*ids, ids[0]], lambda ids: [*ids, 999]])
def test_an_order_of_other_items_is_refused(people, spoil):
    meeting = stage.prepared(people)
    with pytest.raises(Refused, match=r"^议程已被别人增减过议题，请刷新页面后再调整顺序。$"):
        agenda.order_items(meeting, spoil([item.id for item in meeting.items]), by=people.secretary)


def test_an_item_moves_by_one_and_stays_at_the_ends(people):
    meeting = stage.prepared(people)
    first, second, third = meeting.items
    agenda.move_item(third, "up", by=people.secretary)
    assert meeting.items == [first, third, second]
    agenda.move_item(first, "up", by=people.secretary)
    assert meeting.items == [first, third, second]
    agenda.move_item(first, "down", by=people.secretary)
    assert meeting.items == [third, first, second]


def test_a_change_after_the_notice_is_marked_and_told(people):
    meeting = stage.announced(people)
    item = agenda.add_item(meeting, ItemKind.other, "紧急事项", 5, by=people.secretary)
    assert (item.late, item.changed) == (True, True)
    assert meeting.changes == ["增加议题《紧急事项》"]
    agenda.take_off_item(meeting.items[1], by=people.secretary)
    last = notices_of(people.officer)[-1]
    assert last.body == "增加议题《紧急事项》；移出议题《研判用地问题》。"
    assert len(notices_of(people.officer)) == 1


def test_a_proposal_goes_through_the_backlog_to_the_agenda(people):
    meeting = stage.prepared(people)
    item = proposals.propose(meeting.series, ItemKind.problem, "用电方案", "请研究", 15, by=people.officer)
    assert not item.late
    proposals.accept_item(item, by=people.secretary)
    agenda.place_item(item, meeting, by=people.secretary)
    assert titles(meeting)[-1] == "用电方案"
    assert [one.title for one in notices_of(people.officer)] == [
        "您申报的议题已采纳：用电方案", "您申报的议题已列入议程：用电方案",
    ]  # fmt: skip


def test_after_the_cut_off_a_proposal_is_late(people):
    meeting = stage.prepared(people)
    with clock.at(clock.moment(date(2026, 11, 28), 17, 1)):
        item = proposals.propose(meeting.series, ItemKind.problem, "用电方案", "", 15, by=people.officer)
    assert item.late


def test_a_proposal_is_returned_with_a_reason(people):
    item = proposals.propose(stage.new_series(people), ItemKind.other, "用电方案", "", 15, by=people.officer)
    with pytest.raises(Refused, match=r"^请写明退回的理由。$"):
        proposals.return_item(item, "", by=people.secretary)
    proposals.return_item(item, "请先与供电公司沟通", by=people.secretary)
    assert (item.state, item.answer) == (ItemState.returned, "请先与供电公司沟通")


def test_a_proposal_is_merged_into_another_of_the_series(people):
    meeting = stage.prepared(people)
    item = proposals.propose(meeting.series, ItemKind.other, "用电方案", "", 15, by=people.officer)
    with pytest.raises(Refused, match=r"^只能并入同一例会里已采纳或已列入议程的另一项议题。$"):
        proposals.merge_item(item, item, by=people.secretary)
    proposals.merge_item(item, meeting.items[1], by=people.secretary)
    assert (item.state, item.merged_into) == (ItemState.merged, meeting.items[1])


def test_the_second_editor_of_an_item_is_told(people):
    item = stage.prepared(people).items[1]
    agenda.edit_item(item, 1, title="研判用电问题", by=people.secretary)
    with pytest.raises(Stale):
        agenda.edit_item(item, 1, title="研判用水问题", by=people.secretary)


def test_a_problem_goes_on_the_agenda_and_off_again(people):
    meeting = stage.prepared(people)
    client = register.add_enterprise(
        ClientKind.enterprise, "示例企业甲", "", [people.officer], None, by=people.secretary
    )
    problem = problems.report(client, "缺用地", "需要 50 亩", "", (), by=people.officer)
    item = agenda.add_item(meeting, ItemKind.problem, "缺用地", 20, problem=problem, by=people.secretary)
    assert (problem.state, item.reporter) == (ProblemState.on_agenda, people.officer)
    assert db.session.scalars(agenda_queries.problems_read_by(people.colleague)).all() == [problem.id]
    assert db.session.scalars(agenda_queries.problems_read_by(people.stranger)).all() == []
    with pytest.raises(Refused, match=r"已经是待排或已列入的议题，不能重复添加。$"):
        agenda.add_item(meeting, ItemKind.problem, "缺用地", 20, problem=problem, by=people.secretary)
    agenda.take_off_item(item, by=people.secretary)
    assert problem.state is ProblemState.reported


def test_the_meeting_adjourns_only_with_outcomes_and_somebody_there(people):
    meeting = stage.in_session(people)
    with pytest.raises(Refused, match=r"^还有 3 项议题没有结果"):
        sitting.adjourn(meeting, by=people.secretary)
    for item in meeting.items:
        sitting.mark_item(item, ItemState.dealt_with, by=people.recorder)
    with pytest.raises(Refused, match=r"^还没有人签到，请先登记到会人员。$"):
        sitting.adjourn(meeting, by=people.secretary)


def test_an_outcome_is_one_of_three(people):
    item = stage.in_session(people).items[0]
    with pytest.raises(Refused, match=r"^议题结果只能是已议、缓议或未及审议。$"):
        sitting.mark_item(item, ItemState.accepted, by=people.secretary)


@pytest.mark.parametrize("outcome", [ItemState.deferred, ItemState.not_reached])
def test_what_is_left_open_comes_back_on_the_next_agenda(people, outcome):
    meeting = stage.adjourned(people, outcome=outcome)
    db.session.commit()
    worker.run_prompted()
    following = series_queries.next_of(meeting.series)
    assert following.day == date(2026, 12, 7)
    assert titles(following) == ["上次交办事项落实情况", "研判用地问题", "部署下周工作"]
    assert following.items[1].predecessor.id == meeting.items[1].id
    assert [item.id for item in agenda_queries.chain(meeting.items[1])] == [meeting.items[1].id, following.items[1].id]
    assert titles(meeting) == ["上次交办事项落实情况", "研判用地问题", "部署下周工作"]


def test_the_next_sitting_is_made_once(people):
    meeting = stage.adjourned(people)
    db.session.commit()
    for _ in range(3):
        worker.run("meetings.next")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Meeting)) == 2
    assert series_queries.next_of(meeting.series).chair.id == people.chair.id


def test_a_series_by_hand_makes_no_sitting_by_itself(people):
    stage.adjourned(people, stage.new_series(people, recurrence=Recurrence.by_hand))
    db.session.commit()
    worker.run("meetings.next")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Meeting)) == 1


@pytest.mark.parametrize(
    ("recurrence", "last", "proposed"),
    [
        (Recurrence.weekly, date(2026, 11, 30), date(2026, 12, 7)),
        (Recurrence.weekly, date(2026, 12, 3), date(2026, 12, 7)),
        (Recurrence.fortnightly, date(2026, 11, 30), date(2026, 12, 14)),
        (Recurrence.monthly, date(2026, 11, 30), date(2026, 12, 7)),
        (Recurrence.monthly, date(2026, 12, 7), date(2027, 1, 4)),
        (Recurrence.by_hand, date(2026, 12, 4), date(2026, 12, 7)),
    ],
)
def test_the_rhythm_of_a_series(people, recurrence, last, proposed):
    series = stage.new_series(people, recurrence=recurrence)
    preparing.schedule(series, last, by=people.secretary)
    assert rhythm.proposed_day(series) == proposed


def test_a_holiday_moves_the_sitting_to_the_next_working_day(people):
    series = stage.new_series(people)
    preparing.schedule(series, MONDAY, by=people.secretary)
    calendar.mark(date(2026, 12, 7), working=False, name="示例节")
    assert rhythm.proposed_day(series) == date(2026, 12, 8)


def test_doubts_about_a_day_are_sentences(people):
    series = stage.new_series(people)
    stage.prepared(people, stage.new_series(people, name="第一小组例会"), MONDAY)
    calendar.mark(MONDAY, working=False, name="示例节")
    starts = clock.moment(MONDAY, time(10, 0))
    assert preparing_queries.doubts(series, MONDAY, starts, 60, people.chair) == [
        "2026年11月30日（星期一，示例节）不是工作日。",
        "主持人主持示例同一时间还要主持第一小组例会（2026年11月30日）（09:00）。",
    ]
    sunday = date(2027, 11, 21)
    assert preparing_queries.doubts(series, sunday, clock.moment(sunday, NINE), 60, None) == [
        "2027年11月21日（星期日）不是工作日。",
        "工作日历里还没有2027年的节假日安排，只按周末判断。",
    ]


def test_leave_is_asked_granted_and_taken_back(people):
    meeting = stage.announced(people)
    place = attendance_queries.own_attendance(meeting, people.officer)
    with pytest.raises(Refused, match=r"^请写明请假的理由。$"):
        replies.ask_leave(place, "", by=people.officer)
    replies.ask_leave(place, "到省里开会", by=people.officer)
    assert [one.title for one in notices_of(people.secretary)][-1] == "服务示例申请请假：专班例会2026年第1次会议"
    assert attendance_queries.leave_requests() == [place]
    replies.grant_leave(place, by=people.secretary)
    assert place.state is Reply.on_leave
    replies.confirm(place, by=people.officer)
    assert (place.state, place.leave_reason) == (Reply.coming, "")


def test_nobody_replies_once_the_meeting_has_begun(people):
    meeting = stage.in_session(people)
    with pytest.raises(Refused, match=r"^会议通知还没有发出，或会议已经开始，不能再改回复。$"):
        replies.confirm(meeting.attendances[0], by=people.secretary)


def test_the_three_lists_are_in_the_order_of_rank(people):
    meeting = stage.in_session(people)
    places = {one.name: one for one in meeting.attendances}
    replies.set_substitute(places["同事示例"], "代会示例", by=people.secretary)
    visitor = attendance.add_visitor(meeting, "来宾示例", people.industry, "科长", by=people.recorder)
    for name in ("同事示例", "主持示例"):
        attendance.check_in(places[name], by=people.recorder)
    places["服务示例"].state = Reply.on_leave
    db.session.commit()
    lists = attendance_queries.lists_of(series_queries.meeting(meeting.id))
    assert visitor.is_present
    assert lists.present == [("专班办公室", "主持示例"), ("市司法局", "代会示例（代同事示例）")]
    assert lists.on_leave == [("市工信局", "服务示例")]
    assert lists.in_attendance == [("市工信局", "来宾示例")]


def test_checking_in_is_counted_and_can_be_taken_back(people):
    meeting = stage.in_session(people)
    attendance.check_in(meeting.attendances[0], by=people.recorder)
    assert attendance_queries.tally(meeting)[:5] == (8, 1, 0, 7, 0)
    with pytest.raises(Refused, match=r"^文秘示例已经签到。$"):
        attendance.check_in(meeting.attendances[0], by=people.recorder)
    attendance.undo_check_in(meeting.attendances[0], by=people.recorder)
    assert attendance_queries.tally(meeting).present == 0


def test_the_members_find_the_meeting_by_two_characters(people):
    meeting = stage.announced(people)
    for words in ("用地", "会议室", "第1次"):
        hits = search.find(words, series_queries.scopes_of(people.officer), page=1, per_page=10)
        assert [row.entry.url for row in hits.rows] == [f"/meetings/{meeting.id}"], words
        assert search.find(words, series_queries.scopes_of(people.stranger), page=1, per_page=10).rows == []
    agenda.take_off_item(meeting.items[1], by=people.secretary)
    assert search.find("用地", series_queries.scopes_of(people.officer), page=1, per_page=10).rows == []


def test_two_meetings_announced_at_once_get_two_numbers(app, people):
    series = stage.new_series(people)
    meetings = [stage.prepared(people, series, day) for day in (MONDAY, stage.next_week())]
    for meeting in meetings:
        preparing.approve_agenda(meeting, chair=people.chair, by=people.secretary)
    ids, secretary = [meeting.id for meeting in meetings], people.secretary.id
    db.session.commit()

    def announce(number):
        with app.app_context(), clock.at(stage.BEFORE):
            notices.announce(db.session.get(Meeting, number), why="已知悉", by=db.session.get(User, secretary))
            db.session.commit()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(announce, ids))
    db.session.expire_all()
    assert sorted(db.session.get(Meeting, number).number for number in ids) == [1, 2]
