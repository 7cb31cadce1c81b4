from datetime import timedelta

import pytest
from cast import MONDAY, by_itself

from portal.actions.models.action_items import ActionItem
from portal.actions.supervision import operations as actions
from portal.db import clock
from portal.db.engine import db
from portal.errors import Refused, Stale
from portal.files import store
from portal.inbox.models import Notice
from portal.meetings.agenda import operations as agenda
from portal.meetings.preparing import operations as preparing
from portal.records.decisions import operations as decisions
from portal.records.decisions import queries as decisions_queries
from portal.records.lines import operations as lines
from portal.records.lines import queries as lines_queries
from portal.records.models import LineKind, RecordState
from portal.records.signing import operations as signing
from portal.records.signing import queries as signing_queries


def test_two_who_write_at_once_lose_nothing_and_the_second_to_change_a_line_is_told(meeting, people):
    item = meeting.items[0]
    (line,) = lines.write(item, "第一个人写的。", by=people.recorder)
    lines.write(item, "第二个人写的。", by=people.secretary)
    assert [one.text for one in lines_queries.lines_under(item)] == ["第一个人写的。", "第二个人写的。"]
    lines.edit_line(line, "第一个人改过的。", 1, by=people.recorder)
    with pytest.raises(Stale):
        lines.edit_line(line, "第二个人改的。", 1, by=people.secretary)
    assert line.text == "第一个人改过的。"


def test_a_task_said_is_handed_out_at_adjournment_and_not_before(meeting, people, adjourn):
    item = meeting.items[0]
    decision = lines.decide(item, "同意补办手续。", by=people.recorder)
    handout = decisions.hand_out(
        item,
        decision=decision,
        title="补办土地手续",
        lead_department=people.industry,
        lead_person=people.officer,
        support=[people.justice],
        due=MONDAY,
        by=people.recorder,
    )
    db.session.commit()
    by_itself("records.pass_on")
    assert handout.action is None
    adjourn()
    by_itself("records.pass_on")
    db.session.refresh(handout)
    assert handout.action.provisional
    assert handout.action.audience == people.task_force
    assert [line.name for line in handout.action.support] == ["市司法局"]
    by_itself("records.pass_on")
    assert [one.id for one in decisions_queries.actions_of(meeting)] == [handout.action_id]


def test_a_due_day_before_the_meeting_is_refused(meeting, people):
    from datetime import timedelta

    with pytest.raises(Refused, match="办理时限不能早于开会日期"):
        decisions.hand_out(
            meeting.items[0], title="x", lead_person=people.officer, due=MONDAY - timedelta(days=1), by=people.recorder
        )


def test_urgency_and_supporting_groups_reach_the_task_and_its_reminder(meeting, people, adjourn, as_):
    text = "交办：补办用地手续 @服务示例 会同@市司法局、@土地房产组 12月9日前！"
    lines.write(meeting.items[0], text, by=people.recorder)
    adjourn()
    by_itself("records.pass_on")
    task = db.session.query(ActionItem).one()
    assert (task.urgent, [line.name for line in task.support]) == (True, [people.justice.name, people.theme.name])
    titles = [one.title for one in db.session.query(Notice).where(Notice.user_id == people.officer.id)]
    assert f"加急拟交办事项请签收：{task.title}" in titles
    with clock.at(clock.moment(task.due + timedelta(days=1), 9)):
        actions.remind(task)
        db.session.commit()
        title = "已逾期：（急）补办用地手续"
        assert title in [one.title for one in db.session.query(Notice).where(Notice.user_id == people.officer.id)]
    pages = [as_(people.secretary).get(f"/actions?urgent={word}").get_data(as_text=True) for word in ("yes", "no")]
    assert [task.title in page for page in pages] == [True, False]


def test_recorder_and_chair_sign_in_this_order(meeting, people, adjourn, keys):
    lines.write(meeting.items[0], "张某某汇报了有关情况。", by=people.recorder)
    adjourn()
    record = signing_queries.record_of(meeting)
    signing.close(record, by=people.recorder)
    db.session.commit()
    by_itself("records.render")
    record = signing_queries.record_of(meeting)
    with pytest.raises(Refused, match="轮到"):
        signing.sign(record, "135790", by=people.chair)
    signing.sign(record, "135790", by=people.recorder)
    assert record.state is RecordState.closed
    signing.sign(record, "135790", by=people.chair)
    assert record.state is RecordState.signed
    assert store.read(record.document.file).startswith(b"%PDF")


def test_a_line_sent_again_because_its_answer_was_lost_is_written_once(meeting, people):
    item = meeting.items[0]
    first = lines.write(item, "写了一段。", key="a", by=people.recorder)
    assert lines.write(item, "写了一段。", key="a", by=people.recorder) == first
    lines.write(item, "写了一段。", key="a", by=people.secretary)  # another person's key is another key
    lines.write(item, "一\n二", key="b", by=people.recorder)
    lines.write(item, "一\n二", key="b", by=people.recorder)
    assert [one.text for one in lines_queries.lines_under(item)] == ["写了一段。", "写了一段。", "一", "二"]


