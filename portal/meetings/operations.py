"""Deeds of the meetings room: from the series to the adjourned meeting."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from secrets import token_hex
from typing import Any, Literal, NotRequired, TypedDict, Unpack

import sqlalchemy as sa

from portal import clock, jobs, journal, register, search
from portal.courses import operations as courses
from portal.courses.models import Course
from portal.database import add, claim, db
from portal.enterprises import operations as enterprises
from portal.enterprises.models import Problem
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.meetings import notice, queries, review, room
from portal.meetings.models import (
    AgendaItem,
    AgendaStep,
    Attendance,
    CalendarFeed,
    ItemKind,
    ItemState,
    Meeting,
    MeetingNotice,
    MeetingSeries,
    MeetingState,
    Recurrence,
    Review,
    SignInScan,
    StandingItem,
    kept_already,
)
from portal.people.models import Department, FailedTry, Group, GroupKind, Role, User
from portal.people.operations import TooManyTries
from portal.people.queries import holders
from portal.register import Document
from portal.request_end import afterwards
from portal.store import StoredFile

Standing = tuple[ItemKind, str, int] | tuple[ItemKind, str, int, User | None]  # the last: who reports it


class SeriesFacts(TypedDict):
    """What is typed about a series."""

    name: str
    short: str
    rank: int
    group: Group
    chair: User | None
    recorder: User | None
    reviewer: User | None
    signatory: User | None
    place: str
    recurrence: Recurrence
    weekday: int
    starts_at: time
    minutes: int
    cut_off_days: int
    cut_off_time: time
    heading: str
    nth: NotRequired[int]
    automatic: NotRequired[bool]
    kind_order: NotRequired[list[str]]


class MeetingFacts(TypedDict, total=False):
    """What is typed about a meeting; what is left out comes from its series."""

    starts_at: time | None
    place: str | None
    chair: User | None
    recorder: User | None
    reviewer: User | None
    signatory: User | None
    minutes: int | None


class ItemFacts(TypedDict, total=False):
    """What can be changed about an item."""

    kind: ItemKind
    title: str
    minutes: int
    ask: str
    reporter: User | None


# ── series ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def add_series(*, standing: Sequence[Standing] = (), by: User, **facts: Unpack[SeriesFacts]) -> MeetingSeries:
    """新建例会系列。"""
    _refuse_second_series(facts["name"])
    series = MeetingSeries(**facts, standing_items=_standing_items(standing))
    add(series)
    journal.record(by, "meetings.add_series", series, "新建例会系列")
    return series


def edit_series(
    series: MeetingSeries,
    seen: int | None,
    *,
    standing: Sequence[Standing],
    by: User,
    **facts: Unpack[SeriesFacts],
) -> MeetingSeries:
    """修改例会系列；已经建好的会议不变。"""
    _refuse_second_series(facts["name"], series)
    claim(series, seen)
    for name, value in facts.items():
        setattr(series, name, value)
    series.standing_items = _standing_items(standing)
    db.session.flush()
    journal.record(by, "meetings.edit_series", series, "修改例会系列")
    return series


def _refuse_second_series(name: str, series: MeetingSeries | None = None) -> None:
    other = db.session.scalar(sa.select(MeetingSeries.id).where(MeetingSeries.name == name))
    if other is not None and (series is None or other != series.id):
        raise Refused(f"已经有名为“{name}”的例会系列，请换一个名称。")


def _standing_items(standing: Sequence[Standing]) -> list[StandingItem]:
    return [
        StandingItem(position=position, kind=kind, title=title, minutes=minutes, reporter=next(iter(reporter), None))
        for position, (kind, title, minutes, *reporter) in enumerate(standing, 1)
    ]


# ── meetings ───────────────────────────────────────────────────────────────────────────────────────────────────────

_FROM_SERIES = ("starts_at", "place", "chair", "recorder", "reviewer", "signatory", "minutes")


def schedule(series: MeetingSeries, day: date, *, by: User | None, **facts: Unpack[MeetingFacts]) -> Meeting:
    """新建会议：带上系列的固定议题，以及上次缓议、未及审议的议题。"""
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
            _put(item, meeting)
    let_be_found(meeting)
    journal.record(by, "meetings.schedule", meeting, "新建会议", day=day.isoformat(), items=len(meeting.items))
    return meeting


def schedule_next(series: MeetingSeries) -> Meeting | None:
    """The chore's deed: the next sitting of a series, unless somebody has made one in the meantime."""
    if queries.is_ahead(series):
        return None
    return schedule(series, queries.proposed_day(series), by=None)


_REVIEW: Standing = (ItemKind.review, "上次会议议定事项落实情况", 10)


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
    let_be_found(meeting)
    changed = [_FACT_WORDS[name] for name, value in before.items() if value != getattr(meeting, name)]
    if "主持人" in changed and not meeting.has_notice:
        meeting.agenda_approved_by = meeting.agenda_approved_at = meeting.approval_asked_at = meeting.changed_at = None
    if changed and meeting.is_announced:
        for_all = not _CONCERN_FEW.issuperset(changed)
        few = [before[name] for name in before] + [getattr(meeting, name) for name in before]
        _note_change(meeting, f"调整{'、'.join(changed)}", by, None if for_all else few)
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
        [meeting.chair] if meeting.chair else [], f"请审定议程：{meeting.title}", _address(meeting),
        body=f"{len(meeting.items)} 项议题，共 {meeting.minutes_planned} 分钟。", burst=f"approval-{meeting.id}",
    )  # fmt: skip
    return meeting


