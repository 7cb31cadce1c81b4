"""Index a course for search."""

from portal.courses import rules as courses_rules
from portal.courses.models.courses import Course
from portal.db import search
from portal.db.engine import db


def let_course_be_found(course: Course) -> None:
    """Index a lesson for search by its topic, field, lecturer and aims."""
    db.session.flush()
    names = [course.field.name, course.lecturer.titled if course.lecturer else "", course.aims]
    search.index(
        Course.__tablename__,
        course.id,
        title=str(course),
        text="\n".join(name for name in names if name),
        url=f"/courses/{course.id}",
        label="讲业务",
        day=course.delivered_on,
        scope=courses_rules.FOR_READERS,
    )
