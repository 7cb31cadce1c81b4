"""Policies explained on one page, their source documents, and where they were used."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.courses.models.courses import Course
from portal.db import clock
from portal.db.engine import Base, Numbered, Versioned
from portal.db.labelled import Labelled
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.enterprises.models.enterprises import Enterprise
from portal.files.store import StoredFile
from portal.jobs.due import Retryable
from portal.people.models.accounts import User


class SummaryState(State):
    """Where the one-page summary of a policy stands."""

    drafting = "drafting", "待整理", ""
    submitted = "submitted", "待审", "amber"
    changes_requested = "changes_requested", "待修改", "red"
    approved = "approved", "已通过", "green"


class Policy(Base, Numbered, Versioned, HasLifecycle):
    """What a lesson leaves behind: a summary on one page, its source documents, and until when it holds.

    Readers see the summary that was approved last; a new text waits for its review beside it.
    """

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), unique=True)
    state: Mapped[SummaryState] = mapped_column(default=SummaryState.drafting, index=True)
    summary: Mapped[str] = mapped_column(default="")
    approved_summary: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    valid_until: Mapped[date | None] = mapped_column(index=True)
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]

    course: Mapped[Course] = relationship()
    approved_by: Mapped[User | None] = relationship()
    sources: Mapped[list["SourceDocument"]] = relationship(back_populates="policy", order_by="SourceDocument.id")

    def __str__(self) -> str:
        return f"政策资料《{self.course.topic}》"

    @property
    def is_expired(self) -> bool:
        """Whether it no longer holds."""
        return self.valid_until is not None and self.valid_until < clock.today()

    @property
    def is_submitted(self) -> bool:
        """Whether its summary waits for the review."""
        return self.state is SummaryState.submitted

    @property
    def is_new_text(self) -> bool:
        """Whether the text is another than the one readers see."""
        return self.summary != self.approved_summary


class Reading(Labelled):
    """How far the text of a source document's file is read; what is said of it where it cannot be found by its text."""

    waiting = "waiting", "正文还在读取，读完就能搜到"
    done = "done", ""
    empty = "empty", "文件里没有文字（例如扫描件），只能按标题搜到"
    failed = "failed", "正文没能读出来，只能按标题搜到"


class SourceDocument(Base, Numbered, Retryable):
    """A document a policy stands in: who issued it under which number, and the file where there is one.

    What the file says is read by a job, for search.
    """

    policy_id: Mapped[int] = mapped_column(sa.ForeignKey("policy.id"), index=True)
    title: Mapped[str]
    authority: Mapped[str] = mapped_column(default="")
    reference: Mapped[str] = mapped_column(default="")
    issued_on: Mapped[date | None]
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    text: Mapped[str] = mapped_column(sa.Text, default="", deferred=True)
    reading: Mapped[Reading] = mapped_column(default=Reading.waiting, index=True)

    policy: Mapped[Policy] = relationship(back_populates="sources")
    file: Mapped[StoredFile | None] = relationship()
    added_by: Mapped[User] = relationship()

    def __str__(self) -> str:
        return f"政策原文《{self.title}》"

    @property
    def about_its_text(self) -> str:
        """Why its text is not found, or nothing."""
        return self.reading.label if self.file_id else ""

    @property
    def named(self) -> str:
        """市科技局《管理办法》（汴科〔2026〕3号）."""
        return f"{self.authority}《{self.title}》" + (f"（{self.reference}）" if self.reference else "")


class Briefing(Base, Numbered):
    """That an officer told an enterprise of a policy."""

    policy_id: Mapped[int] = mapped_column(sa.ForeignKey("policy.id"), index=True)
    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprise.id"), index=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    day: Mapped[date]

    policy: Mapped[Policy] = relationship()
    enterprise: Mapped[Enterprise] = relationship()
    by: Mapped[User] = relationship()

    __table_args__ = (sa.UniqueConstraint("policy_id", "enterprise_id", "by_id", "day"),)

    def __str__(self) -> str:
        return f"向{self.enterprise}宣讲{self.policy}"


_S = SummaryState

Policy.lifecycle = Lifecycle(
    "政策资料",
    "library",
    Transition("submit", "提交摘要", tuple(_S), _S.submitted),
    Transition("approve", "通过摘要", (_S.submitted,), _S.approved),
    Transition("request_changes", "退改摘要", (_S.submitted,), _S.changes_requested, asks_why=True),
)
