"""Routes of the roll: replies, leave, substitutes, signing in, visitors, the signed sheet."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import clock
from portal.errors import Refused
from portal.files import store
from portal.files.uploads import take_in
from portal.jobs import background
from portal.meetings import rules
from portal.meetings.attendance import forms, operations, queries, replies, sheet
from portal.meetings.attendance.fragment import from_place, roll_done, roll_of
from portal.meetings.blueprint import bp, typed_reason
from portal.meetings.models.attendance import Attendance, SignInScan
from portal.meetings.models.meetings import Meeting, no_roll
from portal.meetings.series import forms as series_forms
from portal.people.departments.queries import departments
from portal.web import background_page, responses
from portal.web.guards import can, me, requires


@bp.route("/meetings/<model:meeting>/attendance")
@requires(rules.see)
def attendance(meeting: Meeting) -> ResponseReturnValue:
    """参会和签到。"""
    form = _visitor_form(meeting)
    return responses.show(
        "meetings/attendance/attendance.html", fragment="meetings/attendance/_roll.html", form=form, **roll_of(meeting)
    )


def _visitor_form(meeting: Meeting) -> forms.VisitorForm | None:
    """The form for one more visitor, where one can be entered."""
    open_now = rules.keep_attendance(me(), meeting) and meeting.takes_roll
    return forms.VisitorForm(departments()) if open_now else None


@bp.post("/meetings/<model:meeting>/attendance/all")
@requires(rules.see, rules.keep_attendance, transition="check_in_all")
def check_in_all(meeting: Meeting) -> ResponseReturnValue:
    """登记全部到会；已请假的和代会待批准的不在其内。"""
    marked = operations.check_in_all(meeting, by=me())
    return roll_done(meeting, f"已登记 {len(marked)} 人到会。没有到会的，请在名单中逐个登记。")


@bp.post("/meetings/<model:meeting>/attendance/all/undo")
@requires(rules.see, rules.keep_attendance, transition="undo_check_in_all")
def undo_check_in_all(meeting: Meeting) -> ResponseReturnValue:
    """撤销刚才的全部到会。"""
    unmarked = operations.undo_check_in_all(meeting, by=me())
    return roll_done(meeting, f"已撤销 {len(unmarked)} 人的到会登记。")


@bp.route("/attendances/<model:attendance>")
@requires(rules.see_attendance, rules.keep_place)
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
    return responses.show(
        "meetings/attendance/place.html", attendance=attendance, meeting=meeting, reads=reads, form=form
    )


@bp.post("/attendances/<model:attendance>/check-in")
@requires(rules.see_attendance, rules.check_in, transition="check_in")
def check_in(attendance: Attendance) -> ResponseReturnValue:
    """登记签到。"""
    operations.check_in(attendance, by=me())
    return roll_done(attendance.meeting, "")


@bp.post("/attendances/<model:attendance>/check-in/undo")
@requires(rules.see_attendance, rules.check_in, transition="undo_check_in")
def undo_check_in(attendance: Attendance) -> ResponseReturnValue:
    """撤销签到。"""
    operations.undo_check_in(attendance, by=me())
    return roll_done(attendance.meeting, f"已撤销{attendance.name}的签到。")


@bp.post("/attendances/<model:attendance>/stay")
@requires(rules.see_attendance, rules.check_in, transition="note_stay")
def note_stay(attendance: Attendance) -> ResponseReturnValue:
    """登记迟到早退。"""
    form = forms.StayForm(attendance.meeting.items)
    numbers = (form.from_item.data, form.until_item.data)
    if form.ready() and form.attempt(operations.note_stay, attendance, *numbers, by=me()) is not None:
        address = url_for("meetings.attendance", meeting=attendance.meeting_id)
        return responses.done(address, f"已登记{attendance.name}：{attendance.stay or '全程参加'}。")
    return _show_place(attendance, form)


@bp.post("/meetings/<model:meeting>/visitors")
@requires(rules.see, rules.keep_attendance, transition="add_visitor")
def add_visitor(meeting: Meeting) -> ResponseReturnValue:
    """登记列席人员。"""
    form = forms.VisitorForm(departments())
    if form.ready():
        department = series_forms.picked(form.departments, form.department_id.data)
        name, post, unit = form.name.data, form.post.data, form.unit.data or ""
        if form.attempt(operations.add_visitor, meeting, name, department, post, unit=unit, by=me()):
            return responses.done(url_for("meetings.attendance", meeting=meeting.id), f"已登记列席人员：{name}。")
    return responses.show("meetings/attendance/attendance.html", form=form, **roll_of(meeting))


@bp.post("/attendances/<model:attendance>/removal")
@requires(rules.see_attendance, rules.check_in, transition="remove_visitor")
def remove_visitor(attendance: Attendance) -> ResponseReturnValue:
    """移出列席人员。"""
    name, meeting = attendance.name, operations.remove_visitor(attendance, by=me())
    return responses.done(url_for("meetings.attendance", meeting=meeting.id), f"已移出列席人员：{name}。")


@bp.post("/attendances/<model:attendance>/confirmation")
@requires(rules.see_attendance, rules.reply, transition="confirm")
def confirm(attendance: Attendance) -> ResponseReturnValue:
    """确认参会；会议秘书可以代为登记。"""
    replies.confirm(attendance, by=me())
    return _replied(attendance, "已确认参会。")


def _replied(attendance: Attendance, sentence: str) -> Response:
    """Back to where the reply was made: the person's place, or the meeting."""
    return responses.done(from_place() or url_for("meetings.show", meeting=attendance.meeting_id), sentence)


