"""Deeds of the inbox: telling people, and reading."""

from collections.abc import Iterable

import sqlalchemy as sa

from portal import clock
from portal.database import db
from portal.inbox.models import Notice
from portal.people.models import User


def tell(users: Iterable[User], title: str, url: str, *, body: str = "", burst: str = "") -> None:
    """Tell people something, with the page to act on; an unread notice of the same `burst` is replaced.

    Leaves no journal entry of its own: it is part of the deed that people are told of.
    """
    numbers = list(dict.fromkeys(user.id for user in users if user.active))
    if not numbers:
        return
    if burst:
        db.session.execute(
            sa.delete(Notice).where(Notice.user_id.in_(numbers), Notice.burst == burst, Notice.read_at.is_(None))
        )
    moment = clock.now()
    db.session.execute(
        sa.insert(Notice),
        [
            {"user_id": number, "at": moment, "title": title, "body": body, "url": url, "burst": burst}
            for number in numbers
        ],
    )


def read(notice: Notice) -> Notice:
    """Note that a notice was read."""
    notice.read_at = notice.read_at or clock.now()
    db.session.flush()
    return notice


def read_all(user: User) -> None:
    """Note that everything was read."""
    db.session.execute(
        sa.update(Notice).where(Notice.user_id == user.id, Notice.read_at.is_(None)).values(read_at=clock.now())
    )
