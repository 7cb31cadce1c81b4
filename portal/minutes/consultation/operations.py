"""Operations before a text is passed: comments, and 意见征求."""

from datetime import datetime, timedelta

from portal.db import clock, journal
from portal.db.engine import add, db
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.minutes.consultation import queries
from portal.minutes.consultation.anchors import paragraphs_of
from portal.minutes.models.comment import MinutesComment
from portal.minutes.models.consultation import Consultation, ConsultationAnswer
from portal.minutes.models.minutes import Minutes
from portal.minutes.notifications import address_of, drafters, notify
from portal.minutes.signoff.sheet import renew_sheet
from portal.minutes.text import queries as text_queries
from portal.people.models.accounts import User


def comment(minutes: Minutes, place: int, text: str, *, by: User) -> MinutesComment:
    """批注：对正文的一段提出意见。"""
    paragraphs = paragraphs_of(text_queries.words(minutes))
    if not 0 < place <= len(paragraphs):
        raise Refused("没有这一段，请从列表中选择。")
    minutes.lifecycle.fire(minutes, "comment", by=by, why=text)
    said: MinutesComment = add(
        MinutesComment(minutes=minutes, place=place, quote=paragraphs[place - 1], text=text, by=by, at=clock.now())
    )
    notify([one for one in drafters(minutes) if one.id != by.id], "纪要有新的批注", minutes, body=text)
    return said


def resolve(comment: MinutesComment, *, by: User) -> MinutesComment:
    """批注已处理。"""
    if comment.is_resolved:
        raise Refused("这条批注已经处理过了。")
    comment.resolved_at, comment.resolved_by = clock.now(), by
    journal.record(by, "minutes.resolve", comment, "处理批注")
    db.session.flush()
    return comment


def reopen(comment: MinutesComment, *, by: User) -> MinutesComment:
    """把批注改回未处理。"""
    if not comment.is_resolved:
        raise Refused("这条批注还没有处理。")
    comment.resolved_at = comment.resolved_by = None
    journal.record(by, "minutes.reopen", comment, "批注改回未处理")
    db.session.flush()
    return comment


def consult(minutes: Minutes, until: datetime, *, by: User) -> Consultation:
    """征求意见：请参会人员在截止时间前核对，到时未回复视为同意。"""
    if not clock.now() < until < clock.now() + timedelta(days=30):
        raise Refused("截止时间应当在现在之后、30 天之内。")
    asked = queries.to_ask(minutes.meeting, by)
    if not asked:
        raise Refused("这次会议没有可以征求意见的参会人员。")
    minutes.lifecycle.fire(minutes, "consult", by=by, until=until.isoformat())
    consultation: Consultation = add(
        Consultation(
            minutes=minutes, revision=minutes.latest, text=text_queries.words(minutes), asked_by=by,
            asked_at=clock.now(), until=until, answers=[ConsultationAnswer(user=one) for one in asked],
        )
    )  # fmt: skip
    address = f"{address_of(minutes)}/consultation"
    body = f"请在{clock.zh_datetime(until)}前核对，未回复视为同意。"
    inbox.notify(asked, f"请核对纪要：{minutes.title}", address, body=body, burst=f"consultation-{consultation.id}")
    return consultation


def answer(minutes: Minutes, text: str, *, by: User) -> ConsultationAnswer:
    """答复意见征求：没有意见即同意；截止前可以再改。"""
    consultation = minutes.consultation
    own = next((one for one in consultation.answers if one.user_id == by.id), None) if consultation else None
    if own is None:
        raise Refused(minutes.not_asking or "这次征求意见没有发给您，不需要答复。")
    own.text, own.at = text, clock.now()
    journal.record(by, "minutes.answer", minutes, "答复意见征求", why=text)
    db.session.flush()
    return own


def end_consultation(minutes: Minutes, *, by: User) -> Minutes:
    """提前结束意见征求。"""
    if (consultation := minutes.consultation) is None:
        raise Refused(minutes.not_asking or "")
    journal.record(by, "minutes.end_consultation", minutes, "结束意见征求")
    close(consultation)
    return minutes


def close(consultation: Consultation) -> None:
    """The job's deed too: the time is over, who said nothing agrees; the drafters are told how it stands."""
    consultation.closed_at = clock.now()
    if consultation.minutes.is_reviewed:
        renew_sheet(consultation.minutes)
    db.session.flush()
    notify(drafters(consultation.minutes), "征求意见已结束", consultation.minutes, body=consultation.sentence)
