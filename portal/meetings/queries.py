"""Questions about series, meetings, agenda items and attendance."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload, undefer

from portal import clock, workdays
from portal.chain import Found, link
from portal.courses.models import Course, CourseState
from portal.database import db
from portal.enterprises.models import Problem, ProblemState
from portal.meetings.models import (
    HELD,
    LAST,
    UPCOMING,
    AgendaItem,
    AgendaStep,
    Attendance,
    CalendarFeed,
    ItemFile,
    ItemKind,
    ItemState,
    Meeting,
    MeetingNotice,
    MeetingSeries,
    MeetingState,
    Recurrence,
    Reply,
    Review,
    ReviewRow,
    SignInScan,
    StandingItem,
)
from portal.people.models import Department, GroupMember, User
from portal.people.rules import is_secretary
from portal.register import Document

WEEK = timedelta(days=7)
_PEOPLE = ("chair", "recorder", "reviewer", "signatory")


def _person(path: Any) -> Any:
    """Load a person beside a row, in the same statement and without the roles."""
    return joinedload(path).options(joinedload(User.department), lazyload(User.grants))


# ── series ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def all_series() -> Sequence[MeetingSeries]:
    """All series with their groups, by rank."""
    return db.session.scalars(
        sa.select(MeetingSeries)
        .options(joinedload(MeetingSeries.group), _person(MeetingSeries.chair))
        .order_by(MeetingSeries.rank, MeetingSeries.id)
    ).all()


def series_of(user: User) -> list[MeetingSeries]:
    """The series this person belongs to; a secretary works for all of them."""
    return [one for one in all_series() if is_secretary(user) or one.group_id in user.group_ids]


def series(number: int) -> MeetingSeries | None:
    """One series with its group, its people and its default agenda."""
    return db.session.scalar(
        sa.select(MeetingSeries)
        .where(MeetingSeries.id == number)
        .options(
            joinedload(MeetingSeries.group),
            selectinload(MeetingSeries.standing_items).options(_person(StandingItem.reporter)),
            *(_person(getattr(MeetingSeries, name)) for name in _PEOPLE),
        )
    )


def members(series: MeetingSeries) -> Sequence[User]:
    """Everybody active in the series' group, by rank of department and person."""
    return db.session.scalars(
        sa.select(User)
        .join(GroupMember, GroupMember.user_id == User.id)
        .outerjoin(User.department)
        .where(GroupMember.group_id == series.group_id, User.active)
        .options(lazyload(User.grants))
        .order_by(Department.rank.asc().nulls_last(), User.rank, User.id)
    ).all()


def people_by_rank() -> Sequence[User]:
    """Everybody with an active account for a picker, by rank, without their roles."""
    return db.session.scalars(
        sa.select(User)
        .outerjoin(User.department)
        .where(User.active)
        .options(lazyload(User.grants))
        .order_by(Department.rank.asc().nulls_last(), User.rank, User.id)
    ).all()


# ── meetings ───────────────────────────────────────────────────────────────────────────────────────────────────────


def visible_to(user: User) -> sa.ColumnElement[bool]:
    """The condition that a meeting may be read by this person: member, role or item in it, secretary."""
    if is_secretary(user):
        return sa.true()
    of_groups = sa.select(MeetingSeries.id).where(MeetingSeries.group_id.in_(user.group_ids))
    reported = sa.select(AgendaItem.meeting_id).where(
        AgendaItem.reporter_id == user.id, AgendaItem.meeting_id.is_not(None)
    )
    in_a_role = (getattr(Meeting, f"{name}_id") == user.id for name in _PEOPLE)
    return sa.or_(Meeting.series_id.in_(of_groups), Meeting.id.in_(reported), *in_a_role)


def titles(user: User, numbers: set[int]) -> "sa.Select[Any, Any, Any]":
    """Of some meetings those a person may read: id, title and place, for the chain."""
    day = sa.cast(Meeting.day, sa.String)
    query = sa.select(Meeting.id, MeetingSeries.name + " " + day, Meeting.id).join(Meeting.series)
    return query.where(Meeting.id.in_(numbers), visible_to(user))


