"""Who may do what with series, meetings, agenda items and attendance."""

from portal.meetings.models.agenda import AgendaItem, ItemFile
from portal.meetings.models.attendance import Attendance, SignInScan
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.notices import MeetingNotice
from portal.meetings.models.series import MeetingSeries
from portal.meetings.series.queries import PARTS
from portal.people.models.accounts import User
from portal.people.models.roles import Part, Role
from portal.people.rules import holds, is_secretary
from portal.web.guards import hidden


def attend(user: User, thing: object) -> bool:
    """只有会议秘书、首席服务官、市级领导和例会成员可以查看会议。"""
    return holds(user, Role.secretary, Role.officer, Role.leader) or bool(user.group_ids)


def keep_meetings(user: User, thing: object) -> bool:
    """只有会议秘书可以管理例会和会议。"""
    return is_secretary(user)


def chairs(user: User, meeting: Meeting) -> bool:
    """Whether somebody chairs a meeting, or stands in today for who does."""
    return user.acts_for(meeting.chair_id, Part.chair)


def takes_record(user: User, meeting: Meeting) -> bool:
    """Whether somebody takes the record of a meeting, or stands in today for who does."""
    return user.acts_for(meeting.recorder_id, Part.record)


def has_part(user: User, meeting: Meeting) -> bool:
    """Whether somebody has one of the four parts in a meeting, or stands in there today for who has."""
    return any(user.acts_for(getattr(meeting, f"{name}_id"), part) for name, part in PARTS.items())


# ── series ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@hidden
def see_series(user: User, series: MeetingSeries) -> bool:
    """只有例会成员和会议秘书可以查看这个例会。"""
    return is_secretary(user) or series.group_id in user.group_ids or user.acts_for(series.chair_id, Part.chair)


def add_series(user: User, thing: object) -> bool:
    """只有会议秘书可以新设例会。"""
    return is_secretary(user)


def edit_series(user: User, series: MeetingSeries) -> bool:
    """只有会议秘书可以修改例会。"""
    return is_secretary(user)


def schedule(user: User, series: MeetingSeries) -> bool:
    """只有会议秘书可以新建会议。"""
    return is_secretary(user)


def propose(user: User, series: MeetingSeries) -> bool:
    """只有本例会的成员和会议秘书可以申报议题。"""
    return is_secretary(user) or series.group_id in user.group_ids


# ── meetings ───────────────────────────────────────────────────────────────────────────────────────────────────────


def read_tasks(user: User, series: MeetingSeries) -> bool:
    """只有例会成员和会议秘书可以查看会上交办的事项。"""
    return is_secretary(user) or series.group_id in user.group_ids


@hidden
def see(user: User, meeting: Meeting) -> bool:
    """只有例会成员、会上有职责的人员和会议秘书可以查看会议。"""
    return (
        is_secretary(user)
        or meeting.series.group_id in user.group_ids
        or has_part(user, meeting)
        or any(item.reporter_id == user.id for item in meeting.items)
    )


def read_notice(user: User, meeting: Meeting) -> bool:
    """会议通知还没有发出，请等待通知。"""
    return is_secretary(user) or meeting.has_notice


@hidden
def see_notice(user: User, notice: MeetingNotice) -> bool:
    """只有能查看会议的人员可以查看会议通知。"""
    return see(user, notice.meeting)


def keep_notices(user: User, notice: MeetingNotice) -> bool:
    """只有会议秘书可以重新排版会议通知。"""
    return is_secretary(user)


def edit_meeting(user: User, meeting: Meeting) -> bool:
    """只有会议秘书可以修改会议安排。"""
    return is_secretary(user)


def build_agenda(user: User, meeting: Meeting) -> bool:
    """只有会议秘书可以编排议程。"""
    return is_secretary(user)


def ask_approval(user: User, meeting: Meeting) -> bool:
    """只有会议秘书可以请主持人审定议程。"""
    return is_secretary(user)


def approve_agenda(user: User, meeting: Meeting) -> bool:
    """只有主持人可以审定议程，会议秘书可以代为登记。"""
    return is_secretary(user) or chairs(user, meeting)


def announce(user: User, meeting: Meeting) -> bool:
    """只有会议秘书可以发会议通知。"""
    return is_secretary(user)


def run(user: User, meeting: Meeting) -> bool:
    """只有会议秘书和主持人可以宣布开会、散会。"""
    return is_secretary(user) or chairs(user, meeting)


def postpone(user: User, meeting: Meeting) -> bool:
    """只有会议秘书可以改期。"""
    return is_secretary(user)


