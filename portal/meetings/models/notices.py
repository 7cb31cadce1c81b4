"""The notice of a meeting as it was sent, and the calendars that hear of it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered
from portal.documents.registry import Document
from portal.jobs.due import Retryable
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User


class MeetingNotice(Base, Numbered, Retryable):
    """One notice as it was sent: the first, and one more after each burst of changes; laid out and kept by a job."""

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), index=True)
    edition: Mapped[int]
    drawn_at: Mapped[datetime]
    due_at: Mapped[datetime]  # further changes until then go into the same notice
    title: Mapped[str]
    content: Mapped[dict[str, Any]]  # what it says, whatever becomes of the meeting
    despite: Mapped[list[str]] = mapped_column(default=list, server_default="[]")  # the checks that were passed over
    why: Mapped[str] = mapped_column(default="", server_default="")  # it was sent all the same
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"), unique=True)

    meeting: Mapped[Meeting] = relationship(back_populates="notices")
    document: Mapped[Document | None] = relationship()

    __table_args__ = (sa.UniqueConstraint("meeting_id", "edition"),)

    def __str__(self) -> str:
        return f"会议通知《{self.title}》"

    @property
    def is_kept(self) -> bool:
        """Laid out and entered in the register."""
        return self.document_id is not None


class CalendarFeed(Base):
    """A person's own calendar address; the secret in it is drawn from the nonce and is nowhere stored."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    nonce: Mapped[str]
    made_at: Mapped[datetime]

    user: Mapped[User] = relationship()

    def __str__(self) -> str:
        return f"{self.user.name}的日历订阅"


def kept_already(notice: MeetingNotice) -> str | None:
    """Why a notice need not be laid out again, or None."""
    return "这份通知已经排好，不用重新排版。" if notice.is_kept else None
