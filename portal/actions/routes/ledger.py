"""Doors of the ledger."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from flask import current_app, g, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock, errands, pages
from portal.access import door_open, me, needs
from portal.actions import queries, rules
from portal.actions.models import ActionItem, ActionState
from portal.actions.routes.doors import bp
from portal.pages import Column, Filter, Listing
from portal.people import queries as people


@bp.route("/actions")
@needs(rules.see_ledger)
def index() -> ResponseReturnValue:
    """交办台账。"""
    whole = pages.wants_export() or pages.wants_print()
    counts = {} if whole else queries.view_counts(me())
    listing, grouped = _ledger(counts)
    if listing.wants_export:
        if listing.total > MOST_AT_ONCE_EXPORTED:
            return pages.show("actions/export.html", listing=listing)
        return listing.excel("交办台账", LEDGER_COLUMNS)
    if listing.wants_print:
        return pages.show("actions/print.html", listing=listing, grouped=grouped)
    return pages.show("actions/index.html", listing=listing, views=_views(listing, counts), grouped=grouped)


def _ledger(counts: Mapping[str, int] = MappingProxyType({})) -> tuple[Listing, dict[int, str]]:
    """The ledger as the address narrows, sorts and groups it, and what stands over which task where it is grouped."""

    def known(listing: Listing) -> int | None:
        narrowing = {one.name: one.value for one in listing.filters if one.value and one.name != "group"}
        return counts.get(narrowing.get("view", "")) if not narrowing.keys() - {"view"} else None

    choices = queries.choices(me(), request.args)
    by = request.args.get("group", "")
    listing = Listing(
        queries.ledger(me()),
        {
            "due": (ActionItem.ended, ActionItem.due, ActionItem.id),
            "number": (ActionItem.assigned_at, ActionItem.id),
            "state": (ActionItem.state, ActionItem.due, ActionItem.id),
        },
        "due",
        filters=[
            Filter("text", "编号、事项、要求或进展", queries.worded),
            Filter("view", "范围", _view, "choice", queries.VIEW_CHOICES),
            Filter("state", "状态", pages.equals(ActionItem.state), "choice", pages.choices_of(ActionState)),
            Filter("lead", "牵头单位", pages.equals(ActionItem.lead_department_id), "choice", choices["lead"]),
            Filter("department", "牵头或配合", queries.in_department, "choice", choices["lead"]),
            Filter("person", "承办人", queries.led_by_name),
            Filter("colour", "颜色", queries.coloured, "choice", [(k, one[0]) for k, one in queries.COLOURS.items()]),
            *pages.between("时限", ActionItem.due),
            *(
                Filter(name, origin.label, origin.narrow, "choice", choices.get(name, ()))
                for name, origin in queries.ORIGINS.items()
            ),
            Filter("supervised", "督办", _supervised, "choice", (("yes", "列为督办"), ("no", "未列为督办"))),
            Filter("urgent", "加急", _urgent, "choice", (("yes", "加急"), ("no", "未加急"))),
            Filter("group", "分组", lambda query, _: query, "choice", queries.groupings()),
        ],
        options=queries.ROW + (queries.EXPORTED if pages.wants_export() or pages.wants_print() else ()),
        known=known,
        grouping=queries.grouping(me(), by),
    )
    return listing, queries.names_of_groups(me(), listing.rows, by)


MOST_AT_ONCE_EXPORTED = 1_000  # more rows than a page may take the time for


@errands.kind("actions.export", "导出交办台账")
def write_ledger(errand: errands.Errand, progress: errands.Progress) -> errands.Made:
    """The ledger as one person saw it, written a portion at a time."""
    draft = errands.fresh_draft()
    with current_app.test_request_context(f"/actions?{errand.facts['query']}"):
        g._login_user = people.person(errand.asked_by_id)  # noqa: SLF001 - whose ledger it is
        listing, _ = _ledger()

        def rows() -> Iterator[ActionItem]:
            done = 0
            for portion in listing.portions():
                yield from portion
                done += len(portion)
                progress(done, listing.total)

        written = pages.write_excel(draft, "交办台账", LEDGER_COLUMNS, rows())
    name = f"交办台账{clock.today():%Y%m%d}.xlsx"
    return errands.Made(f"已导出 {written} 项。", draft=draft, name=name, media_type=pages.EXCEL_TYPE)


@bp.post("/actions/export")
@needs(rules.see_ledger)
def export() -> ResponseReturnValue:
    """在后台导出台账。"""
    errand = errands.ask("actions.export", by=me(), facts={"query": request.form.get("query", "")[:2000]})
    return pages.done(errands.address_of(errand), "正在导出，可以离开本页。")


def _supervised(query: Any, answer: str) -> Any:
    return query.where(ActionItem.supervised.is_(answer == "yes"))


def _urgent(query: Any, answer: str) -> Any:
    return query.where(ActionItem.urgent.is_(answer == "yes"))


def _view(query: Any, name: str) -> Any:
    return query.where(queries.VIEWS[name].narrow(me()))


def _views(listing: Listing, counts: Mapping[str, int]) -> list[tuple[str, str, str, int, bool]]:
    """The saved filters with their addresses and counts; empty ones are left out, the present one is not."""
    always = {"", "mine", "late"} | (set(queries.DESK) if door_open("actions.urge_all") else set())
    now = next(one.value for one in listing.filters if one.name == "view")
    return [
        (
            view.label,
            url_for("actions.index", view=name or None),
            view.mark if counts[name] else "",
            counts[name],
            name == now,
        )
        for name, view in queries.VIEWS.items()
        if counts[name] or name in always | {now}
    ]


LEDGER_COLUMNS = (
    Column("编号", lambda one: one.number, 12),
    Column("事项", lambda one: one.title, 40),
    Column("具体要求", lambda one: one.text, 40),
    Column("牵头单位", lambda one: one.lead, 20),
    Column("承办人", lambda one: one.lead_person.name, 12),
    Column("配合单位", lambda one: "、".join(line.name for line in one.support), 24),
    Column("交办日期", lambda one: one.assigned_day, 12),
    Column("原定时限", lambda one: one.original_due, 12),
    Column("现在时限", lambda one: one.due, 12),
    Column("状态", lambda one: one.word, 12),
    Column("是否逾期", lambda one: "逾期" if one.is_overdue else "", 10),
    Column("督办", lambda one: "督办" if one.supervised else "", 8),
    Column("加急", lambda one: "加急" if one.urgent else "", 8),
    Column("最新进展", lambda one: one.reports[-1].text if one.reports else "", 50),
    Column("签收时限", lambda one: one.accept_by, 12),
    Column("签收时间", lambda one: one.accepted_at, 18),
    Column("逾期未签收", lambda one: "逾期" if one.is_accepted_late else "", 10),
    Column("销号时间", lambda one: one.closed_at, 18),
)
