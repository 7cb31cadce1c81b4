"""What listeners thought of a lesson."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.courses.models.courses import Course
from portal.db.engine import Base


class FeedbackGiven(Base):
    """That somebody has told what they thought of a lesson; what they told stands elsewhere, without their name."""

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)


class FeedbackSheet(Base):
    """All answers about one lesson on one sheet, in an order that tells nothing of who gave which or when.

    One row for all of them, written anew with each answer, so that no key, time or transaction ties one to a person.
    """

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), primary_key=True)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)  # {"list": [{useful, clear, wish, by}]}

    course: Mapped[Course] = relationship()

    def __str__(self) -> str:
        return f"{self.course}的反馈"
