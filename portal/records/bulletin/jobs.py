"""Background task of the 督办通报: lay it out as PDF."""

from portal.errors import Refused
from portal.jobs import background
from portal.records.bulletin import paper as circular
from portal.records.bulletin import queries
from portal.records.desk import queries as desk_queries


@background.task("records.print_bulletin", "督办通报（PDF）")
def lay_out_bulletin(errand: background.BackgroundTask, progress: background.Progress) -> background.Made:
    """The bulletin of one meeting on A4; no transaction is open while it is laid out."""
    meeting = desk_queries.sitting(errand.facts["meeting"])
    if meeting is None:
        raise Refused("这次会议已经不在了。")
    page = circular.paper_of(meeting, queries.bulletin(meeting))
    progress(0, 1)
    draft = background.fresh_draft()
    draft.write_bytes(circular.pdf_of(page))
    return background.Made("已排成 PDF。", draft=draft, name=f"{page.title}.pdf", media_type="application/pdf")
