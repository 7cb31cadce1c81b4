"""Take a step of the state table as the only one."""

from typing import Any

from portal.db.concurrency import claim
from portal.errors import Refused, Stale
from portal.minutes.models.minutes import Minutes
from portal.people.models.accounts import User


def take(minutes: Minutes, deed: str, *, by: User, read: int | None = None, why: str = "", **facts: Any) -> None:
    """Take a step as the only one: whoever read an earlier version, or presses at the same moment, is too late."""
    try:
        claim(minutes, read)
    except Stale:
        raise Refused("您打开之后，这份纪要有变动。请重新阅读后再办理。") from None
    minutes.lifecycle.fire(minutes, deed, by=by, why=why, **facts)