def item_titles(user: User, numbers: set[int]) -> "sa.Select[Any, Any, Any]":
    """Of some items those of meetings a person may read, and the own ones: id, title and place, for the chain."""
    own = sa.or_(AgendaItem.proposed_by_id == user.id, AgendaItem.reporter_id == user.id)
    placed = AgendaItem.meeting_id.in_(sa.select(Meeting.id).where(visible_to(user)))
    query = sa.select(AgendaItem.id, AgendaItem.title, AgendaItem.id)
    return query.where(AgendaItem.id.in_(numbers), sa.true() if is_secretary(user) else sa.or_(own, placed))


def links(found: Found) -> "Iterator[sa.Select[Any]]":
    """From problems to the items they were on and back, from an item to its next, from a task to where it was told."""
    if "problem" in found:
        yield link("agenda_item", AgendaItem.id, AgendaItem.problem_id.in_(found["problem"]))
    if "agenda_item" in found:
        here = AgendaItem.id.in_(found["agenda_item"])
        yield link("problem", AgendaItem.problem_id, here)
        yield link("agenda_item", AgendaItem.predecessor_id, here)
        yield link("agenda_item", AgendaItem.id, AgendaItem.predecessor_id.in_(found["agenda_item"]))
    if set(found) == {"action_item"} and len(found["action_item"]) == 1:  # of the task in question alone
        told = sa.select(Review.meeting_id.label("meeting_id")).join(ReviewRow, ReviewRow.review_id == Review.id)
        yield link("meeting", told.where(ReviewRow.action_id.in_(found["action_item"])).subquery().c.meeting_id)


def meetings_of(user: User) -> sa.Select[Meeting]:
    """Every meeting this person may read, as a query for a list."""
    return sa.select(Meeting).where(visible_to(user))


def list_options() -> tuple[Any, ...]:
    """What a list of meetings shows of each."""
    return (joinedload(Meeting.series), _person(Meeting.chair))


def plan_order() -> tuple[Any, ...]:
    """The order of the list: what is still to come first and soonest first, then the past, newest first."""
    to_come = Meeting.state.in_((*UPCOMING, MeetingState.in_session))
    number = (
        sa.extract("year", Meeting.day) * 372 + sa.extract("month", Meeting.day) * 31 + sa.extract("day", Meeting.day)
    )
    return (sa.case((to_come, 0), else_=1), sa.case((to_come, number), else_=-number), Meeting.starts_at, Meeting.id)


def scope_of(series_id: int) -> str:
    """The scope of search the meetings of a series are found in."""
    return f"meetings.{series_id}"


def scopes_of(user: User) -> set[str]:
    """The scopes of search in which this person may find meetings."""
    query = sa.select(MeetingSeries.id)
    if not is_secretary(user):
        query = query.where(MeetingSeries.group_id.in_(user.group_ids))
    return {scope_of(number) for number in db.session.scalars(query)}


def years() -> Sequence[int]:
    """The years there are meetings in, newest first."""
    first, last = db.session.execute(sa.select(sa.func.min(Meeting.day), sa.func.max(Meeting.day))).one()
    return range(last.year, first.year - 1, -1) if first else ()


def meeting(number: int) -> Meeting | None:
    """One meeting with its people, frozen report, agenda and attendance: three statements, however long they are."""
    items = selectinload(Meeting.items).options(
        _person(AgendaItem.reporter),
        joinedload(AgendaItem.course).joinedload(Course.materials),
        joinedload(AgendaItem.problem).joinedload(Problem.enterprise),
    )
    attendances = selectinload(Meeting.attendances).options(joinedload(Attendance.department))
    rows = db.session.scalars(
        sa.select(Meeting)
        .where(Meeting.id == number)
        .options(
            joinedload(Meeting.series).joinedload(MeetingSeries.group),
            joinedload(Meeting.review).joinedload(Review.rows),
            undefer(Meeting.last_step),
            *(_person(getattr(Meeting, name)) for name in (*_PEOPLE, "agenda_approved_by")),
            items,
            attendances,
        )
    )
    return rows.unique().one_or_none()