def approve_agenda(meeting: Meeting, *, chair: User, by: User) -> Meeting:
    """审定议程：登记是谁审定的；会议秘书请过的，告诉会议秘书。"""
    meeting.lifecycle.take(meeting, "approve_agenda", by=by, chair=chair.name)
    asked, meeting.approval_asked_at, meeting.changed_at = meeting.approval_asked_at, None, None
    meeting.agenda_approved_by, meeting.agenda_approved_at = chair, clock.now()
    db.session.flush()
    if asked and by.id == chair.id:
        inbox.tell(
            holders(Role.secretary), f"议程已审定：{meeting.title}", _address(meeting), body="可以发会议通知了。",
            burst=f"approval-{meeting.id}",
        )  # fmt: skip
    return meeting


def announce(meeting: Meeting, *, despite: Sequence[str] = (), why: str = "", by: User) -> Meeting:
    """发通知：给出第几次会议，为每位成员留座，告诉每位成员和汇报人；有提醒仍要发的，写明理由。"""
    # the series' row is the lock of its numbers: whoever announces at the same moment waits here
    db.session.execute(sa.select(MeetingSeries.id).where(MeetingSeries.id == meeting.series_id).with_for_update())
    db.session.refresh(meeting, ["state"])  # somebody may have announced this very meeting while we waited
    number = _next_number(meeting)
    facts = {"despite": list(despite)} if despite else {}
    meeting.lifecycle.take(meeting, "announce", by=by, why=why, year=meeting.day.year, number=number, **facts)
    meeting.year, meeting.number, meeting.announced_at = meeting.day.year, number, clock.now()
    _start_afresh(meeting)
    _seat_members(meeting)
    _draw_review(meeting)
    let_be_found(meeting)
    meeting.told_at = meeting.announced_at
    _draw_notice(meeting, clock.now())
    inbox.tell(
        _audience(meeting), f"会议通知：{meeting.title}", _address(meeting),
        body=f"{clock.zh_date(meeting.day)} {clock.hm(meeting.starts_at)}，{meeting.place}。请回复是否参会。",
        burst=f"meeting-{meeting.id}",
    )  # fmt: skip
    return meeting


BURST = timedelta(minutes=5)  # changes so close together go into one notice


def _change_notice(meeting: Meeting) -> None:
    """Calendars learn of the change at once; the paper waits until a burst of changes is over."""
    meeting.told_at, meeting.sequence = clock.now(), meeting.sequence + 1
    _draw_notice(meeting, clock.now() + BURST)


def _draw_notice(meeting: Meeting, due_at: datetime) -> MeetingNotice:
    """Keep what the notice says now; one that is not laid out yet says it too, unless it is the first."""
    content = notice.content_of(meeting)
    latest = meeting.notices[-1] if meeting.notices else None
    if latest is None or latest.is_kept or latest.edition == 1:
        latest = MeetingNotice(edition=len(meeting.notices) + 1)
        meeting.notices.append(latest)
    latest.drawn_at, latest.due_at = clock.now(), due_at
    latest.title, latest.content = content["title"], content
    db.session.flush()
    return latest


def keep_notice(one: MeetingNotice, pdf: bytes) -> Document:
    """The chore's deed: enter a notice that was laid out in the register."""
    one.document = register.enter(register.PaperKind.notice, one.title, "", pdf, [], by=None)
    journal.record(None, "meetings.keep_notice", one, "留存会议通知", meeting=one.meeting_id, edition=one.edition)
    db.session.flush()
    return one.document


def lay_out_again(one: MeetingNotice, *, by: User) -> MeetingNotice:
    """重新排版：会议通知排版失败后再试一次。"""
    if obstacle := kept_already(one):
        raise Refused(obstacle)
    journal.record(by, "meetings.lay_out_again", one, "重新排版")
    jobs.try_again(one)
    jobs.prompt("meetings.lay_out_notices")
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


def _start_afresh(meeting: Meeting) -> None:
    """What the notice says is how it is: what was changed before is no change to those who read it."""
    meeting.changes, meeting.changed_at, meeting.approval_asked_at = [], None, None
    for item in meeting.items:
        item.changed = False
    db.session.execute(sa.delete(AgendaStep).where(AgendaStep.meeting_id == meeting.id))


def open(meeting: Meeting, *, by: User) -> Meeting:
    """开会。"""
    meeting.lifecycle.take(meeting, "open", by=by)
    meeting.opened_at = clock.now()
    if meeting.items:
        _run(meeting.items[0])
    _seat_members(meeting)
    _draw_review(meeting)
    db.session.flush()
    return meeting


def freeze_review(meeting: Meeting) -> Review | None:
    """The chore's deed: at the cut-off the meeting's report on the tasks is drawn, and stays as it is."""
    drawn = _draw_review(meeting)
    journal.record(
        None, "meetings.freeze_review", meeting, "固定交办事项落实情况", tasks=len(drawn.rows) if drawn else 0
    )
    return drawn


def _draw_review(meeting: Meeting) -> Review | None:
    """The first to ask, the cut-off, the notice or the opening, has the report drawn; the others find it there."""
    if review.has_review(meeting) and meeting.review is None:
        rows = review.rows_now(meeting.series)
        meeting.review = Review(frozen_at=clock.now(), rows=rows)
        db.session.flush()
    return meeting.review


