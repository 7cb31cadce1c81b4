"""Questions about who listened to which lesson, and how many study hours that makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import lazyload

from portal.courses.models.courses import GIVEN, Course
from portal.db.engine import db
from portal.db.office import office
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.attendance import Attendance
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User, UserRole
from portal.people.models.departments import Department
from portal.people.models.roles import Role

MINUTES = 45  # of a lesson make one study hour (学时), as the lesson hours of schools do


def _listened() -> Any:
    """Who listened to which lesson: present in person when the meeting dealt with it, its lecturer apart."""
    return (
        sa.select(Attendance.user_id, Course.id.label("course_id"), Course.minutes, Meeting.day, Course.topic)
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
        .join(Course, Course.id == AgendaItem.course_id)
        .where(
            Attendance.checked_in_at.is_not(None),
            Attendance.substitute == "",
            Attendance.user_id.is_not(None),
            AgendaItem.state == ItemState.dealt_with,
            Course.state.in_(GIVEN),
            sa.or_(Course.lecturer_id.is_(None), Course.lecturer_id != Attendance.user_id),
        )
    )


def _taught() -> Any:
    """Who gave which lesson."""
    return sa.select(
        Course.lecturer_id.label("user_id"), Course.id.label("course_id"), Course.minutes,
        Course.delivered_on.label("day"), Course.topic,
    ).where(Course.state.in_(GIVEN), Course.lecturer_id.is_not(None))  # fmt: skip


def listened(user: User, course: Course) -> bool:
    """Whether this person listened to the lesson."""
    if not course.was_given:
        return False
    wanted = _listened().where(Attendance.user_id == user.id, Course.id == course.id)
    return db.session.execute(wanted.limit(1)).first() is not None


def listeners_of(course: Course) -> Sequence[User]:
    """Everybody who listened to a lesson."""
    who = _listened().where(Course.id == course.id).with_only_columns(Attendance.user_id, maintain_column_froms=True)
    return db.session.scalars(sa.select(User).where(User.id.in_(who)).options(lazyload(User.grants))).all()


def hours(minutes: int) -> Decimal:
    """Minutes as study hours, to one decimal, half a tenth upwards."""
    return (Decimal(minutes) / MINUTES).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Studied:
    """What one officer listened to and taught in a year."""

    person: User
    listened: int
    taught: int
    minutes: int

    @property
    def hours(self) -> Decimal:
        """The study hours of the year; the sum is rounded once, so that short lessons lose nothing."""
        return hours(self.minutes)


@dataclass(frozen=True)
class Lesson:
    """One lesson somebody listened to or gave."""

    course_id: int
    topic: str
    day: date
    taught: bool
    minutes: int  # that count

    @property
    def hours(self) -> Decimal:
        """What the lesson alone makes."""
        return hours(self.minutes)


def year_of(year: int) -> sa.Select[Any]:
    """Every officer with what they listened to and taught in a year, as the question a list narrows and sorts."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    heard = _listened().where(Meeting.day.between(first, last)).subquery()
    given = _taught().where(Course.delivered_on.between(first, last)).subquery()
    of_heard = (
        sa.select(heard.c.user_id, sa.func.count().label("lessons"), sa.func.sum(heard.c.minutes).label("minutes"))
        .group_by(heard.c.user_id)
        .subquery()
    )
    of_given = (
        sa.select(given.c.user_id, sa.func.count().label("lessons"), sa.func.sum(given.c.minutes).label("minutes"))
        .group_by(given.c.user_id)
        .subquery()
    )
    none = sa.func.coalesce
    minutes = none(of_heard.c.minutes, 0) + none(of_given.c.minutes, 0) * office.lecturer_hours
    officers = sa.select(UserRole.user_id).where(UserRole.role == Role.officer)
    return (
        sa.select(
            User,
            none(of_heard.c.lessons, 0).label("listened"),
            none(of_given.c.lessons, 0).label("taught"),
            minutes.label("minutes"),
        )
        .outerjoin(of_heard, of_heard.c.user_id == User.id)
        .outerjoin(of_given, of_given.c.user_id == User.id)
        .outerjoin(Department, Department.id == User.department_id)
        .where(User.active, User.id.in_(officers))
    )


def lessons_of(person: User) -> list[Lesson]:
    """Every lesson a person listened to or gave, the newest first."""
    heard = db.session.execute(_listened().where(Attendance.user_id == person.id)).all()
    given = db.session.execute(_taught().where(Course.lecturer_id == person.id)).all()
    found = [Lesson(row.course_id, row.topic, row.day, False, row.minutes) for row in heard]
    found += [Lesson(row.course_id, row.topic, row.day, True, row.minutes * office.lecturer_hours) for row in given]
    return sorted(found, key=lambda one: (one.day, one.course_id), reverse=True)


def years() -> list[int]:
    """The years in which lessons were given, the newest first."""
    first, last = db.session.execute(
        sa.select(sa.func.min(Course.delivered_on), sa.func.max(Course.delivered_on)).where(Course.state.in_(GIVEN))
    ).one()
    return list(range(last.year, first.year - 1, -1)) if first and last else []
