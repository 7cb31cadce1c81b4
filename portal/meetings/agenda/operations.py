"""Operations that build an agenda."""

from collections.abc import Sequence
from typing import Any, Literal, TypedDict, Unpack

from portal.courses.models.courses import Course
from portal.db import clock, journal
from portal.db.concurrency import claim
from portal.db.engine import db
from portal.enterprises.models.problems import Problem
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.meetings.agenda import queries
from portal.meetings.agenda.placing import free, lower_problem, put, raise_problem
from portal.meetings.agenda.undoing import remember
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind
from portal.meetings.notices.notifying import address_of, agenda_changed
from portal.meetings.proposals import queries as proposals_queries
from portal.people.models.accounts import User


class ItemFacts(TypedDict, total=False):
    """What can be changed about an item."""

    kind: ItemKind
    title: str
    minutes: int
    ask: str
    reporter: User | None


def add_item(  # noqa: PLR0913 - each is one thing a person says of an item
    meeting: Meeting,
    kind: ItemKind,
    title: str,
    minutes: int,
    *,
    ask: str = "",
    reporter: User | None = None,
    course: Course | None = None,
    problem: Problem | None = None,
    after: int | None = None,
    by: User,
) -> AgendaItem:
    """添加议题，在末尾或在某项之后；带课程的由主讲人讲，带企业问题的把问题列为已上会，两者按类别排位。"""
    if obstacle := meeting.lifecycle.obstacle(meeting, "add_item"):
        raise Refused(obstacle)
    _refuse_twice(course, problem)
    remember(meeting, f"添加议题《{title}》", by)
    item = AgendaItem(
        series_id=meeting.series_id, state=ItemState.placed, kind=kind, title=title, ask=ask, minutes=minutes,
        reporter=reporter or (course.lecturer if course else None) or (problem.reporter if problem else None),
        course=course, problem=problem, late=meeting.is_frozen,
    )  # fmt: skip
    by_kind = course is not None or problem is not None
    put(item, meeting, None if by_kind else _place_after(meeting, after))
    db.session.flush()
    journal.record(by, "meetings.add_item", item, "添加议题", meeting=meeting.id)
    raise_problem(item, by)
    agenda_changed(meeting, f"增加议题《{title}》", by, item, for_all=True)
    return item


def place_item(item: AgendaItem, meeting: Meeting, *, by: User) -> AgendaItem:
    """把待排议题列入议程，按类别排位。"""
    if item.series_id != meeting.series_id:
        raise Refused("议题属于另一个例会，不能列入这次会议。")
    if obstacle := meeting.lifecycle.obstacle(meeting, "add_item"):
        raise Refused(obstacle)
    remember(meeting, f"列入议题《{item.title}》", by)
    _place_one(item, meeting, by)
    return item


def place_all(meeting: Meeting, *, by: User) -> list[AgendaItem]:
    """把已采纳、没有暂缓的待排议题一次全部列入议程。"""
    if obstacle := meeting.lifecycle.obstacle(meeting, "add_item"):
        raise Refused(obstacle)
    waiting = proposals_queries.ready_for(meeting)
    if not waiting:
        raise Refused("没有可以列入的待排议题。")
    remember(meeting, f"列入 {len(waiting)} 项待排议题", by)
    for item in waiting:
        _place_one(item, meeting, by)
    return waiting


def _place_one(item: AgendaItem, meeting: Meeting, by: User) -> None:
    item.lifecycle.fire(item, "place_item", by=by, meeting=meeting.id)
    put(item, meeting)
    item.late = meeting.has_notice or (item.proposed_at is not None and item.proposed_at > meeting.cut_off)
    item.late = item.late and item.predecessor_id is None  # what comes back was in time once
    item.not_before = None
    raise_problem(item, by)
    agenda_changed(meeting, f"增加{'临时' if item.late else ''}议题《{item.title}》", by, item, for_all=True)
    if item.proposed_by is not None and item.proposed_by_id != by.id:
        day = clock.zh_date(meeting.day)
        inbox.notify(
            [item.proposed_by], f"您申报的议题已列入议程：{item.title}", address_of(meeting), body=f"{day}的会议。"
        )


