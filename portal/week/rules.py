"""Who keeps the week."""

from typing import Any

from portal.people.models.accounts import User
from portal.people.rules import is_secretary


def keep_week(user: User, thing: Any) -> bool:
    """只有会议秘书可以查看会务安排、提醒大家。"""
    return is_secretary(user)
