"""Questions about tasks."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal import chain, clock, workdays
from portal.actions.models import (
    AT_WORK as RUNNING,
)
from portal.actions.models import (
    CHASED,
    ActionItem,
    ActionState,
    Application,
    Extension,
    LookBack,
    ProgressReport,
    ReportFile,
    Slip,
    SlipState,
    Stage,
    Support,
    SupportState,
    overdue_offers,
)
from portal.database import db
from portal.enterprises.models import Problem
from portal.office import office
from portal.people.models import Department, Group, Part, Role, User
from portal.search import SearchEntry
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
    lines = sa.select(Support.action_id).where(Support.state != SupportState.reported, mine)
    chased = ActionItem.state.in_((*CHASED, ActionState.reported_done))
    return sa.and_(chased, ActionItem.id.in_(lines))


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
    """One task with everything its page shows; of all but its lines there are few, so one statement is enough."""
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
            joinedload(ActionItem.applications).options(
                joinedload(Application.asked_by).options(_PLAIN),
                joinedload(Application.decided_by).options(_PLAIN),
                joinedload(Application.department),
                joinedload(Application.person).options(_PLAIN),
            ),
            joinedload(ActionItem.stages),
            joinedload(ActionItem.look_backs).joinedload(LookBack.checked_by).options(_PLAIN),
            joinedload(ActionItem.slips).joinedload(Slip.file),
            selectinload(ActionItem.reports).options(
                joinedload(ProgressReport.by).options(_PLAIN), joinedload(ProgressReport.files)
            ),
        )
    ).unique().one_or_none()  # fmt: skip


def titles(user: User, numbers: set[int]) -> "sa.Select[Any, Any, Any]":
    """Of some tasks those a person may read: id, title and place, for the chain."""
    query = sa.select(ActionItem.id, ActionItem.title, ActionItem.id)
    return query.where(ActionItem.id.in_(numbers), readable_by(user))


def links(found: chain.Found) -> "Iterator[sa.Select[Any]]":
    """From tasks to the problems they came from, and back."""
    if "action_item" in found:
        yield chain.link("problem", ActionItem.problem_id, ActionItem.id.in_(found["action_item"]))
    if "problem" in found:
        yield chain.link("action_item", ActionItem.id, ActionItem.problem_id.in_(found["problem"]))


_TASK_OF = (
    selectinload(ActionItem.support),
    joinedload(ActionItem.lead_department),
    joinedload(ActionItem.lead_group),
    joinedload(ActionItem.lead_person).options(_PLAIN),
)


def application(number: int) -> Application | None:
    """One application with its task."""
    return db.session.scalar(
        sa.select(Application)
        .where(Application.id == number)
        .options(
            joinedload(Application.action).options(*_TASK_OF),
            joinedload(Application.asked_by).options(_PLAIN),
            joinedload(Application.department),
            joinedload(Application.person).options(_PLAIN),
        )
    )


def stage(number: int) -> Stage | None:
    """One stage with its task and the other stages."""
    return db.session.scalar(
        sa.select(Stage)
        .where(Stage.id == number)
        .options(joinedload(Stage.action).options(*_TASK_OF, selectinload(ActionItem.stages)))
    )


def look_back(number: int) -> LookBack | None:
    """One look back with its task."""
    return db.session.scalar(
        sa.select(LookBack).where(LookBack.id == number).options(joinedload(LookBack.action).options(*_TASK_OF))
    )


def slip(number: int) -> Slip | None:
    """One slip with its task and its file."""
    return db.session.scalar(
        sa.select(Slip)
        .where(Slip.id == number)
        .options(joinedload(Slip.action).options(*_TASK_OF), joinedload(Slip.file))
    )


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

OPEN: Condition = ActionItem.ended.is_(False)
ROW = (
    joinedload(ActionItem.lead_department),
    joinedload(ActionItem.lead_group),
    joinedload(ActionItem.lead_person).options(_PLAIN),
)
EXPORTED = (
    selectinload(ActionItem.support).options(joinedload(Support.department), joinedload(Support.group)),
    selectinload(ActionItem.reports),
)


CHASED_NOW: Condition = ActionItem.state.in_(CHASED)


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
    return sa.and_(OPEN, ActionItem.id.in_(sa.select(Extension.action_id).where(Extension.granted.is_(None))))


def application_made() -> Condition:
    """Tasks to be suspended, resumed or transferred, if it is granted."""
    return sa.and_(OPEN, ActionItem.id.in_(sa.select(Application.action_id).where(Application.granted.is_(None))))


def without_feedback() -> Condition:
    """Running tasks of which the lead did not say how they stand though the weekly day for it has passed."""
    since = workdays.feedback_asked_since()
    if since is None:
        return sa.false()
    said = sa.func.coalesce(ActionItem.reported_at, ActionItem.accepted_at, ActionItem.offered_at)
    return sa.and_(ActionItem.state.in_(RUNNING), said < clock.moment(since))


def sent_back() -> Condition:
    """Tasks that were reported done and returned, and not reported on since."""
    return sa.and_(ActionItem.state == ActionState.in_progress, ActionItem.returned_at.is_not(None))


def lagging() -> Condition:
    """滞后: tasks not overdue themselves, of which a stage is."""
    passed = workdays.passed()
    late = sa.select(Stage.action_id).where(Stage.done_at.is_(None), Stage.due <= passed)
    return sa.and_(ActionItem.state.in_(CHASED), ActionItem.due > passed, ActionItem.id.in_(late))


def drawn_to_look_back() -> Condition:
    """Closed tasks that were drawn to be looked at again, and were not yet."""
    drawn = sa.select(LookBack.action_id).where(LookBack.checked_at.is_(None))
    return sa.and_(ActionItem.state == ActionState.closed, ActionItem.id.in_(drawn))


def slip_proposed() -> Condition:
    """Tasks with a slip that waits for the office."""
    return sa.and_(OPEN, ActionItem.id.in_(sa.select(Slip.action_id).where(Slip.state == SlipState.proposed)))


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
    "lagging": View("滞后", lambda _: lagging(), "soon"),
    "done": View("待审", lambda _: ActionItem.state == ActionState.reported_done, "soon"),
    "returned": View("退回", lambda _: sent_back(), "soon"),
    "refused": View("申请退办", lambda _: ActionItem.state == ActionState.refused, "late"),
    "extension": View("延期待批", lambda _: extension_asked(), "soon"),
    "application": View("其他待批", lambda _: application_made(), "soon"),
    "slip": View("督办单待批", lambda _: slip_proposed(), "soon"),
    "suspended": View("挂起", lambda _: ActionItem.state == ActionState.suspended),
    "supervised": View("督办", lambda _: sa.and_(OPEN, ActionItem.supervised)),
    "look_back": View("待回头看", lambda _: drawn_to_look_back(), "soon"),
    "closed": View("已销号", lambda _: ActionItem.state == ActionState.closed),
}
OF_ENDED = ("", "look_back", "closed")  # the views that reach beyond the open tasks
# what a supervisor works through every day, shown even where nothing is left to do
DESK = ("assigned", "silent", "soon", "late", "lagging", "done", "returned")
# … in the order of a supervisor's morning, with what the office answers
DESK_LISTS = (
    "done", "assigned", "silent", "soon", "late", "lagging", "returned", "extension", "application", "look_back",
)  # fmt: skip
VIEW_CHOICES = [(name, view.label) for name, view in VIEWS.items() if name]


def ledger(user: User) -> "sa.Select[ActionItem]":
    """The tasks a person may read."""
    return sa.select(ActionItem).where(readable_by(user))


def led_by_name(query: Any, text: str) -> Any:
    """Those of some tasks whose lead person's name contains a text."""
    named = sa.select(User.id).where(User.name.contains(text, autoescape=True))
    return query.where(ActionItem.lead_person_id.in_(named))


