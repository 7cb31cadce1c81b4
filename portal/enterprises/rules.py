"""Who may do what with enterprises and their problems."""

from typing import Any

from portal.enterprises.models.enterprises import Enterprise
from portal.enterprises.models.problems import Problem, ProblemFile
from portal.enterprises.problems import queries as problems_queries
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.rules import holds, is_secretary
from portal.web.guards import hidden


@hidden
def see_enterprises(user: User, thing: Any) -> bool:
    """只有首席服务官、市级领导、督查员和会议秘书可以查看企业和项目。"""
    return holds(user, *problems_queries.LOOK_AROUND)


def keep_enterprises(user: User, enterprise: Enterprise | None) -> bool:
    """只有会议秘书可以登记和修改企业、项目及其包联人员。"""
    return is_secretary(user)


def report(user: User, enterprise: Enterprise | None) -> bool:
    """只有首席服务官和会议秘书可以上报企业问题。"""
    return holds(user, Role.officer, Role.secretary)


@hidden
def see(user: User, problem: Problem) -> bool:
    """只有上报人、匹配的专题组、督查员、市级领导、会议秘书和研究它的例会成员可以查看这个企业问题。"""
    return (
        user.has(*problems_queries.READ_ALL)
        or problem.reporter_id == user.id
        or problem.group_id in user.group_ids
        or problems_queries.is_also_reader(user, problem)
    )


@hidden
def see_file(user: User, attached: ProblemFile) -> bool:
    """您不能查看这个企业问题，不能下载它的附件。"""
    return see(user, attached.problem)


def edit_problem(user: User, problem: Problem) -> bool:
    """只有上报人可以修改自己上报的问题。"""
    return problem.reporter_id == user.id


def match(user: User, problem: Problem) -> bool:
    """只有会议秘书可以为问题匹配专题组。"""
    return is_secretary(user)


def resolve(user: User, problem: Problem) -> bool:
    """只有匹配的专题组成员、上报人和会议秘书可以办结问题。"""
    return is_secretary(user) or problem.reporter_id == user.id or problem.group_id in user.group_ids


def confirm(user: User, problem: Problem) -> bool:
    """只有上报人和会议秘书可以登记企业的意见。"""
    return is_secretary(user) or problem.reporter_id == user.id


def reopen(user: User, problem: Problem) -> bool:
    """只有上报人和会议秘书可以把问题转为重新办理。"""
    return confirm(user, problem)
