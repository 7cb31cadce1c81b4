"""Questions about a task and who reads it."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal.actions.models.action_items import CHASED, ActionItem, ActionState
from portal.actions.models.look_backs import LookBack
from portal.actions.models.progress import ProgressReport, Support, SupportState
from portal.actions.models.requests import Application, Extension
from portal.actions.models.slips import Slip
from portal.db import search
from portal.db.engine import db
from portal.enterprises.models.problems import Problem
from portal.people.models.accounts import User
from portal.people.models.groups import Group
from portal.people.models.roles import Part, Role
from portal.web import timeline

READ_ALL = (Role.secretary, Role.supervisor)
# Whoever only keeps accounts or only reads the journal sees no tasks of the own department.
AT_WORK = (Role.secretary, Role.officer, Role.leader, Role.supervisor, Role.archivist)


PLAIN = lazyload(User.grants)
_SCOPES = "action."
Condition = sa.ColumnElement[bool]
Ids = sa.Select[Any]  # of tasks


def department_of(user: User) -> int | None:
    """The department whose tasks this person reads with it."""
    return user.department_id if user.has(*AT_WORK) else None


def led_by(user: User) -> Condition:
    """The condition under which a person, or somebody this person stands in for, leads a task."""
    return ActionItem.lead_person_id.in_(user.ids_for(Part.tasks))


def _in(column: Any, numbers: Collection[int | None]) -> Condition:
    """Whether a column holds one of some numbers; each is compared by itself: the quickest way over many rows."""
    known = [one for one in numbers if one is not None]
    if not known:
        return sa.false()  # by itself, so that it drops out of an `or` and leaves the others their indexes
    return sa.or_(*(column == one for one in known)) if len(known) < 4 else column.in_(known)


def supported(user: User) -> "sa.Select[int]":
    """The tasks a person, or the person's department or group, supports, as ids."""
    return sa.select(Support.action_id).where(
        sa.or_(
            _in(Support.person_id, user.ids_for(Part.tasks)),
            _in(Support.group_id, user.group_ids),
            _in(Support.department_id, {department_of(user)}),
        )
    )


def supported_by(user: User) -> Condition:
    """The condition under which a person, or the person's department or group, supports a task."""
    return ActionItem.id.in_(supported(user))


def support_owed_by(user: User) -> Condition:
    """The condition under which a task waits for this person's word on the support: named for it, or nobody is."""
    units = sa.or_(_in(Support.group_id, user.group_ids), _in(Support.department_id, {department_of(user)}))
    mine = sa.or_(Support.person_id.in_(user.ids_for(Part.tasks)), sa.and_(Support.person_id.is_(None), units))
    lines = sa.select(Support.action_id).where(Support.state != SupportState.reported, mine)
    chased = ActionItem.state.in_((*CHASED, ActionState.reported_done))
    return sa.and_(chased, ActionItem.id.in_(lines))


def readable_by(user: User) -> Condition:
    """The condition under which a person may read a task: see `rules.see`; the usual reason first."""
    if user.has(*READ_ALL):
        return sa.true()
    return sa.or_(
        _in(ActionItem.audience_id, user.group_ids),
        _in(ActionItem.lead_department_id, {department_of(user)}),
        _in(ActionItem.lead_person_id, user.ids_for(Part.tasks)),
        ActionItem.assigned_by_id == user.id,
        _in(ActionItem.lead_group_id, user.group_ids),
        supported_by(user),
    )


def scope_of(number: int) -> str:
    """The scope of search a task is found in: one of its own, since its readers are nobody else's."""
    return f"{_SCOPES}{number}"


def scopes_of(user: User) -> "set[sa.Select[str]]":
    """The scopes of search in which a person may find tasks."""
    return {search.scopes(_SCOPES, sa.select(ActionItem.id).where(readable_by(user)))}


