"""Questions about tasks."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal import clock, workdays
from portal.actions.models import (
    CHASED,
    ENDED,
    ActionItem,
    ActionState,
    Extension,
    ProgressReport,
    ReportFile,
    ReportKind,
    Support,
    overdue_offers,
)
from portal.database import db
from portal.enterprises.models import Problem
from portal.office import office
from portal.people.models import Department, Group, Part, Role, User
from portal.store import StoredFile

READ_ALL = (Role.secretary, Role.supervisor)
# Whoever only keeps accounts or only reads the journal sees no tasks of the own department.
AT_WORK = (Role.secretary, Role.officer, Role.leader, Role.supervisor, Role.archivist)

_PLAIN = lazyload(User.grants)
Condition = sa.ColumnElement[bool]


def department_of(user: User) -> int | None:
    """The department whose tasks this person reads with it."""
    return user.department_id if user.has(*AT_WORK) else None


def led_by(user: User) -> Condition:
    """The condition under which a person, or somebody this person stands in for, leads a task."""
    return ActionItem.lead_person_id.in_(user.ids_for(Part.tasks))


def supported_by(user: User) -> Condition:
    """The condition under which a person, or the person's department or group, supports a task."""
    lines = sa.select(Support.action_id).where(
        sa.or_(
            Support.person_id.in_(user.ids_for(Part.tasks)),
            Support.group_id.in_(user.group_ids),
            sa.and_(Support.department_id.is_not(None), Support.department_id == department_of(user)),
        )
    )
    return ActionItem.id.in_(lines)


def support_owed_by(user: User) -> Condition:
    """The condition under which a task waits for this person's word on the support: named for it, or nobody is."""
    units = sa.or_(
        Support.group_id.in_(user.group_ids),
        sa.and_(Support.department_id.is_not(None), Support.department_id == department_of(user)),
    )
    mine = sa.or_(Support.person_id.in_(user.ids_for(Part.tasks)), sa.and_(Support.person_id.is_(None), units))
    said = sa.exists().where(
        ProgressReport.action_id == ActionItem.id,
        ProgressReport.kind == ReportKind.support,
        ProgressReport.by_id.in_(user.ids_for(Part.tasks)),
    )
    return sa.and_(ActionItem.state.in_(CHASED), sa.exists().where(Support.action_id == ActionItem.id, mine), ~said)


def readable_by(user: User) -> Condition:
    """The condition under which a person may read a task: see `rules.see`."""
    if user.has(*READ_ALL):
        return sa.true()
    return sa.or_(
        led_by(user),
        ActionItem.assigned_by_id == user.id,
        ActionItem.audience_id.in_(user.group_ids),
        ActionItem.lead_group_id.in_(user.group_ids),
        sa.and_(ActionItem.lead_department_id.is_not(None), ActionItem.lead_department_id == department_of(user)),
        supported_by(user),
    )


def scope_of(number: int) -> str:
    """The scope of search a task is found in: one of its own, since its readers are nobody else's."""
    return f"action.{number}"


def scopes_of(user: User) -> set[str]:
    """The scopes of search in which a person may find tasks."""
    return {scope_of(number) for number in db.session.scalars(sa.select(ActionItem.id).where(readable_by(user)))}


def action(number: int) -> ActionItem | None:
    """One task with everything its page shows."""
    return db.session.scalars(
        sa.select(ActionItem)
        .where(ActionItem.id == number)
        .options(
            joinedload(ActionItem.lead_department),
            joinedload(ActionItem.lead_group),
            joinedload(ActionItem.lead_person).options(_PLAIN),
            joinedload(ActionItem.assigned_by).options(_PLAIN),
            joinedload(ActionItem.audience),
            joinedload(ActionItem.problem).joinedload(Problem.enterprise),
            joinedload(ActionItem.support).options(
                joinedload(Support.department), joinedload(Support.group), joinedload(Support.person).options(_PLAIN)
            ),
            joinedload(ActionItem.extensions).options(
                joinedload(Extension.asked_by).options(_PLAIN), joinedload(Extension.decided_by).options(_PLAIN)
            ),
            selectinload(ActionItem.reports).options(
                joinedload(ProgressReport.by).options(_PLAIN), joinedload(ProgressReport.files)
            ),
        )
    ).unique().one_or_none()  # fmt: skip


