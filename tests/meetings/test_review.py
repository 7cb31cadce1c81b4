"""上次会议交办事项落实情况: drawn at the cut-off, the notice or the opening, and kept as it was."""

from datetime import date, timedelta

import pytest
import stage
from cast import by_itself
from stage import BEFORE, MONDAY

from portal.actions.assignment import operations as assignment
from portal.actions.progress import operations as progress
from portal.db import clock, journal
from portal.db.engine import db
from portal.meetings.agenda import operations as agenda
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.review import Standing
from portal.meetings.models.series import ItemKind
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.review import queries as review_queries
from portal.meetings.series import queries
from portal.meetings.sitting import operations as sitting

MOST_STATEMENTS = 10


def task(people, title, due, department=None):
    given = assignment.assign(
        title=title, lead_department=department or people.industry, lead_person=people.officer, due=due,
        audience=people.task_force, by=people.secretary,
    )  # fmt: skip
    assignment.accept(given, by=people.officer)
    return given


def tasks(people):
    with clock.at(clock.moment(date(2026, 11, 2), 9)):
        late = task(people, "补齐用地手续", date(2026, 11, 10), people.justice)
        soon = task(people, "协调变压器", date(2026, 11, 25))
        going = task(people, "走访企业", date(2026, 12, 31))
        done = task(people, "报送材料", date(2026, 11, 20))
    progress.report_done(done, "已报送。", by=people.officer)
    progress.close(done, by=people.supervisor)
    return late, soon, going, done


def standings(meeting):
    overview = review_queries.overview_of(queries.meeting(meeting.id))
    return {row.title: row.standing for row in overview.rows}, overview.frozen


AS_GIVEN = {
    "补齐用地手续": Standing.late, "协调变压器": Standing.soon, "走访企业": Standing.going, "报送材料": Standing.done,
}  # fmt: skip


def test_until_it_is_frozen_it_shows_the_tasks_as_they_are(people):
    tasks(people)
    meeting = stage.prepared(people)
    assert standings(meeting) == (AS_GIVEN, False)


def test_the_notice_freezes_it_and_nothing_later_changes_it(people, as_):
    late, _, going, _ = tasks(people)
    meeting = stage.announced(people)
    progress.report_done(late, "手续已齐。", by=people.officer)
    progress.close(late, by=people.supervisor)
    going.title, going.due, people.industry.name = "改过的题目", date(2026, 11, 1), "改过的单位"
    db.session.commit()
    assert standings(meeting) == (AS_GIVEN, True)
    page = as_(people.officer).get(f"/meetings/{meeting.id}").get_data(as_text=True)
    assert "走访企业" not in page.split('id="review"')[0]
    assert "市工业和信息化局" in page
    assert "改过的单位" not in page.split('id="review"')[1].split("</section>")[0]


def test_the_cut_off_freezes_it_by_itself(people):
    tasks(people)
    meeting = stage.prepared(people)
    by_itself("meetings.freeze_review")
    assert not standings(meeting)[1]
    with clock.at(meeting.cut_off + timedelta(minutes=1)):
        by_itself("meetings.freeze_review")
        by_itself("meetings.freeze_review")
    overview = review_queries.overview_of(queries.meeting(meeting.id))
    assert (overview.frozen, overview.at) == (True, meeting.cut_off + timedelta(minutes=1))
    assert [one.deed for one in journal.history(meeting)].count("meetings.freeze_review") == 1


def test_what_was_drawn_at_the_cut_off_stays_when_the_notice_goes_out_later(people):
    late, *_ = tasks(people)
    meeting = stage.prepared(people)
    with clock.at(meeting.cut_off):
        by_itself("meetings.freeze_review")
        before = standings(meeting)[0]
        progress.report_done(late, "手续已齐。", by=people.officer)
        preparing.approve_agenda(meeting, chair=people.chair, by=people.secretary)
        notices.announce(meeting, why="已知悉", by=people.secretary)
    assert standings(meeting)[0] == before


