"""Operations of the call for items: proposing, and the secretary's answers."""

from collections.abc import Iterable
from datetime import date

from portal.db import clock, journal
from portal.db.engine import add, db
from portal.enterprises.models.problems import Problem
from portal.errors import Refused
from portal.files.store import StoredFile
from portal.inbox import operations as inbox
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.series import ItemKind, MeetingSeries
from portal.meetings.series import queries as series_queries
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge


def propose(
    series: MeetingSeries,
    kind: ItemKind,
    title: str,
    ask: str,
    minutes: int,
    *,
    problem: Problem | None = None,
    files: Iterable[StoredFile] = (),
    by: User,
) -> AgendaItem:
    """申报议题；过了下次会议的征集截止时间的，记为临时议题。"""
    coming = series_queries.next_of(series)
    item = AgendaItem(
        series=series, kind=kind, title=title, ask=ask, minutes=minutes, problem=problem, files=list(files),
        reporter=by, proposed_by=by, proposed_at=clock.now(),
        late=coming is not None and clock.now() > coming.cut_off,
    )  # fmt: skip
    add(item)
    journal.record(by, "meetings.propose", item, "申报议题", series=series.name, late=item.late)
    inbox.notify(
        in_charge(Role.secretary), f"新申报的议题：{title}", f"/series/{series.id}/backlog",
        body=f"{by.name}向{series.name}申报。", burst=f"item-{item.id}",
    )  # fmt: skip
    return item


def accept_item(item: AgendaItem, *, by: User) -> AgendaItem:
    """采纳议题，放进待排议题。"""
    item.lifecycle.fire(item, "accept_item", by=by)
    db.session.flush()
    _tell_proposer(item, "已采纳", by)
    return item


def defer_item(item: AgendaItem, until: date, *, by: User) -> AgendaItem:
    """暂缓列入：采纳，但某日以前的会议不安排。"""
    if until <= clock.today():
        raise Refused("请填写今天以后的日期。")
    item.lifecycle.fire(item, "defer_item", by=by, until=until.isoformat())
    item.not_before = until
    db.session.flush()
    _tell_proposer(item, "已采纳，暂缓列入", by, body=f"{clock.zh_date(until)}以后的会议再安排。")
    return item


def return_item(item: AgendaItem, why: str, *, by: User) -> AgendaItem:
    """退回申报的议题，写明理由。"""
    item.lifecycle.fire(item, "return_item", by=by, why=why)
    item.answer = why
    db.session.flush()
    _tell_proposer(item, "被退回", by, body=f"理由：{why}")
    return item


def merge_item(item: AgendaItem, into: AgendaItem, *, by: User) -> AgendaItem:
    """把申报的议题并入同一例会的另一议题。"""
    if into.id == item.id or into.series_id != item.series_id or not into.can_take_in:
        raise Refused("只能并入同一例会里已采纳或已列入议程的另一项议题。")
    item.lifecycle.fire(item, "merge_item", by=by, into=into.id)
    item.merged_into, item.answer = into, f"并入议题《{into.title}》"
    db.session.flush()
    _tell_proposer(item, "已并案", by, body=item.answer)
    return item


def withdraw_item(item: AgendaItem, *, by: User) -> AgendaItem:
    """撤回自己申报的议题。"""
    item.lifecycle.fire(item, "withdraw_item", by=by)
    db.session.flush()
    return item


def _tell_proposer(item: AgendaItem, what: str, by: User, *, body: str = "") -> None:
    if item.proposed_by is not None and item.proposed_by_id != by.id:
        inbox.notify([item.proposed_by], f"您申报的议题{what}：{item.title}", f"/items/{item.id}", body=body)
