"""Minutes, their revisions, the sign-off sheet."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Base, Numbered, Versioned
from portal.jobs import Owed
from portal.lifecycle import HasLifecycle, Lifecycle, Move, State
from portal.meetings.models import Meeting
from portal.people.models import User
from portal.register import Document


class MinutesState(State):
    """Where minutes stand."""

    drafting = "drafting", "拟稿", "amber"
    in_review = "in_review", "审核", "blue"
    to_sign = "to_sign", "待签发", "blue"
    signed = "signed", "已签发", "green"
    issued = "issued", "已印发", "green"
    archived = "archived", "已归档", "green"
    void = "void", "作废", ""


READABLE = (MinutesState.issued, MinutesState.archived)  # by everybody who may see the meeting


class Minutes(Base, Numbered, Versioned, Owed, HasLifecycle):
    """The formal document of one meeting, or a correction (更正) that names the one it replaces."""

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), index=True)
    corrects_id: Mapped[int | None] = mapped_column(sa.ForeignKey("minutes.id"), index=True)
    state: Mapped[MinutesState] = mapped_column(default=MinutesState.drafting, index=True)
    title: Mapped[str]
    distribution: Mapped[str] = mapped_column(default="")
    mark: Mapped[str] = mapped_column(default="")
    year: Mapped[int | None]
    number: Mapped[int | None]  # given on entering to_sign, never reused
    numbered_at: Mapped[datetime | None]
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"))
    signed_at: Mapped[datetime | None]
    issued_at: Mapped[datetime | None]

    meeting: Mapped[Meeting] = relationship()
    corrects: Mapped["Minutes | None"] = relationship(remote_side="Minutes.id")
    document: Mapped[Document | None] = relationship(foreign_keys=[document_id])
    revisions: Mapped[list["MinutesRevision"]] = relationship(
        back_populates="minutes", order_by="MinutesRevision.number"
    )
    sheet: Mapped["SignOffSheet"] = relationship(back_populates="minutes", uselist=False)

    def __str__(self) -> str:
        return f"会议纪要《{self.title}》{self.number_text}"

    @property
    def number_text(self) -> str:
        """〔2026〕12 号, empty before it has one."""
        return f"〔{self.year}〕{self.number}号" if self.number else ""

    @property
    def latest(self) -> "MinutesRevision":
        """The newest saved text with who saved it when."""
        return self.revisions[-1]

    @property
    def text(self) -> str:
        """The newest text."""
        return self.latest.text

    @property
    def receivers(self) -> list[str]:
        """印发范围, one by one."""
        plain = self.distribution.rstrip("。").replace("；", "，").replace(",", "，")
        return [part.strip() for part in plain.split("，") if part.strip()]

    @property
    def is_issued(self) -> bool:
        """Whether the members of the series may read it."""
        return self.state in READABLE

    @property
    def is_void(self) -> bool:
        """Whether it was abandoned before it was signed."""
        return self.state is MinutesState.void

    @property
    def is_drafted(self) -> bool:
        """Whether its text is still being written."""
        return self.state is MinutesState.drafting

    @property
    def is_reviewed(self) -> bool:
        """Whether it lies with the reviewer."""
        return self.state is MinutesState.in_review

    @property
    def is_to_sign(self) -> bool:
        """Whether it lies with the signatory."""
        return self.state is MinutesState.to_sign

    @property
    def is_signed(self) -> bool:
        """Whether it was signed and waits to be issued."""
        return self.state is MinutesState.signed

    @property
    def awaits_paper(self) -> bool:
        """Whether the paper that is to be signed is still being laid out."""
        return self.is_to_sign and self.document_id is None

    @property
    def not_stuck(self) -> str | None:
        """Why it need not be laid out again, or None."""
        return None if self.awaits_paper and self.last_error else "排版没有出错，不需要重新排版。"

    @property
    def not_issued(self) -> str | None:
        """Why it cannot be corrected now, or None."""
        return None if self.is_issued else "纪要印发之后才能更正；印发之前请退改。"

    @property
    def not_void(self) -> str | None:
        """Why it cannot be drafted anew, or None."""
        return None if self.is_void else "只有作废的纪要才需要重新起草。"

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Its way from draft to archive, each step with done, now, off or nothing, as a page draws it."""
        way: list[MinutesState] = [state for state in MinutesState if state is not MinutesState.void]
        if self.is_void:
            return [("作废", "now"), *((state.label, "off") for state in way)]
        at = way.index(self.state)
        return [(state.label, "done" if i < at else "now" if i == at else "") for i, state in enumerate(way)]


