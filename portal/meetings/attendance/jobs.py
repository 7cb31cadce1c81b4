"""Background task of attendance: the sign-in sheet as PDF."""

from portal.errors import Refused
from portal.jobs import background
from portal.jobs.background import BackgroundTask, Made, Progress
from portal.meetings.attendance import sheet
from portal.meetings.series import queries as series_queries


@background.task("meetings.print_sheet", "排版签到表")
def print_sheet(errand: BackgroundTask, progress: Progress) -> Made:
    """Lay the sign-in sheet out on A4."""
    meeting = series_queries.meeting(errand.facts["meeting"])
    if meeting is None:
        raise Refused("没有找到这次会议。")
    name, pdf = f"{sheet.name_of(meeting)}.pdf", sheet.pdf_of(meeting)
    draft = background.fresh_draft()
    draft.write_bytes(pdf)
    return Made("签到表已生成，请下载后打印。", draft, name, "application/pdf")
