"""Minutes: one document, from draft to archive, and the table of its states."""

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import clock
from portal.db.engine import Base, Numbered, Versioned
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.documents.registry import Document
from portal.jobs.due import Retryable
from portal.meetings.models.meetings import Meeting

if TYPE_CHECKING:
    from portal.minutes.models.comment import MinutesComment
    from portal.minutes.models.consultation import Consultation
    from portal.minutes.models.revision import MinutesRevision
    from portal.minutes.models.signoff import SignOffSheet


class MinutesState(State):
    """Where minutes stand."""

    drafting = "drafting", "拟稿中", "amber"
    in_review = "in_review", "审核中", "blue"
    to_sign = "to_sign", "待签发", "blue"
    signed = "signed", "已签发", "green"
    issued = "issued", "已印发", "green"
    entered = "entered", "待归档", "amber"  # issued on paper before the portal came
    archived = "archived", "已归档", "green"
    void = "void", "已作废", ""


READABLE = (MinutesState.issued, MinutesState.entered, MinutesState.archived)  # by whoever may see the meeting
FROZEN = (MinutesState.to_sign, MinutesState.signed, *READABLE)  # as printed


class Minutes(Base, Numbered, Versioned, Retryable, HasLifecycle):
    """The formal document of one meeting, or a correction (更正) that names the one it replaces."""

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), index=True)
    corrects_id: Mapped[int | None] = mapped_column(sa.ForeignKey("minutes.id"), index=True)
    state: Mapped[MinutesState] = mapped_column(default=MinutesState.drafting, index=True)
    title: Mapped[str]
    distribution: Mapped[str] = mapped_column(default="")
    mark: Mapped[str] = mapped_column(default="")
    attachments: Mapped[str] = mapped_column(default="", server_default="")  # a name a line
    year: Mapped[int | None]
    number: Mapped[int | None]  # given on entering to_sign, never reused
    numbered_at: Mapped[datetime | None]
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"))
    signed_at: Mapped[datetime | None]
    issued_at: Mapped[datetime | None]
    entered_at: Mapped[datetime | None]  # 补录: issued on paper before the portal came, and brought in then

    meeting: Mapped[Meeting] = relationship()
    corrects: Mapped["Minutes | None"] = relationship(remote_side="Minutes.id", back_populates="corrections")
    corrections: Mapped[list["Minutes"]] = relationship(back_populates="corrects", order_by="Minutes.id")
    document: Mapped[Document | None] = relationship(foreign_keys=[document_id])
    revisions: Mapped[list["MinutesRevision"]] = relationship(
        back_populates="minutes", order_by="MinutesRevision.number"
    )
    sheet: Mapped["SignOffSheet"] = relationship(back_populates="minutes", uselist=False)
    comments: Mapped[list["MinutesComment"]] = relationship(back_populates="minutes", order_by="MinutesComment.id")
    consultations: Mapped[list["Consultation"]] = relationship(back_populates="minutes", order_by="Consultation.id")

    def __str__(self) -> str:
        return f"会议纪要《{self.title}》{self.number_text}"

    @property
    def number_text(self) -> str:
        """〔2026〕12 号, empty before it has one."""
        return f"〔{self.year}〕{self.number}号" if self.number else ""

    @property
    def is_back_entered(self) -> bool:
        """补录: whether it was issued on paper before the portal came; nothing of it was made or signed here."""
        return self.entered_at is not None

    @property
    def not_made_here(self) -> str | None:
        """Why nothing is drafted, laid out or proven of it here, or None."""
        return "这是补录的纪要，不是在本门户起草和签署的，请以原件为准。" if self.is_back_entered else None

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
    def attached(self) -> list[str]:
        """The names of the attachments, one by one."""
        return [line.strip() for line in self.attachments.splitlines() if line.strip()]

    @property
    def is_frozen(self) -> bool:
        """Whether its words are the printed ones, whatever becomes of the tasks they name."""
        return self.state in FROZEN

    @property
    def printed(self) -> str | None:
        """The words as they were passed, with the decisions and tasks as they stood then; None while it is written."""
        return self.latest.printed if self.is_frozen else None

    @property
    def consultation(self) -> "Consultation | None":
        """The 意见征求 that is still open."""
        return next((one for one in self.consultations if one.is_open), None)

    @property
    def not_asking(self) -> str | None:
        """Why nobody can answer now, or None."""
        return None if self.consultation else "现在没有正在征求意见。"

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
    def signing_move(self) -> str:
        """What is done next with a signature: passing the text, later signing the paper."""
        return "pass_" if self.is_reviewed else "sign"

    @property
    def not_to_be_signed(self) -> str | None:
        """Why neither the reviewer nor a signer can sign now, or None."""
        return self.lifecycle.obstacle(self, self.signing_move)

    @property
    def is_final(self) -> bool:
        """Whether everybody has signed it, so that nothing more is said about it."""
        return self.state in (MinutesState.signed, *READABLE)

    @property
    def is_signed(self) -> bool:
        """Whether it was signed and waits to be issued."""
        return self.state is MinutesState.signed

    @property
    def awaits_paper(self) -> bool:
        """Whether the paper that is to be signed is still being laid out."""
        return self.is_to_sign and self.document_id is None

    @property
    def awaits_sheet(self) -> bool:
        """Whether the 审签单 of the round under way is still being laid out."""
        return (self.is_reviewed or self.is_to_sign) and self.sheet.document_id is None

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody waits until a paper is laid out: the one to be signed, or the 审签单."""
        return self.awaits_paper or self.awaits_sheet

    @property
    def stuck(self) -> "list[Minutes | SignOffSheet]":
        """What could not be laid out: the paper, the sheet."""
        papers: list[Minutes | SignOffSheet] = [self] if self.awaits_paper else []
        return [one for one in [*papers, *([self.sheet] if self.awaits_sheet else [])] if one.last_error]

    @property
    def not_stuck(self) -> str | None:
        """Why it need not be laid out again, or None."""
        return None if self.stuck else "排版没有出错，不需要重新排版。"

    @property
    def not_issued(self) -> str | None:
        """Why it cannot be corrected now, or None."""
        return self.not_made_here or (None if self.is_issued else "纪要印发之后才能更正；印发之前请退改。")

    @property
    def not_void(self) -> str | None:
        """Why it cannot be drafted anew, or None."""
        return self.not_made_here or (None if self.is_void else "只有作废的纪要才需要重新起草。")

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Its way from draft to archive, each step with done, now, off or nothing, as a page draws it."""
        entry = (MinutesState.entered, MinutesState.archived)
        drafted = [one for one in MinutesState if one not in (MinutesState.entered, MinutesState.void)]
        way: list[MinutesState] = list(entry if self.is_back_entered else drafted)
        if self.is_void:
            return [("已作废", "now"), *((state.label, "off") for state in way)]
        at = way.index(self.state)
        return [(state.label, "done" if i < at else "now" if i == at else "") for i, state in enumerate(way)]


