"""What a person is told."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Base, Numbered
from portal.people.models import User


class Notice(Base, Numbered):
    """One message to one person, with the page to act on; an unread one of the same `burst` is replaced."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    at: Mapped[datetime]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    url: Mapped[str]
    burst: Mapped[str] = mapped_column(default="", index=True)
    read_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()

    __table_args__ = (sa.Index("ix_notice_unread", "user_id", "read_at"),)

    def __str__(self) -> str:
        return f"消息“{self.title}”"
