"""The saved filters of the ledger and the clocks behind them: 临期, 逾期, 滞后 and what waits for an answer."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal.actions.assignment.queries import OPEN, OVER, Condition, Ids, led_by, readable_by, supported
from portal.actions.models.action_items import AT_WORK as RUNNING
from portal.actions.models.action_items import CHASED, ENDED, ActionItem, ActionState, overdue_offers
from portal.actions.models.look_backs import LookBack
from portal.actions.models.progress import Stage
from portal.actions.models.requests import Application, Extension
from portal.actions.models.slips import Slip, SlipState
from portal.db import calendar, clock
from portal.db.engine import db
from portal.db.office import office
from portal.people.models.accounts import User

CHASED_NOW: Condition = ActionItem.state.in_(CHASED)


def _due_passed() -> Condition:
    return ActionItem.due <= calendar.passed()


def _due_near() -> Condition:
    last = clock.today() + timedelta(days=office.due_soon_days)
    return sa.and_(ActionItem.due > calendar.passed(), ActionItem.due <= last)


def _offer_passed() -> Condition:
    return ActionItem.offered_at < overdue_offers()


def _silent() -> Condition:
    """Of which the lead did not say how they stand though the weekly day for it has passed."""
    since = calendar.feedback_asked_since()
    said = sa.func.coalesce(ActionItem.reported_at, ActionItem.accepted_at, ActionItem.offered_at)
    return said < clock.moment(since) if since else sa.false()


def _with_late_stage() -> Ids:
    return sa.select(Stage.action_id).where(Stage.done_at.is_(None), Stage.due <= calendar.passed())


def _with_extension_asked() -> Ids:
    return sa.select(Extension.action_id).where(Extension.granted.is_(None))


def _with_application() -> Ids:
    return sa.select(Application.action_id).where(Application.granted.is_(None))


def _with_slip_proposed() -> Ids:
    return sa.select(Slip.action_id).where(Slip.state == SlipState.proposed)


def _drawn() -> Ids:
    return sa.select(LookBack.action_id).where(LookBack.checked_at.is_(None))


def overdue() -> Condition:
    """Tasks past their due day."""
    return sa.and_(CHASED_NOW, _due_passed())


def due_soon() -> Condition:
    """Tasks due within the office's days of warning."""
    return sa.and_(CHASED_NOW, _due_near())


def without_feedback() -> Condition:
    """Running tasks of which the lead did not say how they stand though the weekly day for it has passed."""
    return sa.and_(ActionItem.state.in_(RUNNING), _silent())


def lagging() -> Condition:
    """滞后: tasks not overdue themselves, of which a stage is."""
    return sa.and_(CHASED_NOW, ~_due_passed(), ActionItem.id.in_(_with_late_stage()))


def extension_asked() -> Condition:
    """Tasks whose extension waits for an answer."""
    return sa.and_(OPEN, ActionItem.id.in_(_with_extension_asked()))


def application_made() -> Condition:
    """Tasks to be suspended, resumed or transferred, if it is granted."""
    return sa.and_(OPEN, ActionItem.id.in_(_with_application()))


def slip_proposed() -> Condition:
    """Tasks with a slip that waits for the office."""
    return sa.and_(OPEN, ActionItem.id.in_(_with_slip_proposed()))


def drawn_to_look_back() -> Condition:
    """Closed tasks that were drawn to be looked at again, and were not yet."""
    return sa.and_(ActionItem.state == ActionState.closed, ActionItem.id.in_(_drawn()))


@dataclass(frozen=True)
class View:
    """A saved filter of the ledger: its word, its states, what else must hold, how its number is marked.

    `own` asks the task's row itself, `among` asks another table which tasks there are: they are counted apart.
    """

    label: str
    states: Collection[ActionState]
    own: Callable[[User], Condition] | None = None
    among: Callable[[User], Ids] | None = None
    mark: str = ""

    def narrow(self, user: User) -> Condition:
        """The condition that leaves the tasks of this filter."""
        conditions = [self._of_its_states()]
        if self.own:
            conditions.append(self.own(user))
        if self.among:
            conditions.append(ActionItem.id.in_(self.among(user)))
        return sa.and_(*conditions)

    def _of_its_states(self) -> Condition:
        """That a task ended or did not follows from its state; said too, it leads to the right part of the index."""
        if self.states is EVERY:
            return sa.true()
        part = OVER if set(self.states) <= set(ENDED) else OPEN
        return part if self.states is UNENDED else sa.and_(part, ActionItem.state.in_(self.states))


