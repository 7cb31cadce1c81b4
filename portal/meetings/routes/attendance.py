"""Doors of the roll: replies, leave, substitutes, signing in, visitors, the signed sheet."""

from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from portal import errands, pages, store
from portal.access import door_open, me, needs
from portal.errors import Refused
from portal.meetings import forms, operations, queries, rules, sheet
from portal.meetings.models import Attendance, Meeting, SignInScan, no_roll
from portal.meetings.routes.doors import bp, typed_reason, whole
from portal.people.queries import departments
from portal.uploads import take_in


@bp.route("/meetings/<thing:meeting>/attendance")
@needs(rules.see)
def attendance(meeting: Meeting) -> ResponseReturnValue:
    """参会和签到。"""
    form = _visitor_form(meeting)
    return pages.show("meetings/attendance.html", fragment="meetings/_roll.html", form=form, **_roll(meeting))


def _roll(meeting: Meeting) -> dict[str, Any]:
    return {
        "meeting": meeting,
        "tally": queries.tally(meeting),
        "checks": rules.keep_attendance(me(), meeting) and meeting.takes_roll,
        "answers": rules.answer_leave(me(), meeting),
        "decides": rules.answer_leave(me(), meeting) and meeting.takes_roll,
    }


def _visitor_form(meeting: Meeting) -> forms.VisitorForm | None:
    """The form for one more visitor, where one can be entered."""
    open_now = rules.keep_attendance(me(), meeting) and meeting.takes_roll
    return forms.VisitorForm(departments()) if open_now else None


def _roll_done(meeting: Meeting, sentence: str) -> Response:
    address = url_for("meetings.attendance", meeting=meeting.id)
    if not pages.is_fragment_request():
        return pages.done(_from_place() or address, sentence)
    return pages.done(address, sentence, fragment="meetings/_roll.html", **_roll(whole(meeting)))


def _from_place() -> str | None:
    """The page of one person's place, for who came from there."""
    came = pages.back()
    return came if came and came.startswith("/attendances/") else None


@bp.post("/meetings/<thing:meeting>/attendance/all")
@needs(rules.see, rules.keep_attendance, move="check_in_all")
def check_in_all(meeting: Meeting) -> ResponseReturnValue:
    """登记全部到会；已请假的和代会待批准的不在其内。"""
    marked = operations.check_in_all(meeting, by=me())
    return _roll_done(meeting, f"已登记 {len(marked)} 人到会。没有到会的，请在名单中逐个登记。")


@bp.post("/meetings/<thing:meeting>/attendance/all/undo")
@needs(rules.see, rules.keep_attendance, move="undo_check_in_all")
def undo_check_in_all(meeting: Meeting) -> ResponseReturnValue:
    """撤销刚才的全部到会。"""
    unmarked = operations.undo_check_in_all(meeting, by=me())
    return _roll_done(meeting, f"已撤销 {len(unmarked)} 人的到会登记。")


@bp.route("/attendances/<thing:attendance>")
@needs(rules.see_attendance, rules.keep_place)
def show_place(attendance: Attendance) -> ResponseReturnValue:
    """一个人的参会登记：回复、请假、代会、签到、迟到早退。"""
    meeting = attendance.meeting
    stay = attendance.lifecycle.is_open(attendance, "note_stay") and rules.check_in(me(), attendance)
    data = {"from_item": attendance.from_item, "until_item": attendance.until_item}
    form = forms.StayForm(meeting.items, data=data) if stay else None
    return _show_place(attendance, form)


def _show_place(attendance: Attendance, form: forms.StayForm | None) -> Response:
    meeting = attendance.meeting
    reads = attendance.user_id == me().id or rules.answer_leave(me(), meeting)
    return pages.show("meetings/place.html", attendance=attendance, meeting=meeting, reads=reads, form=form)


@bp.post("/attendances/<thing:attendance>/check-in")
@needs(rules.see_attendance, rules.check_in, move="check_in")
def check_in(attendance: Attendance) -> ResponseReturnValue:
    """登记签到。"""
    operations.check_in(attendance, by=me())
    return _roll_done(attendance.meeting, "")


@bp.post("/attendances/<thing:attendance>/check-in/undo")
@needs(rules.see_attendance, rules.check_in, move="undo_check_in")
def undo_check_in(attendance: Attendance) -> ResponseReturnValue:
    """撤销签到。"""
    operations.undo_check_in(attendance, by=me())
    return _roll_done(attendance.meeting, f"已撤销{attendance.name}的签到。")


