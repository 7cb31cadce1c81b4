"""How courses come by their lecturers, and whose turn pauses."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.courses.models.courses import Course
from portal.db.engine import Base, Numbered
from portal.db.labelled import Labelled
from portal.people.models.accounts import User


class ChangeKind(Labelled):
    """How a lesson came by its lecturer, or lost one."""

    appointed = "appointed", "指定"
    asked = "asked", "邀请"
    swapped = "swapped", "对调"
    substituted = "substituted", "代讲"
    declined = "declined", "不能主讲"


class LecturerChange(Base, Numbered):
    """One change of a lesson's lecturer: whoever declined a lesson is not asked for it again."""

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    kind: Mapped[ChangeKind]
    before_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    after_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(default="")

    course: Mapped[Course] = relationship()
    before: Mapped[User | None] = relationship(foreign_keys=[before_id])
    after: Mapped[User | None] = relationship(foreign_keys=[after_id])
    by: Mapped[User] = relationship(foreign_keys=[by_id])

    def __str__(self) -> str:
        return f"{self.kind.label}：{self.course}"


class RotaPause(Base):
    """Somebody whose turn does not come for a while; without an end it does not come until the pause is lifted."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    until: Mapped[date | None]
    why: Mapped[str]
