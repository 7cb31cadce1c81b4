"""Who may do what with archival records."""

from portal.archive.models.appraisals import Appraisal
from portal.archive.models.pieces import ArchivalRecord
from portal.archive.pieces.queries import PRIVATE
from portal.meetings.models.meetings import Meeting
from portal.meetings.rules import see as see_meeting
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.rules import holds
from portal.web.guards import hidden


def browse(user: User, thing: object) -> bool:
    """只有档案员、会议秘书、首席服务官、市级领导和例会成员可以查看档案。"""
    return holds(user, Role.archivist, Role.secretary, Role.officer, Role.leader) or bool(user.group_ids)


@hidden
def see(user: User, record: ArchivalRecord) -> bool:
    """您没有查看这件档案的权限，需要利用的请联系档案员。"""
    appraised = record.is_over or record.is_removed
    if holds(user, Role.archivist, Role.secretary) or (appraised and holds(user, Role.leader)):
        return True
    meeting = record.meeting
    if record.kind in PRIVATE:
        return user.id in (meeting.chair_id, meeting.recorder_id, meeting.reviewer_id, meeting.signatory_id)
    return see_meeting(user, meeting)


@hidden
def see_dossier(user: User, meeting: Meeting) -> bool:
    """只有档案员和能查看这次会议的人员可以查看会议档案。"""
    return holds(user, Role.archivist) or see_meeting(user, meeting)


def accept(user: User, record: ArchivalRecord | None) -> bool:
    """只有档案员可以接收归档。"""
    return holds(user, Role.archivist)


def accept_all(user: User, meeting: Meeting) -> bool:
    """只有档案员可以接收归档。"""
    return holds(user, Role.archivist)


def check(user: User, record: ArchivalRecord) -> bool:
    """只有档案员可以检测档案。"""
    return holds(user, Role.archivist)


def appraise(user: User, thing: object) -> bool:
    """只有档案员可以提出到期鉴定，只有另一位档案员或市级领导可以批准。"""
    return holds(user, Role.archivist, Role.leader)


def propose(user: User, thing: object) -> bool:
    """只有档案员可以提出鉴定意见。"""
    return holds(user, Role.archivist)


def decide(user: User, appraisal: Appraisal) -> bool:
    """只有另一位档案员或市级领导可以批准鉴定意见，提出的人不能自己批准。"""
    return holds(user, Role.archivist, Role.leader) and user.id != appraisal.proposed_by_id


def export(user: User, thing: object) -> bool:
    """只有档案员可以导出档案。"""
    return holds(user, Role.archivist)


def export_dossier(user: User, meeting: Meeting) -> bool:
    """只有档案员可以导出档案。"""
    return holds(user, Role.archivist)


def receive(user: User, thing: object) -> bool:
    """只有档案员可以接收移交的档案。"""
    return holds(user, Role.archivist)


def search(user: User, thing: object) -> bool:
    """系统管理员和审计员不能检索会议内容。"""
    return holds(user, *(set(Role) - {Role.administrator, Role.auditor})) or bool(user.group_ids)
