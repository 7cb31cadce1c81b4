"""Questions about series, the people of their meetings, and the meetings a person may read."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload, undefer

from portal.courses.models.courses import Course
from portal.db import search
from portal.db.engine import db
from portal.enterprises.models.problems import Problem
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.attendance import Attendance
from portal.meetings.models.meetings import UPCOMING, Meeting, MeetingState
from portal.meetings.models.review import Review
from portal.meetings.models.series import MeetingSeries, StandingItem
from portal.people.deputies.queries import deputies_between
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import GroupMember
from portal.people.models.roles import Part
from portal.people.rules import is_secretary

# the four parts in every meeting, and what a deputy of who has one stands in for
PARTS = {"chair": Part.chair, "recorder": Part.record, "reviewer": Part.review, "signatory": Part.sign}


def person(path: Any) -> Any:
    """Load a person beside a row, in the same statement and without the roles."""
    return joinedload(path).options(joinedload(User.department), lazyload(User.grants))


def all_series() -> Sequence[MeetingSeries]:
    """All series with their groups, by rank."""
    return db.session.scalars(
        sa.select(MeetingSeries)
        .options(joinedload(MeetingSeries.group), person(MeetingSeries.chair))
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
            selectinload(MeetingSeries.standing_items).options(person(StandingItem.reporter)),
            *(person(getattr(MeetingSeries, name)) for name in PARTS),
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


def from_outside(meeting: Meeting) -> list[User]:
    """Who reports at a meeting, or chairs it as a deputy, without being a member of its series; each once."""
    members_ids = {one.id for one in members(meeting.series)}
    found = [meeting.acting_chair, *(item.reporter for item in meeting.items)]
    guests = {one.id: one for one in found if one is not None and one.active and one.id not in members_ids}
    return list(guests.values())


def deputy_on(day: date, person: User | None, part: Part) -> User | None:
    """Who stands in for a person in some part on a day, where somebody does."""
    if person is None or not person.active:
        return None
    standing = (one for one in deputies_between(person, day, day) if one.covers(part) and one.deputy.active)
    return next((one.deputy for one in standing), None)


def people_by_rank() -> Sequence[User]:
    """Everybody with an active account for a picker, by rank, without their roles."""
    return db.session.scalars(
        sa.select(User)
        .outerjoin(User.department)
        .where(User.active)
        .options(lazyload(User.grants))
        .order_by(Department.rank.asc().nulls_last(), User.rank, User.id)
    ).all()


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