@bp.post("/attendances/<thing:attendance>/stay")
@needs(rules.see_attendance, rules.check_in, move="note_stay")
def note_stay(attendance: Attendance) -> ResponseReturnValue:
    """登记迟到早退。"""
    form = forms.StayForm(attendance.meeting.items)
    numbers = (form.from_item.data, form.until_item.data)
    if form.ready() and form.attempt(operations.note_stay, attendance, *numbers, by=me()) is not None:
        address = url_for("meetings.attendance", meeting=attendance.meeting_id)
        return pages.done(address, f"已登记{attendance.name}：{attendance.stay or '全程参加'}。")
    return _show_place(attendance, form)


@bp.post("/meetings/<thing:meeting>/visitors")
@needs(rules.see, rules.keep_attendance, move="add_visitor")
def add_visitor(meeting: Meeting) -> ResponseReturnValue:
    """登记列席人员。"""
    form = forms.VisitorForm(departments())
    if form.ready():
        department = forms.picked(form.departments, form.department_id.data)
        name, post, unit = form.name.data, form.post.data, form.unit.data or ""
        if form.attempt(operations.add_visitor, meeting, name, department, post, unit=unit, by=me()):
            return pages.done(url_for("meetings.attendance", meeting=meeting.id), f"已登记列席人员：{name}。")
    return pages.show("meetings/attendance.html", form=form, **_roll(meeting))


@bp.post("/attendances/<thing:attendance>/removal")
@needs(rules.see_attendance, rules.check_in, move="remove_visitor")
def remove_visitor(attendance: Attendance) -> ResponseReturnValue:
    """移出列席人员。"""
    name, meeting = attendance.name, operations.remove_visitor(attendance, by=me())
    return pages.done(url_for("meetings.attendance", meeting=meeting.id), f"已移出列席人员：{name}。")


@bp.post("/attendances/<thing:attendance>/confirmation")
@needs(rules.see_attendance, rules.reply, move="confirm")
def confirm(attendance: Attendance) -> ResponseReturnValue:
    """确认参会；会议秘书可以代为登记。"""
    operations.confirm(attendance, by=me())
    return _replied(attendance, "已确认参会。")


def _replied(attendance: Attendance, sentence: str) -> Response:
    """Back to where the reply was made: the person's place, or the meeting."""
    return pages.done(_from_place() or url_for("meetings.show", meeting=attendance.meeting_id), sentence)


@bp.route("/attendances/<thing:attendance>/leave", methods=["GET", "POST"])
@needs(rules.see_attendance, rules.ask_leave, move="ask_leave")
def ask_leave(attendance: Attendance) -> ResponseReturnValue:
    """请假。"""
    form = forms.LeaveForm()
    if form.ready():
        address = url_for("meetings.show", meeting=attendance.meeting_id)
        if form.attempt(operations.ask_leave, attendance, form.why.data or "", by=me()):
            return pages.done(address, "请假申请已提交，等待会议秘书审批。")
    return pages.show(
        "meetings/reply.html", attendance=attendance, form=form, field=form.why, word="请假",
        question=f"请假：{attendance.meeting.title}", hint="会议秘书批准后生效；可以另行安排代会。", button="提交请假",
    )  # fmt: skip


@bp.post("/attendances/<thing:attendance>/leave/record")
@needs(rules.see_attendance, rules.decide_on_leave, move="record_leave")
def record_leave(attendance: Attendance) -> ResponseReturnValue:
    """登记请假：本人口头请过假的，由会议秘书登记。"""
    operations.record_leave(attendance, typed_reason(200) or "口头请假", by=me())
    return _roll_done(attendance.meeting, f"已登记{attendance.name}请假。")


@bp.post("/attendances/<thing:attendance>/leave/grant")
@needs(rules.see_attendance, rules.decide_on_leave, move="grant_leave")
def grant_leave(attendance: Attendance) -> ResponseReturnValue:
    """批准请假。"""
    operations.grant_leave(attendance, by=me())
    return _roll_done(attendance.meeting, f"已批准{attendance.name}请假。")


@bp.post("/attendances/<thing:attendance>/leave/refusal")
@needs(rules.see_attendance, rules.decide_on_leave, move="refuse_leave")
def refuse_leave(attendance: Attendance) -> ResponseReturnValue:
    """不同意请假。"""
    operations.refuse_leave(attendance, typed_reason(), by=me())
    return _roll_done(attendance.meeting, f"已答复{attendance.name}：不同意请假。")


