"""Whom minutes notify, and of what."""

from collections.abc import Iterable

from portal.inbox import operations as inbox
from portal.minutes.models.minutes import Minutes
from portal.people.deputies.queries import with_deputies
from portal.people.models.accounts import User
from portal.people.models.roles import Part, Role
from portal.people.roles.queries import in_charge


def drafters(minutes: Minutes) -> list[User]:
    """Whoever works on the text: the recorder, else the secretaries."""
    meeting = minutes.meeting
    return [meeting.recorder] if meeting.recorder else list(in_charge(Role.secretary))


def address_of(minutes: Minutes) -> str:
    """The page of the minutes."""
    return f"/minutes/{minutes.id}"


def notify_signer(user: User, role: str, minutes: Minutes) -> None:
    """Tell whoever's turn it is to sign, as 会签人 or 签发人, and who stands in."""
    told = with_deputies([user], Part.sign)
    asked = f"请{role.removesuffix('人')}：{minutes.title}"
    inbox.notify(told, asked, f"{address_of(minutes)}/signature", burst=f"minutes-{minutes.id}")


def notify(users: Iterable[User], what: str, minutes: Minutes, body: str = "", *, part: Part | None = None) -> None:
    """Tell some people of the minutes; whoever stands in for them in this part is told too."""
    users = with_deputies(users, part) if part else users
    inbox.notify(users, f"{what}：{minutes.title}", address_of(minutes), body=body, burst=f"minutes-{minutes.id}")
