"""Who may do what with a task."""

from typing import Any

from portal.actions.assignment import queries as assignment_queries
from portal.actions.models.action_items import ActionItem
from portal.actions.models.look_backs import LookBack
from portal.actions.models.progress import ReportFile, Stage, Support
from portal.actions.models.requests import Application, Asked, Extension
from portal.actions.models.slips import Slip
from portal.files.store import StoredFile
from portal.people.models.accounts import User
from portal.people.models.roles import Part, Role
from portal.people.rules import holds, is_secretary
from portal.web.guards import hidden


@hidden
def see_ledger(user: User, thing: Any) -> bool:
    """只有首席服务官、市级领导、督查员、会议秘书和档案员可以查看交办台账。"""
    return holds(user, *assignment_queries.AT_WORK)


@hidden
def see(user: User, action: ActionItem) -> bool:
    """只有承办和配合单位、例会成员、督查员和会议秘书可以查看这个交办事项。"""
    return (
        user.has(*assignment_queries.READ_ALL)
        or action.assigned_by_id == user.id
        or user.acts_for(action.lead_person_id, Part.tasks)
        or not user.group_ids.isdisjoint({action.audience_id, action.lead_group_id})
        or _is_of_department(user, action.lead_department_id)
        or any(_supports(user, line) for line in action.support)
    )


@hidden
def see_file(user: User, attached: ReportFile) -> bool:
    """您不能查看这个交办事项，不能下载它的附件。"""
    return see(user, attached.report.action)


@hidden
def see_extension(user: User, extension: Extension) -> bool:
    """您不能查看这个交办事项，不能查看它的延期申请。"""
    return see(user, extension.action)


@hidden
def see_support(user: User, line: Support) -> bool:
    """您不能查看这个交办事项，不能查看它的配合情况。"""
    return see(user, line.action)


@hidden
def see_part(user: User, part: Application | Stage | LookBack | Slip) -> bool:
    """您不能查看这个交办事项，不能查看它的办理情况。"""
    return see(user, part.action)


def assign(user: User, action: ActionItem | None) -> bool:
    """只有会议秘书可以交办事项。"""
    return is_secretary(user)


def edit(user: User, action: ActionItem) -> bool:
    """只有会议秘书可以修改交办事项。"""
    return is_secretary(user)


def carry_out(user: User, action: ActionItem) -> bool:
    """只有承办人可以签收、办理该事项。"""
    return user.acts_for(action.lead_person_id, Part.tasks)


def hand_over(user: User, action: ActionItem) -> bool:
    """只有承办人和会议秘书可以更换承办人。"""
    return carry_out(user, action) or is_secretary(user)


def answer_refusal(user: User, action: ActionItem) -> bool:
    """只有会议秘书可以审批退办申请。"""
    return is_secretary(user) and not user.is_close_to(action.lead_person_id)


def supervise(user: User, action: ActionItem) -> bool:
    """只有督查员可以督办、催办、销号和退回，自己承办的事项由其他督查员办理。"""
    return holds(user, Role.supervisor) and not user.is_close_to(action.lead_person_id)


def urge_all(user: User, thing: Any) -> bool:
    """只有督查员可以批量催办。"""
    return holds(user, Role.supervisor)


def hand_over_all(user: User, thing: Any) -> bool:
    """只有会议秘书可以批量更换承办人。"""
    return is_secretary(user)


def import_ledger(user: User, thing: Any) -> bool:
    """只有会议秘书和督查员可以导入旧台账。"""
    return holds(user, Role.secretary, Role.supervisor)


@hidden
def brought(user: User, file: StoredFile) -> bool:
    """只有上传的人可以查看这份台账。"""
    return file.uploaded_by_id == user.id


def suspend(user: User, action: ActionItem) -> bool:
    """只有督查员和会议秘书可以暂停和恢复办理，承办人本人不能。"""
    return holds(user, Role.supervisor, Role.secretary) and not user.is_close_to(action.lead_person_id)


def terminate(user: User, action: ActionItem) -> bool:
    """只有市级领导可以终止交办事项。"""
    return holds(user, Role.leader)


def decide_extension(user: User, extension: Extension) -> bool:
    """只有督查员和会议秘书可以审批延期申请，申请人本人不能。"""
    return holds(user, Role.supervisor, Role.secretary) and not user.is_close_to(extension.asked_by_id)


def decide_application(user: User, application: Application) -> bool:
    """只有督查员和会议秘书可以审批申请，申请人和承办人本人不能。"""
    involved = (application.asked_by_id, application.action.lead_person_id)
    return holds(user, Role.supervisor, Role.secretary) and not any(user.is_close_to(one) for one in involved)


def withdraw(user: User, asked: Asked) -> bool:
    """只有申请人可以撤回申请。"""
    return user.acts_for(asked.asked_by_id, Part.tasks)


def set_stages(user: User, action: ActionItem) -> bool:
    """只有会议秘书和督查员可以安排阶段。"""
    return holds(user, Role.secretary, Role.supervisor)


def finish_stage(user: User, stage: Stage) -> bool:
    """只有承办人可以反馈阶段完成。"""
    return carry_out(user, stage.action)


def return_support(user: User, line: Support) -> bool:
    """只有督查员可以退回配合情况，但不能退回自己反馈的。"""
    return supervise(user, line.action) and not user.is_close_to(line.person_id)


def look_back(user: User, look_back: LookBack) -> bool:
    """只有督查员可以登记回头看，自己承办的事项由其他督查员办理。"""
    return supervise(user, look_back.action)


@hidden
def see_slips(user: User, thing: Any) -> bool:
    """只有首席服务官、市级领导、督查员、会议秘书和档案员可以查看督办单。"""
    return see_ledger(user, thing)


def decide_slip(user: User, slip: Slip) -> bool:
    """只有会议秘书可以批准督办单，承办人本人不能。"""
    return is_secretary(user) and not user.is_close_to(slip.action.lead_person_id)


@hidden
def see_slip_paper(user: User, slip: Slip) -> bool:
    """督办单还没有排版完成，不能打印；请稍后再试。"""
    return see(user, slip.action) and slip.file_id is not None


def work_the_desk(user: User, thing: Any) -> bool:
    """只有督查员和会议秘书可以查看督查台。"""
    return holds(user, Role.supervisor, Role.secretary)


def add_support_line(user: User, line: Support) -> bool:
    """只有配合单位的人员可以反馈配合情况。"""
    return _supports(user, line)


def name_support_person(user: User, line: Support) -> bool:
    """只有配合单位的人员和会议秘书可以明确配合人。"""
    return is_secretary(user) or _supports(user, line)


def _supports(user: User, line: Support) -> bool:
    return (
        user.acts_for(line.person_id, Part.tasks)
        or line.group_id in user.group_ids
        or _is_of_department(user, line.department_id)
    )


def _is_of_department(user: User, department_id: int | None) -> bool:
    return department_id is not None and department_id == assignment_queries.department_of(user)