def extension(number: int) -> Extension | None:
    """One extension with its task."""
    return db.session.scalar(
        sa.select(Extension)
        .where(Extension.id == number)
        .options(joinedload(Extension.action).selectinload(ActionItem.support), joinedload(Extension.asked_by))
    )


def support_line(number: int) -> Support | None:
    """One supporting unit with its task."""
    return db.session.scalar(
        sa.select(Support)
        .where(Support.id == number)
        .options(
            joinedload(Support.department),
            joinedload(Support.group),
            joinedload(Support.action).selectinload(ActionItem.support),
        )
    )


def report_file(number: int) -> ReportFile | None:
    """A file of a progress report, with the report's task."""
    return db.session.scalar(
        sa.select(ReportFile)
        .where(ReportFile.file_id == number)
        .options(
            joinedload(ReportFile.file),
            joinedload(ReportFile.report).joinedload(ProgressReport.action).selectinload(ActionItem.support),
        )
        .limit(1)
    )


# ── the ledger ─────────────────────────────────────────────────────────────────────────────────────────────────────

REPORTED = (ReportKind.progress, ReportKind.done)
OPEN: Condition = ActionItem.state.not_in(ENDED)
ENDED_LAST = sa.case((ActionItem.state.in_(ENDED), 1), else_=0)
ROW = (
    joinedload(ActionItem.lead_department),
    joinedload(ActionItem.lead_group),
    joinedload(ActionItem.lead_person).options(_PLAIN),
)
EXPORTED = (
    selectinload(ActionItem.support).options(joinedload(Support.department), joinedload(Support.group)),
    selectinload(ActionItem.reports),
)


def overdue() -> Condition:
    """Tasks past their due day."""
    return sa.and_(ActionItem.state.in_(CHASED), ActionItem.due <= workdays.passed())


def due_soon() -> Condition:
    """Tasks due within the office's days of warning."""
    last = clock.today() + timedelta(days=office.due_soon_days)
    return sa.and_(ActionItem.state.in_(CHASED), ActionItem.due > workdays.passed(), ActionItem.due <= last)


def accepted_late() -> Condition:
    """Tasks nobody has accepted though the day for it has passed."""
    return sa.and_(ActionItem.state == ActionState.assigned, ActionItem.offered_at < overdue_offers())


def extension_asked() -> Condition:
    """Tasks whose extension waits for an answer."""
    return sa.and_(OPEN, ActionItem.extensions.any(Extension.granted.is_(None)))


def without_feedback() -> Condition:
    """Tasks at work on which nobody has reported for longer than the office waits."""
    limit = clock.now() - timedelta(days=office.feedback_days)
    reported = sa.exists().where(
        ProgressReport.action_id == ActionItem.id, ProgressReport.kind.in_(REPORTED), ProgressReport.at >= limit
    )
    at_work = ActionItem.state.in_((ActionState.accepted, ActionState.in_progress))
    return sa.and_(at_work, sa.func.coalesce(ActionItem.accepted_at, ActionItem.offered_at) < limit, ~reported)


