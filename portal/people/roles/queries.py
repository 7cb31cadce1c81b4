"""Questions about who holds which role."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.db.engine import db
from portal.people.accounts.queries import by_rank
from portal.people.deputies.queries import present_deputies
from portal.people.models.accounts import RoleRequest, User, UserRole
from portal.people.models.roles import OFFICES, Role


def holders(role: Role) -> Sequence[User]:
    """Everybody active who holds a role, by rank."""
    holding = sa.select(UserRole.user_id).where(UserRole.role == role)
    return db.session.scalars(by_rank(sa.select(User).where(User.active, User.id.in_(holding)))).all()


def in_charge(role: Role, *, but: User | None = None) -> Sequence[User]:
    """Who is to be told, by rank: everybody active who holds a role, or stands in today for somebody who does.

    `but` knows already: mostly who did it.
    """
    holding = sa.select(UserRole.user_id).where(UserRole.role == role)
    here: sa.ColumnElement[bool] = User.id.in_(holding)
    part = next((part for part, of in OFFICES.items() if of is role), None)
    if part is not None and (deputies := [one.deputy_id for one in present_deputies(part)]):
        here = sa.or_(here, User.id.in_(deputies))
    if but is not None:
        here = sa.and_(here, User.id != but.id)
    return db.session.scalars(by_rank(sa.select(User).where(User.active, here))).all()


def open_role_requests(user: User | None = None) -> Sequence[RoleRequest]:
    """The guarded roles that wait for a second administrator, of everybody or of one person, oldest first."""
    query = sa.select(RoleRequest).where(RoleRequest.decided_at.is_(None)).order_by(RoleRequest.id)
    if user is not None:
        query = query.where(RoleRequest.user_id == user.id)
    return db.session.scalars(
        query.options(joinedload(RoleRequest.user), joinedload(RoleRequest.asked_by).lazyload(User.grants))
    ).all()


def open_role_request_count() -> int:
    """How many guarded roles wait for a second administrator."""
    return db.session.scalar(sa.select(sa.func.count(RoleRequest.id)).where(RoleRequest.decided_at.is_(None))) or 0


def role_request(number: int) -> RoleRequest | None:
    """One request for a guarded role."""
    return db.session.get(RoleRequest, number)
