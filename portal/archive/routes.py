"""Doors of the archive room, of verification and of search."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import errands, navigation, pages, papers, search, store
from portal.access import finds, me, needs, public
from portal.archive import compiling, forms, operations, queries, rules
from portal.archive.models import (
    Appraisal,
    AppraisalChoice,
    AppraisalState,
    ArchivalRecord,
    ArchivalState,
    Check,
    Occasion,
    Package,
    PackageState,
    Retention,
)
from portal.database import reading
from portal.errands import Errand
from portal.forms import Empty, Form, Why, ticked_ids
from portal.meetings.models import Meeting
from portal.pages import Column, Filter, Listing
from portal.people.models import User
from portal.people.queries import authority
from portal.refusals import tell
from portal.register import Document
from portal.store import StoredFile
from portal.verify import DISCLAIMER, LARGEST, Word

bp = Blueprint("archive", __name__)
navigation.offer("档案", "archive.index", "/archive")
finds("piece")(queries.record)
finds("package")(queries.package)
finds("appraisal")(queries.appraisal)

HITS_A_PAGE, MOST_AT_ONCE = 20, 200
STATUS, LONGEST_QUESTION = "/verify/status", 8 * 1024
COLOURS = {Word.VALID.value: "green", Word.APPENDED.value: "amber", Word.INVALID.value: "red"}


# ── pieces ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/archive")
@needs(rules.browse)
def index() -> ResponseReturnValue:
    """档案目录。"""
    listing = _listing()
    if listing.wants_export:
        return listing.excel("归档文件目录", operations.CATALOGUE)
    keeps = rules.accept(me(), None) and not listing.wants_print
    failed, failed_total = queries.failed_checks() if keeps else ((), 0)
    waiting, waiting_total = queries.meetings_to_accept() if keeps else ((), 0)
    return pages.show(
        "archive/index.html", listing=listing, failed=failed, failed_total=failed_total, waiting=waiting,
        waiting_total=waiting_total, usual=operations.usual_retention(),
    )  # fmt: skip


def _listing() -> Listing:
    years, series = queries.years_and_series()
    return Listing(
        queries.records_of(me()),
        {
            "meeting": queries.list_order(),
            "day": (ArchivalRecord.day, ArchivalRecord.id),
            "number": (ArchivalRecord.year, ArchivalRecord.retention, ArchivalRecord.piece, ArchivalRecord.id),
            "title": (ArchivalRecord.title, ArchivalRecord.id),
        },
        "meeting",
        descending=True,
        filters=[
            Filter(
                "text", "题名、档号、责任者或正文",
                pages.contains(
                    ArchivalRecord.title, ArchivalRecord.archival_number, ArchivalRecord.responsible,
                    ArchivalRecord.text,
                ),
            ),
            Filter("state", "状态", pages.equals(ArchivalRecord.state), "choice", pages.choices_of(ArchivalState)),
            Filter(
                "year", "年度", pages.equals(ArchivalRecord.year), "choice",
                [(str(year), f"{year}年") for year in years],
            ),
            Filter(
                "series", "系列", pages.equals(Meeting.series_id), "choice",
                [(str(number), name) for number, name in series.items()],
            ),
            Filter("kind", "类别", pages.equals(ArchivalRecord.kind), "choice", [(one, one) for one in queries.KINDS]),
            Filter(
                "retention", "保管期限", pages.equals(ArchivalRecord.retention), "choice",
                [(one.value, one.label) for one in Retention],
            ),
            Filter("check", "检测", queries.checked, "choice", list(queries.CHECKED.items())),
        ],
        options=queries.list_options(),
    )  # fmt: skip


@bp.post("/archive/export")
@needs(rules.export)
def export() -> ResponseReturnValue:
    """导出：目录中现在筛选出来的、已归档的全部。"""
    chosen = queries.accepted_among(_listing().query)
    return pages.done(errands.address_of(operations.ask_export(chosen, by=me())), "正在导出。")


@bp.get("/archive/<thing:piece>")
@needs(rules.see)
def show(piece: ArchivalRecord) -> ResponseReturnValue:
    """一件档案。"""
    return _show(piece, forms.Accept(thing=piece), fragment="archive/_checks.html")


def _show(piece: ArchivalRecord, form: forms.Accept, *, fragment: str | None = None) -> Response:
    return pages.show(
        "archive/show.html",
        fragment=fragment,
        piece=piece,
        times=queries.count_of_checks(piece),
        form=form,
        version=None if piece.document else queries.version_of(piece),
        appraisals=queries.appraisals_of(piece) if piece.accepted_at and piece.retention.years else (),
    )


@bp.get("/archive/<thing:piece>/file")
@needs(rules.see)
def download(piece: ArchivalRecord) -> Response:
    """下载档案原件。"""
    if piece.is_removed:
        return tell("这件档案保管期满，已按规定销毁，只保留著录。", 410)
    return store.send(piece.file)


@bp.post("/archive/<thing:piece>/acceptance")
@needs(rules.see, rules.accept, move="accept")
def accept(piece: ArchivalRecord) -> ResponseReturnValue:
    """接收归档。"""
    form = forms.Accept()
    if form.ready():
        found = form.attempt(operations.accept, piece, form.retention.data, form.seen, by=me())
        if found is not None:
            return _accepted(url_for("archive.show", piece=piece), [found])
    return _show(piece, form)


@bp.post("/archive/<thing:piece>/check")
@needs(rules.see, rules.check)
def ask_check(piece: ArchivalRecord) -> ResponseReturnValue:
    """四性检测。"""
    operations.ask_check(piece, by=me())
    return pages.done(url_for("archive.show", piece=piece, _anchor="checks"), "已开始检测，结果稍后显示在下方。")


@bp.get("/archive/<thing:piece>/report")
@needs(rules.see)
def report(piece: ArchivalRecord) -> ResponseReturnValue:
    """四性检测报告：最近一次的，或指定的一次。"""
    wanted = next((queries.check_of(piece, number) for number in ticked_ids("check")), None)
    return pages.show("archive/report.html", piece=piece, check=wanted or piece.last_check)


def _passed(query: Any, answer: str) -> Any:
    return query.where(Check.passed.is_(answer == "yes"))


CHECKS = (
    Column("检测时间", lambda one: one.at, 18),
    Column("时机", lambda one: one.occasion.label, 8),
    Column("结果", lambda one: one.word, 8),
    Column("真实性", lambda one: one.authentic, 30),
    Column("完整性", lambda one: one.complete, 30),
    Column("可用性", lambda one: one.usable, 30),
    Column("安全性", lambda one: one.safe, 30),
)


@bp.get("/archive/<thing:piece>/checks")
@needs(rules.see)
def checks(piece: ArchivalRecord) -> ResponseReturnValue:
    """历次检测。"""
    listing = Listing(
        queries.checks_of(piece),
        {"at": (Check.at, Check.id)},
        "at",
        descending=True,
        filters=[
            Filter("passed", "结果", _passed, "choice", [("yes", "合格"), ("no", "不合格")]),
            Filter("occasion", "时机", pages.equals(Check.occasion), "choice", pages.choices_of(Occasion)),
            Filter("since", "从", pages.since(Check.at), "date"),
            Filter("until", "到", pages.until(Check.at), "date"),
        ],
    )
    if listing.wants_export:
        return listing.excel("四性检测记录", CHECKS)
    return pages.show("archive/checks.html", piece=piece, listing=listing)


# ── one meeting, one dossier ───────────────────────────────────────────────────────────────────────────────────────


@bp.get("/meetings/<thing:sitting>/archive")
@needs(rules.see_dossier)
def dossier(sitting: Meeting) -> ResponseReturnValue:
    """一会一档。"""
    return _dossier(sitting, forms.Accept(retention=operations.usual_retention()))


def _dossier(meeting: Meeting, form: forms.Accept) -> Response:
    pieces = queries.dossier_of(meeting)
    return pages.show(
        "archive/dossier.html",
        meeting=meeting,
        pieces=[one for one in pieces if rules.see(me(), one)],
        missing=queries.missing_from(pieces),
        form=form,
    )


@bp.post("/meetings/<thing:sitting>/archive/export")
@needs(rules.see_dossier, rules.export_dossier)
def export_dossier(sitting: Meeting) -> ResponseReturnValue:
    """导出这次会议的档案。"""
    chosen = [one.id for one in queries.dossier_of(sitting) if one.is_accepted]
    return pages.done(errands.address_of(operations.ask_export(chosen, by=me())), "正在导出。")


@bp.post("/meetings/<thing:sitting>/archive/acceptance")
@needs(rules.see_dossier, rules.accept_all)
def accept_all(sitting: Meeting) -> ResponseReturnValue:
    """整档接收。"""
    form = forms.Accept()
    if form.ready():
        found = form.attempt(operations.accept_all, sitting, form.retention.data, by=me())
        if found is not None:
            return _accepted(url_for("archive.dossier", sitting=sitting), found)
    return _dossier(sitting, form)


def _accepted(to: str, found: Sequence[Check]) -> ResponseReturnValue:
    """Say which numbers were given and, apart and in red, what was not accepted and why."""
    for one in found:
        if not one.passed:
            flash(f"没有接收，四性检测不合格：{one.trouble}", "bad")
    numbers = "、".join(str(one.record.archival_number) for one in found if one.passed)
    return pages.done(to, f"已接收，档号：{numbers}。" if numbers else "")


# ── appraisal at the end of retention ──────────────────────────────────────────────────────────────────────────────


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
        filters=[_worded(), *_kinds(), *_between("到期", ArchivalRecord.kept_until)],
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


def _between(what: str, column: Any) -> tuple[Filter, ...]:
    return (
        Filter("since", f"{what}从", pages.since(column), "date"),
        Filter("until", f"{what}到", pages.until(column), "date"),
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
            *_kinds(), *_between("决定", Appraisal.decided_at),
        ],
        options=queries.APPRAISAL_ROW,
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
            *_between("批准", Appraisal.decided_at),
        ],
        options=queries.REMOVAL_ROW,
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("销毁清册", REMOVALS)
    return _appraising("archive/removals.html", listing)


# ── packages of other portals ──────────────────────────────────────────────────────────────────────────────────────


@bp.route("/archive/packages", methods=["GET", "POST"])
@needs(rules.receive)
def packages() -> ResponseReturnValue:
    """移交与接收：收到的封装包。"""
    form = forms.BringPackage()
    upload = form.file.data
    if form.ready() and upload is not None:
        package = operations.bring_package(upload.stream, upload.filename or "", by=me())
        return pages.done(url_for("archive.show_package", package=package), "已收到，正在检测。")
    listing = Listing(
        queries.packages(),
        {"brought": (Package.brought_at, Package.id), "name": (StoredFile.name, Package.id)},
        "brought",
        descending=True,
        filters=[
            Filter("text", "文件名或移交单位", pages.contains(StoredFile.name, queries.FROM)),
            Filter("state", "状态", queries.in_package_state, "choice", pages.choices_of(PackageState)),
            *_between("收到", Package.brought_at),
        ],
        options=queries.PACKAGE_ROW,
    )
    if listing.wants_export:
        return listing.excel("收到的封装包", PACKAGES)
    return pages.show("archive/packages.html", form=form, listing=listing, trusted=queries.trusted_authorities())


PACKAGES = (
    Column("文件名", lambda one: one.file.name, 40),
    Column("移交单位", lambda one: one.found.get("organisation", ""), 30),
    Column("件数", lambda one: one.found.get("pieces"), 8),
    Column("收到", lambda one: one.brought_at, 18),
    Column("收到人", lambda one: one.brought_by.name, 12),
    Column("状态", lambda one: one.state.label, 10),
    Column("检测发现", lambda one: "".join(one.found.get("troubles", ())), 40),
    Column("接收", lambda one: one.taken_over_at, 18),
    Column("SHA-256", lambda one: one.file.sha256, 66),
)


@bp.get("/archive/exports")
@needs(rules.export)
def exports() -> ResponseReturnValue:
    """导出的封装包：自己导出的。"""
    listing = Listing(
        queries.exports_of(me()),
        {"asked": (Errand.asked_at, Errand.id)},
        "asked",
        descending=True,
        filters=[Filter("text", "名称", pages.contains(Errand.label)), *_between("导出", Errand.asked_at)],
    )
    if listing.wants_export:
        return listing.excel("导出的封装包", EXPORTS)
    return pages.show("archive/exports.html", listing=listing)


EXPORTS = (
    Column("名称", lambda one: one.label, 40),
    Column("导出", lambda one: one.asked_at, 18),
    Column("办完", lambda one: one.ended_at, 18),
    Column("结果", lambda one: one.failure or one.sentence, 40),
    Column("文件名", lambda one: one.name, 40),
)


@bp.get("/archive/packages/<thing:package>")
@needs(rules.receive)
def show_package(package: Package) -> ResponseReturnValue:
    """一个封装包的检测结果。"""
    return _show_package(package, forms.TakeOver())


def _show_package(package: Package, form: forms.TakeOver) -> Response:
    return pages.show(
        "archive/show_package.html", fragment="archive/_package.html", package=package, form=form
    )


def _not_ready(package: Package) -> str | None:
    return package.not_ready


@bp.post("/archive/packages/<thing:package>/takeover")
@needs(rules.receive, when=(_not_ready,))
def take_over(package: Package) -> ResponseReturnValue:
    """接收封装包。"""
    form = forms.TakeOver()
    if form.ready():
        errand = form.attempt(operations.ask_take_over, package, form.seen, by=me())
        if errand is not None:
            return pages.done(errands.address_of(errand), "正在接收。")
    return _show_package(package, form)


# ── verification, which needs no account ───────────────────────────────────────────────────────────────────────────


@bp.route("/verify", methods=["GET", "POST"])
@public
def bring() -> ResponseReturnValue:
    """核验文件。"""
    form = forms.Bring()
    return _brought(form, None) or pages.show("archive/verify.html", form=form, disclaimer=DISCLAIMER)


@bp.route("/v/<code>", methods=["GET", "POST"])
@public
def of_code(code: str) -> ResponseReturnValue:
    """扫码核验：这个核验码对应的登记文件。"""
    document = queries.document_of_code(pages.visible(code).upper())
    if document is None:
        return tell("没有这个核验码。请核对文件上的二维码是否完整，或上传文件核验。", 404)
    form = forms.Bring()
    return _brought(form, document) or pages.show(
        "archive/of_code.html",
        form=form,
        document=document,
        note=queries.note_on(document),
        readable=_may_read(document),
    )


def _brought(form: forms.Bring, sought: Document | None) -> Response | None:
    """Where the answer to a file that was just brought will stand, or None where nothing fitting was."""
    upload = form.file.data
    if not form.ready() or upload is None:
        return None
    examination = form.attempt(
        operations.bring, upload.stream, upload.filename or "", by=me() if current_user.is_authenticated else None,
        address=request.remote_addr or "", once=form.once.data or "", sought=sought,
    )  # fmt: skip
    return pages.done(url_for("archive.show_answer", code=examination.code)) if examination else None


@bp.get("/verify/answers/<code>")
@public
def show_answer(code: str) -> ResponseReturnValue:
    """核验结果。"""
    examination = queries.examination(pages.visible(code))
    if examination is None:
        return tell("没有这次核验，请重新上传文件。", 404)
    return pages.show(
        "archive/answer.html",
        fragment="archive/_answer.html",
        examination=examination,
        colour=COLOURS.get(examination.answer.get("word", ""), ""),
        readable=_may_read(examination.document),
        disclaimer=DISCLAIMER,
    )


def _may_read(document: Document | None) -> bool:
    return bool(document is not None and current_user.is_authenticated and papers.read(me(), document))


@bp.get("/verify/how")
@public
def explain() -> ResponseReturnValue:
    """怎样用别的软件核验。"""
    return pages.show("archive/explain.html", fingerprint=authority().fingerprint, disclaimer=DISCLAIMER)


CERTIFICATES = {
    "root.pem": lambda: authority().pem("root"),
    "chain.pem": lambda: authority().pem("root", "issuing"),
    "issuing.crl": lambda: authority().published(),
    "root.crl": lambda: authority().lasting_lists()[-1],
}


@bp.get("/verify/certificates/<name>")
@public
def certificate(name: str) -> ResponseReturnValue:
    """下载核验用的证书或吊销列表。"""
    if name not in CERTIFICATES:
        return tell("没有这个证书。", 404)
    media_type = "application/pkix-crl" if name.endswith(".crl") else "application/x-pem-file"
    return pages.download(CERTIFICATES[name](), name, media_type)


@bp.get("/verify/status/<path:asked>")
@public
def status(asked: str) -> ResponseReturnValue:
    """证书状态：供其他软件查询一个证书是否已被吊销。"""
    try:
        question = base64.b64decode(asked + "=" * (-len(asked) % 4), validate=True)
    except (ValueError, binascii.Error):
        question = b""
    return _told(question)


@bp.post(STATUS)
@public
def ask_status() -> ResponseReturnValue:
    """证书状态，查询写在正文里（RFC 6960，附录 A.1）。"""
    if request.mimetype != "application/ocsp-request":
        return tell("这个地址只供软件查询证书状态；核验文件请打开“核验文件”。", 415)
    with reading():  # nothing is written, so nobody has to wait for it
        return _told(request.get_data())


def _told(question: bytes) -> Response:
    return pages.download(
        operations.answer_about(question, request.remote_addr or ""), "status.ors", "application/ocsp-response"
    )


def _limit_what_is_brought() -> None:
    """A file to verify is far smaller than the biggest upload; nobody needs an account to send one."""
    if request.method == "POST" and request.path.startswith(("/verify", "/v/")):
        request.max_content_length = LONGEST_QUESTION if request.path == STATUS else LARGEST + 64 * 1024


# ── search ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Found:
    """One page of hits, in the shape a pager draws."""

    hits: search.Hits
    words: str
    label: str
    year: int | None
    page: int

    @property
    def total(self) -> int:
        """How many hits there are in all."""
        return self.hits.total

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(-(-self.total // HITS_A_PAGE), 1)

    def url(self, *, page: int = 1, label: str | None = None) -> str:
        """The address of another page, or of the hits of another kind; of every kind and year with an empty one."""
        kind, year = (self.label, self.year) if label is None else (label, None)
        return url_for("archive.find", q=self.words, kind=kind or None, year=year, page=page if page > 1 else None)


@bp.get("/search")
@needs(rules.search)
def find() -> ResponseReturnValue:
    """搜索。"""
    words = pages.visible(request.args.get("q", "")).strip()[:200]
    label = request.args.get("kind", "")
    label = label if label in queries.LABELS else ""
    text = request.args.get("page", "1")
    page = max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    years = queries.meeting_years()
    typed = request.args.get("year", "")
    year = next((one for one in years if str(one) == typed), None)
    scopes = queries.scopes_of(me()) if words else set()
    hits = search.find(words, scopes, page=page, per_page=HITS_A_PAGE, label=label or None, year=year)
    found = Found(hits, words, label, year, page)
    return pages.show("archive/search.html", found=found, labels=queries.LABELS, years=years)


# ── what others ask ────────────────────────────────────────────────────────────────────────────────────────────────


def _of_meeting(meeting: Meeting) -> Sequence[ArchivalRecord]:
    return queries.pieces_of(meeting, me())


def _may_read_filed(user: User, document: Document) -> bool:
    piece = queries.piece_on(document)
    return piece is not None and rules.see(user, piece)


def _or_taken_over(rule: Callable[[User, Document], bool]) -> Callable[[User, Document], bool]:
    """A paper of another portal belongs to nothing but its piece."""
    return lambda user, document: rule(user, document) or (not _is_ours(document) and _may_read_filed(user, document))


def _is_ours(document: Document) -> bool:
    piece = queries.piece_on(document)
    return piece is None or not piece.origin


def init_app(app: Flask) -> None:
    """Let the pages of a meeting and its minutes ask for what was filed, and papers be read that were laid out here."""
    papers.readers |= dict.fromkeys(compiling.KINDS, _may_read_filed)
    papers.readers |= {kind: _or_taken_over(rule) for kind, rule in papers.readers.items()}
    app.jinja_env.globals["archive_of_meeting"] = _of_meeting
    app.extensions["csrf"].exempt(ask_status)  # programs ask it, and nothing is changed
    app.before_request_funcs.setdefault(None, []).insert(0, _limit_what_is_brought)
