"""The lists of 到期鉴定 with their filters, and the columns of their exports."""

from typing import Any

from portal.archive.appraisal import queries
from portal.archive.models.appraisals import Appraisal, AppraisalChoice
from portal.archive.models.pieces import ArchivalRecord, Retention
from portal.archive.pieces import queries as pieces_queries
from portal.web import filters
from portal.web.filters import Filter
from portal.web.guards import me
from portal.web.listing import Listing
from portal.web.spreadsheet import Column


def all_over() -> Listing:
    """What is over and waits for an opinion."""
    return Listing(
        queries.over(),
        {
            "until": (ArchivalRecord.kept_until, ArchivalRecord.archival_number),
            "number": (ArchivalRecord.archival_number,),
            "title": (ArchivalRecord.title, ArchivalRecord.id),
            "day": (ArchivalRecord.day, ArchivalRecord.id),
        },
        "until",
        filters=[by_words(), *by_kind(), *filters.between("到期", ArchivalRecord.kept_until)],
    )


def by_words() -> Filter:
    """The filter by words."""
    columns = (ArchivalRecord.title, ArchivalRecord.archival_number, ArchivalRecord.responsible)
    return Filter("text", "题名、档号或责任者", filters.contains(*columns))


def by_kind() -> tuple[Filter, ...]:
    """The filters by kind and by retention."""
    passing = [(one.value, one.label) for one in Retention if one.years]
    return (
        Filter(
            "kind", "类别", filters.equals(ArchivalRecord.kind), "choice", [(one, one) for one in pieces_queries.KINDS]
        ),
        Filter("retention", "保管期限", filters.equals(ArchivalRecord.retention), "choice", passing),
    )


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


def all_waiting() -> Listing:
    """The opinions that wait for a decision."""
    mine = (("no", "由我批准"), ("yes", "我提出的"))
    return Listing(
        queries.open_appraisals(),
        {
            "proposed": (Appraisal.proposed_at, Appraisal.id),
            "number": (ArchivalRecord.archival_number, Appraisal.id),
            "choice": (Appraisal.choice, Appraisal.id),
        },
        "proposed",
        filters=[by_words(), by_choice(), Filter("mine", "提出人", _proposed_by_me, "choice", mine), *by_kind()],
        options=queries.APPRAISAL_ROW,
    )


def by_choice() -> Filter:
    """The filter by what was proposed."""
    return Filter("choice", "意见", filters.equals(Appraisal.choice), "choice", filters.choices_of(AppraisalChoice))


def _proposed_by_me(query: Any, answer: str) -> Any:
    mine = Appraisal.proposed_by_id == me().id
    return query.where(mine if answer == "yes" else ~mine)


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