def is_ahead(series: MeetingSeries) -> bool:
    """Whether a sitting of the series is to come or under way."""
    return bool(db.session.scalar(sa.select(is_ahead_of(series.id))))


def is_ahead_of(series_id: Any) -> sa.ColumnElement[bool]:
    """The condition that a series has a sitting to come or under way."""
    return sa.exists().where(
        Meeting.series_id == series_id, Meeting.state.in_((*UPCOMING, MeetingState.in_session))
    )


def upcoming_of(series: MeetingSeries) -> Sequence[Meeting]:
    """The meetings of a series that have not begun, soonest first."""
    return db.session.scalars(
        sa.select(Meeting)
        .where(Meeting.series_id == series.id, Meeting.state.in_(UPCOMING))
        .order_by(Meeting.day, Meeting.starts_at, Meeting.id)
    ).all()


def next_of(series: MeetingSeries) -> Meeting | None:
    """The next meeting of a series that has not begun."""
    return next(iter(upcoming_of(series)), None)


def latest_of(series: MeetingSeries, limit: int = 12) -> Sequence[Meeting]:
    """The newest meetings of a series, newest first."""
    return db.session.scalars(
        sa.select(Meeting)
        .where(Meeting.series_id == series.id)
        .order_by(Meeting.day.desc(), Meeting.id.desc())
        .limit(limit)
    ).all()


def next_meetings_of(user: User, limit: int = 5) -> Sequence[Meeting]:
    """The meetings this person may read that are to come or under way, soonest first."""
    return db.session.scalars(
        meetings_of(user)
        .where(Meeting.state.in_((*UPCOMING, MeetingState.in_session)))
        .options(*list_options())
        .order_by(Meeting.day, Meeting.starts_at, Meeting.id)
        .limit(limit)
    ).all()


FEED_REACHES_BACK = timedelta(days=180)


def meetings_in_calendar_of(user: User) -> Sequence[Meeting]:
    """The meetings this person was told of and may read, from half a year ago on, cancelled ones too."""
    return db.session.scalars(
        meetings_of(user)
        .where(Meeting.announced_at.is_not(None), Meeting.day >= clock.today() - FEED_REACHES_BACK)
        .options(joinedload(Meeting.series))
        .order_by(Meeting.day, Meeting.starts_at, Meeting.id)
    ).all()


def calendar_feed(user_id: int) -> CalendarFeed | None:
    """A person's calendar address, with the person."""
    return db.session.scalar(
        sa.select(CalendarFeed).where(CalendarFeed.user_id == user_id).options(joinedload(CalendarFeed.user))
    )


# ── notices ────────────────────────────────────────────────────────────────────────────────────────────────────────


def notices_of(meeting: Meeting) -> Sequence[MeetingNotice]:
    """Every notice that was sent, the latest first, with what is kept of it."""
    return db.session.scalars(
        sa.select(MeetingNotice)
        .where(MeetingNotice.meeting_id == meeting.id)
        .options(joinedload(MeetingNotice.document).joinedload(Document.file))
        .order_by(MeetingNotice.edition.desc())
    ).all()


def notice(number: int) -> MeetingNotice | None:
    """One notice as it was sent, with its meeting."""
    of_meeting = joinedload(MeetingNotice.meeting)
    return db.session.scalar(
        sa.select(MeetingNotice)
        .where(MeetingNotice.id == number)
        .options(
            of_meeting.joinedload(Meeting.series).joinedload(MeetingSeries.group),
            of_meeting.selectinload(Meeting.items),
        )
    )


def notices_to_lay_out() -> sa.Select[MeetingNotice]:
    """The notices that were sent and are not laid out yet."""
    return (
        sa.select(MeetingNotice)
        .where(MeetingNotice.document_id.is_(None), MeetingNotice.due_at <= clock.now())
        .order_by(MeetingNotice.id)
    )