class MinutesRevision(Base, Numbered):
    """One saved text: a paragraph a line, outline keys 一、（一）1.（1） make the levels."""

    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes.id"), index=True)
    number: Mapped[int]
    text: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]

    minutes: Mapped[Minutes] = relationship(back_populates="revisions")
    by: Mapped[User | None] = relationship()

    __table_args__ = (sa.UniqueConstraint("minutes_id", "number"),)


class SignOffSheet(Base, Numbered, Owed):
    """审签单: every opinion on the minutes, filed with them."""

    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes.id"), unique=True)
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"))

    minutes: Mapped[Minutes] = relationship(back_populates="sheet")
    document: Mapped[Document | None] = relationship()
    opinions: Mapped[list["Opinion"]] = relationship(back_populates="sheet", order_by="Opinion.id")

    def __str__(self) -> str:
        return f"{self.minutes.title}审签单"


class Opinion(Base, Numbered):
    """One line of the sheet: who, as what, pass or return, in which words, on which text."""

    sheet_id: Mapped[int] = mapped_column(sa.ForeignKey("sign_off_sheet.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    role: Mapped[str]
    passed: Mapped[bool]
    text: Mapped[str]
    revision_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes_revision.id"))
    at: Mapped[datetime]

    sheet: Mapped[SignOffSheet] = relationship(back_populates="opinions")
    user: Mapped[User] = relationship()
    revision: Mapped[MinutesRevision] = relationship()

    @property
    def verdict(self) -> str:
        """同意 or 退改."""
        return "同意" if self.passed else "退改"


def _no_text(minutes: Minutes) -> str | None:
    return None if minutes.revisions and minutes.text.strip() else "纪要还没有正文。"


def _no_signatory(minutes: Minutes) -> str | None:
    return None if minutes.meeting.signatory_id else "这次会议还没有指定签发人，请会议秘书先指定。"


def _no_reviewer(minutes: Minutes) -> str | None:
    return None if minutes.meeting.reviewer_id else "这次会议还没有指定审核人，请会议秘书先指定。"


def _not_rendered(minutes: Minutes) -> str | None:
    return None if minutes.document_id else "纪要正在排版，请稍后刷新再签发。"


def _unsigned(minutes: Minutes) -> str | None:
    return None if minutes.document and minutes.document.is_complete else "签发人还没有签名。"


_S = MinutesState

Minutes.lifecycle = Lifecycle(
    "会议纪要",
    "minutes",
    Move("edit", "修改", (_S.drafting,), None),
    Move("appoint", "指定审核人和签发人", (_S.drafting, _S.in_review), None),
    Move("submit", "送审", (_S.drafting,), _S.in_review, (_no_text, _no_reviewer)),
    Move("pass_", "审核通过", (_S.in_review,), _S.to_sign, (_no_signatory,)),
    Move("return_", "退改", (_S.in_review, _S.to_sign), _S.drafting, asks_why=True),
    Move("sign", "签发", (_S.to_sign,), _S.signed, (_not_rendered,)),
    Move("issue", "印发", (_S.signed,), _S.issued, (_unsigned,)),
    Move("archive", "归档", (_S.issued,), _S.archived),
    Move("void", "作废", (_S.drafting, _S.in_review, _S.to_sign), _S.void, asks_why=True),
)
