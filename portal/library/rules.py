"""Who may read, prepare and review what is in the library, and note where it was used."""

from typing import Any

from portal.access import hidden
from portal.courses.rules import gives
from portal.courses.rules import read as reads_courses
from portal.enterprises.models import Enterprise
from portal.enterprises.rules import see_enterprises
from portal.library.models import Briefing, Policy, SourceDocument
from portal.people.models import Role, User
from portal.people.rules import holds, is_secretary


@hidden
def read(user: User, thing: Any) -> bool:
    """只有首席服务官、会议秘书、市级领导、督查员和档案员可以查看政策资料库。"""
    return reads_courses(user, thing)


@hidden
def see(user: User, policy: Policy) -> bool:
    """没有入库的政策资料只有主讲人和会议秘书可以查看。"""
    return prepare(user, policy) or (policy.course.is_published and reads_courses(user, policy))


@hidden
def see_source(user: User, source: SourceDocument) -> bool:
    """没有入库的政策资料只有主讲人和会议秘书可以查看。"""
    return see(user, source.policy)


def prepare(user: User, policy: Policy) -> bool:
    """只有主讲人和会议秘书可以整理政策资料。"""
    return gives(user, policy.course) or is_secretary(user)


def prepare_source(user: User, source: SourceDocument) -> bool:
    """只有主讲人和会议秘书可以整理政策资料。"""
    return prepare(user, source.policy)


def review(user: User, policy: Policy) -> bool:
    """只有会议秘书可以审核政策摘要。"""
    return is_secretary(user)


def brief(user: User, policy: Policy) -> bool:
    """只有首席服务官和会议秘书可以登记宣讲。"""
    return holds(user, Role.officer, Role.secretary)


@hidden
def see_enterprise(user: User, enterprise: Enterprise) -> bool:
    """只有首席服务官、市级领导、督查员和会议秘书可以查看企业和项目。"""
    return see_enterprises(user, enterprise)


def brief_enterprise(user: User, enterprise: Enterprise) -> bool:
    """只有首席服务官和会议秘书可以登记宣讲。"""
    return holds(user, Role.officer, Role.secretary)


def take_back(user: User, briefing: Briefing) -> bool:
    """只有登记的本人可以撤销这次宣讲。"""
    return briefing.by_id == user.id
