"""Who may set what holds for everybody, and who reads the journal."""

from typing import Any

from portal.files.store import StoredFile
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.rules import holds
from portal.web.guards import hidden


def administer(user: User, thing: Any) -> bool:
    """只有系统管理员可以修改门户设置。"""
    return holds(user, Role.administrator)


def see_calendar(user: User, thing: Any) -> bool:
    """请先登录。"""
    return bool(user.is_authenticated)


def keep_calendar(user: User, thing: Any) -> bool:
    """只有会议秘书和系统管理员可以修改工作日历。"""
    return holds(user, Role.secretary, Role.administrator)


@hidden
def read_notice(user: User, file: StoredFile) -> bool:
    """只有上传的人可以核对、导入这份放假通知。"""
    return keep_calendar(user, None) and file.uploaded_by_id == user.id


def audit(user: User, thing: Any) -> bool:
    """只有审计员可以查看日志。"""
    return holds(user, Role.auditor)