@bp.route("/attendances/<thing:attendance>/substitute", methods=["GET", "POST"])
@needs(rules.see_attendance, rules.reply, move="set_substitute")
def set_substitute(attendance: Attendance) -> ResponseReturnValue:
    """安排代会人员。"""
    form = forms.SubstituteForm(data={"name": attendance.substitute})
    if form.ready():
        name = form.name.data or ""
        if form.attempt(operations.set_substitute, attendance, name, by=me()):
            waits = "，等待批准" if attendance.substitute_waits else ""
            said = f"已安排{name}代会{waits}。" if name else "已取消代会。"
            mine = attendance.user_id == me().id
            address = url_for("meetings.show", meeting=attendance.meeting_id)
            return pages.done(address if mine else url_for("meetings.show_place", attendance=attendance), said)
    waits = "由会议秘书或主持人批准后生效。" if attendance.user_id == me().id else ""
    return pages.show(
        "meetings/reply.html", attendance=attendance, form=form, field=form.name, word="安排代会",
        question=f"谁代{attendance.name}参会？", button="保存",
        hint=f"会议纪要上印作：某某某（代{attendance.name}）。留空即取消代会。{waits}",
    )  # fmt: skip


@bp.post("/attendances/<thing:attendance>/substitute/approval")
@needs(rules.see_attendance, rules.decide_on_substitute, move="approve_substitute")
def approve_substitute(attendance: Attendance) -> ResponseReturnValue:
    """批准代会。"""
    operations.approve_substitute(attendance, by=me())
    return _roll_done(attendance.meeting, f"已批准{attendance.substitute}代{attendance.name}参会。")


@bp.post("/attendances/<thing:attendance>/substitute/refusal")
@needs(rules.see_attendance, rules.decide_on_substitute, move="refuse_substitute")
def refuse_substitute(attendance: Attendance) -> ResponseReturnValue:
    """不同意代会。"""
    operations.refuse_substitute(attendance, typed_reason(), by=me())
    return _roll_done(attendance.meeting, f"已答复{attendance.name}：不同意代会。")


@bp.route("/meetings/<thing:meeting>/sign-in")
@needs(rules.see)
def show_sheet(meeting: Meeting) -> ResponseReturnValue:
    """签到表：打印、签字、上传扫描件。"""
    return _show_sheet(meeting)


def _show_sheet(meeting: Meeting, form: forms.ScanForm | None = None) -> Response:
    form = (form or forms.ScanForm()) if door_open("meetings.add_scan", meeting) else None
    scans, paper = queries.scans_of(meeting), sheet.paper_of(meeting)
    return pages.show("meetings/sign_in.html", meeting=meeting, sheet=paper, scans=scans, form=form)


@bp.post("/meetings/<thing:meeting>/sign-in/pdf")
@needs(rules.see, rules.keep_attendance, when=(no_roll,))
def print_sheet(meeting: Meeting) -> ResponseReturnValue:
    """把签到表排成 A4 的 PDF。"""
    if why_not := no_roll(meeting):
        raise Refused(why_not)
    facts = {"meeting": meeting.id}
    return pages.done(errands.address_of(errands.ask("meetings.print_sheet", by=me(), facts=facts)))


@bp.post("/meetings/<thing:meeting>/scans")
@needs(rules.see, rules.keep_attendance, move="add_scan")
def add_scan(meeting: Meeting) -> ResponseReturnValue:
    """上传签到表的扫描件。"""
    form = forms.ScanForm()
    if form.ready() and form.attempt(_add_scan, meeting, form) is not None:
        return pages.done(url_for("meetings.show_sheet", meeting=meeting.id), "签到表已上传。")
    return _show_sheet(meeting, form)


def _add_scan(meeting: Meeting, form: forms.ScanForm) -> Meeting:
    return operations.add_scan(meeting, take_in(form.files.data, by=me(), kinds=forms.SCANS), by=me())


@bp.route("/sign-in-scans/<thing:scan>")
@needs(rules.see_scan)
def download_scan(scan: SignInScan) -> ResponseReturnValue:
    """下载签到表的扫描件。"""
    return store.send(scan.file)


@bp.post("/sign-in-scans/<thing:scan>/removal")
@needs(rules.see_scan, rules.keep_scan)
def remove_scan(scan: SignInScan) -> ResponseReturnValue:
    """移出传错的签到表。"""
    meeting = operations.remove_scan(scan, by=me())
    return pages.done(url_for("meetings.show_sheet", meeting=meeting.id), "已移出。")
