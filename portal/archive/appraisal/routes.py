"""到期鉴定: what waits for an opinion, opinions, decisions, the register of removals."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.archive import rules
from portal.archive.appraisal import forms, operations, queries
from portal.archive.appraisal.lists import OPINIONS, OVER, REMOVALS, all_over, all_waiting, by_choice, by_kind, by_words
from portal.archive.blueprint import bp
from portal.archive.models.appraisals import Appraisal, AppraisalState
from portal.archive.models.pieces import ArchivalRecord
from portal.web import filters, responses
from portal.web.filters import Filter
from portal.web.forms import Empty, Form, Why, ticked_ids
from portal.web.guards import me, requires
from portal.web.listing import Listing

MOST_AT_ONCE = 200


@bp.get("/archive/over")
@requires(rules.appraise)
def over() -> ResponseReturnValue:
    """保管期满：等待提出鉴定意见的档案。"""
    listing = all_over()
    if listing.wants_export:
        return listing.excel("保管期满的档案", OVER)
    return _appraising("archive/appraisal/over.html", listing)


def _appraising(page: str, listing: Listing) -> Response:
    """One of the lists of 到期鉴定, with how much waits in the others."""
    return responses.show(page, listing=listing, counts_of_tabs=queries.counts_of_appraisal())


@bp.route("/archive/appraisals/proposal", methods=["GET", "POST"])
@requires(rules.propose)
def propose() -> ResponseReturnValue:
    """提出鉴定意见：勾选的，或筛选出的全部。"""
    form = forms.Propose()
    numbers, total = _ticked(all_over)
    able, others = queries.to_propose_about(numbers)
    if able and form.ready():
        chosen = [one.id for one in able]
        made = form.attempt(operations.propose, chosen, form.choice.data, form.reason.data, by=me())
        if made is not None:
            named = [(one.archival_number or one.title, why) for one, why in others]
            return _told_how_many(f"已提出 {len(made)} 件的鉴定意见，请另一人批准。", named, url_for("archive.over"))
        able, others = queries.to_propose_about(numbers)
    return _ask_about_all("archive/appraisal/propose.html", form, able, others, total, url_for("archive.over"))


def _ticked(listed: Callable[[], Listing]) -> tuple[list[int], int]:
    """The numbers of what was ticked, or of all a list holds, as many as are dealt with at once; and of how many."""
    if request.method == "GET" and request.args.get("all"):
        numbers = listed().numbers(MOST_AT_ONCE)
        return numbers, listed().total
    numbers = ticked_ids("id")
    return numbers[:MOST_AT_ONCE], len(numbers)


def _told_how_many(sentence: str, others: Sequence[tuple[str, str]], page: str) -> ResponseReturnValue:
    if others:
        named = "；".join(f"{name}，{why.rstrip('。')}" for name, why in others)
        sentence += f"另有 {len(others)} 件没有办：{named}。"
    return responses.done(responses.safe_next(request.form.get("next")) or page, sentence)


def _ask_about_all(page: str, form: Form, able: Sequence[Any], others: Any, total: int, to: str) -> Response:
    back = responses.safe_next(request.form.get("next")) or responses.back() or to
    status = 422 if request.method == "POST" and not able else None
    left = total - len(able) - len(others)
    return responses.show(
        page, status=status, form=form, able=able, others=others, left=left, most=MOST_AT_ONCE, back=back
    )


@bp.get("/archive/appraisals")
@requires(rules.appraise)
def appraisals() -> ResponseReturnValue:
    """待批准的鉴定意见。"""
    listing = all_waiting()
    if listing.wants_export:
        return listing.excel("待批准的鉴定意见", OPINIONS)
    return _appraising("archive/appraisal/appraisals.html", listing)


@bp.get("/archive/appraisals/decided")
@requires(rules.appraise)
def decided() -> ResponseReturnValue:
    """鉴定记录：批准了的和没有批准的。"""
    states = filters.choices_of([AppraisalState.approved, AppraisalState.refused])
    listing = Listing(
        queries.decided_appraisals(),
        {
            "decided": (Appraisal.decided_at, Appraisal.id),
            "number": (ArchivalRecord.archival_number, Appraisal.id),
            "choice": (Appraisal.choice, Appraisal.id),
        },
        "decided",
        descending=True,
        filters=[
            by_words(), by_choice(), Filter("state", "结果", filters.equals(Appraisal.state), "choice", states),
            *by_kind(), *filters.between("决定", Appraisal.decided_at),
        ],
        options=queries.DECIDED_ROW,
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("鉴定记录", OPINIONS)
    return _appraising("archive/appraisal/decided.html", listing)


@bp.route("/archive/appraisals/approval", methods=["GET", "POST"])
@requires(rules.appraise)
def approve_all() -> ResponseReturnValue:
    """批量批准鉴定意见：勾选的，或筛选出的全部。"""
    form = Empty()
    numbers, total = _ticked(all_waiting)
    able, others = _to_decide(numbers)
    if able and form.ready():
        if form.attempt(operations.approve_all, able, by=me()) is not None:
            named = [(one.record.archival_number or "", why) for one, why in others]
            return _told_how_many(f"已批准 {len(able)} 件的鉴定意见。", named, url_for("archive.appraisals"))
        able, others = _to_decide(numbers)
    return _ask_about_all(
        "archive/appraisal/approve_all.html", form, able, others, total, url_for("archive.appraisals")
    )


def _to_decide(numbers: Sequence[int]) -> tuple[list[Appraisal], list[tuple[Appraisal, str]]]:
    able, others = [], []
    for one in queries.chosen_appraisals(numbers):
        may = rules.decide(me(), one)
        if reason := one.lifecycle.obstacle(one, "approve") if may else str(rules.decide.__doc__):
            others.append((one, reason))
        else:
            able.append(one)
    return able, others


@bp.post("/archive/appraisals/<model:appraisal>/approval")
@requires(rules.appraise, rules.decide, transition="approve")
def approve(appraisal: Appraisal) -> ResponseReturnValue:
    """批准鉴定意见。"""
    operations.approve(appraisal, by=me())
    return responses.done(url_for("archive.appraisals"), f"已批准{appraisal.choice.label}。")


@bp.post("/archive/appraisals/<model:appraisal>/refusal")
@requires(rules.appraise, rules.decide, transition="refuse")
def refuse(appraisal: Appraisal) -> ResponseReturnValue:
    """不批准鉴定意见。"""
    form, page = Why(), url_for("archive.appraisals")
    if form.ready() and form.attempt(operations.refuse, appraisal, form.why.data, by=me()) is not None:
        return responses.done(page, "没有批准，档案照旧保管。")
    trail = [("档案", url_for("archive.index")), ("到期鉴定", page), ("不批准", "")]
    about = f"{appraisal.record}：{appraisal.proposed_by.name}建议{appraisal.choice.label}。"
    return responses.show("act.html", form=form, title="不批准鉴定意见", word="不批准", about=about, trail=trail)


@bp.get("/archive/removals")
@requires(rules.appraise)
def removals() -> ResponseReturnValue:
    """销毁清册。"""
    listing = Listing(
        queries.removals(),
        {
            "decided": (Appraisal.decided_at, Appraisal.id),
            "number": (ArchivalRecord.archival_number, Appraisal.id),
            "title": (ArchivalRecord.title, Appraisal.id),
            "day": (ArchivalRecord.day, Appraisal.id),
        },
        "decided",
        filters=[
            by_words(), *by_kind(), Filter("erased", "清除", queries.erased, "choice", list(queries.ERASED.items())),
            *filters.between("批准", Appraisal.decided_at),
        ],
        options=queries.REMOVAL_ROW,
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("销毁清册", REMOVALS)
    return _appraising("archive/appraisal/removals.html", listing)
