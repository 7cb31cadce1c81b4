"""The ledger as an address narrows, sorts and groups it, and its columns."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import request

from portal.actions.assignment import queries as assignment_queries
from portal.actions.ledger import queries, saved_filters
from portal.actions.models.action_items import ActionItem, ActionState
from portal.web import filters
from portal.web import listing as web_listing
from portal.web.filters import Filter
from portal.web.guards import me
from portal.web.listing import Listing
from portal.web.spreadsheet import Column


def narrowed_ledger(counts: Mapping[str, int] = MappingProxyType({})) -> tuple[Listing, dict[int, str]]:
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
            Filter("view", "范围", _view, "choice", saved_filters.VIEW_CHOICES),
            Filter("state", "状态", filters.equals(ActionItem.state), "choice", filters.choices_of(ActionState)),
            Filter("lead", "牵头单位", filters.equals(ActionItem.lead_department_id), "choice", choices["lead"]),
            Filter("department", "牵头或配合", queries.in_department, "choice", choices["lead"]),
            Filter("person", "承办人", queries.led_by_name),
            Filter(
                "colour",
                "颜色",
                saved_filters.coloured,
                "choice",
                [(k, one[0]) for k, one in saved_filters.COLOURS.items()],
            ),
            *filters.between("时限", ActionItem.due),
            *(
                Filter(name, origin.label, origin.narrow, "choice", choices.get(name, ()))
                for name, origin in queries.ORIGINS.items()
            ),
            Filter("supervised", "督办", _supervised, "choice", (("yes", "列为督办"), ("no", "未列为督办"))),
            Filter("urgent", "加急", _urgent, "choice", (("yes", "加急"), ("no", "未加急"))),
            Filter("group", "分组", lambda query, _: query, "choice", queries.groupings()),
        ],
        options=assignment_queries.ROW
        + (assignment_queries.EXPORTED if web_listing.wants_export() or web_listing.wants_print() else ()),
        known=known,
        grouping=queries.grouping(me(), by),
    )
    return listing, queries.names_of_groups(me(), listing.rows, by)


def _supervised(query: Any, answer: str) -> Any:
    return query.where(ActionItem.supervised.is_(answer == "yes"))


def _urgent(query: Any, answer: str) -> Any:
    return query.where(ActionItem.urgent.is_(answer == "yes"))


def _view(query: Any, name: str) -> Any:
    return query.where(saved_filters.VIEWS[name].narrow(me()))


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
