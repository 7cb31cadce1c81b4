"""审签单: the sign-off sheet, its rounds and the opinions on it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered
from portal.documents.registry import Document
from portal.jobs.due import Retryable
from portal.minutes.models.minutes import Minutes
from portal.minutes.models.revision import MinutesRevision
from portal.people.models.accounts import User


class SignOffSheet(Base, Numbered, Retryable):
    """审签单: every opinion on the minutes, each signed by whoever gave it; laid out once a round, filed with them."""

    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes.id"), unique=True)
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"))
    handed_out: Mapped[str] = mapped_column(default="", server_default="")  # the opinion an outside platform signs
    handed_out_about: Mapped[str] = mapped_column(default="", server_default="")  # and what it is about

    minutes: Mapped[Minutes] = relationship(back_populates="sheet")
    document: Mapped[Document | None] = relationship()
    opinions: Mapped[list["Opinion"]] = relationship(back_populates="sheet", order_by="Opinion.id")
    rounds: Mapped[list["SignOffRound"]] = relationship(back_populates="sheet", order_by="SignOffRound.id")

    def __str__(self) -> str:
        return f"{self.minutes.title}审签单"

    @property
    def earlier(self) -> list["Opinion"]:
        """The opinions of the rounds that ended with a return, that return included."""
        last = max((n for n, one in enumerate(self.opinions, 1) if not one.passed), default=0)
        return self.opinions[:last]

    @property
    def current(self) -> list["Opinion"]:
        """The opinions of the round under way, in the order of the rows."""
        return self.opinions[len(self.earlier) :]


class SignOffRound(Base, Numbered):
    """A round that ended with a return: its sheet stays as it was."""

    sheet_id: Mapped[int] = mapped_column(sa.ForeignKey("sign_off_sheet.id"), index=True)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"), index=True)
    ended_at: Mapped[datetime]

    sheet: Mapped[SignOffSheet] = relationship(back_populates="rounds")
    document: Mapped[Document] = relationship()


class Opinion(Base, Numbered):
    """One line of the sheet: who, as what, pass or return, in which words, on which text."""

    sheet_id: Mapped[int] = mapped_column(sa.ForeignKey("sign_off_sheet.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    role: Mapped[str]
    passed: Mapped[bool]
    text: Mapped[str]
    for_name: Mapped[str] = mapped_column(default="", server_default="")  # whose deputy gave it
    revision_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes_revision.id"))
    at: Mapped[datetime]
    signature_id: Mapped[int | None] = mapped_column(sa.ForeignKey("signature.id"))  # on the sheet; None: a return

    sheet: Mapped[SignOffSheet] = relationship(back_populates="opinions")
    user: Mapped[User] = relationship()
    revision: Mapped[MinutesRevision] = relationship()

    @property
    def verdict(self) -> str:
        """同意 or 退改."""
        return "同意" if self.passed else "退改"

    @property
    def said_by(self) -> str:
        """张三, or 张三（代李四）."""
        return f"{self.user.name}（代{self.for_name}）" if self.for_name else self.user.name
