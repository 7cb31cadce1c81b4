"""Questions about one course and its history."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal.courses.models.courses import UPCOMING, Course, CourseState
from portal.courses.models.materials import Material, MaterialVersion
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.people.models.accounts import User

# People are named here, never asked for their roles.
LECTURER = joinedload(Course.lecturer).options(lazyload(User.grants))
UPLOADER = joinedload(MaterialVersion.uploaded_by).options(lazyload(User.grants))
WHOLE_COURSE = (joinedload(Course.programme), joinedload(Course.field), joinedload(Course.department), LECTURER)


def course(number: int) -> Course | None:
    """One course with its slides and all their versions."""
    return db.session.get(
        Course,
        number,
        options=[
            *WHOLE_COURSE,
            selectinload(Course.materials)
            .joinedload(Material.versions)
            .options(joinedload(MaterialVersion.file), UPLOADER),
        ],
    )


def lessons_of(lecturer: User) -> Sequence[Course]:
    """What a lecturer has still to give, in the order of the programme, with the slides handed in."""
    return db.session.scalars(
        sa.select(Course)
        .where(Course.lecturer_id == lecturer.id, Course.state.in_(UPCOMING), Course.state != CourseState.planned)
        .order_by(Course.programme_id, Course.number)
        .options(joinedload(Course.field), selectinload(Course.materials))
    ).all()


def history(course: Course) -> Sequence[JournalEntry]:
    """Everything that was done to a course and its slides, oldest first."""
    of_slides = sa.and_(
        JournalEntry.thing_type == Material.__tablename__,
        JournalEntry.thing_id.in_([one.id for one in course.materials]),
    )
    of_course = sa.and_(JournalEntry.thing_type == Course.__tablename__, JournalEntry.thing_id == course.id)
    return db.session.scalars(
        sa.select(JournalEntry)
        .where(sa.or_(of_course, of_slides), JournalEntry.refused.is_(False))
        .order_by(JournalEntry.seq)
    ).all()
