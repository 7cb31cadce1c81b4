"""Doors of the archive room, of verification and of search."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import errands, navigation, pages, papers, search, store
from portal.access import finds, me, needs, public
from portal.archive import compiling, forms, operations, queries, rules
from portal.archive.models import Appraisal, ArchivalRecord, ArchivalState, Check, Package, Retention
from portal.database import reading
from portal.errors import NotAllowed, Unreadable
from portal.forms import Why, posted_ids
from portal.meetings.models import Meeting
from portal.pages import Column, Filter, Listing
from portal.people.models import User
from portal.people.queries import authority
from portal.refusals import tell
from portal.register import Document
from portal.verify import DISCLAIMER, LARGEST, Word

bp = Blueprint("archive", __name__)
navigation.offer("档案", "archive.index", "/archive")
finds("piece")(queries.record)
finds("package")(queries.package)
finds("appraisal")(queries.appraisal)

HITS_A_PAGE = 20
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
    keeps = rules.accept(me(), None)
    return pages.show(
        "archive/index.html",
        listing=listing,
        chosen={one.name: one.value for one in listing.filters if one.value},
        failed=queries.failed_checks() if keeps else (),
        waiting=queries.meetings_to_accept() if keeps else (),
        usual=operations.usual_retention(),
    )


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
    wanted = request.args.get("check", "")
    check = next((one for one in piece.checks if str(one.id) == wanted), piece.last_check)
    return pages.show("archive/report.html", piece=piece, check=check)


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


@bp.route("/archive/appraisals", methods=["GET", "POST"])
@needs(rules.appraise)
def appraisals() -> ResponseReturnValue:
    """到期鉴定：提出意见，等待批准的意见。"""
    form = forms.Propose()
    if form.ready():
        if not rules.propose(me(), None):
            raise NotAllowed(rules.propose.__doc__ or "")
        made = form.attempt(operations.propose, posted_ids("piece"), form.choice.data, form.reason.data, by=me())
        if made is not None:
            return pages.done(url_for("archive.appraisals"), f"已提出 {len(made)} 件的鉴定意见，请另一人批准。")
    return pages.show(
        "archive/appraisals.html", form=form, over=queries.over(), waiting=queries.open_appraisals(),
        chosen=posted_ids("piece"),
    )  # fmt: skip


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
    form = Why()
    if not form.ready():
        raise Unreadable("请写明不批准的理由。")
    operations.refuse(appraisal, form.why.data or "", by=me())
    return pages.done(url_for("archive.appraisals"), "没有批准，档案照旧保管。")


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
    rows = queries.removals()
    if request.args.get("export") == "xlsx":
        return pages.excel("销毁清册", REMOVALS, rows)
    return pages.show("archive/removals.html", removals=rows)


# ── packages of other portals ──────────────────────────────────────────────────────────────────────────────────────


@bp.route("/archive/packages", methods=["GET", "POST"])
@needs(rules.receive)
def packages() -> ResponseReturnValue:
    """封装包：导出的和收到的。"""
    form = forms.BringPackage()
    upload = form.file.data
    if form.ready() and upload is not None:
        package = operations.bring_package(upload.stream, upload.filename or "", by=me())
        return pages.done(url_for("archive.show_package", package=package), "已收到，正在检测。")
    return pages.show(
        "archive/packages.html",
        form=form,
        packages=queries.packages(),
        exports=queries.exports_of(me()),
        trusted=queries.trusted_authorities(),
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