def adjourn(meeting: Meeting, *, why: str = "", despite: Sequence[str] = (), by: User) -> Meeting:
    """散会：缓议和未及审议的议题回到待排议题，讲过的课记为已讲授。

    `despite` names the checks that were passed over, `why` says why.
    """
    facts = {"despite": list(despite)} if despite else {}
    meeting.lifecycle.take(meeting, "adjourn", by=by, why=why, **facts)
    meeting.adjourned_at = clock.now()
    for item in meeting.items:
        _stop(item)
        if item.comes_back:
            _succeed(item)
        elif item.course is not None and item.is_dealt_with:
            _deliver(item.course, meeting, by)
    db.session.flush()
    return meeting


def conclude(meeting: Meeting, *, by: User | None) -> Meeting:
    """办毕：会议纪要已经印发。"""
    meeting.lifecycle.take(meeting, "conclude", by=by)
    db.session.flush()
    return meeting


def postpone(meeting: Meeting, day: date, starts_at: time, why: str, *, by: User) -> Meeting:
    """改期：发过通知的，请成员重新回复。"""
    if meeting.number is not None and day.year != meeting.year:
        raise Refused("会议次数按年度编排，已编号的会议不能改到别的年份，请取消后另建。")
    before = f"{clock.zh_date(meeting.day)} {clock.hm(meeting.starts_at)}"
    after = f"{clock.zh_date(day)} {clock.hm(starts_at)}"
    meeting.lifecycle.take(meeting, "postpone", by=by, why=why, before=before, after=after)
    meeting.day, meeting.starts_at, meeting.reason = day, starts_at, why
    if meeting.is_announced:
        for attendance in meeting.attendances:
            attendance.ask_again()
        meeting.changes = [*meeting.changes, f"由{before}改期到{after}：{why}"]
        _change_notice(meeting)
        _tell(meeting, f"会议改期：{meeting.title}", f"改到{after}，原因：{why}。请重新回复是否参会。")
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
        _change_notice(meeting)
    if meeting.number is not None and meeting.number == _highest_number(meeting):
        meeting.year = meeting.number = None
    for item in [one for one in meeting.items if not one.standing]:
        item.state = ItemState.accepted
        _free(item)
    let_be_found(meeting)
    if told:
        _tell(meeting, f"会议取消：{title}", f"原因：{why}")
    return meeting


def let_be_found(meeting: Meeting) -> None:
    """Let the members find the meeting by its title, place, people and items."""
    db.session.flush()
    people = (meeting.chair, meeting.recorder)
    words = [meeting.place, *(one.name for one in people if one), *(item.title for item in meeting.items)]
    search.index(
        Meeting.__tablename__, meeting.id, title=meeting.title, text="\n".join(words), url=_address(meeting),
        label="会议", day=meeting.day, scope=queries.scope_of(meeting.series_id),
    )  # fmt: skip


def _next_number(meeting: Meeting) -> int:
    return 1 + (_highest_number(meeting, meeting.day.year) or 0)


def _highest_number(meeting: Meeting, year: int | None = None) -> int | None:
    return db.session.scalar(
        sa.select(sa.func.max(Meeting.number)).where(
            Meeting.series_id == meeting.series_id, Meeting.year == (year or meeting.year)
        )
    )


def _seat_members(meeting: Meeting) -> None:
    """Give every member who has none a place, in the order of rank, before the visitors.

    Who is no member any more and has not come is not expected; who left a trace keeps the place, after the members.
    """
    seated = {one.user_id: one for one in meeting.attendances if one.user_id is not None}
    members = queries.members(meeting.series)
    for position, user in enumerate(members, 1):
        if user.id in seated:
            seated[user.id].position, seated[user.id].member = position, True
        else:
            place = Attendance(
                position=position, user=user, name=user.name, department=user.department, post=user.post, member=True
            )
            meeting.attendances.append(place)
    ids = {user.id for user in members}
    for former in [one for one in meeting.attendances if one.member and one.user_id not in ids]:
        former.position = len(members) + 1
        if former.user_id is not None and not former.is_present:
            meeting.attendances.remove(former)
            db.session.delete(former)
    meeting.attendances.sort(key=lambda one: one.position)


def _audience(meeting: Meeting) -> list[User]:
    """The members, those with a part in the meeting, and the reporters; each once."""
    found = [*queries.members(meeting.series), meeting.chair, meeting.recorder, meeting.reviewer, meeting.signatory]
    found += [item.reporter for item in meeting.items]
    return list({user.id: user for user in found if user is not None}.values())


def _address(meeting: Meeting) -> str:
    return f"/meetings/{meeting.id}"


def _tell(meeting: Meeting, title: str, body: str) -> None:
    inbox.tell(_audience(meeting), title, _address(meeting), body=body, burst=f"meeting-{meeting.id}")


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


# ── call for items ─────────────────────────────────────────────────────────────────────────────────────────────────


def propose(
    series: MeetingSeries,
    kind: ItemKind,
    title: str,
    ask: str,
    minutes: int,
    *,
    problem: Problem | None = None,
    files: Iterable[StoredFile] = (),
    by: User,
) -> AgendaItem:
    """申报议题；过了下次会议的征集截止时间的，记为临时议题。"""
    coming = queries.next_of(series)
    item = AgendaItem(
        series=series, kind=kind, title=title, ask=ask, minutes=minutes, problem=problem, files=list(files),
        reporter=by, proposed_by=by, proposed_at=clock.now(),
        late=coming is not None and clock.now() > coming.cut_off,
    )  # fmt: skip
    add(item)
    journal.record(by, "meetings.propose", item, "申报议题", series=series.name, late=item.late)
    inbox.tell(
        holders(Role.secretary), f"新申报的议题：{title}", f"/series/{series.id}/backlog",
        body=f"{by.name}向{series.name}申报。", burst=f"item-{item.id}",
    )  # fmt: skip
    return item


