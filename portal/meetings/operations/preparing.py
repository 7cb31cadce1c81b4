"""Deeds before a meeting sits: scheduling, the chair's approval, the notice, postponing, cancelling."""

from datetime import date, time
from typing import TypedDict, Unpack

import sqlalchemy as sa

from portal import clock, journal
from portal.database import add, claim, db
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.meetings import checks, queries, review
from portal.meetings.models import AgendaItem, AgendaStep, ItemKind, ItemState, Meeting, MeetingSeries
from portal.meetings.operations.agenda import free, put
from portal.meetings.operations.seating import seat
from portal.meetings.operations.series import Standing
from portal.meetings.operations.sitting import draw_review
from portal.meetings.operations.telling import (
    address_of,
    audience_of,
    change_notice,
    draw_notice,
    let_be_found,
    note_change,
    tell_all,
)
from portal.people.models import Part, Role, User
from portal.people.queries import in_charge, with_deputies


class MeetingFacts(TypedDict, total=False):
    """What is typed about a meeting; what is left out comes from its series."""

    starts_at: time | None
    place: str | None
    chair: User | None
    recorder: User | None
    reviewer: User | None
    signatory: User | None
    minutes: int | None


_FROM_SERIES = ("starts_at", "place", "chair", "recorder", "reviewer", "signatory", "minutes")


def schedule(series: MeetingSeries, day: date, *, by: User | None, **facts: Unpack[MeetingFacts]) -> Meeting:
    """新建会议：带上例会的固定议题，以及上次缓议、未及审议的议题。"""
    values = {name: facts.get(name) or getattr(series, name) for name in _FROM_SERIES}
    proposed = queries.proposed(series)
    on_its_weekday = day if day.weekday() == series.weekday else None
    rhythm_day = proposed.rhythm_day if proposed.day == day else on_its_weekday
    meeting = Meeting(series=series, day=day, rhythm_day=rhythm_day, changes=[], **values)
    meeting.items = [
        AgendaItem(
            series=series, state=ItemState.placed, position=position, kind=kind, title=title, minutes=minutes,
            reporter=next(iter(reporter), None), standing=True,
        )
        for position, (kind, title, minutes, *reporter) in enumerate(_first_items(series), 1)
    ]  # fmt: skip
    add(meeting)
    for item in queries.ready_for(meeting):
        if item.predecessor_id is not None:
            item.state = ItemState.placed
            put(item, meeting)
    let_be_found(meeting)
    journal.record(by, "meetings.schedule", meeting, "新建会议", day=day.isoformat(), items=len(meeting.items))
    return meeting


def schedule_next(series: MeetingSeries) -> Meeting | None:
    """The chore's deed: the next sitting of a series, unless somebody has made one in the meantime."""
    if queries.is_ahead(series):
        return None
    return schedule(series, queries.proposed_day(series), by=None)


_REVIEW: Standing = (ItemKind.review, "上次会议交办事项落实情况", 10)


def _first_items(series: MeetingSeries) -> list[Standing]:
    """The default agenda; where it has no report on the tasks and there are tasks, that report comes first."""
    standing: list[Standing] = [(one.kind, one.title, one.minutes, one.reporter) for one in series.standing_items]
    reported = any(kind is ItemKind.review for kind, *_ in standing)
    return standing if reported or not review.rows_now(series) else [_REVIEW, *standing]


def edit_meeting(meeting: Meeting, seen: int | None, *, by: User, **facts: Unpack[MeetingFacts]) -> Meeting:
    """修改会议安排；发过通知的，告诉全体成员。"""
    claim(meeting, seen)
    before = {name: getattr(meeting, name) for name in facts}
    meeting.lifecycle.take(meeting, "edit_meeting", by=by)
    for name, value in facts.items():
        setattr(meeting, name, value)
    if before.get("chair", meeting.chair) != meeting.chair:
        meeting.acting_chair = queries.in_the_chair(meeting)
    let_be_found(meeting)
    changed = [_FACT_WORDS[name] for name, value in before.items() if value != getattr(meeting, name)]
    if "主持人" in changed and not meeting.has_notice:
        meeting.agenda_approved_by = meeting.agenda_approved_at = meeting.approval_asked_at = meeting.changed_at = None
        meeting.approved_as = ""
    if changed and meeting.is_announced:
        for_all = not _CONCERN_FEW.issuperset(changed)
        few = [before[name] for name in before] + [getattr(meeting, name) for name in before]
        note_change(meeting, f"调整{'、'.join(changed)}", by, None if for_all else few)
    return meeting


_CONCERN_FEW = {"记录人", "审核人", "签发人"}
_FACT_WORDS = {
    "starts_at": "开始时间", "place": "地点", "minutes": "会议时长", "chair": "主持人", "recorder": "记录人",
    "reviewer": "审核人", "signatory": "签发人",
}  # fmt: skip


def ask_approval(meeting: Meeting, *, by: User) -> Meeting:
    """请主持人审定议程。"""
    if obstacle := meeting.approved_already:
        raise Refused(obstacle)
    meeting.lifecycle.take(meeting, "ask_approval", by=by)
    meeting.approval_asked_at = clock.now()
    db.session.flush()
    inbox.tell(
        with_deputies([meeting.chair] if meeting.chair else [], Part.chair), f"请审定议程：{meeting.title}",
        address_of(meeting),
        body=f"{len(meeting.items)} 项议题，共 {meeting.minutes_planned} 分钟。", burst=f"approval-{meeting.id}",
    )  # fmt: skip
    return meeting


