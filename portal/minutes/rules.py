"""Who may do what with minutes."""

from portal.access import hidden
from portal.meetings.models import Meeting
from portal.meetings.rules import see as see_meeting
from portal.minutes.models import Minutes
from portal.people.models import Role, User
from portal.people.rules import holds, is_secretary


def _drafts(user: User, meeting: Meeting) -> bool:
    return is_secretary(user) or user.id == meeting.recorder_id


@hidden
def see(user: User, minutes: Minutes) -> bool:
    """未印发的纪要只对会议秘书、记录人、审核人、主持人和签发人开放；印发后例会成员可以查看。"""
    meeting = minutes.meeting
    if _drafts(user, meeting) or user.id in (meeting.chair_id, meeting.reviewer_id, meeting.signatory_id):
        return True
    if not minutes.is_issued:
        return False
    return holds(user, Role.archivist) or see_meeting(user, meeting)


@hidden
def see_drafts(user: User, minutes: Minutes) -> bool:
    """纪要的修改过程只对会议秘书、记录人、审核人、主持人和签发人开放。"""
    meeting = minutes.meeting
    return _drafts(user, meeting) or user.id in (meeting.chair_id, meeting.reviewer_id, meeting.signatory_id)


@hidden
def see_opinions(user: User, minutes: Minutes) -> bool:
    """审签意见只对办理这份纪要的人员和档案员开放。"""
    return see_drafts(user, minutes) or (minutes.is_issued and holds(user, Role.archivist))


def reads_all(user: User) -> bool:
    """Whether this person reads the issued minutes of every series."""
    return holds(user, Role.secretary, Role.archivist)


def browse(user: User, thing: object) -> bool:
    """会议纪要只对会议秘书、首席服务官、市级领导、档案员和例会成员开放。"""
    return holds(user, Role.secretary, Role.officer, Role.leader, Role.archivist) or bool(user.group_ids)


def edit(user: User, minutes: Minutes) -> bool:
    """只有会议秘书和记录人可以修改纪要。"""
    return _drafts(user, minutes.meeting)


def submit(user: User, minutes: Minutes) -> bool:
    """只有会议秘书和记录人可以送审。"""
    return _drafts(user, minutes.meeting)


def review(user: User, minutes: Minutes) -> bool:
    """只有这次会议的审核人可以审核纪要；最后一稿是自己改的，由别人审核。"""
    return user.id == minutes.meeting.reviewer_id and user.id != minutes.latest.by_id


def appoint(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以指定审核人和签发人。"""
    return is_secretary(user)


def return_(user: User, minutes: Minutes) -> bool:
    """审核时由审核人退改，待签发时由签发人退改。"""
    if minutes.is_to_sign:
        return user.id == minutes.meeting.signatory_id
    return user.id == minutes.meeting.reviewer_id


def sign(user: User, minutes: Minutes) -> bool:
    """只有这次会议的签发人可以签发纪要。"""
    return user.id == minutes.meeting.signatory_id


def issue(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以印发纪要。"""
    return is_secretary(user)


def void(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以作废纪要。"""
    return is_secretary(user)


def correct(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以起草更正。"""
    return is_secretary(user)


def redo(user: User, minutes: Minutes) -> bool:
    """只有会议秘书和记录人可以要求重新排版。"""
    return _drafts(user, minutes.meeting)