def accept_item(item: AgendaItem, *, by: User) -> AgendaItem:
    """采纳议题，放进待排议题。"""
    item.lifecycle.take(item, "accept_item", by=by)
    db.session.flush()
    _tell_proposer(item, "已采纳", by)
    return item


def defer_item(item: AgendaItem, until: date, *, by: User) -> AgendaItem:
    """暂缓列入：采纳，但某日以前的会议不安排。"""
    if until <= clock.today():
        raise Refused("请填写今天以后的日期。")
    item.lifecycle.take(item, "defer_item", by=by, until=until.isoformat())
    item.not_before = until
    db.session.flush()
    _tell_proposer(item, "已采纳，暂缓列入", by, body=f"{clock.zh_date(until)}起的会议再安排。")
    return item


def return_item(item: AgendaItem, why: str, *, by: User) -> AgendaItem:
    """退回申报的议题，写明理由。"""
    item.lifecycle.take(item, "return_item", by=by, why=why)
    item.answer = why
    db.session.flush()
    _tell_proposer(item, "被退回", by, body=f"理由：{why}")
    return item


def merge_item(item: AgendaItem, into: AgendaItem, *, by: User) -> AgendaItem:
    """把申报的议题并入同一系列的另一议题。"""
    if into.id == item.id or into.series_id != item.series_id or not into.can_take_in:
        raise Refused("只能并入同一例会系列里已采纳或已列入议程的另一项议题。")
    item.lifecycle.take(item, "merge_item", by=by, into=into.id)
    item.merged_into, item.answer = into, f"并入议题《{into.title}》"
    db.session.flush()
    _tell_proposer(item, "已并案", by, body=item.answer)
    return item


def withdraw_item(item: AgendaItem, *, by: User) -> AgendaItem:
    """撤回自己申报的议题。"""
    item.lifecycle.take(item, "withdraw_item", by=by)
    db.session.flush()
    return item


def _tell_proposer(item: AgendaItem, what: str, by: User, *, body: str = "") -> None:
    if item.proposed_by is not None and item.proposed_by_id != by.id:
        inbox.tell([item.proposed_by], f"您申报的议题{what}：{item.title}", f"/items/{item.id}", body=body)


# ── agenda ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    _remember(meeting, f"添加议题《{title}》", by)
    item = AgendaItem(
        series_id=meeting.series_id, state=ItemState.placed, kind=kind, title=title, ask=ask, minutes=minutes,
        reporter=reporter or (course.lecturer if course else None) or (problem.reporter if problem else None),
        course=course, problem=problem, late=meeting.is_frozen,
    )  # fmt: skip
    by_kind = course is not None or problem is not None
    _put(item, meeting, None if by_kind else _place_after(meeting, after))
    db.session.flush()
    journal.record(by, "meetings.add_item", item, "添加议题", meeting=meeting.id)
    _raise_problem(item, by)
    _agenda_changed(meeting, f"增加议题《{title}》", by, item, for_all=True)
    return item


def place_item(item: AgendaItem, meeting: Meeting, *, by: User) -> AgendaItem:
    """把待排议题列入议程，按类别排位。"""
    if item.series_id != meeting.series_id:
        raise Refused("议题属于另一个例会系列，不能列入这次会议。")
    if obstacle := meeting.lifecycle.obstacle(meeting, "add_item"):
        raise Refused(obstacle)
    _remember(meeting, f"列入议题《{item.title}》", by)
    _place_one(item, meeting, by)
    return item


def place_all(meeting: Meeting, *, by: User) -> list[AgendaItem]:
    """把已采纳、没有暂缓的待排议题一次全部列入议程。"""
    if obstacle := meeting.lifecycle.obstacle(meeting, "add_item"):
        raise Refused(obstacle)
    waiting = queries.ready_for(meeting)
    if not waiting:
        raise Refused("没有可以列入的待排议题。")
    _remember(meeting, f"列入 {len(waiting)} 项待排议题", by)
    for item in waiting:
        _place_one(item, meeting, by)
    return waiting


def _place_one(item: AgendaItem, meeting: Meeting, by: User) -> None:
    item.lifecycle.take(item, "place_item", by=by, meeting=meeting.id)
    _put(item, meeting)
    item.late = meeting.has_notice or (item.proposed_at is not None and item.proposed_at > meeting.cut_off)
    item.late = item.late and item.predecessor_id is None  # what comes back was in time once
    item.not_before = None
    _raise_problem(item, by)
    _agenda_changed(meeting, f"增加{'临时' if item.late else ''}议题《{item.title}》", by, item, for_all=True)
    if item.proposed_by is not None and item.proposed_by_id != by.id:
        day = clock.zh_date(meeting.day)
        inbox.tell(
            [item.proposed_by], f"您申报的议题已列入议程：{item.title}", _address(meeting), body=f"{day}的会议。"
        )


def take_off_item(item: AgendaItem, *, by: User) -> AgendaItem:
    """把议题移出议程，放回待排议题。"""
    meeting = item.meeting
    if meeting is not None:
        _remember(meeting, f"移出议题《{item.title}》", by)
    item.lifecycle.take(item, "take_off_item", by=by, meeting=item.meeting_id)
    _free(item)
    _lower_problem(item, by)
    if meeting is not None:
        _agenda_changed(meeting, f"移出议题《{item.title}》", by, item, for_all=True)
    return item


