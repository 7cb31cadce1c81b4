"""Operations before a meeting sits: scheduling, the chair's approval, postponing, cancelling."""

from datetime import date, time
from typing import TypedDict, Unpack

from portal.db import clock, journal
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.meetings.agenda.placing import free, put
from portal.meetings.attendance import queries as attendance_queries
from portal.meetings.attendance.seating import seat
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind, MeetingSeries
from portal.meetings.notices.notifying import address_of, change_notice, note_change, notify_all, reindex
from portal.meetings.preparing.queries import highest_number
from portal.meetings.proposals import queries as proposals_queries
from portal.meetings.review import queries as review_queries
from portal.meetings.series import rhythm
from portal.meetings.series.operations import StandingFacts
from portal.people.deputies.queries import with_deputies
from portal.people.models.accounts import User
from portal.people.models.roles import Part, Role
from portal.people.roles.queries import in_charge


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
    proposed = rhythm.proposed(series)
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
    for item in proposals_queries.ready_for(meeting):
        if item.predecessor_id is not None:
            item.state = ItemState.placed
            put(item, meeting)
    reindex(meeting)
    journal.record(by, "meetings.schedule", meeting, "新建会议", day=day.isoformat(), items=len(meeting.items))
    return meeting


def schedule_next(series: MeetingSeries) -> Meeting | None:
    """The job's deed: the next sitting of a series, unless somebody has made one in the meantime."""
    if rhythm.is_ahead(series):
        return None
    return schedule(series, rhythm.proposed_day(series), by=None)


_REVIEW: StandingFacts = (ItemKind.review, "上次会议交办事项落实情况", 10)


def _first_items(series: MeetingSeries) -> list[StandingFacts]:
    """The default agenda; where it has no report on the tasks and there are tasks, that report comes first."""
    standing: list[StandingFacts] = [(one.kind, one.title, one.minutes, one.reporter) for one in series.standing_items]
    reported = any(kind is ItemKind.review for kind, *_ in standing)
    return standing if reported or not review_queries.rows_now(series) else [_REVIEW, *standing]


def edit_meeting(meeting: Meeting, seen: int | None, *, by: User, **facts: Unpack[MeetingFacts]) -> Meeting:
    """修改会议安排；发过通知的，告诉全体成员。"""
    claim(meeting, seen)
    before = {name: getattr(meeting, name) for name in facts}
    meeting.lifecycle.fire(meeting, "edit_meeting", by=by)
    for name, value in facts.items():
        setattr(meeting, name, value)
    if before.get("chair", meeting.chair) != meeting.chair:
        meeting.acting_chair = attendance_queries.in_the_chair(meeting)
    reindex(meeting)
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
    meeting.lifecycle.fire(meeting, "ask_approval", by=by)
    meeting.approval_asked_at = clock.now()
    db.session.flush()
    inbox.notify(
        with_deputies([meeting.chair] if meeting.chair else [], Part.chair), f"请审定议程：{meeting.title}",
        address_of(meeting),
        body=f"{len(meeting.items)} 项议题，共 {meeting.minutes_planned} 分钟。", burst=f"approval-{meeting.id}",
    )  # fmt: skip
    return meeting


def approve_agenda(meeting: Meeting, *, chair: User, by: User) -> Meeting:
    """审定议程：登记是谁审定的；会议秘书请过的，告诉会议秘书。"""
    meeting.lifecycle.fire(meeting, "approve_agenda", by=by, chair=chair.name)
    asked, meeting.approval_asked_at, meeting.changed_at = meeting.approval_asked_at, None, None
    meeting.agenda_approved_by, meeting.agenda_approved_at = chair, clock.now()
    standing = journal.stands_in(by)
    is_deputy = standing is not None and standing.person_id == chair.id
    meeting.approved_as = journal.named(by) if is_deputy else ""
    db.session.flush()
    if asked and (is_deputy or by.id == chair.id):
        inbox.notify(
            in_charge(Role.secretary), f"议程已审定：{meeting.title}", address_of(meeting), body="可以发会议通知了。",
            burst=f"approval-{meeting.id}",
        )  # fmt: skip
    return meeting


def settle_chair(meeting: Meeting) -> Meeting:
    """The job's deed: a meeting to come says who chairs in the chair's stead, and gives that person a place."""
    meeting.acting_chair = attendance_queries.in_the_chair(meeting)
    if meeting.is_announced:
        seat(meeting)
    name = meeting.acting_chair.name if meeting.acting_chair else ""
    journal.record(None, "meetings.settle_chair", meeting, "登记代为主持的人", acting=name)
    db.session.flush()
    return meeting


def postpone(meeting: Meeting, day: date, starts_at: time, why: str, *, by: User) -> Meeting:
    """改期：发过通知的，请成员重新回复。"""
    if meeting.number is not None and day.year != meeting.year:
        raise Refused("会议次数按年度编排，已编号的会议不能改到别的年份，请取消后另建。")
    before = f"{clock.zh_date(meeting.day)} {clock.hm(meeting.starts_at)}"
    after = f"{clock.zh_date(day)} {clock.hm(starts_at)}"
    meeting.lifecycle.fire(meeting, "postpone", by=by, why=why, before=before, after=after)
    meeting.day, meeting.starts_at, meeting.reason = day, starts_at, why
    meeting.acting_chair = attendance_queries.in_the_chair(meeting)
    if meeting.is_announced:
        for attendance in meeting.attendances:
            attendance.ask_again()
        meeting.changes = [*meeting.changes, f"由{before}改期到{after}：{why}"]
        change_notice(meeting)
        notify_all(meeting, f"会议改期：{meeting.title}", f"改到{after}，原因：{why}。请重新回复是否参会。")
    if clock.now() < meeting.cut_off:
        meeting.review = None  # there is time again to report: it is drawn anew at the new cut-off
    reindex(meeting)
    return meeting


def cancel(meeting: Meeting, why: str, *, by: User) -> Meeting:
    """取消会议：议题回到待排议题；没有更晚的会议已编号时，次数让给下一次。"""
    title, told = meeting.title, meeting.is_announced
    meeting.lifecycle.fire(meeting, "cancel", by=by, why=why, number=meeting.number)
    meeting.reason = why
    if told:
        change_notice(meeting)
    if meeting.number is not None and meeting.number == highest_number(meeting):
        meeting.year = meeting.number = None
    for item in [one for one in meeting.items if not one.standing]:
        item.state = ItemState.accepted
        free(item)
    reindex(meeting)
    if told:
        notify_all(meeting, f"会议取消：{title}", f"原因：{why}")
    return meeting