def _no_text(minutes: Minutes) -> str | None:
    return None if minutes.revisions and minutes.text.strip() else "纪要还没有正文。"


def _no_signatory(minutes: Minutes) -> str | None:
    return None if minutes.meeting.signatory_id else "这次会议还没有指定签发人，请会议秘书先指定。"


def _no_reviewer(minutes: Minutes) -> str | None:
    return None if minutes.meeting.reviewer_id else "这次会议还没有指定审核人，请会议秘书先指定。"


def _asking_already(minutes: Minutes) -> str | None:
    return "已经在征求意见，请等它结束。" if minutes.consultation else None


def _still_asking(minutes: Minutes) -> str | None:
    asking = minutes.consultation
    until = clock.zh_datetime(asking.until) if asking else ""
    return f"正在征求参会人员意见，{until}截止；截止后或提前结束后才能通过。" if asking else None


def _open_comments(minutes: Minutes) -> str | None:
    count = sum(not one.is_resolved for one in minutes.comments)
    return f"还有 {count} 条批注没有处理，请批注人、会议秘书或记录人先处理。" if count else None


def _not_rendered(minutes: Minutes) -> str | None:
    return None if minutes.document_id else "纪要正在排版，请稍后刷新再签发。"


def _no_sheet(minutes: Minutes) -> str | None:
    return "审签单正在排版，请稍后刷新再办理。" if minutes.awaits_sheet else None


def _unsigned(minutes: Minutes) -> str | None:
    return None if minutes.document and minutes.document.is_complete else "签发人还没有签名。"


_S = MinutesState


Minutes.lifecycle = Lifecycle(
    "会议纪要",
    "minutes",
    Transition("edit", "修改", (_S.drafting,), None),
    Transition("appoint", "指定审核人和签发人", (_S.drafting, _S.in_review), None),
    Transition("submit", "送审", (_S.drafting,), _S.in_review, (_no_text, _no_reviewer)),
    Transition("recall", "撤回送审", (_S.in_review,), _S.drafting),
    Transition("comment", "批注", (_S.drafting, _S.in_review), None),
    Transition("consult", "征求意见", (_S.drafting, _S.in_review), None, (_no_text, _asking_already)),
    Transition(
        "pass_", "审核通过", (_S.in_review,), _S.to_sign, (_no_signatory, _still_asking, _open_comments, _no_sheet)
    ),
    Transition("countersign", "签名", (_S.to_sign,), None, (_not_rendered, _no_sheet)),
    Transition("return_", "退改", (_S.in_review, _S.to_sign), _S.drafting, asks_why=True),
    Transition("sign", "签发", (_S.to_sign,), _S.signed, (_not_rendered, _no_sheet)),
    Transition("issue", "印发", (_S.signed,), _S.issued, (_unsigned,)),
    Transition("amend", "修改补录", (_S.entered,), None),
    Transition("archive", "归档", (_S.issued, _S.entered), _S.archived),
    Transition("void", "作废", (_S.drafting, _S.in_review, _S.to_sign), _S.void, asks_why=True),
    Transition("revoke", "作废补录", (_S.entered,), _S.void, asks_why=True),
)
