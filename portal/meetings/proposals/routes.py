"""Routes of the call for items."""

from datetime import timedelta
from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from portal.files.uploads import take_in
from portal.meetings import rules
from portal.meetings.blueprint import bp, typed_reason
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.series import ItemKind, MeetingSeries
from portal.meetings.proposals import forms, operations, queries
from portal.meetings.series import forms as series_forms
from portal.meetings.series import queries as series_queries
from portal.web import responses
from portal.web.guards import me, requires


@bp.route("/series/<model:series>/items/new", methods=["GET", "POST"])
@requires(rules.see_series, rules.propose)
def propose(series: MeetingSeries) -> ResponseReturnValue:
    """申报议题。"""
    form = forms.ProposeForm(data={"kind": ItemKind.problem, "minutes": 10})
    problems = queries.problems_of(me())
    form.problem_id.offer(problems, lambda one: f"{one.enterprise.name}：{one.title}")
    if form.ready() and (made := form.attempt(_propose, series, form, problems)) is not None:
        word = "，已过截止时间，记为临时议题" if made.late else ""
        return responses.done(url_for("meetings.show_item", item=made.id), f"议题已申报{word}。")
    return responses.show(
        "meetings/proposals/propose.html", form=form, series=series, coming=series_queries.next_of(series)
    )


def _propose(series: MeetingSeries, form: forms.ProposeForm, problems: Any) -> AgendaItem:
    return operations.propose(
        series,
        form.kind.data,
        form.title.data,
        form.ask.data,
        form.minutes.data or 0,
        problem=series_forms.picked(problems, form.problem_id.data),
        files=take_in(form.files.data, by=me()),
        by=me(),
    )


@bp.route("/series/<model:series>/backlog")
@requires(rules.see_series)
def backlog(series: MeetingSeries) -> ResponseReturnValue:
    """待排议题，以及等待会议秘书受理的申报。"""
    decides = rules.keep_meetings(me(), series)
    return responses.show(
        "meetings/proposals/backlog.html",
        series=series,
        waiting=queries.backlog(series),
        proposed=queries.proposals(series) if decides else [],
        coming=next((one for one in series_queries.upcoming_of(series)), None) if decides else None,
    )


@bp.post("/items/<model:item>/acceptance")
@requires(rules.see_item, rules.decide_on_item, transition="accept_item")
def accept_item(item: AgendaItem) -> ResponseReturnValue:
    """采纳申报的议题。"""
    operations.accept_item(item, by=me())
    return _to_backlog(item, f"已采纳：{item.title}。")


@bp.route("/items/<model:item>/deferral", methods=["GET", "POST"])
@requires(rules.see_item, rules.decide_on_item, transition="defer_item")
def defer_item(item: AgendaItem) -> ResponseReturnValue:
    """采纳，暂缓列入。"""
    coming = series_queries.next_of(item.series)
    form = forms.DeferForm(data={"until": coming.day + timedelta(days=1)} if coming else None)
    if form.ready() and form.attempt(operations.defer_item, item, form.until.data, by=me()) is not None:
        return _to_backlog(item, f"已采纳，暂缓列入：{item.title}。")
    return responses.show("meetings/proposals/defer.html", form=form, item=item, coming=coming)


@bp.post("/items/<model:item>/return")
@requires(rules.see_item, rules.decide_on_item, transition="return_item")
def return_item(item: AgendaItem) -> ResponseReturnValue:
    """退回申报的议题。"""
    operations.return_item(item, typed_reason(), by=me())
    return _to_backlog(item, f"已退回：{item.title}。")


@bp.route("/items/<model:item>/merger", methods=["GET", "POST"])
@requires(rules.see_item, rules.decide_on_item, transition="merge_item")
def merge_item(item: AgendaItem) -> ResponseReturnValue:
    """把申报的议题并入另一议题。"""
    form = forms.MergeForm(queries.can_take_in(item))
    if form.ready():
        into = series_forms.picked(form.items, form.into_id.data)
        if form.attempt(operations.merge_item, item, into, by=me()) is not None:
            return _to_backlog(item, f"已并案：{item.title}。")
    return responses.show("meetings/proposals/merge.html", form=form, item=item)


@bp.post("/items/<model:item>/withdrawal")
@requires(rules.see_item, rules.withdraw_item, transition="withdraw_item")
def withdraw_item(item: AgendaItem) -> ResponseReturnValue:
    """撤回自己申报的议题。"""
    operations.withdraw_item(item, by=me())
    return responses.done(url_for("meetings.show_item", item=item.id), "议题已撤回。")


def _to_backlog(item: AgendaItem, sentence: str) -> Response:
    return responses.done(url_for("meetings.backlog", series=item.series_id), sentence)
