"""Deeds about people: signing in and out."""

import secrets

import sqlalchemy as sa

from portal import clock, journal
from portal.database import add, db
from portal.people import queries
from portal.people.models import LoginSession, User


def open_session(user: User, *, address: str = "", agent: str = "") -> str:
    """Begin a sign-in; returns the token for the cookie, which is stored only as its hash."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    add(
        LoginSession(
            token_hash=queries.hash_of(token), user_id=user.id, created_at=moment, seen_at=moment,
            address=address, agent=agent[:200],
        )
    )  # fmt: skip
    journal.record(user, "people.sign_in", user, "登录")
    return token


def close_session(token: str, *, by: User) -> None:
    """End one sign-in."""
    db.session.execute(sa.delete(LoginSession).where(LoginSession.token_hash == queries.hash_of(token)))
    journal.record(by, "people.sign_out", by, "退出")


def close_sessions_of(user: User, *, keep: str = "") -> None:
    """End every sign-in of a person, but the one with the token `keep`."""
    db.session.execute(
        sa.delete(LoginSession).where(
            LoginSession.user_id == user.id, LoginSession.token_hash != (queries.hash_of(keep) if keep else "")
        )
    )