def kept_notices_of(meeting: Meeting) -> Sequence[MeetingNotice]:
    """The notices whose paper is in the register, oldest first: what is filed with the meeting."""
    return [one for one in reversed(notices_of(meeting)) if one.is_kept]


def meeting_of_notice(document: Document) -> Meeting | None:
    """The meeting a registered notice was sent for."""
    return db.session.scalar(
        sa.select(Meeting)
        .join(MeetingNotice, MeetingNotice.meeting_id == Meeting.id)
        .where(MeetingNotice.document_id == document.id)
        .options(joinedload(Meeting.series).joinedload(MeetingSeries.group), selectinload(Meeting.items))
    )


def series_without_next() -> sa.Select[MeetingSeries]:
    """The series that meet by themselves, have met, and have no sitting ahead: what the chore owes."""
    ahead = is_ahead_of(MeetingSeries.id)
    held = sa.exists().where(Meeting.series_id == MeetingSeries.id, Meeting.state.in_(HELD))
    return (
        sa.select(MeetingSeries)
        .where(MeetingSeries.recurrence != Recurrence.by_hand, MeetingSeries.automatic, held, ~ahead)
        .order_by(MeetingSeries.id)
    )


class Proposed(NamedTuple):
    """When a series meets next: the day its rhythm gives, and the working day that stands for it."""

    rhythm_day: date
    day: date


def proposed(series: MeetingSeries) -> Proposed:
    """When the series meets next by its own rhythm; a day that is no working day moves to the next that is.

    The rhythm goes on from the day the last sitting stood for, so that neither a holiday nor a postponement shifts it.
    """
    last, today = _last_of(series), clock.today()
    start = (last.rhythm_day or last.day) if last else today
    after = max(last.day, today) if last else today
    for rhythm_day in _rhythm(series, start):
        day = rhythm_day if workdays.is_working(rhythm_day) else workdays.next_working(rhythm_day)
        if day > after and (last is None or rhythm_day > start):
            return Proposed(rhythm_day, day)
    raise LookupError(f"the rhythm of series {series.id} has an end")


def proposed_day(series: MeetingSeries) -> date:
    """The day of the next sitting, as it is proposed."""
    return proposed(series).day


def _last_of(series: MeetingSeries) -> Meeting | None:
    """The series' latest meeting, held or not."""
    newest = sa.select(Meeting).where(Meeting.series_id == series.id).order_by(Meeting.day.desc(), Meeting.id.desc())
    return db.session.scalar(newest.limit(1))


