"""Deeds about who is at a meeting: replies, leave, substitutes, signing in, visitors."""

from collections.abc import Sequence

from portal import clock, journal
from portal.database import db
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.meetings import room
from portal.meetings.models import Attendance, Meeting, SignInScan
from portal.meetings.operations.seating import VISITORS_FROM, order_visitors
from portal.meetings.operations.telling import address_of
from portal.people.models import Department, FailedTry, Role, User
from portal.people.operations import TooManyTries
from portal.people.queries import in_charge
from portal.request_end import afterwards
from portal.store import StoredFile


def confirm(attendance: Attendance, *, by: User) -> Attendance:
    """确认参会；会议秘书可以代为登记。"""
    attendance.lifecycle.take(attendance, "confirm", by=by, on_behalf=_on_behalf(attendance, by))
    attendance.leave_reason = attendance.answer = ""
    db.session.flush()
    _tell_of_behalf(attendance, by, "已代您确认参会")
    return attendance


def ask_leave(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """请假，写明理由。"""
    attendance.lifecycle.take(attendance, "ask_leave", by=by, why=why)
    attendance.leave_reason, attendance.answer, attendance.answered_by = why, "", None
    db.session.flush()
    inbox.tell(
        in_charge(Role.secretary), f"{attendance.name}申请请假：{attendance.meeting.title}", _place(attendance),
        body=f"理由：{why}", burst=f"attendance-{attendance.id}",
    )  # fmt: skip
    return attendance


def grant_leave(attendance: Attendance, *, by: User) -> Attendance:
    """批准请假。"""
    attendance.lifecycle.take(attendance, "grant_leave", by=by)
    attendance.answered_by = by
    db.session.flush()
    _tell_attendee(attendance, f"请假已批准：{attendance.meeting.title}")
    return attendance


def refuse_leave(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """不同意请假，写明理由。"""
    attendance.lifecycle.take(attendance, "refuse_leave", by=by, why=why)
    attendance.answer, attendance.answered_by = why, by
    db.session.flush()
    _tell_attendee(attendance, f"请假未获批准：{attendance.meeting.title}", f"理由：{why}")
    return attendance


def record_leave(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """登记请假：本人口头请过假的，由会议秘书登记，即为批准；误登记的签到同时撤销。"""
    attendance.lifecycle.take(attendance, "record_leave", by=by, why=why, on_behalf=attendance.name)
    attendance.leave_reason, attendance.answer, attendance.answered_by = why, "", by
    _forget_stay(attendance)
    db.session.flush()
    _tell_of_behalf(attendance, by, "已代您登记请假")
    return attendance


def set_substitute(attendance: Attendance, name: str, *, by: User) -> Attendance:
    """安排代会人员，由会议秘书或主持人批准；名字留空即取消代会。会议秘书代为安排的即为批准。"""
    approved = bool(name) and by.id != attendance.user_id
    on_behalf = _on_behalf(attendance, by)
    attendance.lifecycle.take(attendance, "set_substitute", by=by, substitute=name, on_behalf=on_behalf)
    attendance.forget_substitute()
    attendance.substitute, attendance.substitute_waits = name, bool(name) and not approved
    attendance.substitute_approved_by, attendance.answer = by if approved else None, ""
    db.session.flush()
    if attendance.substitute_waits:
        inbox.tell(
            in_charge(Role.secretary, but=by),
            f"{attendance.name}请{name}代会：{attendance.meeting.title}", _place(attendance), body="请批准或不同意。",
            burst=f"substitute-{attendance.id}",
        )  # fmt: skip
    _tell_of_behalf(attendance, by, f"已代您安排{name}代会" if name else "已代您取消代会")
    return attendance


def approve_substitute(attendance: Attendance, *, by: User) -> Attendance:
    """批准代会。"""
    attendance.lifecycle.take(attendance, "approve_substitute", by=by, substitute=attendance.substitute)
    attendance.substitute_waits, attendance.substitute_approved_by = False, by
    db.session.flush()
    _tell_attendee(attendance, f"代会已批准：{attendance.meeting.title}", f"由{attendance.substitute}代会。")
    return attendance


def refuse_substitute(attendance: Attendance, why: str, *, by: User) -> Attendance:
    """不同意代会，写明理由。"""
    name = attendance.substitute
    attendance.lifecycle.take(attendance, "refuse_substitute", by=by, why=why, substitute=name)
    attendance.forget_substitute()
    attendance.answer = why
    db.session.flush()
    _tell_attendee(attendance, f"代会未获批准：{attendance.meeting.title}", f"{name}代会，理由：{why}")
    return attendance


def check_in(attendance: Attendance, *, by: User) -> Attendance:
    """签到；本人亲自到会的，原来安排的代会作罢。"""
    if by.id == attendance.user_id and attendance.substitute:
        attendance.forget_substitute()
    attendance.lifecycle.take(attendance, "check_in", by=by)
    meeting, now = attendance.meeting, clock.now()
    attendance.checked_in_at = now
    attendance.late = by.id == attendance.user_id and meeting.is_in_session and now > meeting.late_from
    attendance.from_item = _number_under_way(meeting) if attendance.late else None
    db.session.flush()
    return attendance


def check_in_all(meeting: Meeting, *, by: User) -> list[Attendance]:
    """全部到会：登记每一位应到的人；请了假的和代会待批准的不在其内。"""
    expected = [one for one in meeting.attendances if one.is_expected]
    meeting.lifecycle.take(meeting, "check_in_all", by=by, marked=[one.id for one in expected])
    meeting.roll_called_at = clock.now()
    for one in expected:
        one.checked_in_at, one.late, one.from_item = meeting.roll_called_at, False, None
    db.session.flush()
    return expected


def undo_check_in_all(meeting: Meeting, *, by: User) -> list[Attendance]:
    """撤销全部到会：只撤销那一次登记的人。"""
    moment = meeting.roll_called_at
    marked = [one for one in meeting.attendances if moment is not None and one.checked_in_at == moment]
    meeting.lifecycle.take(meeting, "undo_check_in_all", by=by, unmarked=[one.id for one in marked])
    meeting.roll_called_at = None
    for one in marked:
        _forget_stay(one)
    db.session.flush()
    return marked


def check_in_by_code(typed: str, *, by: User) -> Attendance:
    """按会场屏幕上的签到码自己签到；已经签到的不变。"""
    if room.has_tried_too_often(by):
        raise TooManyTries("签到码输错的次数太多，请过几分钟再试，或请会议秘书登记签到。")
    places = room.places_open_to(by)
    if not places:
        raise Refused("现在没有您可以签到的会议。会议当天发过通知以后，或会议进行中，才能签到。")
    place = next((one for one in places if room.fits(one.meeting, typed)), None)
    if place is None:
        wrong = FailedTry(account=room.tries_of(by), address="", at=clock.now())
        afterwards(lambda session: session.add(wrong))
        raise Refused("签到码不对，或已经更换。请输入会场屏幕上现在显示的四位数字。")
    return place if place.is_present else check_in(place, by=by)


def undo_check_in(attendance: Attendance, *, by: User) -> Attendance:
    """撤销签到。"""
    attendance.lifecycle.take(attendance, "undo_check_in", by=by)
    _forget_stay(attendance)
    db.session.flush()
    return attendance


def note_stay(attendance: Attendance, from_item: int | None, until_item: int | None, *, by: User) -> Attendance:
    """登记迟到早退：从第几项议题起参加，到第几项议题后离席。"""
    last = len(attendance.meeting.items)
    if any(number is not None and not 1 <= number <= last for number in (from_item, until_item)):
        raise Refused(f"这次会议共有 {last} 项议题，请从列表中选择。")
    if from_item is not None and until_item is not None and until_item < from_item:
        raise Refused("离席不能早于到会，请重新选择议题。")
    attendance.lifecycle.take(attendance, "note_stay", by=by, from_item=from_item, until_item=until_item)
    attendance.late, attendance.from_item, attendance.until_item = from_item is not None, from_item, until_item
    db.session.flush()
    return attendance


def add_visitor(
    meeting: Meeting, name: str, department: Department | None, post: str, *, unit: str = "", by: User
) -> Attendance:
    """登记列席人员；会议进行中登记的即为已签到。"""
    meeting.lifecycle.take(meeting, "add_visitor", by=by, name=name)
    visitor = Attendance(
        position=VISITORS_FROM, name=name, department=department, unit="" if department else unit, post=post,
        member=False, checked_in_at=clock.now() if meeting.is_in_session else None,
    )  # fmt: skip
    meeting.attendances.append(visitor)
    order_visitors(meeting)
    db.session.flush()
    return visitor


def remove_visitor(attendance: Attendance, *, by: User) -> Meeting:
    """移出列席人员。"""
    meeting = attendance.meeting
    attendance.lifecycle.take(attendance, "remove_visitor", by=by, name=attendance.name)
    db.session.delete(attendance)
    db.session.flush()
    db.session.expire(meeting, ["attendances"])
    return meeting




def add_scan(meeting: Meeting, files: Sequence[StoredFile], *, by: User) -> Meeting:
    """上传签到表的扫描件，和会议一起保存。"""
    if not files:
        raise Refused("请选择签到表的扫描件或照片。")
    meeting.lifecycle.take(meeting, "add_scan", by=by, files=[one.name for one in files])
    meeting.scans.extend(SignInScan(file=one) for one in files)
    db.session.flush()
    return meeting


def remove_scan(scan: SignInScan, *, by: User) -> Meeting:
    """移出传错的签到表扫描件；纪要印发后不能再移。"""
    meeting = scan.meeting
    if meeting.is_concluded:
        raise Refused("会议纪要已经印发，签到表不能再移出。")
    journal.record(by, "meetings.remove_scan", meeting, "移出签到表", file=scan.file.name)
    meeting.scans.remove(scan)
    db.session.delete(scan)
    db.session.flush()
    return meeting


def _number_under_way(meeting: Meeting) -> int | None:
    return next((number for number, item in enumerate(meeting.items, 1) if item.is_running), None)


def _forget_stay(attendance: Attendance) -> None:
    attendance.checked_in_at, attendance.late = None, False
    attendance.from_item = attendance.until_item = None


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
        inbox.tell(
            [attendance.user], title, address_of(attendance.meeting), body=body, burst=f"attendance-{attendance.id}"
        )
