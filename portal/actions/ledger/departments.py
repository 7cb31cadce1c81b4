"""Questions about how the tasks of the departments stand."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

from portal.actions.assignment.queries import OPEN, OVER, readable_by
from portal.actions.ledger.saved_filters import due_soon, overdue
from portal.actions.models.action_items import ActionItem, ActionState
from portal.actions.models.progress import Support
from portal.db.engine import db
from portal.people.models.accounts import User
from portal.people.models.departments import Department


@dataclass(frozen=True)
class DepartmentLine:
    """How the tasks of one department stand."""

    department: Department
    leads: int
    supports: int
    late: int
    soon: int
    done: int
    closed: int

    @property
    def open(self) -> int:
        """What it leads that has not ended."""
        return self.leads - self.closed

    @property
    def percent(self) -> str:
        """The share of what it leads that is closed."""
        return f"{100 * self.closed / self.leads:.0f}%" if self.leads else "—"


def standing_of_departments(user: User, only: Department | None = None) -> list[DepartmentLine]:
    """How the tasks stand a person may read, by the department that leads them, in the order of rank; one statement."""
    number, nothing = sa.func.count().label("number"), sa.literal(0)
    leads, supports = ActionItem.lead_department_id, Support.department_id
    kept = (readable_by(user), ActionItem.state != ActionState.terminated)
    led = sa.select(leads.label("unit"), ActionItem.state, number).where(*kept).group_by(ActionItem.state, leads)
    late, soon = (sa.func.sum(sa.case((one, 1), else_=0)) for one in (overdue(), due_soon()))
    supported_ = sa.select(supports, sa.null(), number).join(ActionItem, ActionItem.id == Support.action_id)
    parts = [
        led.add_columns(late.label("late"), soon.label("soon")).where(OPEN),
        led.add_columns(nothing, nothing).where(OVER),
        supported_.add_columns(nothing, nothing).where(OPEN, *kept).group_by(supports),
    ]
    if only:
        parts = [part.where(unit == only.id) for part, unit in zip(parts, (leads, leads, supports), strict=True)]
    found = sa.union_all(*parts).subquery()
    query = sa.select(Department, *list(found.c)[1:]).outerjoin(found, found.c.unit == Department.id)
    query = query.where(Department.id == only.id if only else found.c.unit.is_not(None))
    lines: dict[Department, Counter[str]] = defaultdict(Counter)
    for department, state, count, late_ones, soon_ones in db.session.execute(query):
        line = lines[department]
        line["late"] += late_ones or 0
        line["soon"] += soon_ones or 0
        line["supports" if state is None else "leads"] += count or 0
        if state is not None:
            line[state.value] += count
    return [
        DepartmentLine(
            one, line["leads"], line["supports"], line["late"], line["soon"],
            line[ActionState.reported_done.value], line[ActionState.closed.value],
        )
        for one, line in sorted(lines.items(), key=lambda pair: (pair[0].rank, pair[0].id))
    ]  # fmt: skip