def _rhythm(series: MeetingSeries, start: date) -> Iterator[date]:
    """The days of a series' rhythm from the week or month of a day on."""
    if series.recurrence is Recurrence.by_hand:
        yield from (start + timedelta(days=count) for count in range(1, 3660))
    elif series.recurrence is Recurrence.monthly:
        for count in range(240):
            yield nth_weekday(
                start.year + (start.month - 1 + count) // 12, (start.month - 1 + count) % 12 + 1, series.weekday,
                series.nth,
            )  # fmt: skip
    else:
        step = 2 * WEEK if series.recurrence is Recurrence.fortnightly else WEEK
        first = start - timedelta(days=start.weekday()) + timedelta(days=series.weekday)
        yield from (first + step * count for count in range(1060))


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The first, second, third, fourth or LAST Monday (or another weekday) of a month."""
    if nth == LAST:
        end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7) + WEEK * (nth - 1)


def doubts(
    series: MeetingSeries, day: date, starts: datetime, minutes: int, chair: User | None, *, but: Meeting | None = None
) -> list[str]:
    """What speaks against meeting then, in sentences; the secretary may go on all the same."""
    query = sa.select(Meeting).where(Meeting.day == day, Meeting.state != MeetingState.cancelled)
    if but is not None:
        query = query.where(Meeting.id != but.id)
    return doubts_about(series, day, starts, minutes, chair, db.session.scalars(query).all())


def doubts_about(
    series: MeetingSeries, day: date, starts: datetime, minutes: int, chair: User | None, others: Sequence[Meeting]
) -> list[str]:
    """What speaks against a day, where the other meetings of that day are known."""
    found = []
    if not workdays.is_working(day):
        holiday = workdays.name_of(day)
        found.append(f"{clock.zh_date(day)}（{clock.weekday(day)}{'，' + holiday if holiday else ''}）不是工作日。")
    if not workdays.known(day.year):
        found.append(f"工作日历里还没有{day.year}年的节假日安排，只按周末判断。")
    if day < clock.today():
        found.append("这个日期已经过去。")
    for other in others:
        if other.series_id == series.id:
            found.append(f"同一天已有本系列的会议：{other.title}。")
        overlaps = other.starts < starts + timedelta(minutes=minutes) and starts < other.ends
        if chair is not None and other.chair_id == chair.id and overlaps:
            found.append(f"主持人{chair.name}同一时间还要主持{other.title}（{clock.hm(other.starts_at)}）。")
    return found


class SameDay(NamedTuple):
    """A meeting of a day, and whether the chair of the meeting in question is on leave from it."""

    meeting: Meeting
    chair_away: bool


def on_same_day(meeting: Meeting) -> list[SameDay]:
    """The meetings of the same day, this one too."""
    away = sa.exists().where(
        Attendance.meeting_id == Meeting.id,
        Attendance.user_id == meeting.chair_id,
        Attendance.state.in_((Reply.leave_asked, Reply.on_leave)),
        Attendance.substitute == "",
    )
    query = sa.select(Meeting, away).where(Meeting.day == meeting.day, Meeting.state != MeetingState.cancelled)
    return [SameDay(*row) for row in db.session.execute(query.order_by(Meeting.id))]


# ── agenda ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Slot:
    """One item with the time it is to begin."""

    item: AgendaItem
    begins: datetime


def timetable(meeting: Meeting) -> list[Slot]:
    """The agenda with clock times, one item after the other."""
    slots, at = [], meeting.starts
    for item in meeting.items:
        slots.append(Slot(item, at))
        at += timedelta(minutes=item.minutes)
    return slots


def minutes_by_kind(meeting: Meeting) -> list[tuple[str, int, str]]:
    """How the time is shared out, as the bar of the budget draws it: word, minutes, colour."""
    used = {kind: sum(item.minutes for item in meeting.items if item.kind is kind) for kind in ItemKind}
    return [(kind.label, minutes, kind.css) for kind, minutes in used.items() if minutes]


def item(number: int) -> AgendaItem | None:
    """One item with its series, its meeting, its people and its files."""
    rows = db.session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.id == number)
        .options(
            joinedload(AgendaItem.series).joinedload(MeetingSeries.group),
            joinedload(AgendaItem.meeting).options(
                joinedload(Meeting.review).joinedload(Review.rows), selectinload(Meeting.items)
            ),
            joinedload(AgendaItem.course),
            joinedload(AgendaItem.problem).joinedload(Problem.enterprise),
            joinedload(AgendaItem.merged_into),
            _person(AgendaItem.reporter),
            _person(AgendaItem.proposed_by),
            selectinload(AgendaItem.attached).joinedload(ItemFile.file),
        )
    )
    return rows.unique().one_or_none()


def chain(item: AgendaItem) -> list[AgendaItem]:
    """The topic's way through the meetings, oldest first: predecessors, the item itself, successors."""
    ids = sa.select(AgendaItem.id, AgendaItem.predecessor_id).where(AgendaItem.id == item.id).cte(recursive=True)
    back = ids.union(
        sa.select(AgendaItem.id, AgendaItem.predecessor_id).join(ids, AgendaItem.id == ids.c.predecessor_id)
    )
    start = sa.select(AgendaItem.id).where(AgendaItem.id == item.id).cte(recursive=True)
    forth = start.union(sa.select(AgendaItem.id).join(start, AgendaItem.predecessor_id == start.c.id))
    wanted = sa.or_(AgendaItem.id.in_(sa.select(back.c.id)), AgendaItem.id.in_(sa.select(forth.c.id)))
    return list(
        db.session.scalars(
            sa.select(AgendaItem)
            .where(wanted)
            .options(joinedload(AgendaItem.meeting), _person(AgendaItem.reporter))
            .order_by(AgendaItem.id)
        )
    )


