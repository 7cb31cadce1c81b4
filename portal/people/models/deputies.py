"""Deputies: who acts for whom."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import clock
from portal.db.engine import Base, Numbered
from portal.people.models.accounts import User
from portal.people.models.roles import Part


class Deputy(Base, Numbered):
    """代: who acts for whom, from which day to which, in which parts."""

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    starts: Mapped[date]
    ends: Mapped[date]
    parts: Mapped[list[str]]
    reason: Mapped[str] = mapped_column(default="")
    named_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    named_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[User] = relationship(foreign_keys=[person_id])
    deputy: Mapped[User] = relationship(foreign_keys=[deputy_id])
    named_by: Mapped[User] = relationship(foreign_keys=[named_by_id])

    def __str__(self) -> str:
        return f"{self.deputy.name}代{self.person.name}"

    @property
    def is_present(self) -> bool:
        """Whether it counts today."""
        return self.ended_at is None and self.starts <= clock.today() <= self.ends and self.person.active

    @property
    def is_over(self) -> bool:
        """Whether it has passed or was ended."""
        return self.ended_at is not None or self.ends < clock.today()

    @property
    def words(self) -> str:
        """The parts, as one reads them."""
        return "、".join(part.label for part in Part if part.value in self.parts)

    def covers(self, part: Part) -> bool:
        """Whether the deputy stands in for this part."""
        return part.value in self.parts


def is_over(deputy: Deputy) -> str | None:
    """Why a deputyship cannot be ended any more, or None."""
    return "这项代办已经结束。" if deputy.is_over else None
