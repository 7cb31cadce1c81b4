"""Who may do what with minutes."""

from portal.files.store import StoredFile
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import MeetingSeries
from portal.meetings.rules import see as see_meeting
from portal.meetings.rules import takes_record
from portal.minutes.consultation import queries as consultation_queries
from portal.minutes.issue import queries as issue_queries
from portal.minutes.models.comment import MinutesComment
from portal.minutes.models.minutes import Minutes
from portal.people.models.accounts import User
from portal.people.models.roles import Part, Role
from portal.people.rules import holds, is_secretary
from portal.web.guards import hidden


def _drafts(user: User, meeting: Meeting) -> bool:
    return is_secretary(user) or takes_record(user, meeting)


def _works_on(user: User, minutes: Minutes) -> bool:
    """Whoever has a part in the minutes, also as a deputy or as one of several signers."""
    meeting = minutes.meeting
    return (
        _drafts(user, meeting)
        or user.acts_for(meeting.chair_id, Part.chair)
        or user.acts_for(meeting.reviewer_id, Part.review)
        or user.acts_for(meeting.signatory_id, Part.sign)
        or _signs(user, minutes)
    )


def _signs(user: User, minutes: Minutes) -> bool:
    """Whether this person is, or was, to sign the paper."""
    document = minutes.document
    return document is not None and any(user.acts_for(one.user_id, Part.sign) for one in document.signatures)


@hidden
def see(user: User, minutes: Minutes) -> bool:
    """只有会议秘书、记录人、审核人、主持人和签署人员可以查看未印发的纪要；印发后例会成员和印发范围内的人员也可以查看。"""
    if _works_on(user, minutes):
        return True
    if not minutes.is_issued:
        return False
    return (
        holds(user, Role.archivist)
        or see_meeting(user, minutes.meeting)
        or issue_queries.is_named_reader(user, minutes)
    )


@hidden
def see_drafts(user: User, minutes: Minutes) -> bool:
    """只有会议秘书、记录人、审核人、主持人和签署人员可以查看纪要的修改过程。"""
    return _works_on(user, minutes)


@hidden
def see_opinions(user: User, minutes: Minutes) -> bool:
    """只有办理这份纪要的人员和档案员可以查看审签意见。"""
    return see_drafts(user, minutes) or (minutes.is_issued and holds(user, Role.archivist))


def reads_all(user: User) -> bool:
    """Whether this person reads the issued minutes of every series."""
    return holds(user, Role.secretary, Role.archivist)


def browse(user: User, thing: object) -> bool:
    """只有会议秘书、首席服务官、市级领导、档案员和例会成员可以查看会议纪要。"""
    return holds(user, Role.secretary, Role.officer, Role.leader, Role.archivist) or bool(user.group_ids)


def edit(user: User, minutes: Minutes) -> bool:
    """只有会议秘书和记录人可以修改纪要。"""
    return _drafts(user, minutes.meeting)


def submit(user: User, minutes: Minutes) -> bool:
    """只有会议秘书和记录人可以送审。"""
    return _drafts(user, minutes.meeting)


def review(user: User, minutes: Minutes) -> bool:
    """只有这次会议的审核人可以审核纪要；最后一稿是自己改的，由别人审核。"""
    return user.acts_for(minutes.meeting.reviewer_id, Part.review) and not user.is_close_to(minutes.latest.by_id)


def appoint(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以指定审核人和签发人。"""
    return is_secretary(user)


def return_(user: User, minutes: Minutes) -> bool:
    """现在不能由您退改：审核中由审核人退改，待签发时由当前签名人退改。"""
    if minutes.is_to_sign:
        return sign(user, minutes)
    return user.acts_for(minutes.meeting.reviewer_id, Part.review)


def sign(user: User, minutes: Minutes) -> bool:
    """还没有轮到您签发这份纪要。"""
    turn = minutes.document.next_signature if minutes.document else None
    return user.acts_for(turn.user_id if turn else minutes.meeting.signatory_id, Part.sign)


def sign_outside(user: User, minutes: Minutes) -> bool:
    """还没有轮到您签名：审核中由审核人签，待签发时由当前签名人签。"""
    return sign(user, minutes) if minutes.is_to_sign else review(user, minutes)


def recall(user: User, minutes: Minutes) -> bool:
    """只有会议秘书和记录人可以撤回送审。"""
    return _drafts(user, minutes.meeting)


def comment(user: User, minutes: Minutes) -> bool:
    """只有审核人、会议秘书、记录人和主持人可以填写批注。"""
    return _works_on(user, minutes)


@hidden
def see_comment(user: User, comment: MinutesComment) -> bool:
    """只有办理这份纪要的人员可以查看批注。"""
    return _works_on(user, comment.minutes)


def resolve(user: User, comment: MinutesComment) -> bool:
    """只有批注人、会议秘书和记录人可以处理批注。"""
    return user.id == comment.by_id or _drafts(user, comment.minutes.meeting)


def consult(user: User, minutes: Minutes) -> bool:
    """只有会议秘书和记录人可以征求意见。"""
    return _drafts(user, minutes.meeting)


@hidden
def answer(user: User, minutes: Minutes) -> bool:
    """这次征求意见没有发给您，不需要答复。"""
    return consultation_queries.is_asked(user, minutes)


def address(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以确定印发范围。"""
    return is_secretary(user)


def see_readings(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以查看阅读记录。"""
    return is_secretary(user)


def audit(user: User, minutes: Minutes) -> bool:
    """只有会议秘书、档案员和签署人员可以生成签署过程证明。"""
    return _works_on(user, minutes) or (minutes.is_issued and holds(user, Role.archivist))


def set_signing(user: User, series: MeetingSeries) -> bool:
    """只有会议秘书可以修改签署设置。"""
    return is_secretary(user)


def issue(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以印发纪要。"""
    return is_secretary(user)


def void(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以作废纪要。"""
    return is_secretary(user)


def correct(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以起草更正。"""
    return is_secretary(user)


def enter_back(user: User, thing: object) -> bool:
    """只有会议秘书可以补录门户启用之前印发的纪要。"""
    return is_secretary(user)


@hidden
def brought(user: User, file: StoredFile) -> bool:
    """这批补录的文件不是您上传的。"""
    return file.uploaded_by_id == user.id


def amend(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以修改补录的纪要。"""
    return is_secretary(user)


def revoke(user: User, minutes: Minutes) -> bool:
    """只有会议秘书可以作废补录的纪要。"""
    return is_secretary(user)


def redo(user: User, minutes: Minutes) -> bool:
    """只有会议秘书和记录人可以要求重新排版。"""
    return _drafts(user, minutes.meeting)