def item_file(number: int) -> ItemFile | None:
    """A file that goes with an item, with the item and what decides who sees it."""
    of_item = joinedload(ItemFile.item)
    return db.session.scalar(
        sa.select(ItemFile)
        .where(ItemFile.id == number)
        .options(
            joinedload(ItemFile.file),
            of_item.joinedload(AgendaItem.series).joinedload(MeetingSeries.group),
            of_item.joinedload(AgendaItem.meeting).selectinload(Meeting.items),
        )
    )


def last_step(meeting: Meeting) -> AgendaStep | None:
    """The last act of building the agenda that can be taken back."""
    return db.session.scalar(
        sa.select(AgendaStep).where(AgendaStep.meeting_id == meeting.id).order_by(AgendaStep.id.desc()).limit(1)
    )


def backlog(series: MeetingSeries) -> list[AgendaItem]:
    """The accepted items that wait for a meeting: those that come back first, then by age."""
    return [item for item in call_of(series) if item.is_waiting]


def call_of(series: MeetingSeries) -> Sequence[AgendaItem]:
    """What stands on no agenda yet, accepted or only proposed: those that come back first, then by age."""
    return db.session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.series_id == series.id, AgendaItem.state.in_((ItemState.accepted, ItemState.proposed)))
        .options(_person(AgendaItem.proposed_by), joinedload(AgendaItem.problem))
        .order_by(AgendaItem.predecessor_id.is_(None), AgendaItem.id)
    ).all()


def proposals(series: MeetingSeries | None = None) -> Sequence[AgendaItem]:
    """The proposed items the secretary has to decide on, oldest first."""
    query = (
        sa.select(AgendaItem)
        .where(AgendaItem.state == ItemState.proposed)
        .options(joinedload(AgendaItem.series), _person(AgendaItem.proposed_by), joinedload(AgendaItem.problem))
        .order_by(AgendaItem.proposed_at, AgendaItem.id)
    )
    return db.session.scalars(query.where(AgendaItem.series_id == series.id) if series else query).all()


def ready_for(meeting: Meeting) -> list[AgendaItem]:
    """The items of the backlog that wait for this meeting: accepted, and not kept back until later."""
    return [item for item in backlog(meeting.series) if item.waits_for(meeting.day)]


def can_take_in(item: AgendaItem) -> Sequence[AgendaItem]:
    """The items of the same series a proposal can be merged into: waiting, or on an agenda that is to come."""
    ahead = sa.select(Meeting.id).where(Meeting.state.in_(UPCOMING))
    return db.session.scalars(
        sa.select(AgendaItem)
        .where(
            AgendaItem.series_id == item.series_id,
            AgendaItem.id != item.id,
            sa.or_(
                AgendaItem.state == ItemState.accepted,
                sa.and_(AgendaItem.state == ItemState.placed, AgendaItem.meeting_id.in_(ahead)),
            ),
        )
        .order_by(AgendaItem.id)
    ).all()


def proposals_by(user: User, limit: int = 10) -> Sequence[AgendaItem]:
    """What this person proposed, newest first."""
    return db.session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.proposed_by_id == user.id)
        .options(joinedload(AgendaItem.series), joinedload(AgendaItem.meeting))
        .order_by(AgendaItem.id.desc())
        .limit(limit)
    ).all()


