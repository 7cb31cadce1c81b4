"""The sign-in sheet of a meeting: who is expected, in the order of departments, with a place to sign."""

from portal.db import clock
from portal.db.office import office
from portal.documents.paper import content, renderer
from portal.meetings.models.attendance import Attendance
from portal.meetings.models.meetings import Meeting

EMPTY_LINES = 3  # for who comes unannounced


def name_of(meeting: Meeting) -> str:
    """The file's name without its ending."""
    return f"签到表（{meeting.title}）"


def paper_of(meeting: Meeting) -> content.SheetPaper:
    """Everything the sheet says: the members by rank, then the visitors, each numbered through."""
    members = [one for one in meeting.attendances if one.member]
    visitors = [one for one in meeting.attendances if not one.member]
    return content.SheetPaper(
        title=f"{meeting.title}签到表",
        time_text=f"{clock.zh_date(meeting.day)}（{clock.weekday(meeting.day)}）{clock.hm(meeting.starts_at)}",
        place=meeting.place,
        chair=meeting.chaired_by,
        members=[_line(one) for one in members],
        visitors=[_line(one) for one in visitors],
        empty=0 if meeting.is_over else EMPTY_LINES,
        mark=office.mark,
    )


def _line(one: Attendance) -> content.SheetLine:
    signed = f"已签到 {clock.hm(one.checked_in_at)}" if one.checked_in_at else ""
    return content.SheetLine(one.unit_name, one.printed_name, one.post, signed, note_on(one))


def note_on(one: Attendance) -> str:
    """What stands behind a name: 请假, who sits in and waits for an approval, which items somebody missed."""
    if one.is_on_leave:
        return "请假"
    if one.substitute_waits:
        return f"{one.substitute}代会待批准"
    return one.stay


def pdf_of(meeting: Meeting) -> bytes:
    """The sheet as PDF; slow, for a job."""
    return renderer.render("sign_in.html", made_at=clock.now(), paper=paper_of(meeting))