def in_department(query: Any, number: str) -> Any:
    """Those of some tasks that a department leads or supports."""
    supported = sa.select(Support.action_id).where(Support.department_id == int(number))
    return query.where(sa.or_(ActionItem.lead_department_id == int(number), ActionItem.id.in_(supported)))


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
    joined = query.join(ActionItem.lead_person).outerjoin(ActionItem.lead_department)
    return joined.outerjoin(Group, ActionItem.lead_group_id == Group.id)


_LED_BY = sa.case((ActionItem.lead_department_id.is_not(None), 0), (ActionItem.lead_group_id.is_not(None), 1), else_=2)
BY_LEAD = (
    _LED_BY,
    sa.func.coalesce(Department.rank, Group.rank, User.rank),
    sa.func.coalesce(ActionItem.lead_department_id, ActionItem.lead_group_id, ActionItem.lead_person_id),
)


def is_of_lead(action: ActionItem, person: User) -> bool:
    """Whether a person belongs to the unit that leads a task; without a unit, to the lead person's department."""
    if action.lead_group_id is not None:
        return action.lead_group_id in person.group_ids
    return person.department_id == (action.lead_department_id or action.lead_person.department_id)


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
    """How the tasks stand a person may read, by the department that leads them, in the order of rank."""
    closed = ActionItem.state == ActionState.closed

    def count(condition: Condition) -> Any:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    tasks = (
        sa.select(
            ActionItem.lead_department_id.label("unit"),
            sa.func.count().label("leads"),
            count(overdue()).label("late"),
            count(due_soon()).label("soon"),
            count(ActionItem.state == ActionState.reported_done).label("done"),
            count(closed).label("closed"),
        )
        .where(readable_by(user), ActionItem.state != ActionState.terminated)
        .group_by(ActionItem.lead_department_id)
        .subquery()
    )
    supports = (
        sa.select(Support.department_id.label("unit"), sa.func.count().label("supports"))
        .join(ActionItem, ActionItem.id == Support.action_id)
        .where(OPEN, readable_by(user))
        .group_by(Support.department_id)
        .subquery()
    )
    columns = [
        sa.func.coalesce(one, 0)
        for one in (
            tasks.c.leads, supports.c.supports, tasks.c.late, tasks.c.soon, tasks.c.done, tasks.c.closed,
        )
    ]  # fmt: skip
    query = (
        sa.select(Department, *columns)
        .outerjoin(tasks, tasks.c.unit == Department.id)
        .outerjoin(supports, supports.c.unit == Department.id)
        .order_by(Department.rank, Department.id)
    )
    query = query.where(Department.id == only.id) if only else query.where((columns[0] + columns[1]) > 0)
    return [DepartmentLine(department, *map(int, counts)) for department, *counts in db.session.execute(query)]


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


