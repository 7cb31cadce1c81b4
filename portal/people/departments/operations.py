"""Departments and groups, with their rank and who belongs to them."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from portal.db import journal
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.errors import Refused
from portal.people.departments import queries
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group, GroupKind, GroupMember


def add_department(name: str, short: str, rank: int | None = None, *, by: User | None) -> Department:
    """Add a department, as the last in rank unless said otherwise."""
    _refuse_same_name(Department, name)
    place = rank if rank is not None else _last_rank(Department) + 1
    department: Department = add(Department(name=name, short=short, rank=place))
    journal.record(by, "people.add_department", department, "添加部门")
    return department


def edit_department(department: Department, seen: int | None, *, name: str, short: str, by: User) -> Department:
    """Rename a department."""
    claim(department, seen)
    _refuse_same_name(Department, name, but=department)
    department.name, department.short = name, short
    journal.record(by, "people.edit_department", department, "修改部门")
    db.session.flush()
    return department


def order_departments(ids: Sequence[int], *, by: User) -> Sequence[Department]:
    """Set the rank of the departments; one that is not named keeps its place behind the others."""
    departments = queries.departments()
    wanted = {number: place for place, number in enumerate(dict.fromkeys(ids))}
    ordered = sorted(departments, key=lambda one: wanted.get(one.id, len(wanted)))
    if [one.id for one in ordered] == [one.id for one in departments]:
        return departments
    for rank, department in enumerate(ordered, 1):
        department.rank = rank
    journal.record(by, "people.order_departments", "部门", "调整部门排序")
    db.session.flush()
    return ordered


def move_department(department: Department, step: int, *, by: User) -> Sequence[Department]:
    """Transition a department some places down, or up where the step is negative."""
    ids = [one.id for one in queries.departments()]
    place = ids.index(department.id)
    ids.insert(max(0, place + step), ids.pop(place))
    return order_departments(ids, by=by)


def add_group(
    kind: GroupKind,
    name: str,
    about: str = "",
    rank: int | None = None,
    lead: User | None = None,
    members: Iterable[User] = (),
    *,
    by: User | None,
) -> Group:
    """Add a group with its members; its lead is a member too."""
    _refuse_same_name(Group, name)
    place = rank if rank is not None else _last_rank(Group) + 1
    group: Group = add(Group(kind=kind, name=name, about=about, rank=place, lead=lead, members=[]))
    _set_members(group, members)
    journal.record(by, "people.add_group", group, "添加小组")
    db.session.flush()
    return group


def edit_group(
    group: Group,
    seen: int | None,
    *,
    kind: GroupKind,
    name: str,
    about: str,
    rank: int,
    lead: User | None,
    members: Iterable[User],
    by: User,
) -> Group:
    """Change a group and who belongs to it."""
    claim(group, seen)
    _refuse_same_name(Group, name, but=group)
    group.kind, group.name, group.about, group.rank, group.lead = kind, name, about, rank, lead
    before = {one.user_id for one in group.members}
    _set_members(group, members)
    after = {one.user_id for one in group.members}
    journal.record(
        by, "people.edit_group", group, "修改小组", added=sorted(after - before), removed=sorted(before - after)
    )
    db.session.flush()
    return group


def _set_members(group: Group, members: Iterable[User]) -> None:
    wanted = {user.id: user for user in [*members, *([group.lead] if group.lead else [])]}
    for one in [one for one in group.members if one.user_id not in wanted]:
        group.members.remove(one)
    there = {one.user_id for one in group.members}
    group.members.extend(GroupMember(user_id=user.id, user=user) for user in wanted.values() if user.id not in there)
    db.session.flush()


def _refuse_same_name(kind: type[Department] | type[Group], name: str, but: Department | Group | None = None) -> None:
    other = db.session.scalar(sa.select(kind.id).where(kind.name == name))
    if other is not None and other != (but.id if but else None):
        raise Refused(f"“{name}”已经存在，请换一个名称。")


def _last_rank(kind: type[Department] | type[Group]) -> int:
    return db.session.scalar(sa.select(sa.func.max(kind.rank))) or 0
