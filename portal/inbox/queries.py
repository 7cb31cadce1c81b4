"""Questions about what people were told."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from portal.database import db
from portal.inbox.models import Notice
from portal.people.models import User


def notices_of(user: User) -> sa.Select[Notice]:
    """Everything a person was told, as the question a list narrows."""
    return sa.select(Notice).where(Notice.user_id == user.id)


def only(query: Any, state: str) -> Any:
    """Those of a list of notices that are unread, or read."""
    return query.where(Notice.read_at.is_(None) if state == "unread" else Notice.read_at.is_not(None))


def unread_count(user: User) -> int:
    """How many notices a person has not read."""
    return db.session.scalar(sa.select(sa.func.count()).where(Notice.user_id == user.id, Notice.read_at.is_(None))) or 0


def newest_unread(user: User, limit: int) -> Sequence[Notice]:
    """What a person was told last and has not read."""
    newest = only(notices_of(user), "unread").order_by(Notice.at.desc(), Notice.id.desc())
    return db.session.scalars(newest.limit(limit)).all()


def notice(number: int) -> Notice | None:
    """One notice."""
    return db.session.get(Notice, number)


def told(burst: str) -> frozenset[int]:
    """Who was ever told of something, as ids."""
    return frozenset(db.session.scalars(sa.select(Notice.user_id).where(Notice.burst == burst)))