def test_the_opening_draws_what_came_onto_the_agenda_after_the_notice(people):
    tasks(people)
    series = stage.new_series(people, standing=[(ItemKind.study, "学习", 5)])
    meeting = stage.announced(people, series)
    for item in [one for one in meeting.items if one.kind is ItemKind.review]:
        agenda.take_off_item(item, by=people.secretary)
    agenda.add_item(meeting, ItemKind.review, "交办事项通报", 5, by=people.secretary)
    sitting.open(meeting, by=people.secretary)
    assert standings(meeting)[1]


def test_a_postponement_with_time_to_report_draws_it_anew(people):
    tasks(people)
    meeting = stage.announced(people)
    preparing.postpone(meeting, MONDAY + timedelta(days=7), stage.NINE, "会场检修", by=people.secretary)
    db.session.commit()
    assert not standings(meeting)[1]
    with clock.at(meeting.cut_off):
        by_itself("meetings.freeze_review")
    assert standings(meeting)[1]


def test_what_was_closed_before_the_last_meeting_is_not_told_again(people):
    series = stage.new_series(people)
    tasks(people)
    with clock.at(BEFORE + timedelta(hours=1)):
        stage.adjourned(people, series)
    with clock.at(BEFORE + timedelta(days=1)):
        coming = stage.prepared(people, series, stage.next_week())
        assert "报送材料" not in standings(coming)[0]


@pytest.mark.parametrize("open_tasks", [True, False])
def test_the_report_comes_first_by_itself_where_there_is_something_to_report(people, open_tasks):
    if open_tasks:
        tasks(people)
    series = stage.new_series(people, standing=[(ItemKind.study, "学习", 5)])
    meeting = preparing.schedule(series, MONDAY, by=people.secretary)
    expected = ["上次会议交办事项落实情况", "学习"] if open_tasks else ["学习"]
    assert [item.title for item in meeting.items] == expected


def test_the_sentence_and_the_table_say_the_same(people):
    tasks(people)
    overview = review_queries.overview_of(stage.announced(people))
    counted = "在办的和上次会议以来销号的交办事项共4项，其中已销号1项、办理中1项、临期1项、逾期1项。"
    assert overview.sentences == [
        f"截至2026年11月23日 10:00，{counted}",
        "逾期事项：补齐用地手续（市司法局牵头，时限2026年11月10日）。",
    ]
    assert overview.table == [
        ["牵头单位", "交办", "已销号", "办理中", "临期", "逾期"],
        ["市工业和信息化局", "3", "1", "1", "1", "0"],
        ["市司法局", "1", "0", "0", "0", "1"],
        ["合计", "4", "1", "1", "1", "1"],
    ]


def test_no_tasks_are_said_to_be_none(people, as_):
    meeting = stage.announced(people)
    assert review_queries.overview_of(meeting).sentence == "截至2026年11月23日 10:00，没有在办的交办事项。"
    assert "没有在办的交办事项" in as_(people.officer).get(f"/meetings/{meeting.id}").get_data(as_text=True)


@pytest.mark.parametrize("make", [stage.prepared, stage.announced])
@pytest.mark.parametrize("count", [2, 12])
def test_the_pages_ask_little_however_many_tasks(people, as_, statements, make, count):
    for number in range(count):
        task(people, f"任务{number}", date(2026, 12, 31))
    meeting = make(people)
    client, frozen = as_(people.secretary), meeting.has_notice
    for address, shown in ((f"/meetings/{meeting.id}", frozen), (f"/items/{meeting.items[0].id}", True)):
        statements.clear()
        page = client.get(address).get_data(as_text=True)
        assert (f"共{count}项" in page) is shown
        assert len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]) <= MOST_STATEMENTS


def test_desk_and_draft_show_it(people, as_):
    from portal.minutes.text.drafting import draft_of
    from portal.records.desk.operations import begin
    from portal.records.signing.paper import paper_of

    tasks(people)
    meeting = stage.adjourned(people)
    number, first = meeting.id, meeting.items[0].id
    meeting = db.session.get(Meeting, number)
    assert "共4项" in draft_of(meeting)
    paper = paper_of(begin(meeting))
    assert paper.items[0].table[-1][0] == "合计"
    assert paper.items[1].table == ()
    db.session.commit()
    desk = as_(people.recorder).get(f"/meetings/{number}/record?item={first}")
    assert "各牵头单位落实情况" in desk.get_data(as_text=True)
