"""Operations of replies to a notice: confirming, leave, substitutes."""

from portal.db.engine import db
from portal.inbox import operations as inbox
from portal.meetings.attendance.operations import forget_stay
from portal.meetings.models.attendance import Attendance
from portal.meetings.notices.notifying import address_of
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge


def confirm(attendance: Attendance, *, by: User) -> Attendance:
    """确认参会；会议秘书可以代为登记。"""
    attendance.lifecycle.fire(attendance, "confirm", by=by, on_behalf=_on_behalf(attendance, by))
    attendance.leave_reason = attendance.answer = ""
    db.session.flush()
    _tell_of_behalf(attendance, by, "已代您确认参会")
    return attendance


def ask_leave(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """请假，写明理由。"""
    attendance.lifecycle.fire(attendance, "ask_leave", by=by, why=why)
    attendance.leave_reason, attendance.answer, attendance.answered_by = why, "", None
    db.session.flush()
    inbox.notify(
        in_charge(Role.secretary), f"{attendance.name}申请请假：{attendance.meeting.title}", _place(attendance),
        body=f"理由：{why}", burst=f"attendance-{attendance.id}",
    )  # fmt: skip
    return attendance


def grant_leave(attendance: Attendance, *, by: User) -> Attendance:
    """批准请假。"""
    attendance.lifecycle.fire(attendance, "grant_leave", by=by)
    attendance.answered_by = by
    db.session.flush()
    _tell_attendee(attendance, f"请假已批准：{attendance.meeting.title}")
    return attendance


def refuse_leave(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """不同意请假，写明理由。"""
    attendance.lifecycle.fire(attendance, "refuse_leave", by=by, why=why)
    attendance.answer, attendance.answered_by = why, by
    db.session.flush()
    _tell_attendee(attendance, f"请假未获批准：{attendance.meeting.title}", f"理由：{why}")
    return attendance


def record_leave(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """登记请假：本人口头请过假的，由会议秘书登记，即为批准；误登记的签到同时撤销。"""
    attendance.lifecycle.fire(attendance, "record_leave", by=by, why=why, on_behalf=attendance.name)
    attendance.leave_reason, attendance.answer, attendance.answered_by = why, "", by
    forget_stay(attendance)
    db.session.flush()
    _tell_of_behalf(attendance, by, "已代您登记请假")
    return attendance


def set_substitute(attendance: Attendance, name: str, *, by: User) -> Attendance:
    """安排代会人员，由会议秘书或主持人批准；名字留空即取消代会。会议秘书代为安排的即为批准。"""
    approved = bool(name) and by.id != attendance.user_id
    on_behalf = _on_behalf(attendance, by)
    attendance.lifecycle.fire(attendance, "set_substitute", by=by, substitute=name, on_behalf=on_behalf)
    attendance.forget_substitute()
    attendance.substitute, attendance.substitute_waits = name, bool(name) and not approved
    attendance.substitute_approved_by, attendance.answer = by if approved else None, ""
    db.session.flush()
    if attendance.substitute_waits:
        inbox.notify(
            in_charge(Role.secretary, but=by),
            f"{attendance.name}请{name}代会：{attendance.meeting.title}", _place(attendance), body="请批准或不同意。",
            burst=f"substitute-{attendance.id}",
        )  # fmt: skip
    _tell_of_behalf(attendance, by, f"已代您安排{name}代会" if name else "已代您取消代会")
    return attendance


def approve_substitute(attendance: Attendance, *, by: User) -> Attendance:
    """批准代会。"""
    attendance.lifecycle.fire(attendance, "approve_substitute", by=by, substitute=attendance.substitute)
    attendance.substitute_waits, attendance.substitute_approved_by = False, by
    db.session.flush()
    _tell_attendee(attendance, f"代会已批准：{attendance.meeting.title}", f"由{attendance.substitute}代会。")
    return attendance


def refuse_substitute(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """不同意代会，写明理由。"""
    name = attendance.substitute
    attendance.lifecycle.fire(attendance, "refuse_substitute", by=by, why=why, substitute=name)
    attendance.forget_substitute()
    attendance.answer = why
    db.session.flush()
    _tell_attendee(attendance, f"代会未获批准：{attendance.meeting.title}", f"{name}代会，理由：{why}")
    return attendance


def _on_behalf(attendance: Attendance, by: User) -> str:
    """Whom somebody else acts for, as the journal notes it."""
    return attendance.name if by.id != attendance.user_id else ""


def _place(attendance: Attendance) -> str:
    return f"/attendances/{attendance.id}"


def _tell_of_behalf(attendance: Attendance, by: User, what: str) -> None:
    if by.id != attendance.user_id:
        _tell_attendee(attendance, f"{what}：{attendance.meeting.title}", f"由{by.name}登记。")


def _tell_attendee(attendance: Attendance, title: str, body: str = "") -> None:
    if attendance.user is not None:
        inbox.notify(
            [attendance.user], title, address_of(attendance.meeting), body=body, burst=f"attendance-{attendance.id}"
        )