def not_to_be_found(limit: int) -> Sequence[ActionItem]:
    """Tasks that were brought in and that no search finds yet."""
    entered = sa.exists().where(
        SearchEntry.thing_type == ActionItem.__tablename__, SearchEntry.thing_id == ActionItem.id
    )
    query = sa.select(ActionItem).where(~entered).order_by(ActionItem.id).limit(limit)
    return db.session.scalars(query.options(selectinload(ActionItem.reports))).all()


def brought_ledger(number: int) -> StoredFile | None:
    """A table somebody uploaded."""
    file = db.session.get(StoredFile, number)
    return file if file is not None and file.name.lower().endswith((".xlsx", ".csv")) else None


def view_counts(user: User) -> dict[str, int]:
    """How many of the tasks a person may read each saved filter leaves; one statement, and one walk over the open."""
    of_open = {name: view for name, view in VIEWS.items() if name not in OF_ENDED}
    sums = [sa.func.coalesce(sa.func.sum(sa.case((one.narrow(user), 1), else_=0)), 0) for one in of_open.values()]
    walk = sa.select(*(one.label(name) for name, one in zip(of_open, sums, strict=True)))
    open_ones = walk.where(readable_by(user), OPEN).subquery()
    beyond = [
        sa.select(sa.func.count()).select_from(ActionItem).where(readable_by(user), VIEWS[name].narrow(user))
        for name in OF_ENDED
    ]
    row = db.session.execute(sa.select(*open_ones.c, *(one.scalar_subquery() for one in beyond))).one()
    counts = dict(zip((*of_open, *OF_ENDED), row, strict=True))
    return {name: int(counts[name]) for name in VIEWS}


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