def unscheduled_courses() -> Sequence[Course]:
    """The courses that are to be given and stand on no agenda, by programme and number."""
    return db.session.scalars(
        sa.select(Course)
        .where(
            Course.state.in_((CourseState.planned, CourseState.invited, CourseState.confirmed)),
            ~is_waiting(Course.id, AgendaItem.course_id),
        )
        .options(_person(Course.lecturer), joinedload(Course.field))
        .order_by(Course.programme_id.desc(), Course.number)
    ).all()


def open_problems() -> Sequence[Problem]:
    """The problems that could be put on an agenda and stand on none, oldest first."""
    return db.session.scalars(
        sa.select(Problem)
        .where(
            Problem.state.in_((ProblemState.reported, ProblemState.matched, ProblemState.reopened)),
            ~is_waiting(Problem.id, AgendaItem.problem_id),
        )
        .options(joinedload(Problem.enterprise), _person(Problem.reporter), joinedload(Problem.group))
        .order_by(Problem.reported_at, Problem.id)
    ).all()


def problems_of(user: User) -> Sequence[Problem]:
    """This person's own problems that could be proposed for a meeting."""
    return [one for one in open_problems() if one.reporter_id == user.id]


def is_scheduled(thing: Course | Problem) -> bool:
    """Whether a course or a problem stands in a backlog or on an agenda already."""
    link = AgendaItem.course_id if isinstance(thing, Course) else AgendaItem.problem_id
    return bool(db.session.scalar(sa.select(is_waiting(thing.id, link))))


def is_waiting(thing: Any, link: Any) -> sa.ColumnElement[bool]:
    """Whether something stands in a backlog or on an agenda without an outcome yet."""
    waiting = (ItemState.proposed, ItemState.accepted, ItemState.placed)
    return (
        sa.exists()
        .where(link == thing, AgendaItem.state.in_(waiting))
        .where(
            sa.or_(
                AgendaItem.meeting_id.is_(None),
                AgendaItem.meeting_id.in_(sa.select(Meeting.id).where(Meeting.state != MeetingState.cancelled)),
            )
        )
    )


def scheduled_item_of(course: Course) -> AgendaItem | None:
    """The newest agenda item a course is, with its meeting: when and where it is given."""
    return db.session.scalar(
        sa.select(AgendaItem)
        .join(AgendaItem.meeting)
        .where(AgendaItem.course_id == course.id, Meeting.state != MeetingState.cancelled)
        .options(joinedload(AgendaItem.meeting).joinedload(Meeting.series))
        .order_by(AgendaItem.id.desc())
        .limit(1)
    )


def meeting_of_course(course: Course) -> Meeting | None:
    """The meeting a course is given at."""
    found = scheduled_item_of(course)
    return found.meeting if found else None


def meetings_of_courses(courses: Iterable[Course]) -> dict[int, Meeting]:
    """The meeting each of these courses is given at, by the course's id."""
    ids = [course.id for course in courses]
    rows = db.session.execute(
        sa.select(AgendaItem.course_id, Meeting)
        .join(AgendaItem.meeting)
        .where(AgendaItem.course_id.in_(ids), Meeting.state != MeetingState.cancelled)
        .order_by(AgendaItem.id)
    )
    return {course_id: meeting for course_id, meeting in rows if course_id is not None}


def items_of_problem(problem: Problem) -> Sequence[AgendaItem]:
    """Every item a problem was, with its meeting, oldest first."""
    return db.session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.problem_id == problem.id)
        .options(joinedload(AgendaItem.meeting).selectinload(Meeting.items), joinedload(AgendaItem.series))
        .order_by(AgendaItem.id)
    ).all()


def problems_read_by(user: User) -> sa.Select[int | None]:
    """The problems on the agendas of the meetings this person may read."""
    return (
        sa.select(AgendaItem.problem_id)
        .join(AgendaItem.meeting)
        .where(AgendaItem.problem_id.is_not(None), visible_to(user))
    )


# ── attendance ─────────────────────────────────────────────────────────────────────────────────────────────────────