_A = ActionState
EVERY = tuple(ActionState)
UNENDED = tuple(one for one in ActionState if one not in ENDED)
VIEWS: dict[str, View] = {
    "": View("全部", EVERY),
    "open": View("未销号", UNENDED),
    "mine": View("我负责的", UNENDED, led_by),
    "support": View("我配合的", UNENDED, among=supported),
    "assigned": View("未签收", (_A.assigned,), mark="soon"),
    "unaccepted": View("逾期未签收", (_A.assigned,), lambda _: _offer_passed(), mark="late"),
    "silent": View("未反馈", RUNNING, lambda _: _silent(), mark="soon"),
    "soon": View("临期", CHASED, lambda _: _due_near(), mark="soon"),
    "late": View("逾期", CHASED, lambda _: _due_passed(), mark="late"),
    "lagging": View("滞后", CHASED, lambda _: ~_due_passed(), lambda _: _with_late_stage(), mark="soon"),
    "done": View("待销号", (_A.reported_done,), mark="soon"),
    "returned": View("退回", (_A.in_progress,), lambda _: ActionItem.returned_at.is_not(None), mark="soon"),
    "refused": View("申请退办", (_A.refused,), mark="late"),
    "extension": View("延期待审批", UNENDED, among=lambda _: _with_extension_asked(), mark="soon"),
    "application": View("其他申请待审批", UNENDED, among=lambda _: _with_application(), mark="soon"),
    "slip": View("督办单待批准", UNENDED, among=lambda _: _with_slip_proposed(), mark="soon"),
    "suspended": View("已暂停", (_A.suspended,)),
    "supervised": View("督办", UNENDED, lambda _: ActionItem.supervised.is_(True)),
    "look_back": View("待回头看", (_A.closed,), among=lambda _: _drawn(), mark="soon"),
    "closed": View("已销号", (_A.closed,)),
}
# what a supervisor works through every day, shown even where nothing is left to do
DESK = ("assigned", "silent", "soon", "late", "lagging", "done", "returned")
# … in the order of a supervisor's morning, with what the office answers
DESK_LISTS = (
    "done", "assigned", "silent", "soon", "late", "lagging", "returned", "extension", "application", "look_back",
)  # fmt: skip
VIEW_CHOICES = [(name, view.label) for name, view in VIEWS.items() if name]

# 红 黄 绿 蓝, as ledgers mark their rows
COLOURS: dict[str, tuple[str, Callable[[], Condition]]] = {
    "red": ("红（逾期）", overdue),
    "yellow": ("黄（临期、滞后）", lambda: sa.or_(due_soon(), lagging())),
    "blue": ("蓝（正常）", lambda: sa.and_(OPEN, ~overdue(), ~due_soon(), ~lagging())),
    "green": ("绿（已销号）", lambda: ActionItem.state == ActionState.closed),
}


def coloured(query: Any, name: str) -> Any:
    """Those of some tasks that bear a colour."""
    return query.where(COLOURS[name][1]())


def view_counts(user: User) -> dict[str, int]:
    """How many of the tasks a person may read each saved filter leaves; one statement.

    Open tasks are walked over once, ended ones only counted; the rest is asked of the few tasks other tables name.
    """
    readable, number = readable_by(user), sa.func.count()
    own = {name: view for name, view in VIEWS.items() if view.own and not view.among}
    among = {name: view for name, view in VIEWS.items() if view.among}
    sums = [sa.func.sum(sa.case((view.own(user), 1), else_=0)) for view in own.values() if view.own]
    nothing = [sa.literal(0) for _ in own]
    by_state = sa.select(sa.literal("").label("view"), ActionItem.state, number.label("number"))
    walk = by_state.add_columns(*(one.label(name) for name, one in zip(own, sums, strict=True)))
    ended = by_state.add_columns(*nothing).where(readable, OVER)
    named = sa.union(*(_named(name, view, user) for name, view in among.items())).subquery()
    rest = sa.select(named.c.view, ActionItem.state, number, *nothing).join(named, named.c.id == ActionItem.id)
    besides = (sa.or_(named.c.view != name, view.own(user)) for name, view in among.items() if view.own)
    rest = rest.where(readable, *besides)
    statement = sa.union_all(
        walk.where(readable, OPEN).group_by(ActionItem.state),
        ended.group_by(ActionItem.state),
        rest.group_by(named.c.view, ActionItem.state),
    )
    counts: Counter[str] = Counter()
    for name, state, whole, *parts in db.session.execute(statement):
        found = {name: whole} if name else dict.fromkeys(VIEWS.keys() - own.keys() - among.keys(), whole)
        found |= {} if name else dict(zip(own, parts, strict=True))
        for view, one in found.items():
            counts[view] += int(one) if state in VIEWS[view].states else 0
    return {name: counts[name] for name in VIEWS}


def _named(name: str, view: View, user: User) -> "sa.Select[str, int]":
    ids = view.among(user).subquery() if view.among else sa.select(ActionItem.id).subquery()
    return sa.select(sa.literal(name).label("view"), ids.c[0].label("id"))
