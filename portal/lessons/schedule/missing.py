"""Whose slides are missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.courses.materials.queries import slides_due
from portal.courses.models.courses import Course
from portal.courses.programme import queries as programme_queries
from portal.db import clock
from portal.db.engine import db
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.meetings import UPCOMING, Meeting


@dataclass(frozen=True)
class Missing:
    """A lesson whose slides are still to come."""

    course: Course
    due: date

    @property
    def is_late(self) -> bool:
        """Past its day."""
        return self.due < clock.today()


def missing_slides(lessons: Iterable[Course], days: Mapping[int, date]) -> list[Missing]:
    """The lessons ahead that have a day and a lecturer and no slides, or slides to be mended; soonest first."""
    found = [
        Missing(one, slides_due(days[one.id]))
        for one in lessons
        if one.id in days and one.lecturer_id and not one.is_over and not one.has_its_slides
    ]
    return sorted(found, key=lambda one: (one.due, one.course.number))


def lessons_without_slides() -> list[tuple[Course, Meeting]]:
    """The lessons of all programmes on an agenda ahead whose slides are still to come, with their lecturers."""
    rows = db.session.execute(
        sa.select(Course, Meeting)
        .join(AgendaItem, AgendaItem.course_id == Course.id)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(Meeting.state.in_(UPCOMING), Meeting.day >= clock.today(), AgendaItem.state == ItemState.placed)
        .where(Course.lecturer_id.is_not(None))
        .options(programme_queries.NAMED, selectinload(Course.materials))
        .order_by(Meeting.day, Course.id)
    )
    return [(course, meeting) for course, meeting in rows if not course.is_over and not course.has_its_slides]
