"""Questions about tasks."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, lazyload, selectinload

from portal import chain, clock, search, workdays
from portal.actions.models import (
    AT_WORK as RUNNING,
)
from portal.actions.models import (
    CHASED,
    ENDED,
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
from portal.database import LARGEST_ID, db
from portal.enterprises.models import Problem
from portal.office import office
from portal.people.models import Department, Group, Part, Role, User
from portal.search import SearchEntry
from portal.store import StoredFile

READ_ALL = (Role.secretary, Role.supervisor)
# Whoever only keeps accounts or only reads the journal sees no tasks of the own department.
AT_WORK = (Role.secretary, Role.officer, Role.leader, Role.supervisor, Role.archivist)

_PLAIN = lazyload(User.grants)
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
OVER: Condition = ActionItem.ended.is_(True)
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


def _due_passed() -> Condition:
    return ActionItem.due <= workdays.passed()


def _due_near() -> Condition:
    last = clock.today() + timedelta(days=office.due_soon_days)
    return sa.and_(ActionItem.due > workdays.passed(), ActionItem.due <= last)


def _offer_passed() -> Condition:
    return ActionItem.offered_at < overdue_offers()


def _silent() -> Condition:
    """Of which the lead did not say how they stand though the weekly day for it has passed."""
    since = workdays.feedback_asked_since()
    said = sa.func.coalesce(ActionItem.reported_at, ActionItem.accepted_at, ActionItem.offered_at)
    return said < clock.moment(since) if since else sa.false()


def _with_late_stage() -> Ids:
    return sa.select(Stage.action_id).where(Stage.done_at.is_(None), Stage.due <= workdays.passed())


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
        conditions = [OPEN if self.states is UNENDED else ActionItem.state.in_(self.states)]
        if self.states is EVERY:
            conditions = [sa.true()]
        if self.own:
            conditions.append(self.own(user))
        if self.among:
            conditions.append(ActionItem.id.in_(self.among(user)))
        return sa.and_(*conditions)


_A = ActionState
EVERY = tuple(ActionState)
UNENDED = tuple(one for one in ActionState if one not in ENDED)
VIEWS: dict[str, View] = {
    "": View("全部", EVERY),
    "open": View("未销号", UNENDED),
    "mine": View("我负责的", UNENDED, led_by),
    "support": View("我配合的", UNENDED, among=supported),
    "assigned": View("未签收", (_A.assigned,), mark="soon"),
    "unaccepted": View("未签收超时", (_A.assigned,), lambda _: _offer_passed(), mark="late"),
    "silent": View("未反馈", RUNNING, lambda _: _silent(), mark="soon"),
    "soon": View("临期", CHASED, lambda _: _due_near(), mark="soon"),
    "late": View("逾期", CHASED, lambda _: _due_passed(), mark="late"),
    "lagging": View("滞后", CHASED, lambda _: ~_due_passed(), lambda _: _with_late_stage(), mark="soon"),
    "done": View("待审", (_A.reported_done,), mark="soon"),
    "returned": View("退回", (_A.in_progress,), lambda _: ActionItem.returned_at.is_not(None), mark="soon"),
    "refused": View("申请退办", (_A.refused,), mark="late"),
    "extension": View("延期待批", UNENDED, among=lambda _: _with_extension_asked(), mark="soon"),
    "application": View("其他待批", UNENDED, among=lambda _: _with_application(), mark="soon"),
    "slip": View("督办单待批", UNENDED, among=lambda _: _with_slip_proposed(), mark="soon"),
    "suspended": View("挂起", (_A.suspended,)),
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


def ledger(user: User) -> "sa.Select[ActionItem]":
    """The tasks a person may read."""
    return sa.select(ActionItem).where(readable_by(user))


def worded(query: Any, text: str) -> Any:
    """Those of some tasks in whose number, title, text or progress a text occurs, as search finds it."""
    found: Condition = ActionItem.id.in_(search.ids_of(ActionItem.__tablename__, text))
    if re.fullmatch(r"[\d\s-]+", text):  # part of a number
        found = sa.or_(found, ActionItem.number.contains(text, autoescape=True))
    return query.where(found)


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
    """Where tasks come from, as a later room lets the ledger be narrowed and grouped by it.

    `rows` gives number, words and place of what can be chosen; the second argument is the number chosen now, or 0.
    `keys` put the tasks of one origin side by side, `names` says of some tasks, by their ids, what stands over
    them, as far as a person may know it.
    """

    label: str
    rows: Callable[[User, int], "sa.Select[int, str, int]"]
    narrow: Callable[[Any, str], Any]
    keys: Callable[[], tuple[Any, ...]]
    names: Callable[[User, Collection[int]], dict[int, str]]


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


_LED_BY = sa.case((ActionItem.lead_department_id.is_not(None), 0), (ActionItem.lead_group_id.is_not(None), 1), else_=2)
_BY_LEAD = (
    _LED_BY,
    sa.func.coalesce(Department.rank, Group.rank, User.rank),
    sa.func.coalesce(ActionItem.lead_department_id, ActionItem.lead_group_id, ActionItem.lead_person_id),
)
_OWN = aliased(Department)
_BY_DEPARTMENT = (
    sa.func.coalesce(Department.rank, _OWN.rank, sa.literal(LARGEST_ID)),
    sa.func.coalesce(ActionItem.lead_department_id, _OWN.id, sa.literal(0)),
)
NO_GROUP = "没有归属"


def groupings() -> list[tuple[str, str]]:
    """What the ledger can be grouped by."""
    return [("lead", "按牵头单位"), ("department", "按部门"), *((n, f"按{one.label}") for n, one in ORIGINS.items())]


def grouped(query: "sa.Select[ActionItem]", by: str) -> "tuple[sa.Select[ActionItem], tuple[Any, ...]]":
    """The same tasks with what they are grouped by joined, and the keys that put each group together."""
    if by in ORIGINS:
        return query, ORIGINS[by].keys()
    if by not in {"lead", "department"}:
        return query, ()
    joined = query.join(ActionItem.lead_person).outerjoin(ActionItem.lead_department)
    if by == "department":
        return joined.outerjoin(_OWN, User.department_id == _OWN.id), _BY_DEPARTMENT
    return joined.outerjoin(Group, ActionItem.lead_group_id == Group.id), _BY_LEAD


def names_of_groups(user: User, actions: Sequence[ActionItem], by: str) -> dict[int, str]:
    """What stands over each of some tasks, by its id, where they are grouped; nothing where they are not."""
    if by == "lead":
        return {one.id: one.lead for one in actions}
    if by == "department":
        units = ((one.id, one.lead_department or one.lead_person.department) for one in actions)
        return {number: unit.name if unit else NO_GROUP for number, unit in units}
    if by in ORIGINS:
        known = ORIGINS[by].names(user, [one.id for one in actions])
        return {one.id: known.get(one.id, NO_GROUP) for one in actions}
    return {}


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
