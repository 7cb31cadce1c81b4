"""Doors of pieces and of dossiers."""

from collections.abc import Sequence

from flask import Response, flash, url_for
from flask.typing import ResponseReturnValue

from portal import errands, pages, store
from portal.access import me, needs
from portal.archive import forms, operations, queries, rules
from portal.archive.models import ArchivalRecord, ArchivalState, Check, Retention
from portal.archive.routes.doors import bp
from portal.meetings.models import Meeting
from portal.pages import Column, Filter, Listing
from portal.refusals import tell


@bp.get("/archive")
@needs(rules.browse)
def index() -> ResponseReturnValue:
    """档案目录。"""
    listing = _listing()
    if listing.wants_export:
        return listing.excel("归档文件目录", CATALOGUE)
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
                "series", "例会", pages.equals(Meeting.series_id), "choice",
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


CATALOGUE = (
    Column("件号", lambda one: one.piece, 8),
    Column("档号", lambda one: one.archival_number, 30),
    Column("题名", lambda one: one.title, 48),
    Column("责任者", lambda one: one.responsible, 28),
    Column("日期", lambda one: one.day, 14),
    Column("保管期限", lambda one: one.retention.label, 10),
    Column("页数", lambda one: one.pages, 8),
    Column("类别", lambda one: one.kind, 12),
    Column("状态", lambda one: one.state.label, 10),
)


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
        missing=[] if meeting.was_held_elsewhere else queries.missing_from(pieces),
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