def edit_item(item: AgendaItem, seen: int | None, *, by: User, **facts: Unpack[ItemFacts]) -> AgendaItem:
    """修改议题。"""
    claim(item, seen)
    if item.meeting is not None:
        _remember(item.meeting, f"修改议题《{item.title}》", by)
    item.lifecycle.take(item, "edit_item", by=by)
    before = {name: getattr(item, name) for name in facts}
    for name, value in facts.items():
        setattr(item, name, value)
    db.session.flush()
    if item.meeting is not None and any(before[name] != getattr(item, name) for name in facts):
        _agenda_changed(item.meeting, _edited(item, before), by, item, also=[before.get("reporter")])
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
    _remember(meeting, "调整议程顺序", by)
    meeting.lifecycle.take(meeting, "order_items", by=by)
    for item in meeting.items:
        item.position = places[item.id]
    meeting.items.sort(key=lambda item: item.position)
    _agenda_changed(meeting, "调整议程顺序", by, also=[item.reporter for item in moved])
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


def mark_item(item: AgendaItem, state: ItemState, *, by: User) -> AgendaItem:
    """登记议题结果：已议、缓议或未及审议。"""
    deed = f"mark_{state.value}"
    if deed not in item.lifecycle.moves:
        raise Refused("议题结果只能是已议、缓议或未及审议。")
    if item.state is not state:
        item.lifecycle.take(item, deed, by=by)
        if item.is_running and item.meeting is not None:
            _stop(item)
            if following := next((one for one in item.meeting.items if one.is_placed), None):
                _run(following)
        db.session.flush()
    return item


def turn_to(item: AgendaItem, *, by: User) -> AgendaItem:
    """开始讨论一项议题：它的用时从现在算起，前一项停下。"""
    if not item.is_running:
        item.lifecycle.take(item, "turn_to", by=by)
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


def _refuse_twice(course: Course | None, problem: Problem | None) -> None:
    if course is not None and queries.is_scheduled(course):
        raise Refused(f"{course}已经列入别的会议，请先从那里移出。")
    if problem is not None and queries.is_scheduled(problem):
        raise Refused(f"{problem}已经是待排或已列入的议题，不能重复添加。")


def _put(item: AgendaItem, meeting: Meeting, at: int | None = None) -> None:
    """Put an item on an agenda, at a place or where its kind belongs in the order of the series."""
    rows = [one for one in meeting.items if one is not item]
    rows.insert(_place_of_kind(item.kind, rows, meeting.series) if at is None else at, item)
    if item not in meeting.items:
        meeting.items.append(item)
    for position, one in enumerate(rows, 1):
        if one.position != position:
            one.position = position
    meeting.items.sort(key=lambda one: one.position)


def _place_of_kind(kind: ItemKind, rows: Sequence[AgendaItem], series: MeetingSeries) -> int:
    """Behind the last item of the same kind; where there is none, before the first whose kind comes later."""
    rank = series.kinds.index
    same = [place for place, one in enumerate(rows) if one.kind is kind]
    if same:
        return same[-1] + 1
    return next((place for place, one in enumerate(rows) if rank(one.kind) > rank(kind)), len(rows))


def _place_after(meeting: Meeting, number: int | None) -> int:
    """The place behind an item, or the end."""
    return next((place for place, one in enumerate(meeting.items, 1) if one.id == number), len(meeting.items))


def _free(item: AgendaItem) -> None:
    if item.meeting is not None:
        item.meeting.items.remove(item)
    item.position, item.changed = 0, False
    db.session.flush()


def _raise_problem(item: AgendaItem, by: User) -> None:
    if item.problem is not None and item.problem.lifecycle.is_open(item.problem, "put_on_agenda"):
        enterprises.put_on_agenda(item.problem, by=by)


def _lower_problem(item: AgendaItem, by: User) -> None:
    if item.problem is not None and item.problem.lifecycle.is_open(item.problem, "take_off_agenda"):
        enterprises.take_off_agenda(item.problem, by=by)


def _agenda_changed(
    meeting: Meeting,
    sentence: str,
    by: User,
    item: AgendaItem | None = None,
    *,
    also: Iterable[User | None] = (),
    for_all: bool = False,
) -> None:
    """A fixed agenda that is changed shows it, and tells those concerned; what comes or goes concerns everybody."""
    if meeting.is_frozen:
        if item is not None and item.meeting_id is not None:
            item.changed = True
        if meeting.is_upcoming:
            few = [item.reporter if item else None, *also]
            _note_change(meeting, sentence, by, None if for_all and meeting.has_notice else few)
    let_be_found(meeting)


def _note_change(meeting: Meeting, sentence: str, by: User, few: Iterable[User | None] | None) -> None:
    """Write down what changed; tell everybody, or the few it concerns with the chair and the secretaries."""
    meeting.changed_at = clock.now()
    if sentence not in meeting.changes[-1:]:
        meeting.changes = [*meeting.changes, sentence]
    if meeting.is_announced:
        _change_notice(meeting)
    people = _audience(meeting) if few is None else [*few, meeting.chair, *holders(Role.secretary)]
    told = {user.id: user for user in people if user is not None and user.id != by.id}
    inbox.tell(
        told.values(), f"会议有变更：{meeting.title}", _address(meeting), body=f"{'；'.join(meeting.changes[-5:])}。",
        burst=f"meeting-{meeting.id}" if few is None else f"agenda-{meeting.id}",
    )  # fmt: skip


