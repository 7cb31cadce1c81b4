import pytest
from cast import MONDAY, NINE

from portal import jobs, store
from portal.database import db
from portal.errors import Refused, Stale
from portal.meetings import operations as meetings
from portal.meetings.models import ItemKind, ItemState
from portal.people import operations as persons
from portal.records import operations, queries
from portal.records.models import RecordState


@pytest.fixture
def meeting(people):
    from portal.meetings.models import Recurrence

    series = meetings.add_series(
        name="专班例会",
        short="专班",
        rank=1,
        group=people.task_force,
        chair=people.chair,
        recorder=people.recorder,
        reviewer=people.reviewer,
        signatory=people.signatory,
        place="501会议室",
        recurrence=Recurrence.by_hand,
        weekday=0,
        starts_at=NINE,
        minutes=90,
        cut_off_days=2,
        cut_off_time=NINE,
        heading="首席服务官周例会纪要",
        by=people.secretary,
    )
    sitting = meetings.schedule(series, MONDAY, by=people.secretary)
    meetings.add_item(sitting, ItemKind.problem, "研究企业用地问题", 20, reporter=people.officer, by=people.secretary)
    meetings.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    meetings.announce(sitting, by=people.secretary)
    meetings.open(sitting, by=people.secretary)
    db.session.commit()
    return sitting


def adjourn(meeting, people):
    for item in meeting.items:
        meetings.mark_item(item, ItemState.dealt_with, by=people.secretary)
    meetings.check_in(meeting.attendances[0], by=people.secretary)
    meetings.adjourn(meeting, by=people.secretary)
    db.session.commit()


def test_the_second_writer_of_one_item_is_told_and_nothing_is_overwritten(meeting, people):
    item = meeting.items[0]
    first = operations.write(item, "第一个人写的。", 0, by=people.recorder)
    with pytest.raises(Stale):
        operations.write(item, "第二个人写的。", 0, by=people.secretary)
    assert first.text == "第一个人写的。"


def test_a_task_said_is_handed_out_at_adjournment_and_not_before(meeting, people):
    item = meeting.items[0]
    decision = operations.decide(item, "同意补办手续。", by=people.recorder)
    handout = operations.hand_out(
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
    jobs.run("records.pass_on")
    assert handout.action is None
    adjourn(meeting, people)
    jobs.run("records.pass_on")
    db.session.refresh(handout)
    assert handout.action.provisional
    assert handout.action.audience == people.task_force
    assert [line.name for line in handout.action.support] == ["市司法局"]
    jobs.run("records.pass_on")
    assert [one.id for one in queries.actions_of(meeting)] == [handout.action_id]


def test_a_due_day_before_the_meeting_is_refused(meeting, people):
    from datetime import timedelta

    with pytest.raises(Refused, match="办理时限不能早于开会日期"):
        operations.hand_out(
            meeting.items[0], title="x", lead_person=people.officer, due=MONDAY - timedelta(days=1), by=people.recorder
        )


def test_recorder_and_chair_sign_in_this_order(meeting, people):
    operations.write(meeting.items[0], "张某某汇报了有关情况。", 0, by=people.recorder)
    adjourn(meeting, people)
    record = queries.record_of(meeting)
    operations.close(record, by=people.recorder)
    db.session.commit()
    jobs.run("records.render")
    record = queries.record_of(meeting)
    for user in (people.recorder, people.chair):
        persons.make_key(user, "135790", by=user)
    with pytest.raises(Refused, match="轮到"):
        operations.sign(record, "135790", by=people.chair)
    operations.sign(record, "135790", by=people.recorder)
    assert record.state is RecordState.closed
    operations.sign(record, "135790", by=people.chair)
    assert record.state is RecordState.signed
    assert store.read(record.document.file).startswith(b"%PDF")