def cancel(user: User, meeting: Meeting) -> bool:
    """只有会议秘书可以取消会议。"""
    return is_secretary(user)


def keep_attendance(user: User, meeting: Meeting) -> bool:
    """只有会议秘书和记录人可以登记签到和列席人员。"""
    return is_secretary(user) or takes_record(user, meeting)


def show_screen(user: User, meeting: Meeting) -> bool:
    """只有会议秘书、记录人和主持人可以打开会场屏幕。"""
    return keep_attendance(user, meeting) or chairs(user, meeting)


def turn(user: User, meeting: Meeting) -> bool:
    """只有会议秘书、主持人和记录人可以转到另一项议题。"""
    return show_screen(user, meeting)


# ── agenda items ───────────────────────────────────────────────────────────────────────────────────────────────────


@hidden
def see_item(user: User, item: AgendaItem) -> bool:
    """只有申报人、会议秘书和能查看会议的人员可以查看议题。"""
    if is_secretary(user) or user.id in (item.proposed_by_id, item.reporter_id):
        return True
    if not item.is_shared:
        return False
    return item.series.group_id in user.group_ids or (item.meeting is not None and see(user, item.meeting))


@hidden
def see_item_file(user: User, attached: ItemFile) -> bool:
    """您不能查看这个议题，不能下载它的附件。"""
    return see_item(user, attached.item)


def build_with_item(user: User, item: AgendaItem) -> bool:
    """只有会议秘书可以编排议程。"""
    return is_secretary(user)


def decide_on_item(user: User, item: AgendaItem) -> bool:
    """只有会议秘书可以采纳、退回或合并申报的议题。"""
    return is_secretary(user)


def withdraw_item(user: User, item: AgendaItem) -> bool:
    """只有申报人可以撤回自己申报的议题。"""
    return user.id == item.proposed_by_id


def mark_item(user: User, item: AgendaItem) -> bool:
    """只有会议秘书、主持人和记录人可以登记议题结果。"""
    meeting = item.meeting
    return is_secretary(user) or (meeting is not None and (chairs(user, meeting) or takes_record(user, meeting)))


def carry_over(user: User, item: AgendaItem) -> bool:
    """只有会议秘书和主持人可以决定议题是否结转。"""
    return is_secretary(user) or (item.meeting is not None and chairs(user, item.meeting))


# ── attendance ─────────────────────────────────────────────────────────────────────────────────────────────────────


@hidden
def see_attendance(user: User, attendance: Attendance) -> bool:
    """只有能查看会议的人员可以查看参会情况。"""
    return see(user, attendance.meeting)


def ask_leave(user: User, attendance: Attendance) -> bool:
    """只有会议秘书和主持人可以为别人登记请假，其他人只能为自己请假。"""
    return user.id == attendance.user_id


def reply(user: User, attendance: Attendance) -> bool:
    """只有会议秘书可以代为登记，其他人只能回复自己的参会情况。"""
    return is_secretary(user) or user.id == attendance.user_id


def keep_place(user: User, attendance: Attendance) -> bool:
    """只有本人、会议秘书、记录人和主持人可以查看一个人的参会登记。"""
    meeting = attendance.meeting
    return reply(user, attendance) or takes_record(user, meeting) or chairs(user, meeting)


def answer_leave(user: User, meeting: Meeting) -> bool:
    """只有会议秘书和主持人可以查看请假理由、审批请假。"""
    return is_secretary(user) or chairs(user, meeting)


def decide_on_leave(user: User, attendance: Attendance) -> bool:
    """只有会议秘书和主持人可以答复、登记请假，并且不能答复自己的请假。"""
    return answer_leave(user, attendance.meeting) and not user.is_close_to(attendance.user_id)


def decide_on_substitute(user: User, attendance: Attendance) -> bool:
    """只有会议秘书和主持人可以批准代会，并且不能批准自己的代会。"""
    return answer_leave(user, attendance.meeting) and not user.is_close_to(attendance.user_id)


def check_in(user: User, attendance: Attendance) -> bool:
    """只有会议秘书和记录人可以登记签到。"""
    return keep_attendance(user, attendance.meeting)


@hidden
def see_scan(user: User, scan: SignInScan) -> bool:
    """只有能查看会议的人员可以查看签到表。"""
    return see(user, scan.meeting)


def keep_scan(user: User, scan: SignInScan) -> bool:
    """只有会议秘书和记录人可以移出签到表。"""
    return keep_attendance(user, scan.meeting)