def take_off_item(item: AgendaItem, *, by: User) -> AgendaItem:
    """把议题移出议程，放回待排议题。"""
    meeting = item.meeting
    if meeting is not None:
        remember(meeting, f"移出议题《{item.title}》", by)
    item.lifecycle.fire(item, "take_off_item", by=by, meeting=item.meeting_id)
    free(item)
    lower_problem(item, by)
    if meeting is not None:
        agenda_changed(meeting, f"移出议题《{item.title}》", by, item, for_all=True)
    return item


def edit_item(item: AgendaItem, seen: int | None, *, by: User, **facts: Unpack[ItemFacts]) -> AgendaItem:
    """修改议题。"""
    claim(item, seen)
    if item.meeting is not None:
        remember(item.meeting, f"修改议题《{item.title}》", by)
    item.lifecycle.fire(item, "edit_item", by=by)
    before = {name: getattr(item, name) for name in facts}
    for name, value in facts.items():
        setattr(item, name, value)
    db.session.flush()
    if item.meeting is not None and any(before[name] != getattr(item, name) for name in facts):
        agenda_changed(item.meeting, _edited(item, before), by, item, also=[before.get("reporter")])
    return item


def _edited(item: AgendaItem, before: dict[str, Any]) -> str:
    """修改议题《…》：时间 10 分钟改为 15 分钟 …, so that those who are told see what is different."""
    words = []
    if before.get("minutes", item.minutes) != item.minutes:
        words.append(f"时间由 {before['minutes']} 分钟改为 {item.minutes} 分钟")
    if "reporter" in before and before["reporter"] != item.reporter:
        words.append(f"汇报人改为{item.reporter.name if item.reporter else '未定'}")
    if before.get("title", item.title) != item.title:
        words.append(f"原题为《{before['title']}》")
    if before.get("kind", item.kind) is not item.kind:
        words.append(f"类别改为{item.kind.label}")
    return f"修改议题《{item.title}》{'（' + '，'.join(words) + '）' if words else ''}"


def order_items(meeting: Meeting, ids: Sequence[int], *, by: User) -> Meeting:
    """按给出的次序排列议程。"""
    places = {number: position for position, number in enumerate(ids, 1)}
    if len(ids) != len(places) or places.keys() != {item.id for item in meeting.items}:
        raise Refused("议程已被别人增减过议题，请刷新页面后再调整顺序。")
    moved = [item for item in meeting.items if item.position != places[item.id]]
    remember(meeting, "调整议程顺序", by)
    meeting.lifecycle.fire(meeting, "order_items", by=by)
    for item in meeting.items:
        item.position = places[item.id]
    meeting.items.sort(key=lambda item: item.position)
    agenda_changed(meeting, "调整议程顺序", by, also=[item.reporter for item in moved])
    return meeting


def move_item(item: AgendaItem, direction: Literal["up", "down"], *, by: User) -> Meeting:
    """把议题上移或下移一位；已在顶端或末尾的不动。"""
    meeting = item.meeting
    if meeting is None:
        raise Refused("议题还没有列入议程。")
    ids = [one.id for one in meeting.items]
    at = ids.index(item.id)
    to = at - 1 if direction == "up" else at + 1
    if not 0 <= to < len(ids):
        return meeting
    ids[at], ids[to] = ids[to], ids[at]
    return order_items(meeting, ids, by=by)


def _refuse_twice(course: Course | None, problem: Problem | None) -> None:
    if course is not None and queries.is_scheduled(course):
        raise Refused(f"{course}已经列入别的会议，请先从那里移出。")
    if problem is not None and queries.is_scheduled(problem):
        raise Refused(f"{problem}已经是待排或已列入的议题，不能重复添加。")


def _place_after(meeting: Meeting, number: int | None) -> int:
    """The place behind an item, or the end."""
    return next((place for place, one in enumerate(meeting.items, 1) if one.id == number), len(meeting.items))