# ── undoing what was built ─────────────────────────────────────────────────────────────────────────────────────────

_KEPT = ("title", "ask", "minutes", "reporter_id")
_KINDS = {kind.value: kind for kind in ItemKind}


def _remember(meeting: Meeting, word: str, by: User) -> None:
    """Before an act of building: keep what the agenda is, while no notice has been sent."""
    if not meeting.is_preparing:
        return
    items = [
        {"id": one.id, "kind": one.kind.value, "changed": one.changed} | {name: getattr(one, name) for name in _KEPT}
        for one in meeting.items
    ]
    add(AgendaStep(meeting_id=meeting.id, at=clock.now(), by_id=by.id, word=word[:200], before={"items": items}))
    db.session.expire(meeting, ["last_step"])


def undo(meeting: Meeting, *, by: User) -> str:
    """撤销：把议程恢复到最近一次编排之前。"""
    step = queries.last_step(meeting)
    if step is None:
        raise Refused("没有可以撤销的编排。")
    word = step.word
    meeting.lifecycle.take(meeting, "undo", by=by, undone=word)
    before = step.before["items"]
    db.session.delete(step)
    db.session.flush()
    db.session.expire(meeting, ["last_step"])
    wanted = {kept["id"] for kept in before}
    for item in [one for one in meeting.items if one.id not in wanted]:
        item.state = ItemState.accepted if item.proposed_at or item.predecessor_id else ItemState.withdrawn
        _free(item)
        _lower_problem(item, by)
    for position, kept in enumerate(before, 1):
        _restore(meeting, kept, position, by)
    meeting.items.sort(key=lambda one: one.position)
    _agenda_changed(meeting, f"撤销：{word}", by)
    return word


def _restore(meeting: Meeting, kept: dict[str, Any], position: int, by: User) -> None:
    """Give an item back its place and its words; one that has gone elsewhere meanwhile cannot come back."""
    item = next((one for one in meeting.items if one.id == kept["id"]), None)
    if item is None:
        item = db.session.get(AgendaItem, kept["id"])
        if item is None or not item.is_waiting or item.meeting_id is not None:
            raise Refused("移出的议题已经另行处理，不能撤销。请手工调整议程。")
        item.state = ItemState.placed
        meeting.items.append(item)
        _raise_problem(item, by)
    words = {"kind": _KINDS[kept["kind"]]} | {name: kept[name] for name in _KEPT}
    if any(getattr(item, name) != value for name, value in words.items()):
        item.version += 1  # a form that was opened before is stale now
        for name, value in words.items():
            setattr(item, name, value)
    item.position, item.changed = position, kept["changed"]


# ── what is carried over ───────────────────────────────────────────────────────────────────────────────────────────


def drop_item(item: AgendaItem, why: str, *, by: User) -> AgendaItem:
    """取消结转：缓议或未及审议的议题不再转到下次会议，写明理由。"""
    item.lifecycle.take(item, "drop_item", by=by, why=why)
    item.dropped = why
    db.session.flush()
    return item


def keep_item(item: AgendaItem, *, by: User) -> AgendaItem:
    """恢复结转。"""
    item.lifecycle.take(item, "keep_item", by=by)
    item.dropped = ""
    db.session.flush()
    return item


# ── attendance ─────────────────────────────────────────────────────────────────────────────────────────────────────


def confirm(attendance: Attendance, *, by: User) -> Attendance:
    """确认参会；会议秘书可以代为登记。"""
    attendance.lifecycle.take(attendance, "confirm", by=by, on_behalf=_on_behalf(attendance, by))
    attendance.leave_reason = attendance.answer = ""
    db.session.flush()
    _tell_of_behalf(attendance, by, "已代您确认参会")
    return attendance


