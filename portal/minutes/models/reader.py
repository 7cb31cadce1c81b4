"""Whom issued minutes are sent to, and who has opened them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered
from portal.people.models.accounts import User
from portal.people.models.departments import Department


class MinutesReader(Base, Numbered):
    """Somebody beyond the series' members, or a whole department, whom issued minutes are sent to."""

    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"), index=True)

    user: Mapped[User | None] = relationship()
    department: Mapped[Department | None] = relationship()


class MinutesReading(Base):
    """That somebody opened issued minutes: first when, last when, how often."""

    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)

    user: Mapped[User] = relationship()
