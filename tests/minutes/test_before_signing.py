"""What is said about minutes before they are signed: comments, and asking those who attended."""

from datetime import timedelta

import pytest
from cast import by_itself
from minutes_stage import PIN, drafted, passed

from portal import clock
from portal.database import db
from portal.errors import Refused
from portal.inbox.models import Notice
from portal.minutes import operations, queries
from portal.minutes.anchors import placed

TEXT = "一、用地问题\n会议指出，要主动服务。\n二、用工问题\n会议要求，月底前完成。"


def places(minutes):
    return [place for _, place in placed(queries.comments_on(minutes), queries.words(minutes))]


def test_a_comment_follows_its_paragraph_through_edits(minutes, people):
    operations.edit(minutes, TEXT, None, by=people.recorder)
    operations.comment(minutes, 4, "月底太早。", by=people.reviewer)
    assert places(minutes) == [4]
    operations.edit(minutes, "开头一段。\n" + TEXT, None, by=people.recorder)
    assert places(minutes) == [5]
    operations.edit(minutes, TEXT.replace("月底前完成", "年底前全部完成"), None, by=people.recorder)
    assert places(minutes) == [4]
    operations.edit(minutes, "一、用地问题\n全部改写。", None, by=people.recorder)
    assert places(minutes) == [None]


def test_open_comments_keep_the_text_from_being_passed(minutes, people):
    operations.submit(minutes, by=people.recorder)
    comment = operations.comment(minutes, 1, "请核对日期。", by=people.reviewer)
    db.session.commit()
    with pytest.raises(Refused, match="还有 1 条批注没有处理，请批注人、会议秘书或记录人先处理"):
        operations.pass_(drafted(minutes.meeting), PIN, by=people.reviewer)
    operations.resolve(comment, by=people.recorder)
    with pytest.raises(Refused, match="已经处理过"):
        operations.resolve(comment, by=people.recorder)
    operations.reopen(comment, by=people.reviewer)
    operations.resolve(comment, by=people.reviewer)
    passed(minutes, people)
    with pytest.raises(Refused, match="只有“拟稿中”、“审核中”时才能批注"):
        operations.comment(minutes, 1, "晚了。", by=people.reviewer)


@pytest.fixture
def asked(minutes, people):
    """Three attended: the first from the roll and two more."""
    for one in minutes.meeting.attendances[1:3]:
        one.checked_in_at = clock.now()
    consultation = operations.consult(minutes, clock.now() + timedelta(days=1), by=people.recorder)
    db.session.commit()
    return consultation


def test_those_who_attended_are_asked_and_silence_is_agreement(minutes, people, asked):
    first, second, *others = [one.user for one in asked.answers]
    assert people.recorder not in (first, second, *others)
    assert {one.user_id for one in db.session.query(Notice).filter(Notice.title.contains("请核对纪要"))} >= {first.id}
    operations.answer(minutes, "第一段日期应为30日。", by=first)
    with pytest.raises(Refused, match="没有发给您"):
        operations.answer(minutes, "", by=people.stranger)
    with clock.at(clock.now() + timedelta(days=2)):
        by_itself("minutes.close")
        db.session.expire_all()
        assert not asked.is_open
        assert [one.word for one in asked.answers][:2] == ["提出修改意见", "未回复，视为同意"]
        assert asked.sentence.endswith("视为同意。")
        with pytest.raises(Refused, match="没有正在征求意见"):
            operations.answer(minutes, "晚了", by=second)


def test_nothing_passes_while_people_are_asked_and_the_sheet_tells_of_it(minutes, people, asked):
    operations.submit(minutes, by=people.recorder)
    operations.answer(minutes, "日期应为30日。", by=asked.answers[0].user)
    db.session.commit()
    with pytest.raises(Refused, match="正在征求参会人员意见"):
        operations.pass_(drafted(minutes.meeting), PIN, by=people.reviewer)
    operations.end_consultation(minutes, by=people.recorder)
    passed(minutes, people)
    told = operations.sheet_page(minutes.sheet)[0].consultations
    assert [one.corrections for one in told] == [[(asked.answers[0].user.name, "日期应为30日。")]]


@pytest.mark.parametrize("days", [-1, 31])
def test_a_time_that_is_over_or_far_away_is_refused(minutes, people, days):
    with pytest.raises(Refused, match="30 天之内"):
        operations.consult(minutes, clock.now() + timedelta(days=days), by=people.recorder)
