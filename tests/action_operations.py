"""The operations on a task by their names, wherever they are defined."""

from collections.abc import Callable
from typing import Any

from portal.actions.assignment import operations as assignment
from portal.actions.progress import operations as progress
from portal.actions.requests import operations as requests
from portal.actions.supervision import operations as supervision


def operation(name: str) -> Callable[..., Any]:
    """The operation of that name; of each name there is one."""
    (found,) = {one for place in (assignment, progress, requests, supervision) if (one := vars(place).get(name))}
    return found  # type: ignore[no-any-return]
