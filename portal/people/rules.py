"""Who may do what with people, accounts and settings; the small questions about roles that every room asks."""

from typing import Any

from portal.people.models.accounts import RoleRequest, User
from portal.people.models.deputies import Deputy
from portal.people.models.roles import Role


def holds(user: User, *roles: Role) -> bool:
    """Whether the account holds one of these roles."""
    return bool(user.is_authenticated) and user.has(*roles)


def is_secretary(user: User) -> bool:
    """Whether the account works for the office of the meetings."""
    return holds(user, Role.secretary)


def see(user: User, thing: Any) -> bool:
    """请先登录。"""
    return bool(user.is_authenticated)


def look_up(user: User, thing: Any) -> bool:
    """只有系统管理员和会议秘书可以查看人员名册。"""
    return holds(user, Role.administrator, Role.secretary)


def administer(user: User, thing: Any) -> bool:
    """只有系统管理员可以管理人员、部门、小组和门户设置。"""
    return holds(user, Role.administrator)


def confirm(user: User, request: RoleRequest) -> bool:
    """只有另一位系统管理员可以确认您提出的角色申请。"""
    return administer(user, request) and request.asked_by_id != user.id


def see_deputies(user: User, thing: Any) -> bool:
    """只有系统管理员、会议秘书和审计员可以查看全部代办。"""
    return holds(user, Role.administrator, Role.secretary, Role.auditor)


def name_deputy(user: User, person: User) -> bool:
    """只有本人、系统管理员和会议秘书可以委托代办。"""
    return person.id == user.id or holds(user, Role.administrator, Role.secretary)


def end_deputy(user: User, deputy: Deputy) -> bool:
    """只有本人、代办人、系统管理员和会议秘书可以结束代办。"""
    return user.id in {deputy.person_id, deputy.deputy_id} or holds(user, Role.administrator, Role.secretary)