def led_by_each(*conditions: Condition) -> dict[User, list[ActionItem]]:
    """The open tasks that meet some conditions, by the person who leads them, the most urgent first."""
    by_person: dict[User, list[ActionItem]] = defaultdict(list)
    for one in _open_by_due(*conditions):
        by_person[one.lead_person].append(one)
    return by_person


def to_ask_for_feedback() -> Sequence[ActionItem]:
    """Running tasks whose lead is to say today how they stand, and was not asked yet."""
    today = clock.today()
    if workdays.feedback_day(today) != today:
        return []
    fresh = sa.func.coalesce(ActionItem.reported_at, ActionItem.accepted_at) >= clock.moment(today)
    asked = sa.and_(ActionItem.asked_on.is_not(None), ActionItem.asked_on >= today)
    return _open_by_due(ActionItem.state.in_(RUNNING), ~asked, ~sa.func.coalesce(fresh, sa.false()))


def burst_of_week() -> str:
    """What the messages of this week's list have in common."""
    year, week, _ = clock.today().isocalendar()
    return f"actions.week.{year}-{week:02d}"


def to_send_slips_for() -> "sa.Select[ActionItem]":
    """Tasks the rule would send a slip for; nothing while the office has not turned it on."""
    if office.slips != "启用":
        return sa.select(ActionItem).where(sa.false())
    late = sa.select(ActionItem).where(overdue()).options(selectinload(ActionItem.slips))
    numbers = [one.id for one in db.session.scalars(late) if one.colour_owed is not None]
    return sa.select(ActionItem).where(ActionItem.id.in_(numbers))


def slips_to_print() -> "sa.Select[Slip]":
    """Issued slips that are not printed yet, with everything the paper says."""
    return (
        sa.select(Slip)
        .where(Slip.state == SlipState.issued, Slip.file_id.is_(None))
        .order_by(Slip.id)
        .options(
            joinedload(Slip.decided_by).options(_PLAIN),
            joinedload(Slip.action).options(*ROW, EXPORTED[0]),
        )
    )


SLIP_ROW = (
    joinedload(Slip.action).options(*ROW),
    joinedload(Slip.file),
)


def slips(user: User) -> "sa.Select[Slip]":
    """The slips of the tasks a person may read, as the question a list narrows."""
    return sa.select(Slip).join(Slip.action).where(readable_by(user))


def to_look_back_at() -> Sequence[ActionItem]:
    """The sample of last month's closed tasks, where it was not drawn yet; whoever draws again draws the same."""
    first = clock.today().replace(day=1)
    begin = (first - timedelta(days=1)).replace(day=1)
    if not office.look_back_percent or db.session.scalar(
        sa.select(LookBack.id).where(LookBack.drawn_on >= first).limit(1)
    ):
        return []
    closed = db.session.scalars(
        sa.select(ActionItem).where(
            ActionItem.state == ActionState.closed,
            ActionItem.closed_at >= clock.moment(begin),
            ActionItem.closed_at < clock.moment(first),
        )
    ).all()
    size = -(-len(closed) * office.look_back_percent // 100)
    return sorted(closed, key=lambda one: hashlib.sha256(f"{first}/{one.id}".encode()).digest())[:size]


def _open_by_due(*conditions: Any) -> Sequence[ActionItem]:
    return db.session.scalars(
        sa.select(ActionItem).where(OPEN, *conditions).order_by(ActionItem.due, ActionItem.id).options(*ROW)
    ).all()
