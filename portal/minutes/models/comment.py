"""批注 on the paragraphs of a text."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered
from portal.minutes.models.minutes import Minutes
from portal.people.models.accounts import User


class MinutesComment(Base, Numbered):
    """批注: what somebody who checks the text says about one of its paragraphs."""

    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes.id"), index=True)
    place: Mapped[int]  # the paragraph's number when it was written, from 1
    quote: Mapped[str]  # the paragraph as it then was: what finds it again when the text has changed
    text: Mapped[str]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    minutes: Mapped[Minutes] = relationship(back_populates="comments")
    by: Mapped[User] = relationship(foreign_keys=[by_id])
    resolved_by: Mapped[User | None] = relationship(foreign_keys=[resolved_by_id])

    def __str__(self) -> str:
        return f"批注“{self.text[:40]}”"

    @property
    def is_resolved(self) -> bool:
        """Whether it has been dealt with."""
        return self.resolved_at is not None
