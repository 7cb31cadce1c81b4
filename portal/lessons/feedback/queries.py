"""Questions about what listeners thought of a lesson."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa

from portal.courses.models.courses import GIVEN, Course
from portal.db.engine import db
from portal.lessons.models.feedback import FeedbackGiven, FeedbackSheet
from portal.lessons.study_hours.queries import listeners_of
from portal.people.models.accounts import User

FEWEST = 3  # anonymous answers that are shown; fewer could be guessed


@dataclass(frozen=True)
class Opinions:
    """What the listeners thought of a lesson."""

    answers: list[dict[str, Any]]
    asked: int

    @property
    def are_shown(self) -> bool:
        """Whether there are enough of them, or all gave their names."""
        return len(self.answers) >= FEWEST or bool(self.answers and all(one.get("by") for one in self.answers))

    def average(self, question: str) -> Decimal:
        """The mean of one question's marks, to one decimal."""
        marks = [one[question] for one in self.answers]
        return (Decimal(sum(marks)) / len(marks)).quantize(Decimal("0.1"), ROUND_HALF_UP)

    def count(self, question: str, mark: int) -> int:
        """How many gave this mark."""
        return sum(one[question] == mark for one in self.answers)

    @property
    def wishes(self) -> list[dict[str, Any]]:
        """The answers in which something was written."""
        return [one for one in self.answers if one["wish"]]


def opinions_of(course: Course) -> Opinions:
    """What the listeners thought of a lesson, and how many were asked."""
    sheet = db.session.get(FeedbackSheet, course.id)
    return Opinions(list(sheet.answers["list"]) if sheet else [], len(listeners_of(course)))


def has_answered(user: User, course: Course) -> bool:
    """Whether this person has said what they thought of the lesson."""
    return db.session.get(FeedbackGiven, (course.id, user.id)) is not None


def given_lately(since: date) -> Sequence[Course]:
    """The lessons given on or after a day."""
    return db.session.scalars(
        sa.select(Course).where(Course.state.in_(GIVEN), Course.delivered_on >= since).order_by(Course.id)
    ).all()
