"""Questions about sign-ins."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload

from portal.db import clock
from portal.db.engine import db
from portal.people.models.accounts import User
from portal.people.models.deputies import Deputy
from portal.people.models.sessions import FailedTry, LoginSession

SEEN_EVERY = timedelta(minutes=1)
LOCKED_MINUTES = 15
MOST_TRIES_OF_ACCOUNT = 5
MOST_TRIES_OF_ADDRESS = 30  # an office may share one address


def hash_of(token: str) -> str:
    """What of a session token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def login_session(token: str) -> LoginSession | None:
    """The living sign-in behind a cookie's token: its user, department, roles, groups, and for whom it stands in."""
    present = User.deputyships.and_(Deputy.starts <= clock.today(), Deputy.ends >= clock.today())
    return (
        db.session.scalars(
            sa.select(LoginSession)
            .join(LoginSession.user)
            .where(LoginSession.token_hash == hash_of(token), LoginSession.seen_at > idle_since(), User.active)
            .options(  # a person has few of each, and every page asks this first
                joinedload(LoginSession.user).options(
                    joinedload(User.department),
                    joinedload(User.grants),
                    joinedload(User.memberships),
                    joinedload(present).joinedload(Deputy.person).joinedload(User.grants),
                )
            )
        )
        .unique()
        .one_or_none()
    )


def sessions_of(user: User) -> Sequence[LoginSession]:
    """A person's living sign-ins, the latest used first."""
    return db.session.scalars(
        sa.select(LoginSession)
        .where(LoginSession.user_id == user.id, LoginSession.seen_at > idle_since())
        .order_by(LoginSession.seen_at.desc())
    ).all()


def idle_since() -> datetime:
    """A sign-in that was last seen before this moment has ended."""
    return clock.now() - timedelta(minutes=current_app.config["PORTAL"].session_idle_minutes)


def is_locked(account: str, address: str) -> bool:
    """Whether there were too many wrong passwords of late, for this account or from this address."""
    recently = FailedTry.at > clock.now() - timedelta(minutes=LOCKED_MINUTES)
    of_account = sa.select(sa.func.count()).where(FailedTry.account == account[:64], recently).scalar_subquery()
    of_address = sa.select(sa.func.count()).where(FailedTry.address == address, recently).scalar_subquery()
    tries = db.session.execute(sa.select(of_account, of_address)).one()
    return tries[0] >= MOST_TRIES_OF_ACCOUNT or (address != "" and tries[1] >= MOST_TRIES_OF_ADDRESS)
