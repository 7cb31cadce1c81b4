"""Questions about programmes and policy fields."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload

from portal.courses.course.queries import LECTURER
from portal.courses.models.courses import Course, CourseState
from portal.courses.models.materials import Material
from portal.courses.models.programmes import CourseProgramme, PolicyField
from portal.db.engine import db
from portal.people.models.accounts import User


def programmes() -> Sequence[CourseProgramme]:
    """All programmes, the newest first: the first one is the current one."""
    return db.session.scalars(
        sa.select(CourseProgramme).order_by(CourseProgramme.year.desc(), CourseProgramme.id.desc())
    ).all()


def programme(number: int) -> CourseProgramme | None:
    """One programme."""
    return db.session.get(CourseProgramme, number)


def fields() -> Sequence[PolicyField]:
    """All policy fields, by rank."""
    return db.session.scalars(sa.select(PolicyField).order_by(PolicyField.rank, PolicyField.id)).all()


def courses_of(programme: CourseProgramme | None) -> sa.Select[Course]:
    """The courses of a programme, to be filtered and sorted by a list."""
    return sa.select(Course).where(Course.programme_id == (programme.id if programme else None))


# What a row of the programme shows.
ROW = (
    joinedload(Course.field),
    LECTURER,
    joinedload(Course.materials).load_only(Material.state, Material.title),
)


NAMED = joinedload(Course.lecturer).options(lazyload(User.grants))


def lessons_in(programme: CourseProgramme) -> Sequence[Course]:
    """The lessons of a programme that were not cancelled, in their order, with their lecturers."""
    return (
        db.session.scalars(
            sa.select(Course)
            .where(Course.programme_id == programme.id, Course.state != CourseState.cancelled)
            .order_by(Course.number)
            .options(NAMED, joinedload(Course.field), joinedload(Course.materials))
        )
        .unique()
        .all()
    )