def action(number: int) -> ActionItem | None:
    """One task with everything its page shows; of all but its lines there are few, so one statement is enough."""
    return db.session.scalars(
        sa.select(ActionItem)
        .where(ActionItem.id == number)
        .options(
            joinedload(ActionItem.lead_department),
            joinedload(ActionItem.lead_group),
            joinedload(ActionItem.lead_person).options(PLAIN),
            joinedload(ActionItem.assigned_by).options(PLAIN),
            joinedload(ActionItem.audience),
            joinedload(ActionItem.problem).joinedload(Problem.enterprise),
            joinedload(ActionItem.support).options(
                joinedload(Support.department), joinedload(Support.group), joinedload(Support.person).options(PLAIN)
            ),
            joinedload(ActionItem.extensions).options(
                joinedload(Extension.asked_by).options(PLAIN), joinedload(Extension.decided_by).options(PLAIN)
            ),
            joinedload(ActionItem.applications).options(
                joinedload(Application.asked_by).options(PLAIN),
                joinedload(Application.decided_by).options(PLAIN),
                joinedload(Application.department),
                joinedload(Application.person).options(PLAIN),
            ),
            joinedload(ActionItem.stages),
            joinedload(ActionItem.look_backs).joinedload(LookBack.checked_by).options(PLAIN),
            joinedload(ActionItem.slips).joinedload(Slip.file),
            selectinload(ActionItem.reports).options(
                joinedload(ProgressReport.by).options(PLAIN), joinedload(ProgressReport.files)
            ),
        )
    ).unique().one_or_none()  # fmt: skip


def titles(user: User, numbers: set[int]) -> "sa.Select[Any, Any, Any]":
    """Of some tasks those a person may read: id, title and place, for the chain."""
    query = sa.select(ActionItem.id, ActionItem.title, ActionItem.id)
    return query.where(ActionItem.id.in_(numbers), readable_by(user))


def links(found: timeline.Found) -> "Iterator[sa.Select[Any]]":
    """From tasks to the problems they came from, and back."""
    if "action_item" in found:
        yield timeline.link("problem", ActionItem.problem_id, ActionItem.id.in_(found["action_item"]))
    if "problem" in found:
        yield timeline.link("action_item", ActionItem.id, ActionItem.problem_id.in_(found["problem"]))


TASK_OF = (
    selectinload(ActionItem.support),
    joinedload(ActionItem.lead_department),
    joinedload(ActionItem.lead_group),
    joinedload(ActionItem.lead_person).options(PLAIN),
)


OPEN: Condition = ActionItem.ended.is_(False)
OVER: Condition = ActionItem.ended.is_(True)
ROW = (
    joinedload(ActionItem.lead_department),
    joinedload(ActionItem.lead_group),
    joinedload(ActionItem.lead_person).options(PLAIN),
)
EXPORTED = (
    selectinload(ActionItem.support).options(joinedload(Support.department), joinedload(Support.group)),
    selectinload(ActionItem.reports),
)


def is_of_lead(action: ActionItem, person: User) -> bool:
    """Whether a person belongs to the unit that leads a task; without a unit, to the lead person's department."""
    if action.lead_group_id is not None:
        return action.lead_group_id in person.group_ids
    return person.department_id == (action.lead_department_id or action.lead_person.department_id)


def actions_of(user: User) -> Sequence[ActionItem]:
    """The unfinished tasks a person leads, the most urgent first."""
    return open_by_due(led_by(user))


def supported_actions_of(user: User) -> Sequence[ActionItem]:
    """The unfinished tasks a person supports, the most urgent first."""
    return open_by_due(supported_by(user), ~led_by(user))


def open_actions_of(audience: Group) -> Sequence[ActionItem]:
    """The unfinished tasks handed out in a group's meetings, the most urgent first."""
    return open_by_due(ActionItem.audience_id == audience.id)


def refused_actions() -> Sequence[ActionItem]:
    """What was sent back and waits for the secretary, the most urgent first."""
    return open_by_due(ActionItem.state == ActionState.refused)


def actions_about(problem: Problem) -> Sequence[ActionItem]:
    """The tasks that came from an enterprise's problem, oldest first."""
    query = sa.select(ActionItem).where(ActionItem.problem_id == problem.id).order_by(ActionItem.id)
    return db.session.scalars(query.options(*ROW, joinedload(ActionItem.support))).unique().all()


def open_by_due(*conditions: Any) -> Sequence[ActionItem]:
    """The unfinished tasks that meet some conditions, the most urgent first."""
    return db.session.scalars(
        sa.select(ActionItem).where(OPEN, *conditions).order_by(ActionItem.due, ActionItem.id).options(*ROW)
    ).all()