def approve_agenda(meeting: Meeting, *, chair: User, by: User) -> Meeting:
    """审定议程：登记是谁审定的；会议秘书请过的，告诉会议秘书。"""
    meeting.lifecycle.take(meeting, "approve_agenda", by=by, chair=chair.name)
    asked, meeting.approval_asked_at, meeting.changed_at = meeting.approval_asked_at, None, None
    meeting.agenda_approved_by, meeting.agenda_approved_at = chair, clock.now()
    standing = journal.stands_in(by)
    is_deputy = standing is not None and standing.person_id == chair.id
    meeting.approved_as = journal.named(by) if is_deputy else ""
    db.session.flush()
    if asked and (is_deputy or by.id == chair.id):
        inbox.tell(
            in_charge(Role.secretary), f"议程已审定：{meeting.title}", address_of(meeting), body="可以发会议通知了。",
            burst=f"approval-{meeting.id}",
        )  # fmt: skip
    return meeting


def announce(meeting: Meeting, *, why: str = "", by: User) -> Meeting:
    """发通知：给出第几次会议，为每位成员留座，告诉每位成员和汇报人；检查有提醒仍要发的，写明理由。"""
    # the series' row is the lock of its numbers: whoever announces at the same moment waits here
    db.session.execute(sa.select(MeetingSeries.id).where(MeetingSeries.id == meeting.series_id).with_for_update())
    db.session.refresh(meeting, ["state"])  # somebody may have announced this very meeting while we waited
    number = _next_number(meeting)
    despite = _passed_over(meeting, why)
    why, facts = (why, {"despite": despite}) if despite else ("", {})
    meeting.lifecycle.take(meeting, "announce", by=by, why=why, year=meeting.day.year, number=number, **facts)
    meeting.year, meeting.number, meeting.announced_at = meeting.day.year, number, clock.now()
    _start_afresh(meeting)
    meeting.acting_chair = queries.in_the_chair(meeting)
    seat(meeting)
    draw_review(meeting)
    let_be_found(meeting)
    meeting.told_at = meeting.announced_at
    sent = draw_notice(meeting, clock.now())
    sent.despite, sent.why = despite, why
    inbox.tell(
        audience_of(meeting), f"会议通知：{meeting.title}", address_of(meeting),
        body=f"{clock.zh_date(meeting.day)} {clock.hm(meeting.starts_at)}，{meeting.place}。请回复是否参会。",
        burst=f"meeting-{meeting.id}",
    )  # fmt: skip
    return meeting


def settle_chair(meeting: Meeting) -> Meeting:
    """The chore's deed: a meeting to come says who chairs in the chair's stead, and gives that person a place."""
    meeting.acting_chair = queries.in_the_chair(meeting)
    if meeting.is_announced:
        seat(meeting)
    name = meeting.acting_chair.name if meeting.acting_chair else ""
    journal.record(None, "meetings.settle_chair", meeting, "登记代为主持的人", acting=name)
    db.session.flush()
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


def postpone(meeting: Meeting, day: date, starts_at: time, why: str, *, by: User) -> Meeting:
    """改期：发过通知的，请成员重新回复。"""
    if meeting.number is not None and day.year != meeting.year:
        raise Refused("会议次数按年度编排，已编号的会议不能改到别的年份，请取消后另建。")
    before = f"{clock.zh_date(meeting.day)} {clock.hm(meeting.starts_at)}"
    after = f"{clock.zh_date(day)} {clock.hm(starts_at)}"
    meeting.lifecycle.take(meeting, "postpone", by=by, why=why, before=before, after=after)
    meeting.day, meeting.starts_at, meeting.reason = day, starts_at, why
    meeting.acting_chair = queries.in_the_chair(meeting)
    if meeting.is_announced:
        for attendance in meeting.attendances:
            attendance.ask_again()
        meeting.changes = [*meeting.changes, f"由{before}改期到{after}：{why}"]
        change_notice(meeting)
        tell_all(meeting, f"会议改期：{meeting.title}", f"改到{after}，原因：{why}。请重新回复是否参会。")
    if clock.now() < meeting.cut_off:
        meeting.review = None  # there is time again to report: it is drawn anew at the new cut-off
    let_be_found(meeting)
    return meeting


def cancel(meeting: Meeting, why: str, *, by: User) -> Meeting:
    """取消会议：议题回到待排议题；没有更晚的会议已编号时，次数让给下一次。"""
    title, told = meeting.title, meeting.is_announced
    meeting.lifecycle.take(meeting, "cancel", by=by, why=why, number=meeting.number)
    meeting.reason = why
    if told:
        change_notice(meeting)
    if meeting.number is not None and meeting.number == _highest_number(meeting):
        meeting.year = meeting.number = None
    for item in [one for one in meeting.items if not one.standing]:
        item.state = ItemState.accepted
        free(item)
    let_be_found(meeting)
    if told:
        tell_all(meeting, f"会议取消：{title}", f"原因：{why}")
    return meeting


def _next_number(meeting: Meeting) -> int:
    return 1 + (_highest_number(meeting, meeting.day.year) or 0)


def _highest_number(meeting: Meeting, year: int | None = None) -> int | None:
    return db.session.scalar(
        sa.select(sa.func.max(Meeting.number)).where(
            Meeting.series_id == meeting.series_id, Meeting.year == (year or meeting.year)
        )
    )
