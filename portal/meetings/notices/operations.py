"""Operations with notices: sending, keeping, laying out again; and with a person's own calendar address."""

from secrets import token_hex

import sqlalchemy as sa

from portal.db import clock, journal
from portal.db.engine import db
from portal.documents import registry
from portal.documents.registry import Document
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.jobs import due, periodic
from portal.meetings.attendance import queries as attendance_queries
from portal.meetings.attendance.seating import seat
from portal.meetings.models.agenda import AgendaStep
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.notices import CalendarFeed, MeetingNotice, kept_already
from portal.meetings.models.series import MeetingSeries
from portal.meetings.notices import checks, queries
from portal.meetings.notices.notifying import address_of, audience_of, draw_notice, reindex
from portal.meetings.preparing.queries import highest_number
from portal.meetings.review.operations import draw_review
from portal.people.models.accounts import User


def announce(meeting: Meeting, *, why: str = "", by: User) -> Meeting:
    """发通知：给出第几次会议，为每位成员留座，告诉每位成员和汇报人；检查有提醒仍要发的，写明理由。"""
    # the series' row is the lock of its numbers: whoever announces at the same moment waits here
    db.session.execute(sa.select(MeetingSeries.id).where(MeetingSeries.id == meeting.series_id).with_for_update())
    db.session.refresh(meeting, ["state"])  # somebody may have announced this very meeting while we waited
    number = _next_number(meeting)
    despite = _passed_over(meeting, why)
    why, facts = (why, {"despite": despite}) if despite else ("", {})
    meeting.lifecycle.fire(meeting, "announce", by=by, why=why, year=meeting.day.year, number=number, **facts)
    meeting.year, meeting.number, meeting.announced_at = meeting.day.year, number, clock.now()
    _start_afresh(meeting)
    meeting.acting_chair = attendance_queries.in_the_chair(meeting)
    seat(meeting)
    draw_review(meeting)
    reindex(meeting)
    meeting.told_at = meeting.announced_at
    sent = draw_notice(meeting, clock.now())
    sent.despite, sent.why = despite, why
    inbox.notify(
        audience_of(meeting), f"会议通知：{meeting.title}", address_of(meeting),
        body=f"{clock.zh_date(meeting.day)} {clock.hm(meeting.starts_at)}，{meeting.place}。请回复是否参会。",
        burst=f"meeting-{meeting.id}",
    )  # fmt: skip
    return meeting


def _passed_over(meeting: Meeting, why: str) -> list[str]:
    """The names of the checks that speak against the notice; only with a reason it is sent all the same."""
    found = checks.before_notice(meeting) if meeting.lifecycle.is_open(meeting, "announce") else []
    if found and not why.strip():
        told = "".join(sentence for one in found for sentence in one.sentences)
        raise Refused(f"发通知前请留意：{told}如仍要发出，请写明理由。")
    return [one.name for one in found]


def _start_afresh(meeting: Meeting) -> None:
    """What the notice says is how it is: what was changed before is no change to those who read it."""
    meeting.changes, meeting.changed_at, meeting.approval_asked_at = [], None, None
    for item in meeting.items:
        item.changed = False
    db.session.execute(sa.delete(AgendaStep).where(AgendaStep.meeting_id == meeting.id))


def _next_number(meeting: Meeting) -> int:
    return 1 + (highest_number(meeting, meeting.day.year) or 0)


def keep_notice(one: MeetingNotice, pdf: bytes) -> Document:
    """The job's deed: enter a notice that was laid out in the register."""
    one.document = registry.enter(registry.PaperKind.notice, one.title, "", pdf, [], by=None)
    journal.record(None, "meetings.keep_notice", one, "留存会议通知", meeting=one.meeting_id, edition=one.edition)
    db.session.flush()
    return one.document


def lay_out_again(one: MeetingNotice, *, by: User) -> MeetingNotice:
    """重新排版：会议通知排版失败后再试一次。"""
    if obstacle := kept_already(one):
        raise Refused(obstacle)
    journal.record(by, "meetings.lay_out_again", one, "重新排版")
    due.try_again(one)
    periodic.prompt("meetings.lay_out_notices")
    return one


def subscribe(*, by: User) -> CalendarFeed:
    """开通日历订阅；已经开通的换一个新地址，旧地址立即失效。"""
    feed = queries.calendar_feed(by.id)
    if feed is None:
        feed = CalendarFeed(user_id=by.id, user=by, nonce="", made_at=clock.now())
        db.session.add(feed)
    feed.nonce, feed.made_at = token_hex(16), clock.now()
    db.session.flush()
    journal.record(by, "meetings.subscribe", by, "开通日历订阅")
    return feed


def unsubscribe(*, by: User) -> None:
    """停用日历订阅：原来的地址立即失效。"""
    feed = queries.calendar_feed(by.id)
    if feed is None:
        raise Refused("没有开通日历订阅。")
    db.session.delete(feed)
    journal.record(by, "meetings.unsubscribe", by, "停用日历订阅")
    db.session.flush()
