"""Operations of the roll: signing in, who came late or left early, visitors, the signed sheet."""

from collections.abc import Sequence

from portal.db import clock, journal
from portal.db.engine import db
from portal.errors import Refused
from portal.files.store import StoredFile
from portal.meetings.attendance import codes, queries
from portal.meetings.attendance.seating import VISITORS_FROM, order_visitors
from portal.meetings.models.attendance import Attendance, SignInScan
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.sessions import FailedTry
from portal.people.sessions.operations import TooManyTries
from portal.web.transaction import afterwards


def check_in(attendance: Attendance, *, by: User) -> Attendance:
    """签到；本人亲自到会的，原来安排的代会作罢。"""
    if by.id == attendance.user_id and attendance.substitute:
        attendance.forget_substitute()
    attendance.lifecycle.fire(attendance, "check_in", by=by)
    meeting, now = attendance.meeting, clock.now()
    attendance.checked_in_at = now
    attendance.late = by.id == attendance.user_id and meeting.is_in_session and now > meeting.late_from
    attendance.from_item = _number_under_way(meeting) if attendance.late else None
    db.session.flush()
    return attendance


def check_in_all(meeting: Meeting, *, by: User) -> list[Attendance]:
    """全部到会：登记每一位应到的人；请了假的和代会待批准的不在其内。"""
    expected = [one for one in meeting.attendances if one.is_expected]
    meeting.lifecycle.fire(meeting, "check_in_all", by=by, marked=[one.id for one in expected])
    meeting.roll_called_at = clock.now()
    for one in expected:
        one.checked_in_at, one.late, one.from_item = meeting.roll_called_at, False, None
    db.session.flush()
    return expected


def undo_check_in_all(meeting: Meeting, *, by: User) -> list[Attendance]:
    """撤销全部到会：只撤销那一次登记的人。"""
    moment = meeting.roll_called_at
    marked = [one for one in meeting.attendances if moment is not None and one.checked_in_at == moment]
    meeting.lifecycle.fire(meeting, "undo_check_in_all", by=by, unmarked=[one.id for one in marked])
    meeting.roll_called_at = None
    for one in marked:
        forget_stay(one)
    db.session.flush()
    return marked


def check_in_by_code(typed: str, *, by: User) -> Attendance:
    """按会场屏幕上的签到码自己签到；已经签到的不变。"""
    if codes.has_tried_too_often(by):
        raise TooManyTries("签到码输错的次数太多，请过几分钟再试，或请会议秘书登记签到。")
    places = queries.places_open_to(by)
    if not places:
        raise Refused("现在没有您可以签到的会议。会议当天发过通知以后，或会议进行中，才能签到。")
    place = next((one for one in places if codes.fits(one.meeting, typed)), None)
    if place is None:
        wrong = FailedTry(account=codes.tries_of(by), address="", at=clock.now())
        afterwards(lambda session: session.add(wrong))
        raise Refused("签到码不对，或已经更换。请输入会场屏幕上现在显示的四位数字。")
    return place if place.is_present else check_in(place, by=by)


def undo_check_in(attendance: Attendance, *, by: User) -> Attendance:
    """撤销签到。"""
    attendance.lifecycle.fire(attendance, "undo_check_in", by=by)
    forget_stay(attendance)
    db.session.flush()
    return attendance


def note_stay(attendance: Attendance, from_item: int | None, until_item: int | None, *, by: User) -> Attendance:
    """登记迟到早退：从第几项议题起参加，到第几项议题后离席。"""
    last = len(attendance.meeting.items)
    if any(number is not None and not 1 <= number <= last for number in (from_item, until_item)):
        raise Refused(f"这次会议共有 {last} 项议题，请从列表中选择。")
    if from_item is not None and until_item is not None and until_item < from_item:
        raise Refused("离席不能早于到会，请重新选择议题。")
    attendance.lifecycle.fire(attendance, "note_stay", by=by, from_item=from_item, until_item=until_item)
    attendance.late, attendance.from_item, attendance.until_item = from_item is not None, from_item, until_item
    db.session.flush()
    return attendance


def add_visitor(
    meeting: Meeting, name: str, department: Department | None, post: str, *, unit: str = "", by: User
) -> Attendance:
    """登记列席人员；会议进行中登记的即为已签到。"""
    meeting.lifecycle.fire(meeting, "add_visitor", by=by, name=name)
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
    attendance.lifecycle.fire(attendance, "remove_visitor", by=by, name=attendance.name)
    db.session.delete(attendance)
    db.session.flush()
    db.session.expire(meeting, ["attendances"])
    return meeting


def add_scan(meeting: Meeting, files: Sequence[StoredFile], *, by: User) -> Meeting:
    """上传签到表的扫描件，和会议一起保存。"""
    if not files:
        raise Refused("请选择签到表的扫描件或照片。")
    meeting.lifecycle.fire(meeting, "add_scan", by=by, files=[one.name for one in files])
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


def forget_stay(attendance: Attendance) -> None:
    """Forget that and when somebody came, and when they left."""
    attendance.checked_in_at, attendance.late = None, False
    attendance.from_item = attendance.until_item = None
