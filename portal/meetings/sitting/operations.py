"""Operations while a meeting sits: opening, going through the items, adjourning, and what is carried over."""

from collections.abc import Sequence
from typing import Literal

from portal.courses.course import operations as courses
from portal.courses.models.courses import Course
from portal.db import clock
from portal.db.engine import add, db
from portal.errors import Refused
from portal.meetings.attendance import queries as attendance_queries
from portal.meetings.attendance.seating import seat
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.review.operations import draw_review
from portal.people.models.accounts import User


def open(meeting: Meeting, *, by: User) -> Meeting:
    """开会。"""
    meeting.lifecycle.fire(meeting, "open", by=by)
    meeting.opened_at = clock.now()
    if meeting.items:
        _run(meeting.items[0])
    meeting.acting_chair = attendance_queries.in_the_chair(meeting)
    seat(meeting)
    draw_review(meeting)
    db.session.flush()
    return meeting


def adjourn(meeting: Meeting, *, why: str = "", despite: Sequence[str] = (), by: User) -> Meeting:
    """散会：缓议和未及审议的议题回到待排议题，讲过的课记为已讲授。

    `despite` names the checks that were passed over, `why` says why.
    """
    facts = {"despite": list(despite)} if despite else {}
    meeting.lifecycle.fire(meeting, "adjourn", by=by, why=why, **facts)
    meeting.adjourned_at = clock.now()
    meeting.acting_chair = attendance_queries.in_the_chair(meeting)
    for item in meeting.items:
        _stop(item)
        if item.comes_back:
            _succeed(item)
        elif item.course is not None and item.is_dealt_with:
            _deliver(item.course, meeting, by)
    db.session.flush()
    return meeting


def conclude(meeting: Meeting, *, by: User | None) -> Meeting:
    """会议纪要已经印发。"""
    meeting.lifecycle.fire(meeting, "conclude", by=by)
    db.session.flush()
    return meeting


def _succeed(item: AgendaItem) -> None:
    """An item that was left open goes on as its successor in the backlog; the old one stays with its meeting."""
    add(
        AgendaItem(
            series_id=item.series_id, state=ItemState.accepted, kind=item.kind, title=item.title, ask=item.ask,
            minutes=item.minutes, reporter_id=item.reporter_id, proposed_by_id=item.proposed_by_id,
            proposed_at=item.proposed_at, course_id=item.course_id, problem_id=item.problem_id, predecessor=item,
            files=list(item.files),
        )
    )  # fmt: skip


def _deliver(course: Course, meeting: Meeting, by: User) -> None:
    if course.lifecycle.is_open(course, "deliver"):
        courses.deliver(course, min(meeting.day, clock.today()), by=by)


def mark_item(item: AgendaItem, state: ItemState, *, by: User) -> AgendaItem:
    """登记议题结果：已议、缓议或未及审议。"""
    deed = f"mark_{state.value}"
    if deed not in item.lifecycle.transitions:
        raise Refused("议题结果只能是已议、缓议或未及审议。")
    if item.state is not state:
        item.lifecycle.fire(item, deed, by=by)
        if item.is_running and item.meeting is not None:
            _stop(item)
            if following := next((one for one in item.meeting.items if one.is_placed), None):
                _run(following)
        db.session.flush()
    return item


def turn_to(item: AgendaItem, *, by: User) -> AgendaItem:
    """开始讨论一项议题：它的用时从现在算起，前一项停下。"""
    if not item.is_running:
        item.lifecycle.fire(item, "turn_to", by=by)
        for one in item.meeting.items if item.meeting else ():
            _stop(one)
        _run(item)
        db.session.flush()
    return item


def turn(meeting: Meeting, step: Literal[1, -1], *, by: User) -> Meeting:
    """转到下一项或上一项议题；已在头尾的不动。"""
    at = next((number for number, item in enumerate(meeting.items) if item.is_running), None)
    first_open = next((number for number, item in enumerate(meeting.items) if item.is_placed), len(meeting.items))
    to = first_open if at is None else at + step
    if 0 <= to < len(meeting.items):
        turn_to(meeting.items[to], by=by)
    return meeting


def _run(item: AgendaItem) -> None:
    now = clock.now()
    if item.started_at is None:
        item.started_at = now
    elif item.ended_at is not None:
        item.seconds_away += int((now - item.ended_at).total_seconds())
        item.ended_at = None


def _stop(item: AgendaItem) -> None:
    if item.is_running:
        item.ended_at = clock.now()


def drop_item(item: AgendaItem, why: str, *, by: User) -> AgendaItem:
    """取消结转：缓议或未及审议的议题不再转到下次会议，写明理由。"""
    item.lifecycle.fire(item, "drop_item", by=by, why=why)
    item.dropped = why
    db.session.flush()
    return item


def keep_item(item: AgendaItem, *, by: User) -> AgendaItem:
    """恢复结转。"""
    item.lifecycle.fire(item, "keep_item", by=by)
    item.dropped = ""
    db.session.flush()
    return item
