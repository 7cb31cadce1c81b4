"""The texts of minutes, each as it was saved."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered
from portal.minutes.models.minutes import Minutes
from portal.people.models.accounts import User


class MinutesRevision(Base, Numbered):
    """One saved text: a paragraph a line, outline keys 一、（一）1.（1） make the levels."""

    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes.id"), index=True)
    number: Mapped[int]
    text: Mapped[str]
    printed: Mapped[str | None]  # as it was passed: its decisions and tasks in the words they had then
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]

    minutes: Mapped[Minutes] = relationship(back_populates="revisions")
    by: Mapped[User | None] = relationship()

    __table_args__ = (sa.UniqueConstraint("minutes_id", "number"),)
