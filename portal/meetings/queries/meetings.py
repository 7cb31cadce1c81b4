"""Questions about meetings."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload, undefer

from portal import search
from portal.chain import Found, link
from portal.courses.models import Course
from portal.database import db
from portal.enterprises.models import Problem
from portal.meetings.models import (
    UPCOMING,
    AgendaItem,
    Attendance,
    Meeting,
    MeetingSeries,
    MeetingState,
    Review,
    ReviewRow,
)
from portal.meetings.queries.series import PARTS, person
from portal.people.models import User
from portal.people.rules import is_secretary

_SCOPES = "meetings."


def visible_to(user: User) -> sa.ColumnElement[bool]:
    """The condition that a meeting may be read by this person: member, role or item in it, secretary."""
    if is_secretary(user):
        return sa.true()
    of_groups = sa.select(MeetingSeries.id).where(MeetingSeries.group_id.in_(user.group_ids))
    reported = sa.select(AgendaItem.meeting_id).where(
        AgendaItem.reporter_id == user.id, AgendaItem.meeting_id.is_not(None)
    )
    return sa.or_(Meeting.series_id.in_(of_groups), Meeting.id.in_(reported), has_part(user))


def has_part(user: User) -> sa.ColumnElement[bool]:
    """The condition that a person has one of the four parts in a meeting, or stands in there today for who has."""
    return sa.or_(*(getattr(Meeting, f"{name}_id").in_(user.ids_for(part)) for name, part in PARTS.items()))


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
    return (joinedload(Meeting.series), person(Meeting.chair), person(Meeting.acting_chair))


def plan_order() -> tuple[Any, ...]:
    """The order of the list: what is still to come first and soonest first, then the past, newest first."""
    to_come = Meeting.state.in_((*UPCOMING, MeetingState.in_session))
    number = (
        sa.extract("year", Meeting.day) * 372 + sa.extract("month", Meeting.day) * 31 + sa.extract("day", Meeting.day)
    )
    return (sa.case((to_come, 0), else_=1), sa.case((to_come, number), else_=-number), Meeting.starts_at, Meeting.id)


def scope_of(series_id: int) -> str:
    """The scope of search the meetings of a series are found in."""
    return f"{_SCOPES}{series_id}"


def scopes_of(user: User) -> "set[sa.Select[str]]":
    """The scopes of search in which this person may find meetings."""
    query = sa.select(MeetingSeries.id)
    if not is_secretary(user):
        query = query.where(MeetingSeries.group_id.in_(user.group_ids))
    return {search.scopes(_SCOPES, query)}


def years() -> Sequence[int]:
    """The years there are meetings in, newest first."""
    first, last = db.session.execute(sa.select(sa.func.min(Meeting.day), sa.func.max(Meeting.day))).one()
    return range(last.year, first.year - 1, -1) if first else ()


def meeting(number: int) -> Meeting | None:
    """One meeting with its people, frozen report, agenda and attendance: three statements, however long they are."""
    items = selectinload(Meeting.items).options(
        person(AgendaItem.reporter),
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
            *(person(getattr(Meeting, name)) for name in (*PARTS, "agenda_approved_by", "acting_chair")),
            items,
            attendances,
        )
    )
    return rows.unique().one_or_none()


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


def problems_read_by(user: User) -> sa.Select[int | None]:
    """The problems on the agendas of the meetings this person may read."""
    return (
        sa.select(AgendaItem.problem_id)
        .join(AgendaItem.meeting)
        .where(AgendaItem.problem_id.is_not(None), visible_to(user))
    )
