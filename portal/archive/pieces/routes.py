"""Pieces, dossiers and the catalogue; and what earlier features' pages ask about the archive."""

from collections.abc import Callable, Sequence

from flask import Flask, Response, flash, url_for
from flask.typing import ResponseReturnValue

from portal.archive import rules
from portal.archive.appraisal import queries as appraisal_queries
from portal.archive.blueprint import bp
from portal.archive.checking import queries as checking_queries
from portal.archive.models.pieces import ArchivalRecord, ArchivalState, Check, Retention
from portal.archive.packages import operations as packages
from portal.archive.packages import queries as packages_queries
from portal.archive.pieces import compiling, filing, forms, operations, queries
from portal.archive.verifying.routes import ask_status, limit_what_is_brought
from portal.documents import readership
from portal.documents.registry import Document
from portal.files import store
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User
from portal.web import background_page, filters, responses
from portal.web.error_handlers import respond
from portal.web.filters import Filter
from portal.web.guards import me, requires
from portal.web.listing import Listing
from portal.web.spreadsheet import Column


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
    readership.readers |= dict.fromkeys(compiling.KINDS, _may_read_filed)
    readership.readers |= {kind: _or_taken_over(rule) for kind, rule in readership.readers.items()}
    app.jinja_env.globals["archive_of_meeting"] = _of_meeting
    app.extensions["csrf"].exempt(ask_status)  # programs ask it, and nothing is changed
    app.before_request_funcs.setdefault(None, []).insert(0, limit_what_is_brought)


@bp.get("/archive")
@requires(rules.browse)
def index() -> ResponseReturnValue:
    """档案目录。"""
    listing = _listing()
    if listing.wants_export:
        return listing.excel("归档文件目录", CATALOGUE)
    keeps = rules.accept(me(), None) and not listing.wants_print
    failed, failed_total = checking_queries.failed_checks() if keeps else ((), 0)
    waiting, waiting_total = queries.meetings_to_accept() if keeps else ((), 0)
    return responses.show(
        "archive/pieces/index.html", listing=listing, failed=failed, failed_total=failed_total, waiting=waiting,
        waiting_total=waiting_total, usual=filing.usual_retention(),
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
                filters.contains(
                    ArchivalRecord.title, ArchivalRecord.archival_number, ArchivalRecord.responsible,
                    ArchivalRecord.text,
                ),
            ),
            Filter("state", "状态", filters.equals(ArchivalRecord.state), "choice", filters.choices_of(ArchivalState)),
            Filter(
                "year", "年度", filters.equals(ArchivalRecord.year), "choice",
                [(str(year), f"{year}年") for year in years],
            ),
            Filter(
                "series", "例会", filters.equals(Meeting.series_id), "choice",
                [(str(number), name) for number, name in series.items()],
            ),
            Filter(
                "kind", "类别", filters.equals(ArchivalRecord.kind), "choice",
                [(one, one) for one in queries.KINDS],
            ),
            Filter(
                "retention", "保管期限", filters.equals(ArchivalRecord.retention), "choice",
                [(one.value, one.label) for one in Retention],
            ),
            Filter("check", "检测", checking_queries.checked, "choice", list(checking_queries.CHECKED.items())),
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
@requires(rules.export)
def export() -> ResponseReturnValue:
    """导出：目录中现在筛选出来的、已归档的全部。"""
    chosen = packages_queries.accepted_among(_listing().query)
    return responses.done(background_page.address_of(packages.ask_export(chosen, by=me())), "正在导出。")


@bp.get("/archive/<model:piece>")
@requires(rules.see)
def show(piece: ArchivalRecord) -> ResponseReturnValue:
    """一件档案。"""
    return _show(piece, forms.Accept(thing=piece), fragment="archive/checking/_checks.html")


def _show(piece: ArchivalRecord, form: forms.Accept, *, fragment: str | None = None) -> Response:
    return responses.show(
        "archive/pieces/show.html",
        fragment=fragment,
        piece=piece,
        times=checking_queries.count_of_checks(piece),
        form=form,
        version=None if piece.document else queries.version_of(piece),
        appraisals=appraisal_queries.appraisals_of(piece) if piece.accepted_at and piece.retention.years else (),
    )


@bp.get("/archive/<model:piece>/file")
@requires(rules.see)
def download(piece: ArchivalRecord) -> Response:
    """下载档案原件。"""
    if piece.is_removed:
        return respond("这件档案保管期满，已按规定销毁，只保留著录。", 410)
    return store.send(piece.file)


@bp.post("/archive/<model:piece>/acceptance")
@requires(rules.see, rules.accept, transition="accept")
def accept(piece: ArchivalRecord) -> ResponseReturnValue:
    """接收归档。"""
    form = forms.Accept()
    if form.ready():
        found = form.attempt(operations.accept, piece, form.retention.data, form.seen, by=me())
        if found is not None:
            return _accepted(url_for("archive.show", piece=piece), [found])
    return _show(piece, form)


@bp.get("/meetings/<model:sitting>/archive")
@requires(rules.see_dossier)
def dossier(sitting: Meeting) -> ResponseReturnValue:
    """一会一档。"""
    return _dossier(sitting, forms.Accept(retention=filing.usual_retention()))


def _dossier(meeting: Meeting, form: forms.Accept) -> Response:
    pieces = queries.dossier_of(meeting)
    return responses.show(
        "archive/pieces/dossier.html",
        meeting=meeting,
        pieces=[one for one in pieces if rules.see(me(), one)],
        missing=[] if meeting.was_held_elsewhere else queries.missing_from(pieces),
        form=form,
    )


@bp.post("/meetings/<model:sitting>/archive/export")
@requires(rules.see_dossier, rules.export_dossier)
def export_dossier(sitting: Meeting) -> ResponseReturnValue:
    """导出这次会议的档案。"""
    chosen = [one.id for one in queries.dossier_of(sitting) if one.is_accepted]
    return responses.done(background_page.address_of(packages.ask_export(chosen, by=me())), "正在导出。")


@bp.post("/meetings/<model:sitting>/archive/acceptance")
@requires(rules.see_dossier, rules.accept_all)
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
    return responses.done(to, f"已接收，档号：{numbers}。" if numbers else "")
