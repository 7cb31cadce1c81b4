"""Routes of the 督办通报."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.documents import word
from portal.jobs import background
from portal.meetings.models.meetings import Meeting
from portal.records import rules
from portal.records.blueprint import bp
from portal.records.bulletin import paper as circular
from portal.records.bulletin import queries
from portal.web import background_page, responses, spreadsheet
from portal.web.guards import me, requires

BULLETIN_COLUMNS = (
    spreadsheet.Column("编号", lambda one: one.number, 12),
    spreadsheet.Column("事项", lambda one: one.title, 40),
    spreadsheet.Column("牵头单位", lambda one: one.lead, 20),
    spreadsheet.Column("承办人", lambda one: one.lead_person.name, 12),
    spreadsheet.Column("配合单位", lambda one: "、".join(line.name for line in one.support), 24),
    spreadsheet.Column("时限", lambda one: one.due, 12),
    spreadsheet.Column("状态", lambda one: one.word, 12),
    spreadsheet.Column("是否逾期", lambda one: "逾期" if one.is_overdue else "", 10),
    spreadsheet.Column("最新进展", lambda one: one.reports[-1].text if one.reports else "", 50),
    spreadsheet.Column("销号时间", lambda one: one.closed_at, 18),
)


@bp.get("/meetings/<model:sitting>/bulletin")
@requires(rules.see_bulletin)
def bulletin(sitting: Meeting) -> ResponseReturnValue:
    """督办通报：这次会议议定的事项办到哪一步。"""
    rows = queries.bulletin(sitting)
    if request.args.get("export") == "xlsx":
        return spreadsheet.excel(f"{sitting.title}督办通报", BULLETIN_COLUMNS, rows)
    if request.args.get("export") == "docx":
        content = circular.docx_of(circular.paper_of(sitting, rows))
        return responses.download(content, f"{circular.name_of(sitting)}.docx", word.TYPE)
    return responses.show("records/bulletin/bulletin.html", meeting=sitting, rows=rows, share=queries.share_of(rows))


@bp.post("/meetings/<model:sitting>/bulletin/pdf")
@requires(rules.see_bulletin)
def print_bulletin(sitting: Meeting) -> ResponseReturnValue:
    """把督办通报排成 PDF。"""
    label = f"{circular.name_of(sitting)}（PDF）"
    errand = background.ask("records.print_bulletin", by=me(), label=label, facts={"meeting": sitting.id})
    return responses.done(background_page.address_of(errand), "正在排版。")
