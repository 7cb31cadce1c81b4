"""意见征求: who was asked about a text, and what they answered."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import clock
from portal.db.engine import Base, Numbered
from portal.minutes.models.minutes import Minutes
from portal.minutes.models.revision import MinutesRevision
from portal.people.models.accounts import User


class Consultation(Base, Numbered):
    """意见征求: those who attended read a text until a set time; who says nothing agrees."""

    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes.id"), index=True)
    revision_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes_revision.id"))
    text: Mapped[str]  # as those who are asked read it
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]

    minutes: Mapped[Minutes] = relationship(back_populates="consultations")
    revision: Mapped[MinutesRevision] = relationship()
    asked_by: Mapped[User] = relationship()
    answers: Mapped[list["ConsultationAnswer"]] = relationship(
        back_populates="consultation", order_by="ConsultationAnswer.id"
    )

    def __str__(self) -> str:
        return f"{self.minutes.title}征求意见"

    @property
    def is_open(self) -> bool:
        """Whether it can still be answered."""
        return self.closed_at is None and clock.now() < self.until

    @property
    def corrections(self) -> list["ConsultationAnswer"]:
        """What those who were asked want changed."""
        return [one for one in self.answers if one.text]

    @property
    def sentence(self) -> str:
        """How it stands, in one sentence."""
        agreed = sum(one.at is not None and not one.text for one in self.answers)
        silent = sum(one.at is None for one in self.answers)
        silence = f"{silent} 人未回复" + ("" if self.is_open else "，视为同意") if silent else ""
        wishes = f"{len(self.corrections)} 人提出修改意见" if self.corrections else ""
        parts = [f"{agreed} 人同意" if agreed else "", wishes, silence]
        return f"征求 {len(self.answers)} 人：{'，'.join(filter(None, parts))}。"


class ConsultationAnswer(Base, Numbered):
    """What one of those who attended says; nothing, as long as `at` is empty."""

    consultation_id: Mapped[int] = mapped_column(sa.ForeignKey("consultation.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    text: Mapped[str] = mapped_column(default="")  # what should be corrected; empty: nothing
    at: Mapped[datetime | None]

    consultation: Mapped[Consultation] = relationship(back_populates="answers")
    user: Mapped[User] = relationship()

    @property
    def word(self) -> str:
        """同意, 提出修改意见, 未回复 or, once it is over, 视为同意."""
        if self.at is None:
            return "未回复" if self.consultation.is_open else "未回复，视为同意"
        return "提出修改意见" if self.text else "同意"
