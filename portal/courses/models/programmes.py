"""The course programme of a season, and the policy fields it covers."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered, Versioned

if TYPE_CHECKING:
    from portal.courses.models.courses import Course


class PolicyField(Base, Numbered):
    """科技 工信 金融 …"""

    name: Mapped[str] = mapped_column(unique=True)
    rank: Mapped[int] = mapped_column(default=0)

    def __str__(self) -> str:
        return self.name


class CourseProgramme(Base, Numbered, Versioned):
    """A season's plan of courses."""

    title: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int]
    first_month: Mapped[int] = mapped_column(default=1)
    last_month: Mapped[int] = mapped_column(default=12)
    about: Mapped[str] = mapped_column(default="")

    courses: Mapped[list["Course"]] = relationship(back_populates="programme", order_by="Course.number")

    def __str__(self) -> str:
        return self.title

    @property
    def months(self) -> list[date]:
        """The first days of the months in which it has lessons."""
        return [date(self.year, month, 1) for month in range(self.first_month, self.last_month + 1)]
