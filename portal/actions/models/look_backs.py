"""回头看: closed tasks that are looked at again."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.actions.models.action_items import ActionItem, ActionState
from portal.db.engine import Base, Numbered
from portal.people.models.accounts import User


class LookBack(Base, Numbered):
    """回头看: a closed task that was drawn to be looked at again, and what was found."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    drawn_on: Mapped[date] = mapped_column(index=True)
    due: Mapped[date]
    holds: Mapped[bool | None]
    finding: Mapped[str] = mapped_column(default="")
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    checked_at: Mapped[datetime | None] = mapped_column(index=True)

    action: Mapped[ActionItem] = relationship(back_populates="look_backs")
    checked_by: Mapped[User | None] = relationship()

    def __str__(self) -> str:
        return f"{self.action}的回头看"


def already_checked(look_back: LookBack) -> str | None:
    """Why a look back cannot be recorded any more, or None."""
    if look_back.checked_at is not None:
        return "这次回头看已经登记过了。"
    if look_back.action.state is not ActionState.closed:
        return "该事项已不在“已销号”状态，不用再回头看。"
    return None
