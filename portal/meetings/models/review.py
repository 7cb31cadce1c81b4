"""上次会议议定事项落实情况: how the tasks stood when a meeting looked at them."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.actions.models.action_items import ActionItem, ActionState
from portal.db.engine import Base, Numbered
from portal.db.labelled import Labelled
from portal.meetings.models.meetings import Meeting


class Standing(Labelled):
    """How a task stands when the series looks at its tasks; the order is that of the table's columns."""

    done = "done", "已销号"
    reported = "reported", "待销号"
    going = "going", "办理中"
    soon = "soon", "临期"
    late = "late", "逾期"
    suspended = "suspended", "已暂停"


class Review(Base, Numbered):
    """上次会议议定事项落实情况 of one meeting: drawn once, and kept as it was then."""

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), unique=True)
    frozen_at: Mapped[datetime]

    meeting: Mapped[Meeting] = relationship(back_populates="review")
    rows: Mapped[list["ReviewRow"]] = relationship(order_by="ReviewRow.position", cascade="all, delete-orphan")

    def __str__(self) -> str:
        return "交办事项落实情况"


class ReviewRow(Base, Numbered):
    """One task as it stood then, in words of its own: what happens to the task later leaves them alone."""

    review_id: Mapped[int] = mapped_column(sa.ForeignKey("review.id"), index=True)
    position: Mapped[int]
    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    number: Mapped[str]
    title: Mapped[str]
    lead: Mapped[str]
    person: Mapped[str]
    due: Mapped[date]
    standing: Mapped[Standing]

    def __str__(self) -> str:
        return f"{self.number}《{self.title}》"


def standing_of(action: ActionItem) -> Standing:
    """How a task stands at this moment."""
    if action.is_overdue:
        return Standing.late
    if action.is_due_soon:
        return Standing.soon
    return _STANDINGS.get(action.state, Standing.going)


_STANDINGS = {
    ActionState.closed: Standing.done,
    ActionState.reported_done: Standing.reported,
    ActionState.suspended: Standing.suspended,
}
