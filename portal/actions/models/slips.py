"""督办单: what presses a late task, and which one the rule would send."""

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.actions.models.action_items import PRESSED, ActionItem
from portal.db import calendar, clock
from portal.db.engine import Base, Numbered
from portal.db.labelled import Labelled
from portal.db.lifecycle import State
from portal.files.store import StoredFile
from portal.jobs.due import Retryable
from portal.people.models.accounts import User

QUIET = timedelta(days=7)  # after a slip was answered, or not sent, the rule waits so long before it begins anew


class SlipColour(Labelled):
    """How sharply a slip presses."""

    blue = "blue", "蓝色"
    yellow = "yellow", "黄色"
    red = "red", "红色"


class SlipState(State):
    """Where a slip stands."""

    proposed = "proposed", "待批准", "amber"
    issued = "issued", "已发出", "blue"
    dropped = "dropped", "不予发出", ""


class Slip(Base, Numbered, Retryable):
    """督办单: proposed by the rule, numbered and approved by the office, answered by a report."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    colour: Mapped[SlipColour]
    state: Mapped[SlipState] = mapped_column(default=SlipState.proposed, index=True)
    proposed_on: Mapped[date]
    year: Mapped[int | None]
    number: Mapped[int | None]
    issued_at: Mapped[datetime | None]
    answer_by: Mapped[date | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    remark: Mapped[str] = mapped_column(default="")
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))

    action: Mapped[ActionItem] = relationship(back_populates="slips")
    decided_by: Mapped[User | None] = relationship()
    file: Mapped[StoredFile | None] = relationship()

    __table_args__ = (sa.UniqueConstraint("year", "number"),)

    def __str__(self) -> str:
        return f"{self.colour.label}督办单{self.code}"

    @property
    def code(self) -> str:
        """督办〔2026〕3号, once it is numbered."""
        return f"督办〔{self.year}〕{self.number}号" if self.number else ""

    @property
    def is_answered(self) -> bool:
        """Whether the lead reported since it was issued."""
        said = self.action.reported_at
        return self.issued_at is not None and said is not None and said > self.issued_at

    @property
    def is_unanswered(self) -> bool:
        """Issued, its day has passed, and nobody reported."""
        return not self.is_answered and self.answer_by is not None and self.answer_by <= calendar.passed()


def already_issued(slip: Slip) -> str | None:
    """Why a slip cannot be decided on any more, or None."""
    return None if slip.state is SlipState.proposed else f"这份督办单{slip.state.label}，不用再办。"


def cannot_issue(slip: Slip) -> str | None:
    """Why a slip cannot be issued, or None."""
    return already_issued(slip) or slip.action.lifecycle.obstacle(slip.action, "issue_slip")


def colour_owed(action: ActionItem) -> SlipColour | None:
    """Which slip the rule would send now: the next sharper one only where the former stayed unanswered."""
    if not action.is_overdue or action.state not in PRESSED:
        return None
    last = action.slips[-1] if action.slips else None
    if last is None:
        return SlipColour.blue
    if last.state is SlipState.proposed:
        return None
    if last.state is SlipState.issued and not last.is_answered:
        sharper = list(SlipColour)[list(SlipColour).index(last.colour) + 1 :]
        return sharper[0] if sharper and last.is_unanswered else None
    since = action.reported_at if last.is_answered else clock.moment(last.proposed_on)
    quiet = since is None or clock.now() - since > QUIET
    return SlipColour.blue if quiet else None