def sent_back() -> Condition:
    """Tasks that were reported done and returned, and not reported on since."""
    latest = (
        sa.select(ProgressReport.kind)
        .where(ProgressReport.action_id == ActionItem.id, ProgressReport.kind.in_((*REPORTED, ReportKind.returned)))
        .order_by(ProgressReport.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return sa.and_(ActionItem.state == ActionState.in_progress, latest == ReportKind.returned)


@dataclass(frozen=True)
class View:
    """A saved filter of the ledger: its word, its condition for one person, how its number is marked."""

    label: str
    narrow: Callable[[User], Condition]
    mark: str = ""


VIEWS: dict[str, View] = {
    "": View("全部", lambda _: sa.true()),
    "open": View("未销号", lambda _: OPEN),
    "mine": View("我负责的", lambda user: sa.and_(OPEN, led_by(user))),
    "support": View("我配合的", lambda user: sa.and_(OPEN, supported_by(user))),
    "assigned": View("未签收", lambda _: ActionItem.state == ActionState.assigned, "soon"),
    "unaccepted": View("未签收超时", lambda _: accepted_late(), "late"),
    "silent": View("未反馈", lambda _: without_feedback(), "soon"),
    "soon": View("临期", lambda _: due_soon(), "soon"),
    "late": View("逾期", lambda _: overdue(), "late"),
    "done": View("待审", lambda _: ActionItem.state == ActionState.reported_done, "soon"),
    "returned": View("退回", lambda _: sent_back(), "soon"),
    "refused": View("申请退办", lambda _: ActionItem.state == ActionState.refused, "late"),
    "extension": View("延期待批", lambda _: extension_asked(), "soon"),
    "suspended": View("挂起", lambda _: ActionItem.state == ActionState.suspended),
    "supervised": View("督办", lambda _: sa.and_(OPEN, ActionItem.supervised)),
    "closed": View("已销号", lambda _: ActionItem.state == ActionState.closed),
}
# what a supervisor works through every day, shown even where nothing is left to do
DESK = ("assigned", "silent", "soon", "late", "done", "returned")
VIEW_CHOICES = [(name, view.label) for name, view in VIEWS.items() if name]


def ledger(user: User) -> "sa.Select[ActionItem]":
    """The tasks a person may read."""
    return sa.select(ActionItem).join(ActionItem.lead_person).where(readable_by(user))


@dataclass(frozen=True)
class Origin:
    """Where tasks come from, as a later room lets the ledger be narrowed by it.

    `rows` gives number, words and place of what can be chosen; the second argument is the number chosen now, or 0.
    """

    label: str
    rows: Callable[[User, int], "sa.Select[int, str, int]"]
    narrow: Callable[[Any, str], Any]


ORIGINS: dict[str, Origin] = {}


def choices(user: User, chosen: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """What the ledger can be narrowed by: lead departments and the places tasks come from; one statement."""
    parts = [sa.select(sa.literal("lead"), Department.id, Department.short, Department.rank)]
    for name, origin in ORIGINS.items():
        text = chosen.get(name, "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        rows = origin.rows(user, number).subquery()
        parts.append(sa.select(sa.literal(name), *rows.c))
    found: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for name, number, words, place in db.session.execute(sa.union_all(*parts)):
        found[name].append((place, str(number), words))
    return {name: [(number, words) for _, number, words in sorted(rows)] for name, rows in found.items()}


def grouped_by_lead(query: "sa.Select[ActionItem]") -> "sa.Select[ActionItem]":
    """The same tasks with their leading units joined, to be sorted by `BY_LEAD`."""
    return query.outerjoin(ActionItem.lead_department).outerjoin(Group, ActionItem.lead_group_id == Group.id)


_LED_BY = sa.case((ActionItem.lead_department_id.is_not(None), 0), (ActionItem.lead_group_id.is_not(None), 1), else_=2)
BY_LEAD = (
    _LED_BY,
    sa.func.coalesce(Department.rank, Group.rank, User.rank),
    sa.func.coalesce(ActionItem.lead_department_id, ActionItem.lead_group_id, ActionItem.lead_person_id),
)


def chosen_actions(user: User, numbers: Sequence[int]) -> Sequence[ActionItem]:
    """The tasks somebody ticked in the ledger, as far as this person reads them, the most urgent first."""
    return db.session.scalars(
        sa.select(ActionItem)
        .where(ActionItem.id.in_(numbers), readable_by(user))
        .order_by(ActionItem.due, ActionItem.id)
        .options(
            *ROW,
            selectinload(ActionItem.reports),
            selectinload(ActionItem.support).options(
                joinedload(Support.department), joinedload(Support.group), joinedload(Support.person).options(_PLAIN)
            ),
        )
    ).all()


def known_tasks(titles: Collection[str]) -> dict[tuple[str, str, date], str]:
    """The numbers of the tasks with one of these titles, by title, lead and original due day."""
    rows = db.session.scalars(sa.select(ActionItem).where(ActionItem.title.in_(titles)).options(*ROW))
    return {(one.title, one.lead, one.original_due): one.number for one in rows}


def brought_ledger(number: int) -> StoredFile | None:
    """A table somebody uploaded."""
    file = db.session.get(StoredFile, number)
    return file if file is not None and file.name.lower().endswith((".xlsx", ".csv")) else None


def view_counts(user: User) -> dict[str, int]:
    """How many of the tasks a person may read each saved filter leaves; one statement."""
    columns = [sa.func.coalesce(sa.func.sum(sa.case((view.narrow(user), 1), else_=0)), 0) for view in VIEWS.values()]
    row = db.session.execute(sa.select(*columns).where(readable_by(user))).one()
    return {name: int(count) for name, count in zip(VIEWS, row, strict=True)}


# ── what is owed ───────────────────────────────────────────────────────────────────────────────────────────────────


def actions_of(user: User) -> Sequence[ActionItem]:
    """The unfinished tasks a person leads, the most urgent first."""
    return _open_by_due(led_by(user))


def supported_actions_of(user: User) -> Sequence[ActionItem]:
    """The unfinished tasks a person supports, the most urgent first."""
    return _open_by_due(supported_by(user), ~led_by(user))


def open_actions_of(audience: Group) -> Sequence[ActionItem]:
    """The unfinished tasks handed out in a group's meetings, the most urgent first."""
    return _open_by_due(ActionItem.audience_id == audience.id)


def actions_to_close() -> Sequence[ActionItem]:
    """What is reported done and waits for the supervisor, the most urgent first."""
    return _open_by_due(ActionItem.state == ActionState.reported_done)


def refused_actions() -> Sequence[ActionItem]:
    """What was sent back and waits for the secretary, the most urgent first."""
    return _open_by_due(ActionItem.state == ActionState.refused)


def actions_with_extension_asked() -> Sequence[ActionItem]:
    """What waits for an answer to an extension, the most urgent first."""
    return _open_by_due(extension_asked())


def overdue_actions() -> Sequence[ActionItem]:
    """What is late, the latest first."""
    return _open_by_due(overdue())


def actions_about(problem: Problem) -> Sequence[ActionItem]:
    """The tasks that came from an enterprise's problem, oldest first."""
    query = sa.select(ActionItem).where(ActionItem.problem_id == problem.id).order_by(ActionItem.id)
    return db.session.scalars(query.options(*ROW, joinedload(ActionItem.support))).unique().all()


def actions_to_remind_of() -> "sa.Select[ActionItem]":
    """Tasks due soon that nobody was reminded of yet; late ones anew on the first late day and every seven days."""
    today, due, last = clock.today(), ActionItem.due, ActionItem.reminded_on
    soon = sa.and_(due.between(today, today + timedelta(days=office.due_soon_days)), last.is_(None))
    anew = sa.or_(last.is_(None), last <= due, last <= today - timedelta(days=7))
    late = sa.and_(due <= workdays.passed(), anew)
    return sa.select(ActionItem).where(ActionItem.state.in_(CHASED), sa.or_(soon, late))


def _open_by_due(*conditions: Any) -> Sequence[ActionItem]:
    return db.session.scalars(
        sa.select(ActionItem).where(OPEN, *conditions).order_by(ActionItem.due, ActionItem.id).options(*ROW)
    ).all()
