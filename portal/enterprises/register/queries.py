"""Questions about enterprises and projects."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.db.engine import db
from portal.enterprises.models.enterprises import Enterprise, EnterpriseOfficer
from portal.enterprises.models.problems import SETTLED, Problem
from portal.enterprises.problems.queries import WITHOUT_ROLES, readable_by
from portal.people.models.accounts import User


def looked_after_by(user: User) -> "sa.ColumnElement[bool]":
    """The condition under which a person is one of the officers of an enterprise."""
    return Enterprise.id.in_(sa.select(EnterpriseOfficer.enterprise_id).where(EnterpriseOfficer.user_id == user.id))


def looked_after_by_nobody() -> "sa.ColumnElement[bool]":
    """The condition under which an enterprise has no officer."""
    return Enterprise.id.not_in(sa.select(EnterpriseOfficer.enterprise_id))


def enterprise(number: int) -> Enterprise | None:
    """One enterprise with its leader and the officers who look after it."""
    return db.session.scalar(
        sa.select(Enterprise)
        .where(Enterprise.id == number)
        .options(
            joinedload(Enterprise.leader).options(WITHOUT_ROLES),
            selectinload(Enterprise.officers).options(WITHOUT_ROLES),
        )
    )


def enterprises() -> Sequence[Enterprise]:
    """All enterprises and projects, by name, for choosing one."""
    return db.session.scalars(sa.select(Enterprise).order_by(Enterprise.name)).all()


def enterprises_of(user: User) -> Sequence[Enterprise]:
    """The enterprises a person looks after, by name."""
    return db.session.scalars(
        sa.select(Enterprise)
        .join(EnterpriseOfficer, EnterpriseOfficer.enterprise_id == Enterprise.id)
        .where(EnterpriseOfficer.user_id == user.id)
        .order_by(Enterprise.name)
    ).all()


def listed_enterprises(user: User) -> "sa.Select[Enterprise, Any, Any]":
    """Every enterprise with the number of its unsettled and of all its problems, as far as this person reads them."""
    counts = (
        sa.select(
            Problem.enterprise_id,
            sa.func.count().label("problems"),
            sa.func.sum(sa.case((Problem.state.in_(SETTLED), 0), else_=1)).label("unsettled"),
        )
        .where(readable_by(user))
        .group_by(Problem.enterprise_id)
        .subquery()
    )
    return sa.select(
        Enterprise,
        sa.func.coalesce(counts.c.unsettled, 0).label("unsettled"),
        sa.func.coalesce(counts.c.problems, 0).label("problems"),
    ).outerjoin(counts, counts.c.enterprise_id == Enterprise.id)
