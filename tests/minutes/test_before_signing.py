"""What is said about minutes before they are signed: comments, and asking those who attended."""

from datetime import timedelta

import pytest
from cast import by_itself
from minutes_stage import PIN, drafted, passed

from portal.db import clock
from portal.db.engine import db
from portal.errors import Refused
from portal.inbox.models import Notice
from portal.minutes.consultation import operations as consultation_operations
from portal.minutes.consultation import queries as consultation_queries
from portal.minutes.consultation.anchors import placed
from portal.minutes.signoff import operations as signoff
from portal.minutes.signoff import sheet
from portal.minutes.text import operations as text
from portal.minutes.text import queries as text_queries

TEXT = "一、用地问题\n会议指出，要主动服务。\n二、用工问题\n会议要求，月底前完成。"


def places(minutes):
    return [place for _, place in placed(consultation_queries.comments_on(minutes), text_queries.words(minutes))]


def test_a_comment_follows_its_paragraph_through_edits(minutes, people):
    text.edit(minutes, TEXT, None, by=people.recorder)
    consultation_operations.comment(minutes, 4, "月底太早。", by=people.reviewer)
    assert places(minutes) == [4]
    text.edit(minutes, "开头一段。\n" + TEXT, None, by=people.recorder)
    assert places(minutes) == [5]
    text.edit(minutes, TEXT.replace("月底前完成", "年底前全部完成"), None, by=people.recorder)
    assert places(minutes) == [4]
    text.edit(minutes, "一、用地问题\n全部改写。", None, by=people.recorder)
    assert places(minutes) == [None]


def test_open_comments_keep_the_text_from_being_passed(minutes, people):
    signoff.submit(minutes, by=people.recorder)
    comment = consultation_operations.comment(minutes, 1, "请核对日期。", by=people.reviewer)
    db.session.commit()
    with pytest.raises(Refused, match="还有 1 条批注没有处理，请批注人、会议秘书或记录人先处理"):
        signoff.pass_(drafted(minutes.meeting), PIN, by=people.reviewer)
    consultation_operations.resolve(comment, by=people.recorder)
    with pytest.raises(Refused, match="已经处理过"):
        consultation_operations.resolve(comment, by=people.recorder)
    consultation_operations.reopen(comment, by=people.reviewer)
    consultation_operations.resolve(comment, by=people.reviewer)
    passed(minutes, people)
    with pytest.raises(Refused, match="只有“拟稿中”、“审核中”时才能批注"):
        consultation_operations.comment(minutes, 1, "晚了。", by=people.reviewer)


@pytest.fixture
def asked(minutes, people):
    """Three attended: the first from the roll and two more."""
    for one in minutes.meeting.attendances[1:3]:
        one.checked_in_at = clock.now()
    consultation = consultation_operations.consult(minutes, clock.now() + timedelta(days=1), by=people.recorder)
    db.session.commit()
    return consultation


def test_those_who_attended_are_asked_and_silence_is_agreement(minutes, people, asked):
    first, second, *others = [one.user for one in asked.answers]
    assert people.recorder not in (first, second, *others)
    assert {one.user_id for one in db.session.query(Notice).filter(Notice.title.contains("请核对纪要"))} >= {first.id}
    consultation_operations.answer(minutes, "第一段日期应为30日。", by=first)
    with pytest.raises(Refused, match="没有发给您"):
        consultation_operations.answer(minutes, "", by=people.stranger)
    with clock.at(clock.now() + timedelta(days=2)):
        by_itself("minutes.close")
        db.session.expire_all()
        assert not asked.is_open
        assert [one.word for one in asked.answers][:2] == ["提出修改意见", "未回复，视为同意"]
        assert asked.sentence.endswith("视为同意。")
        with pytest.raises(Refused, match="没有正在征求意见"):
            consultation_operations.answer(minutes, "晚了", by=second)


def test_nothing_passes_while_people_are_asked_and_the_sheet_tells_of_it(minutes, people, asked):
    signoff.submit(minutes, by=people.recorder)
    consultation_operations.answer(minutes, "日期应为30日。", by=asked.answers[0].user)
    db.session.commit()
    with pytest.raises(Refused, match="正在征求参会人员意见"):
        signoff.pass_(drafted(minutes.meeting), PIN, by=people.reviewer)
    consultation_operations.end_consultation(minutes, by=people.recorder)
    passed(minutes, people)
    told = sheet.sheet_page(minutes.sheet)[0].consultations
    assert [one.corrections for one in told] == [[(asked.answers[0].user.name, "日期应为30日。")]]


@pytest.mark.parametrize("days", [-1, 31])
def test_a_time_that_is_over_or_far_away_is_refused(minutes, people, days):
    with pytest.raises(Refused, match="30 天之内"):
        consultation_operations.consult(minutes, clock.now() + timedelta(days=days), by=people.recorder)