@bp.route("/attendances/<model:attendance>/leave", methods=["GET", "POST"])
@requires(rules.see_attendance, rules.ask_leave, transition="ask_leave")
def ask_leave(attendance: Attendance) -> ResponseReturnValue:
    """请假。"""
    form = forms.LeaveForm()
    if form.ready():
        address = url_for("meetings.show", meeting=attendance.meeting_id)
        if form.attempt(replies.ask_leave, attendance, form.why.data or "", by=me()):
            return responses.done(address, "请假申请已提交，等待会议秘书审批。")
    return responses.show(
        "meetings/attendance/reply.html", attendance=attendance, form=form, field=form.why, word="请假",
        question=f"请假：{attendance.meeting.title}", hint="会议秘书批准后生效；可以另行安排代会。", button="提交请假",
    )  # fmt: skip


@bp.post("/attendances/<model:attendance>/leave/record")
@requires(rules.see_attendance, rules.decide_on_leave, transition="record_leave")
def record_leave(attendance: Attendance) -> ResponseReturnValue:
    """登记请假：本人口头请过假的，由会议秘书登记。"""
    replies.record_leave(attendance, typed_reason(200) or "口头请假", by=me())
    return roll_done(attendance.meeting, f"已登记{attendance.name}请假。")


@bp.post("/attendances/<model:attendance>/leave/grant")
@requires(rules.see_attendance, rules.decide_on_leave, transition="grant_leave")
def grant_leave(attendance: Attendance) -> ResponseReturnValue:
    """批准请假。"""
    replies.grant_leave(attendance, by=me())
    return roll_done(attendance.meeting, f"已批准{attendance.name}请假。")


@bp.post("/attendances/<model:attendance>/leave/refusal")
@requires(rules.see_attendance, rules.decide_on_leave, transition="refuse_leave")
def refuse_leave(attendance: Attendance) -> ResponseReturnValue:
    """不同意请假。"""
    replies.refuse_leave(attendance, typed_reason(), by=me())
    return roll_done(attendance.meeting, f"已答复{attendance.name}：不同意请假。")


@bp.route("/attendances/<model:attendance>/substitute", methods=["GET", "POST"])
@requires(rules.see_attendance, rules.reply, transition="set_substitute")
def set_substitute(attendance: Attendance) -> ResponseReturnValue:
    """安排代会人员。"""
    form = forms.SubstituteForm(data={"name": attendance.substitute})
    if form.ready():
        name = form.name.data or ""
        if form.attempt(replies.set_substitute, attendance, name, by=me()):
            waits = "，等待批准" if attendance.substitute_waits else ""
            said = f"已安排{name}代会{waits}。" if name else "已取消代会。"
            mine = attendance.user_id == me().id
            address = url_for("meetings.show", meeting=attendance.meeting_id)
            return responses.done(address if mine else url_for("meetings.show_place", attendance=attendance), said)
    waits = "由会议秘书或主持人批准后生效。" if attendance.user_id == me().id else ""
    return responses.show(
        "meetings/attendance/reply.html", attendance=attendance, form=form, field=form.name, word="安排代会",
        question=f"谁代{attendance.name}参会？", button="保存",
        hint=f"会议纪要上印作：某某某（代{attendance.name}）。留空即取消代会。{waits}",
    )  # fmt: skip


