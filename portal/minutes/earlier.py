"""What earlier minutes, issued on paper before the portal came, are told with when they are brought in (补录)."""

from dataclasses import dataclass
from datetime import date

from portal.actions.models import ActionState
from portal.actions.old_ledger import OldTask
from portal.people.models import Department, Group, User


@dataclass(frozen=True)
class EarlierTask:
    """A task the minutes handed out, as it stands now."""

    title: str
    lead_person: User
    due: date
    lead: Department | Group | None = None
    state: ActionState = ActionState.accepted
    closed: date | None = None  # the day, of one that is closed
    decision: int | None = None  # which of the decisions it carries out, from 1
    text: str = ""
    support: tuple[Department | Group, ...] = ()
    row: int = 0  # of the list it came with

    def as_old(self, day: date) -> OldTask:
        """The same as a row of an old ledger, handed out on the day of its meeting."""
        return OldTask(
            row=self.row, title=self.title,
            lead_department=self.lead if isinstance(self.lead, Department) else None,
            lead_group=self.lead if isinstance(self.lead, Group) else None,
            lead_person=self.lead_person, due=self.due, original_due=self.due, state=self.state, text=self.text,
            support=self.support, assigned=day, closed=self.closed,
        )  # fmt: skip
