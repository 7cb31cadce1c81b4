"""On which day and where courses are given, as far as later features say."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any, Protocol

from portal.courses.models.courses import Course


class Sitting(Protocol):
    """Where a lesson is to be given, as far as this room needs to know."""

    @property
    def day(self) -> date:
        """On which day."""


# Where lessons are to be given is said by a later feature, which knows the meetings: a question about the numbers of
# courses, answered in one statement. Until a room adds one, no lesson has a day.
schedules: list[Callable[[Collection[int]], Mapping[int, Sitting]]] = []


def days_of(courses: Iterable[Course]) -> dict[int, date]:
    """The day on which each lesson was given or is to be given, by the course's number, as far as it is known."""
    lessons = list(courses)
    return days_among(lessons, sittings_of(lessons))


def sittings_of(courses: Iterable[Course]) -> dict[int, Any]:
    """Where each lesson that was not given yet is to be given, by the course's number."""
    left = [one.id for one in courses if not one.delivered_on]
    found: dict[int, Any] = {}
    for schedule in schedules if left else ():
        found |= schedule(left)
    return found


def days_among(courses: Iterable[Course], sittings: Mapping[int, Sitting]) -> dict[int, date]:
    """The days of courses: those that were given, and those that stand on an agenda."""
    given = {one.id: one.delivered_on for one in courses if one.delivered_on}
    return given | {number: sitting.day for number, sitting in sittings.items()}
