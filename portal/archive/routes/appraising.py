"""Doors of appraisal at the end of retention."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal import pages
from portal.access import me, needs
from portal.archive import forms, operations, queries, rules
from portal.archive.models import Appraisal, AppraisalChoice, AppraisalState, ArchivalRecord, Retention
from portal.archive.routes.doors import bp
from portal.forms import Empty, Form, Why, ticked_ids
from portal.pages import Column, Filter, Listing

MOST_AT_ONCE = 200


@bp.get("/archive/over")
@needs(rules.appraise)
def over() -> ResponseReturnValue:
    """保管期满：等待提出鉴定意见的档案。"""
    listing = _over()
    if listing.wants_export:
        return listing.excel("保管期满的档案", OVER)
    return _appraising("archive/over.html", listing)


def _over() -> Listing:
    return Listing(
        queries.over(),
        {
            "until": (ArchivalRecord.kept_until, ArchivalRecord.archival_number),
            "number": (ArchivalRecord.archival_number,),
            "title": (ArchivalRecord.title, ArchivalRecord.id),
            "day": (ArchivalRecord.day, ArchivalRecord.id),
        },
        "until",
        filters=[_worded(), *_kinds(), *pages.between("到期", ArchivalRecord.kept_until)],
    )


def _worded() -> Filter:
    columns = (ArchivalRecord.title, ArchivalRecord.archival_number, ArchivalRecord.responsible)
    return Filter("text", "题名、档号或责任者", pages.contains(*columns))


def _kinds() -> tuple[Filter, ...]:
    passing = [(one.value, one.label) for one in Retention if one.years]
    return (
        Filter("kind", "类别", pages.equals(ArchivalRecord.kind), "choice", [(one, one) for one in queries.KINDS]),
        Filter("retention", "保管期限", pages.equals(ArchivalRecord.retention), "choice", passing),
    )


def _appraising(page: str, listing: Listing) -> Response:
    """One of the lists of 到期鉴定, with how much waits in the others."""
    return pages.show(page, listing=listing, counts_of_tabs=queries.counts_of_appraisal())


OVER = (
    Column("档号", lambda one: one.archival_number, 30),
    Column("题名", lambda one: one.title, 48),
    Column("类别", lambda one: one.kind, 12),
    Column("责任者", lambda one: one.responsible, 28),
    Column("日期", lambda one: one.day, 14),
    Column("保管期限", lambda one: one.retention.label, 10),
    Column("到期", lambda one: one.kept_until, 14),
    Column("页数", lambda one: one.pages, 8),
)


@bp.route("/archive/appraisals/proposal", methods=["GET", "POST"])
@needs(rules.propose)
def propose() -> ResponseReturnValue:
    """提出鉴定意见：勾选的，或筛选出的全部。"""
    form = forms.Propose()
    numbers, total = _ticked(_over)
    able, others = queries.to_propose_about(numbers)
    if able and form.ready():
        chosen = [one.id for one in able]
        made = form.attempt(operations.propose, chosen, form.choice.data, form.reason.data, by=me())
        if made is not None:
            named = [(one.archival_number or one.title, why) for one, why in others]
            return _told_how_many(f"已提出 {len(made)} 件的鉴定意见，请另一人批准。", named, url_for("archive.over"))
        able, others = queries.to_propose_about(numbers)
    return _ask_about_all("archive/propose.html", form, able, others, total, url_for("archive.over"))


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
    return pages.done(pages.safe_next(request.form.get("next")) or page, sentence)


def _ask_about_all(page: str, form: Form, able: Sequence[Any], others: Any, total: int, to: str) -> Response:
    back = pages.safe_next(request.form.get("next")) or pages.back() or to
    status = 422 if request.method == "POST" and not able else None
    left = total - len(able) - len(others)
    return pages.show(page, status=status, form=form, able=able, others=others, left=left, most=MOST_AT_ONCE, back=back)


@bp.get("/archive/appraisals")
@needs(rules.appraise)
def appraisals() -> ResponseReturnValue:
    """待批准的鉴定意见。"""
    listing = _waiting()
    if listing.wants_export:
        return listing.excel("待批准的鉴定意见", OPINIONS)
    return _appraising("archive/appraisals.html", listing)


def _waiting() -> Listing:
    mine = (("no", "由我批准"), ("yes", "我提出的"))
    return Listing(
        queries.open_appraisals(),
        {
            "proposed": (Appraisal.proposed_at, Appraisal.id),
            "number": (ArchivalRecord.archival_number, Appraisal.id),
            "choice": (Appraisal.choice, Appraisal.id),
        },
        "proposed",
        filters=[_worded(), _choices(), Filter("mine", "提出人", _proposed_by_me, "choice", mine), *_kinds()],
        options=queries.APPRAISAL_ROW,
    )


def _choices() -> Filter:
    return Filter("choice", "意见", pages.equals(Appraisal.choice), "choice", pages.choices_of(AppraisalChoice))


def _proposed_by_me(query: Any, answer: str) -> Any:
    mine = Appraisal.proposed_by_id == me().id
    return query.where(mine if answer == "yes" else ~mine)


@bp.get("/archive/appraisals/decided")
@needs(rules.appraise)
def decided() -> ResponseReturnValue:
    """鉴定记录：批准了的和没有批准的。"""
    states = pages.choices_of([AppraisalState.approved, AppraisalState.refused])
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
            _worded(), _choices(), Filter("state", "结果", pages.equals(Appraisal.state), "choice", states),
            *_kinds(), *pages.between("决定", Appraisal.decided_at),
        ],
        options=queries.DECIDED_ROW,
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("鉴定记录", OPINIONS)
    return _appraising("archive/decided.html", listing)


OPINIONS = (
    Column("档号", lambda one: one.record.archival_number, 30),
    Column("题名", lambda one: one.record.title, 48),
    Column("保管期限", lambda one: one.record.retention.label, 10),
    Column("意见", lambda one: one.choice.label, 12),
    Column("理由", lambda one: one.reason, 40),
    Column("提出", lambda one: one.proposed_by.name, 12),
    Column("提出时间", lambda one: one.proposed_at, 18),
    Column("状态", lambda one: one.state.label, 10),
    Column("决定", lambda one: one.decided_by.name if one.decided_by else "", 12),
    Column("决定时间", lambda one: one.decided_at, 18),
    Column("不批准的理由", lambda one: one.opinion, 40),
)


@bp.route("/archive/appraisals/approval", methods=["GET", "POST"])
@needs(rules.appraise)
def approve_all() -> ResponseReturnValue:
    """批量批准鉴定意见：勾选的，或筛选出的全部。"""
    form = Empty()
    numbers, total = _ticked(_waiting)
    able, others = _to_decide(numbers)
    if able and form.ready():
        if form.attempt(operations.approve_all, able, by=me()) is not None:
            named = [(one.record.archival_number or "", why) for one, why in others]
            return _told_how_many(f"已批准 {len(able)} 件的鉴定意见。", named, url_for("archive.appraisals"))
        able, others = _to_decide(numbers)
    return _ask_about_all("archive/approve_all.html", form, able, others, total, url_for("archive.appraisals"))


def _to_decide(numbers: Sequence[int]) -> tuple[list[Appraisal], list[tuple[Appraisal, str]]]:
    able, others = [], []
    for one in queries.chosen_appraisals(numbers):
        may = rules.decide(me(), one)
        if reason := one.lifecycle.obstacle(one, "approve") if may else str(rules.decide.__doc__):
            others.append((one, reason))
        else:
            able.append(one)
    return able, others


@bp.post("/archive/appraisals/<thing:appraisal>/approval")
@needs(rules.appraise, rules.decide, move="approve")
def approve(appraisal: Appraisal) -> ResponseReturnValue:
    """批准鉴定意见。"""
    operations.approve(appraisal, by=me())
    return pages.done(url_for("archive.appraisals"), f"已批准{appraisal.choice.label}。")


@bp.post("/archive/appraisals/<thing:appraisal>/refusal")
@needs(rules.appraise, rules.decide, move="refuse")
def refuse(appraisal: Appraisal) -> ResponseReturnValue:
    """不批准鉴定意见。"""
    form, page = Why(), url_for("archive.appraisals")
    if form.ready() and form.attempt(operations.refuse, appraisal, form.why.data, by=me()) is not None:
        return pages.done(page, "没有批准，档案照旧保管。")
    trail = [("档案", url_for("archive.index")), ("到期鉴定", page), ("不批准", "")]
    about = f"{appraisal.record}：{appraisal.proposed_by.name}建议{appraisal.choice.label}。"
    return pages.show("act.html", form=form, title="不批准鉴定意见", word="不批准", about=about, trail=trail)


REMOVALS = (
    Column("档号", lambda one: one.record.archival_number, 30),
    Column("题名", lambda one: one.record.title, 48),
    Column("责任者", lambda one: one.record.responsible, 28),
    Column("日期", lambda one: one.record.day, 14),
    Column("保管期限", lambda one: one.record.retention.label, 10),
    Column("页数", lambda one: one.record.pages, 8),
    Column("SHA-256", lambda one: one.record.file.sha256, 66),
    Column("理由", lambda one: one.reason, 40),
    Column("提出", lambda one: one.proposed_by.name, 12),
    Column("批准", lambda one: one.decided_by.name, 12),
    Column("批准时间", lambda one: one.decided_at, 18),
    Column("清除时间", lambda one: one.record.erased_at, 18),
)


@bp.get("/archive/removals")
@needs(rules.appraise)
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
            _worded(), *_kinds(), Filter("erased", "清除", queries.erased, "choice", list(queries.ERASED.items())),
            *pages.between("批准", Appraisal.decided_at),
        ],
        options=queries.REMOVAL_ROW,
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("销毁清册", REMOVALS)
    return _appraising("archive/removals.html", listing)