def ask_leave(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """请假，写明理由。"""
    attendance.lifecycle.take(attendance, "ask_leave", by=by, why=why)
    attendance.leave_reason, attendance.answer, attendance.answered_by = why, "", None
    db.session.flush()
    inbox.tell(
        holders(Role.secretary), f"{attendance.name}申请请假：{attendance.meeting.title}", _place(attendance),
        body=f"理由：{why}", burst=f"attendance-{attendance.id}",
    )  # fmt: skip
    return attendance


def grant_leave(attendance: Attendance, *, by: User) -> Attendance:
    """批准请假。"""
    attendance.lifecycle.take(attendance, "grant_leave", by=by)
    attendance.answered_by = by
    db.session.flush()
    _tell_attendee(attendance, f"请假已批准：{attendance.meeting.title}")
    return attendance


def refuse_leave(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """不同意请假，写明理由。"""
    attendance.lifecycle.take(attendance, "refuse_leave", by=by, why=why)
    attendance.answer, attendance.answered_by = why, by
    db.session.flush()
    _tell_attendee(attendance, f"请假未获批准：{attendance.meeting.title}", f"理由：{why}")
    return attendance


def record_leave(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """登记请假：本人口头请过假的，由会议秘书登记，即为批准；误登记的签到同时撤销。"""
    attendance.lifecycle.take(attendance, "record_leave", by=by, why=why, on_behalf=attendance.name)
    attendance.leave_reason, attendance.answer, attendance.answered_by = why, "", by
    _forget_stay(attendance)
    db.session.flush()
    _tell_of_behalf(attendance, by, "已代您登记请假")
    return attendance


def set_substitute(attendance: Attendance, name: str, *, by: User) -> Attendance:
    """安排代会人员，由会议秘书或主持人批准；名字留空即取消代会。会议秘书代为安排的即为批准。"""
    approved = bool(name) and by.id != attendance.user_id
    on_behalf = _on_behalf(attendance, by)
    attendance.lifecycle.take(attendance, "set_substitute", by=by, substitute=name, on_behalf=on_behalf)
    attendance.forget_substitute()
    attendance.substitute, attendance.substitute_waits = name, bool(name) and not approved
    attendance.substitute_approved_by, attendance.answer = by if approved else None, ""
    db.session.flush()
    if attendance.substitute_waits:
        inbox.tell(
            [one for one in holders(Role.secretary) if one.id != by.id],
            f"{attendance.name}请{name}代会：{attendance.meeting.title}", _place(attendance), body="请批准或不同意。",
            burst=f"substitute-{attendance.id}",
        )  # fmt: skip
    _tell_of_behalf(attendance, by, f"已代您安排{name}代会" if name else "已代您取消代会")
    return attendance


def approve_substitute(attendance: Attendance, *, by: User) -> Attendance:
    """批准代会。"""
    attendance.lifecycle.take(attendance, "approve_substitute", by=by, substitute=attendance.substitute)
    attendance.substitute_waits, attendance.substitute_approved_by = False, by
    db.session.flush()
    _tell_attendee(attendance, f"代会已批准：{attendance.meeting.title}", f"由{attendance.substitute}代会。")
    return attendance


def refuse_substitute(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """不同意代会，写明理由。"""
    name = attendance.substitute
    attendance.lifecycle.take(attendance, "refuse_substitute", by=by, why=why, substitute=name)
    attendance.forget_substitute()
    attendance.answer = why
    db.session.flush()
    _tell_attendee(attendance, f"代会未获批准：{attendance.meeting.title}", f"{name}代会，理由：{why}")
    return attendance


def check_in(attendance: Attendance, *, by: User) -> Attendance:
    """签到；本人亲自到会的，原来安排的代会作罢。"""
    if by.id == attendance.user_id and attendance.substitute:
        attendance.forget_substitute()
    attendance.lifecycle.take(attendance, "check_in", by=by)
    meeting, now = attendance.meeting, clock.now()
    attendance.checked_in_at = now
    attendance.late = by.id == attendance.user_id and meeting.is_in_session and now > meeting.late_from
    attendance.from_item = _number_under_way(meeting) if attendance.late else None
    db.session.flush()
    return attendance


def check_in_all(meeting: Meeting, *, by: User) -> list[Attendance]:
    """全部到会：登记每一位应到的人；请了假的和代会待批的不在其内。"""
    expected = [one for one in meeting.attendances if one.is_expected]
    meeting.lifecycle.take(meeting, "check_in_all", by=by, marked=[one.id for one in expected])
    meeting.roll_called_at = clock.now()
    for one in expected:
        one.checked_in_at, one.late, one.from_item = meeting.roll_called_at, False, None
    db.session.flush()
    return expected


def undo_check_in_all(meeting: Meeting, *, by: User) -> list[Attendance]:
    """撤销全部到会：只撤销那一次登记的人。"""
    moment = meeting.roll_called_at
    marked = [one for one in meeting.attendances if moment is not None and one.checked_in_at == moment]
    meeting.lifecycle.take(meeting, "undo_check_in_all", by=by, unmarked=[one.id for one in marked])
    meeting.roll_called_at = None
    for one in marked:
        _forget_stay(one)
    db.session.flush()
    return marked


def check_in_by_code(typed: str, *, by: User) -> Attendance:
    """按会场屏幕上的签到码自己签到；已经签到的不变。"""
    if room.has_tried_too_often(by):
        raise TooManyTries("签到码输错的次数太多，请过几分钟再试，或请会议秘书登记签到。")
    places = room.places_open_to(by)
    if not places:
        raise Refused("现在没有您可以签到的会议。会议当天发过通知以后，或会议进行中，才能签到。")
    place = next((one for one in places if room.fits(one.meeting, typed)), None)
    if place is None:
        wrong = FailedTry(account=room.tries_of(by), address="", at=clock.now())
        afterwards(lambda session: session.add(wrong))
        raise Refused("签到码不对，或已经更换。请输入会场屏幕上现在显示的四位数字。")
    return place if place.is_present else check_in(place, by=by)


def undo_check_in(attendance: Attendance, *, by: User) -> Attendance:
    """撤销签到。"""
    attendance.lifecycle.take(attendance, "undo_check_in", by=by)
    _forget_stay(attendance)
    db.session.flush()
    return attendance


def note_stay(attendance: Attendance, from_item: int | None, until_item: int | None, *, by: User) -> Attendance:
    """登记迟到早退：从第几项议题起参加，到第几项议题后离席。"""
    last = len(attendance.meeting.items)
    if any(number is not None and not 1 <= number <= last for number in (from_item, until_item)):
        raise Refused(f"这次会议共有 {last} 项议题，请从列表中选择。")
    if from_item is not None and until_item is not None and until_item < from_item:
        raise Refused("离席不能早于到会，请重新选择议题。")
    attendance.lifecycle.take(attendance, "note_stay", by=by, from_item=from_item, until_item=until_item)
    attendance.late, attendance.from_item, attendance.until_item = from_item is not None, from_item, until_item
    db.session.flush()
    return attendance


def add_visitor(
    meeting: Meeting, name: str, department: Department | None, post: str, *, unit: str = "", by: User
) -> Attendance:
    """登记列席人员；会议进行中登记的即为已签到。"""
    meeting.lifecycle.take(meeting, "add_visitor", by=by, name=name)
    visitor = Attendance(
        position=_VISITORS_FROM, name=name, department=department, unit="" if department else unit, post=post,
        member=False, checked_in_at=clock.now() if meeting.is_in_session else None,
    )  # fmt: skip
    meeting.attendances.append(visitor)
    _order_visitors(meeting)
    db.session.flush()
    return visitor


def remove_visitor(attendance: Attendance, *, by: User) -> Meeting:
    """移出列席人员。"""
    meeting = attendance.meeting
    attendance.lifecycle.take(attendance, "remove_visitor", by=by, name=attendance.name)
    db.session.delete(attendance)
    db.session.flush()
    db.session.expire(meeting, ["attendances"])
    return meeting


_VISITORS_FROM = 10_000  # visitors stand behind every member


def _order_visitors(meeting: Meeting) -> None:
    """By the rank of their departments, other units after them; within one unit in the order they were entered."""
    visitors = [one for one in meeting.attendances if not one.member]
    visitors.sort(key=lambda one: one.department.rank if one.department else _VISITORS_FROM)
    for place, visitor in enumerate(visitors):
        visitor.position = _VISITORS_FROM + place
    meeting.attendances.sort(key=lambda one: one.position)


def add_scan(meeting: Meeting, files: Sequence[StoredFile], *, by: User) -> Meeting:
    """上传签到表的扫描件，和会议一起保存。"""
    if not files:
        raise Refused("请选择签到表的扫描件或照片。")
    meeting.lifecycle.take(meeting, "add_scan", by=by, files=[one.name for one in files])
    meeting.scans.extend(SignInScan(file=one) for one in files)
    db.session.flush()
    return meeting


def remove_scan(scan: SignInScan, *, by: User) -> Meeting:
    """移出传错的签到表扫描件；纪要印发后不能再移。"""
    meeting = scan.meeting
    if meeting.is_concluded:
        raise Refused("会议纪要已经印发，签到表不能再移出。")
    journal.record(by, "meetings.remove_scan", meeting, "移出签到表", file=scan.file.name)
    meeting.scans.remove(scan)
    db.session.delete(scan)
    db.session.flush()
    return meeting


def _number_under_way(meeting: Meeting) -> int | None:
    return next((number for number, item in enumerate(meeting.items, 1) if item.is_running), None)


def _forget_stay(attendance: Attendance) -> None:
    attendance.checked_in_at, attendance.late = None, False
    attendance.from_item = attendance.until_item = None


def _on_behalf(attendance: Attendance, by: User) -> str:
    """Whom somebody else acts for, as the journal notes it."""
    return attendance.name if by.id != attendance.user_id else ""


def _place(attendance: Attendance) -> str:
    return f"/attendances/{attendance.id}"


def _tell_of_behalf(attendance: Attendance, by: User, what: str) -> None:
    if by.id != attendance.user_id:
        _tell_attendee(attendance, f"{what}：{attendance.meeting.title}", f"由{by.name}登记。")


def _tell_attendee(attendance: Attendance, title: str, body: str = "") -> None:
    if attendance.user is not None:
        inbox.tell(
            [attendance.user], title, _address(attendance.meeting), body=body, burst=f"attendance-{attendance.id}"
        )


# ── meetings of another portal ─────────────────────────────────────────────────────────────────────────────────────


def take_over(
    series: tuple[str, str, str],
    day: date,
    starts_at: time,
    minutes: int,
    *,
    place: str,
    numbered: tuple[int | None, int | None],
) -> Meeting:
    """接收移交：别的门户开过的会议，在这里只有档案；同一次会议只登记一次。

    `series` is its name, its short name and the heading of its papers, `numbered` year and number.
    """
    home = _series_of(series, starts_at, minutes)
    year, number = numbered
    there = db.session.scalar(
        sa.select(Meeting).where(
            Meeting.series_id == home.id, Meeting.day == day, Meeting.year == year, Meeting.number == number
        )
    )
    if there is not None:
        return there
    meeting: Meeting = add(
        Meeting(
            series=home, day=day, starts_at=starts_at, minutes=minutes, place=place, year=year, number=number,
            state=MeetingState.concluded,
        )
    )  # fmt: skip
    journal.record(None, "meetings.take_over", meeting, "登记移交的会议")
    return meeting


def _series_of(called: tuple[str, str, str], starts_at: time, minutes: int) -> MeetingSeries:
    """A series nobody belongs to: its archive is for archivist and secretary."""
    name, short, heading = called
    there = db.session.scalar(sa.select(MeetingSeries).where(MeetingSeries.name == name))
    if there is not None:
        return there
    group: Group = add(Group(kind=GroupKind.theme, name=name, rank=999))
    series: MeetingSeries = add(
        MeetingSeries(
            name=name, short=short, rank=999, group=group, place="", recurrence=Recurrence.by_hand,
            automatic=False, starts_at=starts_at, minutes=minutes, cut_off_time=starts_at, cut_off_days=0,
            heading=heading,
        )
    )  # fmt: skip
    journal.record(None, "meetings.take_over_series", series, "登记移交的例会系列")
    return series