def attendance(number: int) -> Attendance | None:
    """One person's place at a meeting, with the meeting's people and agenda."""
    return db.session.scalar(
        sa.select(Attendance)
        .where(Attendance.id == number)
        .options(
            joinedload(Attendance.meeting).options(
                joinedload(Meeting.series).joinedload(MeetingSeries.group), selectinload(Meeting.items)
            ),
            *(_person(getattr(Attendance, name)) for name in ("user", "answered_by", "substitute_approved_by")),
        )
    )


def scan(number: int) -> SignInScan | None:
    """One scanned page of a sign-in sheet, with its meeting and what decides who sees it."""
    return db.session.scalar(
        sa.select(SignInScan)
        .where(SignInScan.id == number)
        .options(
            joinedload(SignInScan.meeting).options(
                joinedload(Meeting.series).joinedload(MeetingSeries.group), selectinload(Meeting.items)
            )
        )
    )


def scans_of(meeting: Meeting) -> Sequence[SignInScan]:
    """The scanned pages of the meeting's sign-in sheet, in the order they were uploaded."""
    return db.session.scalars(
        sa.select(SignInScan).where(SignInScan.meeting_id == meeting.id).order_by(SignInScan.id)
    ).all()


def own_attendance(meeting: Meeting, user: User) -> Attendance | None:
    """This person's place at the meeting."""
    return next((one for one in meeting.attendances if one.user_id == user.id), None)


def unanswered_by(user: User) -> Sequence[Attendance]:
    """The announced meetings this person has not answered to, soonest first."""
    return _awaited(Attendance.user_id == user.id, Attendance.state == Reply.none)


def leave_requests(meeting: Meeting | None = None) -> Sequence[Attendance]:
    """The requests for leave that wait for an answer."""
    return _awaited(Attendance.state == Reply.leave_asked, *((Attendance.meeting_id == meeting.id,) if meeting else ()))


def _awaited(*conditions: sa.ColumnElement[bool]) -> Sequence[Attendance]:
    return db.session.scalars(
        sa.select(Attendance)
        .join(Attendance.meeting)
        .where(Attendance.member, Meeting.state == MeetingState.announced, *conditions)
        .options(joinedload(Attendance.meeting).joinedload(Meeting.series))
        .order_by(Meeting.day, Meeting.starts_at, Attendance.position)
    ).all()


class Tally(NamedTuple):
    """How many are expected, have come, are on leave, have not answered, sit in as visitors, came late, left early."""

    expected: int
    present: int
    on_leave: int
    silent: int
    visitors: int
    late: int = 0
    left_early: int = 0

    @property
    def absent(self) -> int:
        """Who neither came nor had leave."""
        return self.expected - self.present - self.on_leave


def tally(meeting: Meeting) -> Tally:
    """The figures of the attendance."""
    own = [one for one in meeting.attendances if one.member]
    return Tally(
        expected=len(own),
        present=sum(one.is_present for one in own),
        on_leave=sum(one.is_on_leave for one in own),
        silent=sum(one.state is Reply.none and not one.is_present for one in own),
        visitors=len(meeting.attendances) - len(own),
        late=sum(one.late for one in meeting.attendances),
        left_early=sum(one.left_early for one in meeting.attendances),
    )


class Lists(NamedTuple):
    """出席, 请假 and 列席 as papers print them: (department, printed name), by rank."""

    present: list[tuple[str, str]]
    on_leave: list[tuple[str, str]]
    in_attendance: list[tuple[str, str]]


def lists_of(meeting: Meeting, *, stays: bool = False) -> Lists:
    """The three lists of the meeting's papers; with `stays` a name also says who came late or left early."""
    rows = meeting.attendances

    def named(one: Attendance) -> tuple[str, str]:
        return one.unit_name, f"{one.printed_name}（{one.stay}）" if stays and one.stay else one.printed_name

    return Lists(
        [named(one) for one in rows if one.member and one.is_present],
        [(one.unit_name, one.name) for one in rows if one.member and one.is_on_leave],
        [named(one) for one in rows if not one.member and one.is_present],
    )