def test_notes_within_ten_minutes_are_one_line_of_the_journal(meeting, people):
    from portal.db import journal

    item = meeting.items[0]
    for text in ("一", "二", "三"):
        lines.write(item, text, by=people.recorder)
        db.session.commit()
    assert [one.deed for one in journal.history(lines_queries.entry_of(item))] == ["records.write"]


def test_nothing_is_written_before_the_meeting_opens_or_after_the_record_is_closed(meeting, people, adjourn):
    item = meeting.items[0]
    lines.decide(item, "同意。", by=people.recorder)
    with pytest.raises(Refused, match="还没有散会"):
        signing.close(signing_queries.record_of(meeting), by=people.recorder)
    adjourn()
    signing.close(signing_queries.record_of(meeting), by=people.recorder)
    for deed in (
        lambda: lines.write(item, "补写", by=people.recorder),
        lambda: lines.edit_line(lines_queries.lines_under(item)[0], "改", None, by=people.recorder),
        lambda: lines.remove_line(lines_queries.lines_under(item)[0], by=people.recorder),
        lambda: lines.decide(item, "补一条", by=people.recorder),
        lambda: decisions.hand_out(item, title="补", lead_person=people.officer, due=MONDAY, by=people.recorder),
    ):
        with pytest.raises(Refused, match="已经整理完毕"):
            deed()


def test_a_meeting_at_which_nothing_was_written_has_a_record_to_sign(meeting, people, adjourn):
    adjourn()
    by_itself("records.begin")
    by_itself("records.begin")
    record = signing_queries.record_of(meeting)
    assert signing_queries.to_close_by(people.recorder) == [record]
    signing.close(record, by=people.recorder)
    by_itself("records.begin", "records.render")
    assert signing_queries.to_sign_by(people.recorder) == [signing_queries.record_of(meeting)]


def test_an_upcoming_meeting_has_no_record(people, meeting):
    from portal.meetings.models.series import ItemKind

    later = preparing.schedule(meeting.series, MONDAY.replace(month=12, day=7), by=people.secretary)
    item = agenda.add_item(later, ItemKind.other, "其他", 5, by=people.secretary)
    with pytest.raises(Refused, match="还没有开始"):
        lines.write(item, "早了", by=people.recorder)


def test_what_was_handed_out_is_changed_among_the_tasks_only(meeting, people, adjourn):
    item = meeting.items[0]
    decision = lines.decide(item, "同意。", by=people.recorder)
    task = decisions.hand_out(
        item, decision=decision, title="办", lead_person=people.officer, due=MONDAY, by=people.recorder
    )
    adjourn()
    by_itself("records.pass_on")
    for deed in (
        lambda: lines.remove_line(task.line, by=people.recorder),
        lambda: lines.turn_line(task.line, LineKind.note, None, by=people.recorder),
        lambda: decisions.edit_handout(task, 1, title="另办", by=people.recorder),
        lambda: lines.remove_line(decision.line, by=people.recorder),
    ):
        with pytest.raises(Refused, match="已经交办"):
            deed()
    assert decisions_queries.decisions_of(meeting)[item.id][0].handouts[0].action.title == "办"


def test_removing_a_decision_keeps_the_task_that_was_said_with_it(meeting, people):
    item = meeting.items[0]
    decision = lines.decide(item, "同意。", by=people.recorder)
    task = decisions.hand_out(
        item, decision=decision, title="办", lead_person=people.officer, due=MONDAY, by=people.recorder
    )
    lines.remove_line(decision.line, by=people.recorder)
    assert decisions_queries.words_under(item) == ([], [task])
    lines.remove_line(task.line, by=people.recorder)
    assert decisions_queries.words_under(item) == ([], [])


def test_who_waits_for_the_paper_of_the_record_is_led_to_it_once_it_is_there(meeting, people, adjourn, as_):
    lines.write(meeting.items[0], "记录。", by=people.recorder)
    adjourn()
    signing.close(signing_queries.record_of(meeting), by=people.recorder)
    address = f"/meetings/{meeting.id}/record/paper"
    waiting = as_(people.recorder, htmx=True)
    part = waiting.get(address)
    assert (f'hx-get="{address}"' in part.text, "<html" in part.text) == (True, False)
    by_itself("records.render")
    assert waiting.get(address).headers["HX-Redirect"] == address


def test_a_failed_layout_is_seen_and_can_be_asked_for_again(meeting, people, adjourn, as_, monkeypatch):
    from portal.documents.paper import renderer, weasy

    lines.write(meeting.items[0], "记录。", by=people.recorder)
    adjourn()
    record = signing.close(signing_queries.record_of(meeting), by=people.recorder)
    with monkeypatch.context() as broken:
        broken.setattr(renderer, "render", lambda *_, **__: (_ for _ in ()).throw(weasy.PaperError("缺少字体")))
        by_itself("records.render")
    browser = as_(people.recorder)
    page = browser.get(f"/meetings/{meeting.id}/record/paper").text
    assert "会议记录排版失败：缺少字体" in page
    assert "重新排版" in page
    assert browser.post(f"/records/{record.id}/rendering").status_code == 303
    db.session.expire_all()
    assert signing_queries.record_of(meeting).document is not None
    assert browser.post(f"/records/{record.id}/rendering").status_code == 409
