"""四性检测: asking for a check, its report, and every check of a piece."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.archive import rules
from portal.archive.blueprint import bp
from portal.archive.checking import operations, queries
from portal.archive.models.pieces import ArchivalRecord, Check, Occasion
from portal.web import filters, responses
from portal.web.filters import Filter
from portal.web.forms import ticked_ids
from portal.web.guards import me, requires
from portal.web.listing import Listing
from portal.web.spreadsheet import Column


@bp.post("/archive/<model:piece>/check")
@requires(rules.see, rules.check)
def ask_check(piece: ArchivalRecord) -> ResponseReturnValue:
    """四性检测。"""
    operations.ask_check(piece, by=me())
    return responses.done(url_for("archive.show", piece=piece, _anchor="checks"), "已开始检测，结果稍后显示在下方。")


@bp.get("/archive/<model:piece>/report")
@requires(rules.see)
def report(piece: ArchivalRecord) -> ResponseReturnValue:
    """四性检测报告：最近一次的，或指定的一次。"""
    wanted = next((queries.check_of(piece, number) for number in ticked_ids("check")), None)
    return responses.show("archive/checking/report.html", piece=piece, check=wanted or piece.last_check)


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


@bp.get("/archive/<model:piece>/checks")
@requires(rules.see)
def checks(piece: ArchivalRecord) -> ResponseReturnValue:
    """历次检测。"""
    listing = Listing(
        queries.checks_of(piece),
        {"at": (Check.at, Check.id)},
        "at",
        descending=True,
        filters=[
            Filter("passed", "结果", _passed, "choice", [("yes", "合格"), ("no", "不合格")]),
            Filter("occasion", "时机", filters.equals(Check.occasion), "choice", filters.choices_of(Occasion)),
            *filters.between("", Check.at),
        ],
    )
    if listing.wants_export:
        return listing.excel("四性检测记录", CHECKS)
    return responses.show("archive/checking/checks.html", piece=piece, listing=listing)
