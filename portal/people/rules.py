"""Who may do what with people, accounts and settings; the small questions about roles that every room asks."""

from typing import Any

from portal.people.models import Role, User


def holds(user: User, *roles: Role) -> bool:
    """Whether the account holds one of these roles."""
    return bool(user.is_authenticated) and user.has(*roles)


def is_secretary(user: User) -> bool:
    """Whether the account works for the office of the meetings."""
    return holds(user, Role.secretary)


def see(user: User, thing: Any) -> bool:
    """请先登录。"""
    return bool(user.is_authenticated)


def administer(user: User, thing: Any) -> bool:
    """只有系统管理员可以管理人员、部门、小组和设置。"""
    return holds(user, Role.administrator)


def audit(user: User, thing: Any) -> bool:
    """只有审计员可以查看日志。"""
    return holds(user, Role.auditor)


def keep_calendar(user: User, thing: Any) -> bool:
    """只有会议秘书和系统管理员可以修改工作日历。"""
    return holds(user, Role.secretary, Role.administrator)
