"""Questions of the ledger: how it is narrowed and grouped."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from portal.actions.assignment.queries import PLAIN, ROW, Condition, readable_by
from portal.actions.models.action_items import ActionItem
from portal.actions.models.progress import Support
from portal.db import search
from portal.db.engine import db
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group
from portal.web.listing import Grouping


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


@dataclass(frozen=True)
class Origin:
    """Where tasks come from, as a later feature lets the ledger be narrowed and grouped by it.

    `column` says of a task which origin it has, `rows` gives number, words and place of what can be chosen; its second
    argument is the number chosen now, or 0. `places` gives the number of each origin and what to sort them by,
    `names` says of some of them what stands over their tasks, both as far as a person may know it.
    """

    label: str
    column: Any
    rows: Callable[[User, int], "sa.Select[int, str, int]"]
    places: Callable[[User], Any]
    names: Callable[[User, Collection[int]], dict[int, str]]

    def narrow(self, query: Any, number: str) -> Any:
        """Those of some tasks that have the origin of a number."""
        return query.where(self.column == int(number))


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


NO_GROUP = "未归类"


def groupings() -> list[tuple[str, str]]:
    """What the ledger can be grouped by."""
    return [("lead", "按牵头单位"), ("department", "按部门"), *((n, f"按{one.label}") for n, one in ORIGINS.items())]


def grouping(user: User, by: str) -> Grouping | None:
    """How the ledger is parted by who leads or by where its tasks come from; nothing where it is not."""
    if by in _UNITS:
        return Grouping(lambda query: _units_of(query, by), _led_by_unit)
    if by in ORIGINS:
        origin = ORIGINS[by]
        # `=` and, where there is none, `IS NULL`: both are found in an index
        return Grouping(lambda query: _sizes_of_origins(query, origin, user), lambda number: origin.column == number)
    return None


def _sizes_of_origins(query: "sa.Select[ActionItem]", origin: Origin, user: User) -> list[tuple[int | None, int]]:
    """How many of some tasks each origin has, those a person may not know and those of none last; an index answers."""
    number, size = origin.column, sa.func.count()
    found = query.order_by(None).with_only_columns(number.label("number"), size.label("size")).group_by(number)
    counted, known = found.subquery(), origin.places(user).subquery()
    origin_id, *places = known.c
    keys = (origin_id.is_(None), *places, counted.c.number)
    rows = sa.select(counted).outerjoin(known, origin_id == counted.c.number).order_by(*keys)
    return [(one, size) for one, size in db.session.execute(rows)]


_Unit = tuple[int, int, int]  # departments before groups before people, the rank, the number
_Leader = tuple[str, int]
_LED_BY = (ActionItem.lead_department_id, ActionItem.lead_group_id, ActionItem.lead_person_id)
_OWN = aliased(Department)


def _units_of(query: "sa.Select[ActionItem]", by: str) -> list[tuple[frozenset[_Leader], int]]:
    """Who leads the tasks of each group, in the order of rank, and how many they are."""
    leaders: dict[_Unit, set[_Leader]] = defaultdict(set)
    sizes: Counter[_Unit] = Counter()
    for line in db.session.execute(_sizes(query)):
        unit, leader = _UNITS[by](line)
        leaders[unit].add(leader)
        sizes[unit] += line.size
    return [(frozenset(leaders[unit]), sizes[unit]) for unit in sorted(leaders)]


def _led_by_unit(leaders: frozenset[_Leader]) -> Condition:
    return sa.or_(*map(_led, sorted(leaders)))


def _sizes(query: "sa.Select[ActionItem]") -> "sa.Select[Any]":
    """How many of some tasks each department, group and person leads, with their ranks; an index answers it."""
    counted = query.order_by(None).with_only_columns(*_LED_BY, sa.func.count().label("size")).group_by(*_LED_BY)
    found = counted.subquery()
    department, group, person, _ = found.c
    ranks = (Department.rank.label("department_rank"), Group.rank.label("group_rank"), User.rank.label("person_rank"))
    rows = sa.select(found, *ranks, _OWN.id.label("own"), _OWN.rank.label("own_rank")).join(User, User.id == person)
    rows = rows.outerjoin(Department, Department.id == department).outerjoin(Group, Group.id == group)
    return rows.outerjoin(_OWN, _OWN.id == User.department_id)


def _by_lead(line: Any) -> tuple[_Unit, _Leader]:
    if line.lead_department_id is not None:
        return (0, line.department_rank, line.lead_department_id), ("department", line.lead_department_id)
    if line.lead_group_id is not None:
        return (1, line.group_rank, line.lead_group_id), ("group", line.lead_group_id)
    return (2, line.person_rank, line.lead_person_id), ("alone", line.lead_person_id)


def _by_department(line: Any) -> tuple[_Unit, _Leader]:
    if line.lead_department_id is not None:
        return _by_lead(line)
    unit = (1, 0, 0) if line.own is None else (0, line.own_rank, line.own)
    return unit, ("person", line.lead_person_id)


_UNITS = {"lead": _by_lead, "department": _by_department}


def _led(leader: _Leader) -> Condition:
    """The tasks that a department leads, or where none does a group, a person, or a person without a group."""
    word, number = leader
    department, group, person = _LED_BY
    if word == "department":
        return department == number
    led = {"group": group == number, "person": person == number, "alone": sa.and_(group.is_(None), person == number)}
    return sa.and_(department.is_(None), led[word])


def names_of_groups(user: User, actions: Sequence[ActionItem], by: str) -> dict[int, str]:
    """What stands over each of some tasks, by its id, where they are grouped; nothing where they are not."""
    if by == "lead":
        return {one.id: one.lead for one in actions}
    if by == "department":
        units = ((one.id, one.lead_department or one.lead_person.department) for one in actions)
        return {number: unit.name if unit else NO_GROUP for number, unit in units}
    if by in ORIGINS:
        column = ORIGINS[by].column.key
        origins = {one.id: getattr(one, column) for one in actions}
        known = ORIGINS[by].names(user, {number for number in origins.values() if number is not None})
        return {number: known.get(origin, NO_GROUP) for number, origin in origins.items()}
    return {}


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
                joinedload(Support.department), joinedload(Support.group), joinedload(Support.person).options(PLAIN)
            ),
        )
    ).all()
