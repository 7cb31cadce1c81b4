"""Packages: bringing, inspecting, taking over, and what was exported."""

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from portal.archive import rules
from portal.archive.blueprint import bp
from portal.archive.models.packages import Package, PackageState
from portal.archive.packages import forms, operations, queries
from portal.files.store import StoredFile
from portal.jobs.background import BackgroundTask
from portal.web import background_page, filters, responses
from portal.web.filters import Filter
from portal.web.guards import me, requires
from portal.web.listing import Listing
from portal.web.spreadsheet import Column


@bp.route("/archive/packages", methods=["GET", "POST"])
@requires(rules.receive)
def packages() -> ResponseReturnValue:
    """移交与接收：收到的封装包。"""
    form = forms.BringPackage()
    upload = form.file.data
    if form.ready() and upload is not None:
        package = operations.bring_package(upload.stream, upload.filename or "", by=me())
        return responses.done(url_for("archive.show_package", package=package), "已收到，正在检测。")
    listing = Listing(
        queries.packages(),
        {"brought": (Package.brought_at, Package.id), "name": (StoredFile.name, Package.id)},
        "brought",
        descending=True,
        filters=[
            Filter("text", "文件名或移交单位", filters.contains(StoredFile.name, queries.FROM)),
            Filter("state", "状态", queries.in_package_state, "choice", filters.choices_of(PackageState)),
            *filters.between("收到", Package.brought_at),
        ],
        options=queries.PACKAGE_ROW,
    )
    if listing.wants_export:
        return listing.excel("收到的封装包", PACKAGES)
    return responses.show(
        "archive/packages/packages.html", form=form, listing=listing, trusted=queries.trusted_authorities()
    )


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
@requires(rules.export)
def exports() -> ResponseReturnValue:
    """导出的封装包：自己导出的。"""
    listing = Listing(
        queries.exports_of(me()),
        {"asked": (BackgroundTask.asked_at, BackgroundTask.id)},
        "asked",
        descending=True,
        filters=[
            Filter("text", "名称", filters.contains(BackgroundTask.label)),
            *filters.between("导出", BackgroundTask.asked_at),
        ],
    )
    if listing.wants_export:
        return listing.excel("导出的封装包", EXPORTS)
    return responses.show("archive/packages/exports.html", listing=listing)


EXPORTS = (
    Column("名称", lambda one: one.label, 40),
    Column("导出", lambda one: one.asked_at, 18),
    Column("完成", lambda one: one.ended_at, 18),
    Column("结果", lambda one: one.failure or one.sentence, 40),
    Column("文件名", lambda one: one.name, 40),
)


@bp.get("/archive/packages/<model:package>")
@requires(rules.receive)
def show_package(package: Package) -> ResponseReturnValue:
    """一个封装包的检测结果。"""
    return _show_package(package, forms.TakeOver())


def _show_package(package: Package, form: forms.TakeOver) -> Response:
    return responses.show(
        "archive/packages/show_package.html", fragment="archive/packages/_package.html", package=package, form=form
    )


def _not_ready(package: Package) -> str | None:
    return package.not_ready


@bp.post("/archive/packages/<model:package>/takeover")
@requires(rules.receive, when=(_not_ready,))
def take_over(package: Package) -> ResponseReturnValue:
    """接收封装包。"""
    form = forms.TakeOver()
    if form.ready():
        errand = form.attempt(operations.ask_take_over, package, form.seen, by=me())
        if errand is not None:
            return responses.done(background_page.address_of(errand), "正在接收。")
    return _show_package(package, form)