@bp.post("/attendances/<model:attendance>/substitute/approval")
@requires(rules.see_attendance, rules.decide_on_substitute, transition="approve_substitute")
def approve_substitute(attendance: Attendance) -> ResponseReturnValue:
    """批准代会。"""
    replies.approve_substitute(attendance, by=me())
    return roll_done(attendance.meeting, f"已批准{attendance.substitute}代{attendance.name}参会。")


@bp.post("/attendances/<model:attendance>/substitute/refusal")
@requires(rules.see_attendance, rules.decide_on_substitute, transition="refuse_substitute")
def refuse_substitute(attendance: Attendance) -> ResponseReturnValue:
    """不同意代会。"""
    replies.refuse_substitute(attendance, typed_reason(), by=me())
    return roll_done(attendance.meeting, f"已答复{attendance.name}：不同意代会。")


@bp.route("/meetings/<model:meeting>/sign-in")
@requires(rules.see)
def show_sheet(meeting: Meeting) -> ResponseReturnValue:
    """签到表：打印、签字、上传扫描件。"""
    return _show_sheet(meeting)


def _show_sheet(meeting: Meeting, form: forms.ScanForm | None = None) -> Response:
    form = (form or forms.ScanForm()) if can("meetings.add_scan", meeting) else None
    scans, paper = queries.scans_of(meeting), sheet.paper_of(meeting)
    return responses.show("meetings/attendance/sign_in.html", meeting=meeting, sheet=paper, scans=scans, form=form)


@bp.post("/meetings/<model:meeting>/sign-in/pdf")
@requires(rules.see, rules.keep_attendance, when=(no_roll,))
def print_sheet(meeting: Meeting) -> ResponseReturnValue:
    """把签到表排成 A4 的 PDF。"""
    if why_not := no_roll(meeting):
        raise Refused(why_not)
    facts = {"meeting": meeting.id}
    return responses.done(background_page.address_of(background.ask("meetings.print_sheet", by=me(), facts=facts)))


@bp.post("/meetings/<model:meeting>/scans")
@requires(rules.see, rules.keep_attendance, transition="add_scan")
def add_scan(meeting: Meeting) -> ResponseReturnValue:
    """上传签到表的扫描件。"""
    form = forms.ScanForm()
    if form.ready() and form.attempt(_add_scan, meeting, form) is not None:
        return responses.done(url_for("meetings.show_sheet", meeting=meeting.id), "签到表已上传。")
    return _show_sheet(meeting, form)


def _add_scan(meeting: Meeting, form: forms.ScanForm) -> Meeting:
    return operations.add_scan(meeting, take_in(form.files.data, by=me(), kinds=forms.SCANS), by=me())


@bp.route("/sign-in-scans/<model:scan>")
@requires(rules.see_scan)
def download_scan(scan: SignInScan) -> ResponseReturnValue:
    """下载签到表的扫描件。"""
    return store.send(scan.file)


@bp.post("/sign-in-scans/<model:scan>/removal")
@requires(rules.see_scan, rules.keep_scan)
def remove_scan(scan: SignInScan) -> ResponseReturnValue:
    """移出传错的签到表。"""
    meeting = operations.remove_scan(scan, by=me())
    return responses.done(url_for("meetings.show_sheet", meeting=meeting.id), "已移出。")


@bp.route("/check-in", methods=["GET", "POST"])
@requires()
def check_in_by_code() -> ResponseReturnValue:
    """签到：输入会场屏幕上的四位数字，或扫屏幕上的二维码。"""
    form = forms.CheckInForm(data={"code": request.args.get("code", "")[:24]})
    if form.ready() and (place := form.attempt(operations.check_in_by_code, form.code.data or "", by=me())) is not None:
        moment = clock.hm(place.checked_in_at or clock.now())
        late = "，记为迟到" if place.late else ""
        address = url_for("meetings.show", meeting=place.meeting_id)
        return responses.done(address, f"签到成功：{place.meeting.title}，{moment}{late}。")
    if form.refusals:
        form.code.data = ""  # another code is on the screen by now
    return responses.show("meetings/attendance/check_in.html", form=form, places=queries.places_open_to(me()))
