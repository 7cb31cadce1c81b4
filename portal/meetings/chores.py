"""What the meetings room does by itself."""

from datetime import timedelta

from portal import errands, jobs
from portal.errands import Errand, Made, Progress
from portal.errors import Refused
from portal.meetings import notice, operations, queries, review, sheet

_MAKE_ROOM = ("meetings.adjourn", "meetings.cancel", "meetings.edit_series")


@jobs.chore("meetings.next", every=timedelta(minutes=15), after=_MAKE_ROOM)
def next_sitting() -> None:
    """Every series that meets by itself has its next sitting ahead."""
    jobs.each(queries.series_without_next(), operations.schedule_next)


@jobs.chore(
    "meetings.settle_chairs",
    every=timedelta(hours=1),
    after=("people.name_deputy", "people.end_deputy", "meetings.schedule", "meetings.edit_meeting"),
)
def settle_chairs() -> None:
    """Every meeting to come says who stands in for its chair on the day."""
    jobs.each(queries.chairs_to_settle(), operations.settle_chair)


@jobs.chore("meetings.freeze_review", every=timedelta(minutes=5), after=("meetings.postpone",))
def freeze_reviews() -> None:
    """From the cut-off on every meeting's report on the tasks stays as it is."""
    jobs.each(review.to_freeze(), operations.freeze_review)


@jobs.chore("meetings.lay_out_notices", every=timedelta(minutes=1))
def lay_out_notices() -> None:
    """Every notice that was sent is laid out as it was sent, and kept."""
    jobs.each_prepared(queries.notices_to_lay_out(), notice.pdf_of, operations.keep_notice)


@errands.kind("meetings.print_sheet", "排版签到表")
def print_sheet(errand: Errand, progress: Progress) -> Made:
    """Lay the sign-in sheet out on A4."""
    meeting = queries.meeting(errand.facts["meeting"])
    if meeting is None:
        raise Refused("没有找到这次会议。")
    name, pdf = f"{sheet.name_of(meeting)}.pdf", sheet.pdf_of(meeting)
    draft = errands.fresh_draft()
    draft.write_bytes(pdf)
    return Made("签到表已生成，请下载后打印。", draft, name, "application/pdf")
