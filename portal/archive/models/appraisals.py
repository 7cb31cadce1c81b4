"""到期鉴定: what somebody proposed for a piece whose retention has ended, and what another decided."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.archive.models.pieces import ArchivalRecord
from portal.db.engine import Base, Numbered
from portal.db.labelled import Labelled
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.people.models.accounts import User


class AppraisalChoice(Labelled):
    """What is to become of a piece whose retention has ended."""

    ten = "ten", "延长10年"
    thirty = "thirty", "延长30年"
    forever = "forever", "转为永久"
    remove = "remove", "销毁"


class AppraisalState(State):
    """One person proposes, another decides."""

    proposed = "proposed", "待批准", "amber"
    approved = "approved", "已批准", "green"
    refused = "refused", "未批准", "red"


class Appraisal(Base, Numbered, HasLifecycle):
    """到期鉴定 of one piece: who proposed what and why, and who decided."""

    record_id: Mapped[int] = mapped_column(sa.ForeignKey("archival_record.id"), index=True)
    choice: Mapped[AppraisalChoice]
    reason: Mapped[str]
    state: Mapped[AppraisalState] = mapped_column(default=AppraisalState.proposed, index=True)
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    opinion: Mapped[str] = mapped_column(default="")

    record: Mapped[ArchivalRecord] = relationship()
    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    def __str__(self) -> str:
        return f"鉴定意见“{self.choice.label}”：{self.record}"


def _still_over(appraisal: Appraisal) -> str | None:
    """Why an opinion about a piece no longer counts; it may have been decided about in the meantime."""
    return None if appraisal.record.is_over else f"{appraisal.record}现在不在到期鉴定之列。"


Appraisal.lifecycle = Lifecycle(
    "鉴定意见",
    "archive",
    Transition("approve", "批准", (AppraisalState.proposed,), AppraisalState.approved, (_still_over,)),
    Transition("refuse", "不批准", (AppraisalState.proposed,), AppraisalState.refused, asks_why=True),
)
