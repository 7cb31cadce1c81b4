"""Questions about departments and groups."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.db.engine import db
from portal.people.accounts.queries import by_rank
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group, GroupKind, GroupMember


def groups_of(user: User) -> Sequence[Group]:
    """The groups a person belongs to, by rank."""
    belonging = sa.select(GroupMember.group_id).where(GroupMember.user_id == user.id)
    return db.session.scalars(sa.select(Group).where(Group.id.in_(belonging)).order_by(Group.rank, Group.id)).all()


def departments() -> Sequence[Department]:
    """All departments, by rank."""
    return db.session.scalars(sa.select(Department).order_by(Department.rank, Department.id)).all()


def department(number: int) -> Department | None:
    """One department."""
    return db.session.get(Department, number)


def head_counts() -> dict[int, int]:
    """How many active people each department has."""
    rows = db.session.execute(
        sa.select(User.department_id, sa.func.count())
        .where(User.active, User.department_id.is_not(None))
        .group_by(User.department_id)
    )
    return {number: count for number, count in rows if number is not None}


def groups(kind: GroupKind | None = None) -> Sequence[Group]:
    """All groups, or those of a kind, by rank."""
    query = sa.select(Group).order_by(Group.rank, Group.id)
    return db.session.scalars(query.where(Group.kind == kind) if kind else query).all()


def groups_with_leads() -> Sequence[tuple[Group, int]]:
    """All groups by rank, with their leads, each beside the number of its members."""
    size = sa.select(sa.func.count()).where(GroupMember.group_id == Group.id).scalar_subquery()
    rows = db.session.execute(
        sa.select(Group, size).options(joinedload(Group.lead).lazyload(User.grants)).order_by(Group.rank, Group.id)
    )
    return [(group, count) for group, count in rows]


def group(number: int) -> Group | None:
    """One group with its lead."""
    return db.session.get(Group, number)


def members_of(group: Group) -> Sequence[User]:
    """The members of a group, by rank."""
    belonging = sa.select(GroupMember.user_id).where(GroupMember.group_id == group.id)
    return db.session.scalars(by_rank(sa.select(User).where(User.id.in_(belonging)))).all()


def members_of_unit(unit: Department | Group | None) -> Sequence[User]:
    """The active people of a department or the members of a group, by rank."""
    if isinstance(unit, Group):
        return [one for one in members_of(unit) if one.active]
    number = unit.id if unit else None
    return db.session.scalars(by_rank(sa.select(User).where(User.active, User.department_id == number))).all()


def member_ids(group: Group) -> frozenset[int]:
    """Who belongs to a group, as ids."""
    return frozenset(db.session.scalars(sa.select(GroupMember.user_id).where(GroupMember.group_id == group.id)))
