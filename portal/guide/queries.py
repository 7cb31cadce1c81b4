"""Questions about the guide."""

from flask import current_app
from werkzeug.exceptions import HTTPException

from portal.guide.models import SHEETS, Sheet
from portal.people.models.accounts import User
from portal.web.guards import can


def sheet(code: str) -> Sheet | None:
    """The sheet of one part."""
    return next((one for one in SHEETS if one.code == code), None)


def own_sheets(user: User) -> list[Sheet]:
    """The sheets of the roles this person's account has."""
    return [one for one in SHEETS if one.role is not None and user.has(one.role)]


def other_sheets(user: User) -> list[Sheet]:
    """All the other sheets."""
    own = own_sheets(user)
    return [one for one in SHEETS if one not in own]


def may_open(path: str) -> bool:
    """Whether the person at the screen could open the page of a step."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path.partition("?")[0], method="GET")
    except HTTPException:
        return False
    return can(str(endpoint))
