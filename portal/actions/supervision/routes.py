"""Routes of the supervisor: the desk, urging, slips, looking back."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, cast

from flask import request
from flask.typing import ResponseReturnValue

from portal.actions import rules
from portal.actions.assignment import queries as assignment_queries
from portal.actions.blueprint import ask, back_to, bp, with_why
from portal.actions.ledger import queries as ledger_queries
from portal.actions.ledger import saved_filters
from portal.actions.models.action_items import ActionItem
from portal.actions.models.look_backs import LookBack, already_checked
from portal.actions.models.slips import Slip, SlipColour, SlipState, already_issued, cannot_issue
from portal.actions.progress import forms as progress_forms
from portal.actions.supervision import forms, operations, queries
from portal.actions.supervision.wording import asked_for
from portal.db import clock
from portal.files import store
from portal.web import filters, responses
from portal.web.filters import Filter
from portal.web.guards import me, requires
from portal.web.listing import Listing
from portal.web.spreadsheet import Column


@dataclass(frozen=True)
class Key:
    """A key of the desk: which route it opens, in a word, and of what of the task; of the task itself if of nothing."""

    letter: str
    door: str
    word: str
    of: Callable[[ActionItem], Any] = lambda action: action


URGE = (Key("u", "actions.urge", "催办"),)
KEYS = {
    "done": (Key("c", "actions.close", "销号"), Key("r", "actions.return_", "退回")),
    "extension": (Key("a", "actions.decide_extension", "审批", attrgetter("pending_extension")),),
    "application": (Key("a", "actions.decide_application", "审批", attrgetter("pending_application")),),
    "look_back": (Key("l", "actions.look_back", "登记回头看", attrgetter("pending_look_back")),),
}


@bp.route("/actions/desk")
@requires(rules.work_the_desk)
def desk() -> ResponseReturnValue:
    """督查台。"""
    counts = saved_filters.view_counts(me())
    name = request.args.get("list", "")
    name = (
        name
        if name in saved_filters.DESK_LISTS
        else next((one for one in saved_filters.DESK_LISTS if counts[one]), "done")
    )
    listing = Listing(
        ledger_queries.ledger(me()).where(saved_filters.VIEWS[name].narrow(me())),
        {"due": (ActionItem.due, ActionItem.id)},
        "due",
        filters=[Filter("list", "清单", lambda query, _: query, "choice", saved_filters.VIEW_CHOICES)],
        options=(*assignment_queries.ROW, *assignment_queries.EXPORTED, *queries.WAITING.get(name, ())),
        known=lambda _: counts[name],
    )
    lists = [
        (saved_filters.VIEWS[one].label, one, saved_filters.VIEWS[one].mark, counts[one])
        for one in saved_filters.DESK_LISTS
    ]
    here = request.full_path.rstrip("?")
    return responses.show(
        "actions/supervision/desk.html", listing=listing, lists=lists, now=name, keys=KEYS.get(name, URGE), here=here
    )


@bp.route("/actions/<model:action>/urging", methods=["GET", "POST"])
@requires(rules.see, rules.supervise, transition="urge")
def urge(action: ActionItem) -> ResponseReturnValue:
    """催办。"""
    form = forms.Urge(data={"text": asked_for(action)})
    if form.ready() and form.attempt(operations.urge, action, form.text.data, by=me()) is not None:
        return back_to(action, "已催办，承办人和配合人已收到消息。", onward=True)
    return ask(action, form, "催办", "催办")


@bp.post("/actions/<model:action>/supervision")
@requires(rules.see, rules.supervise, transition="supervise")
def supervise(action: ActionItem) -> ResponseReturnValue:
    """列为督办。"""
    operations.supervise(action, by=me())
    return back_to(action, "已列为督办。")


@bp.post("/actions/<model:action>/supervision/end")
@requires(rules.see, rules.supervise, transition="unsupervise")
def unsupervise(action: ActionItem) -> ResponseReturnValue:
    """取消督办。"""
    operations.unsupervise(action, by=me())
    return back_to(action, "已取消督办。")


@bp.route("/actions/slips")
@requires(rules.see_slips)
def slips() -> ResponseReturnValue:
    """督办单。"""
    colours = [(one.value, one.label) for one in SlipColour]
    listing = Listing(
        queries.slips(me()),
        {"proposed": (Slip.proposed_on, Slip.id), "number": (Slip.year, Slip.number, Slip.id)},
        "proposed",
        descending=True,
        filters=[
            Filter("text", "编号或事项", filters.contains(ActionItem.number, ActionItem.title)),
            Filter("state", "状态", filters.equals(Slip.state), "choice", filters.choices_of(SlipState)),
            Filter("colour", "颜色", filters.equals(Slip.colour), "choice", colours),
        ],
        options=queries.SLIP_ROW,
    )
    if listing.wants_export:
        return listing.excel("督办单", SLIP_COLUMNS)
    return responses.show("actions/supervision/slips.html", listing=listing)


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


@bp.route("/actions/slips/<model:slip>/issue", methods=["GET", "POST"])
@requires(rules.see_part, rules.decide_slip, when=(cannot_issue,))
def issue_slip(slip: Slip) -> ResponseReturnValue:
    """批准并发出督办单。"""
    form = progress_forms.Remark()
    if form.ready() and form.attempt(operations.issue_slip, slip, form.remark.data or "", by=me()) is not None:
        return back_to(slip.action, f"已发出{slip}，承办人已收到消息。")
    hint = "批准后随即编号、发给承办人，并排成 A4 纸面供打印。审核意见印在督办单上。"
    return ask(slip.action, form, f"发{slip.colour.label}督办单", "批准并发出", hint)


@bp.route("/actions/slips/<model:slip>/drop", methods=["GET", "POST"])
@requires(rules.see_part, rules.decide_slip, when=(already_issued,))
def drop_slip(slip: Slip) -> ResponseReturnValue:
    """不发督办单。"""
    return with_why(slip.action, operations.drop_slip, "不发督办单", "已登记，这次不发。", thing=slip)


def _not_printed(slip: Slip) -> str | None:
    return None if slip.file_id else "这份督办单还没有排好版。"


@bp.route("/actions/slips/<model:slip>/file")
@requires(rules.see_slip_paper, when=(_not_printed,))
def slip_file(slip: Slip) -> ResponseReturnValue:
    """下载督办单。"""
    return store.send(cast(store.StoredFile, slip.file))


@bp.route("/actions/look-backs/<model:look_back>", methods=["GET", "POST"])
@requires(rules.see_part, rules.look_back, when=(already_checked,))
def look_back(look_back: LookBack) -> ResponseReturnValue:
    """登记回头看。"""
    form = forms.LookBackForm()
    if form.ready():
        holds = form.holds.data == "yes"
        if form.attempt(operations.look_back, look_back, holds, form.finding.data, by=me()) is not None:
            said = "已登记：巩固。" if holds else "已登记：反弹，事项已重启办理。"
            return back_to(look_back.action, said, onward=True)
    hint = f"{clock.zh_date(look_back.drawn_on)}抽取，请在{clock.zh_date(look_back.due)}前复查。"
    return ask(look_back.action, form, "回头看", "登记", hint)
