"""Questions about people."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload, selectinload

from portal import clock
from portal.database import db
from portal.people.models import Department, Group, GroupKind, LoginSession, Role, SigningKey, User, UserRole

SEEN_EVERY = timedelta(minutes=1)


def hash_of(token: str) -> str:
    """What of a session token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def login_session(token: str) -> LoginSession | None:
    """The living sign-in behind a cookie's token, with its user, department, roles and groups."""
    idle = timedelta(minutes=current_app.config["PORTAL"].session_idle_minutes)
    return db.session.scalar(
        sa.select(LoginSession)
        .join(LoginSession.user)
        .where(
            LoginSession.token_hash == hash_of(token),
            LoginSession.seen_at > clock.now() - idle,
            User.active,
        )
        .options(
            joinedload(LoginSession.user).options(
                joinedload(User.department), selectinload(User.grants), selectinload(User.memberships)
            )
        )
    )


def departments() -> Sequence[Department]:
    """All departments, by rank."""
    return db.session.scalars(sa.select(Department).order_by(Department.rank, Department.id)).all()


def groups(kind: GroupKind | None = None) -> Sequence[Group]:
    """All groups, or those of a kind, by rank."""
    query = sa.select(Group).order_by(Group.rank, Group.id)
    return db.session.scalars(query.where(Group.kind == kind) if kind else query).all()


def active_people() -> Sequence[User]:
    """Everybody with an active account, by rank of department and person."""
    return db.session.scalars(_by_rank(sa.select(User).where(User.active))).all()


def holders(role: Role) -> Sequence[User]:
    """Everybody active who holds a role, by rank."""
    holding = sa.select(UserRole.user_id).where(UserRole.role == role)
    return db.session.scalars(_by_rank(sa.select(User).where(User.active, User.id.in_(holding)))).all()


def by_username(username: str) -> User | None:
    """The account with this name."""
    return db.session.scalar(sa.select(User).where(User.username == username))


def signing_key(user: User) -> SigningKey | None:
    """The person's current signing key, ready or locked."""
    from portal.people.models import KeyState

    return db.session.scalar(
        sa.select(SigningKey)
        .where(SigningKey.user_id == user.id, SigningKey.state != KeyState.replaced)
        .order_by(SigningKey.id.desc())
        .limit(1)
    )


def _by_rank(query: sa.Select[tuple[User]]) -> sa.Select[tuple[User]]:
    return query.outerjoin(User.department).order_by(Department.rank, User.rank, User.id)
