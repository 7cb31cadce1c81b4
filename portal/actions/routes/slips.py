"""Doors of slips."""

from typing import cast

from flask.typing import ResponseReturnValue

from portal import pages, store
from portal.access import me, needs
from portal.actions import forms, operations, queries, rules
from portal.actions.models import ActionItem, Slip, SlipColour, SlipState, already_issued, cannot_issue
from portal.actions.routes.doors import ask, back_to, bp, with_why
from portal.pages import Column, Filter, Listing


@bp.route("/actions/slips")
@needs(rules.see_slips)
def slips() -> ResponseReturnValue:
    """督办单。"""
    colours = [(one.value, one.label) for one in SlipColour]
    listing = Listing(
        queries.slips(me()),
        {"proposed": (Slip.proposed_on, Slip.id), "number": (Slip.year, Slip.number, Slip.id)},
        "proposed",
        descending=True,
        filters=[
            Filter("text", "编号或事项", pages.contains(ActionItem.number, ActionItem.title)),
            Filter("state", "状态", pages.equals(Slip.state), "choice", pages.choices_of(SlipState)),
            Filter("colour", "颜色", pages.equals(Slip.colour), "choice", colours),
        ],
        options=queries.SLIP_ROW,
    )
    if listing.wants_export:
        return listing.excel("督办单", SLIP_COLUMNS)
    return pages.show("actions/slips.html", listing=listing)


SLIP_COLUMNS = (
    Column("编号", lambda one: one.code, 18),
    Column("颜色", lambda one: one.colour.label, 8),
    Column("事项编号", lambda one: one.action.number, 12),
    Column("事项", lambda one: one.action.title, 40),
    Column("牵头单位", lambda one: one.action.lead, 20),
    Column("承办人", lambda one: one.action.lead_person.name, 12),
    Column("状态", lambda one: one.state.label, 10),
    Column("发出时间", lambda one: one.issued_at, 18),
    Column("答复时限", lambda one: one.answer_by, 12),
    Column("答复", lambda one: "已答复" if one.is_answered else "逾期未答复" if one.is_unanswered else "", 12),
)


@bp.route("/actions/slips/<thing:slip>/issue", methods=["GET", "POST"])
@needs(rules.see_part, rules.decide_slip, when=(cannot_issue,))
def issue_slip(slip: Slip) -> ResponseReturnValue:
    """批准并发出督办单。"""
    form = forms.Remark()
    if form.ready() and form.attempt(operations.issue_slip, slip, form.remark.data or "", by=me()) is not None:
        return back_to(slip.action, f"已发出{slip}，承办人已收到消息。")
    hint = "批准后随即编号、发给承办人，并排成 A4 纸面供打印。审核意见印在督办单上。"
    return ask(slip.action, form, f"发{slip.colour.label}督办单", "批准并发出", hint)


@bp.route("/actions/slips/<thing:slip>/drop", methods=["GET", "POST"])
@needs(rules.see_part, rules.decide_slip, when=(already_issued,))
def drop_slip(slip: Slip) -> ResponseReturnValue:
    """不发督办单。"""
    return with_why(slip.action, operations.drop_slip, "不发督办单", "已登记，这次不发。", thing=slip)


def _not_printed(slip: Slip) -> str | None:
    return None if slip.file_id else "这份督办单还没有排好版。"


@bp.route("/actions/slips/<thing:slip>/file")
@needs(rules.see_slip_paper, when=(_not_printed,))
def slip_file(slip: Slip) -> ResponseReturnValue:
    """下载督办单。"""
    return store.send(cast(store.StoredFile, slip.file))
