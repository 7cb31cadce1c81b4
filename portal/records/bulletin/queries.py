"""The tasks of a meeting as its 督办通报 counts them."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from portal.actions.assignment.queries import EXPORTED, ROW
from portal.actions.models.action_items import ActionItem, ActionState
from portal.db.engine import db
from portal.meetings.models.meetings import Meeting


def bulletin(meeting: Meeting) -> Sequence[ActionItem]:
    """The tasks a meeting handed out, with everything its bulletin tells of them."""
    return db.session.scalars(
        sa.select(ActionItem)
        .where(ActionItem.of_meeting == meeting.id)
        .order_by(ActionItem.id)
        .options(*ROW, *EXPORTED)
    ).all()


@dataclass(frozen=True)
class Share:
    """How many of a meeting's tasks were agreed, done, late; tasks that were terminated do not count as done."""

    agreed: int
    done: int
    late: int

    @property
    def percent(self) -> str:
        """The share that is done, as a bulletin prints it."""
        return f"{100 * self.done / self.agreed:.1f}%" if self.agreed else "—"

    @property
    def sentence(self) -> str:
        """The bulletin in one sentence."""
        if not self.agreed:
            return "没有交办事项。"
        late = f"，逾期 {self.late} 项" if self.late else ""
        return f"交办 {self.agreed} 项，销号 {self.done} 项，销号率 {self.percent}{late}。"


def share_of(actions: Sequence[ActionItem]) -> Share:
    """What a bulletin counts."""
    done = sum(one.state is ActionState.closed for one in actions)
    return Share(len(actions), done, sum(one.is_overdue for one in actions))
