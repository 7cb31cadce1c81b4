"""Routes of decisions, and of tasks filled in as a form."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.meetings.models.agenda import AgendaItem
from portal.people.accounts.queries import people_to_choose
from portal.people.departments.queries import departments, groups
from portal.records import rules
from portal.records.blueprint import bp, desk_url, meeting_of
from portal.records.decisions import forms, operations, queries
from portal.records.lines import queries as lines_queries
from portal.records.lines import reading
from portal.records.models import Decision, Handout, LineKind, RecordLine
from portal.web import responses, timeline
from portal.web.guards import me, requires


def _task_form(item: AgendaItem, thing: Handout | None = None) -> forms.Task:
    form = forms.Task(thing=thing)
    kept = [thing.lead_person_id] if thing else []
    form.offer(queries.decisions_under(item), departments(), groups(), people_to_choose(kept))
    return form


def _task_page(item: AgendaItem, form: forms.Task, address: str, heading: str) -> Response:
    days = forms.quick_days(meeting_of(item))
    return responses.show(
        "records/decisions/task.html", item=item, form=form, days=days, address=address, heading=heading
    )


@bp.route("/items/<model:topic>/tasks/new", methods=["GET", "POST"])
@requires(rules.see_item, rules.write)
def hand_out(topic: AgendaItem) -> ResponseReturnValue:
    """填写会上交办的事项。"""
    form = _task_form(topic)
    if not form.is_submitted():
        form.decision_id.data = _wanted_decision(form)
    if form.ready() and form.attempt(operations.hand_out, topic, by=me(), **form.facts()) is not None:
        return responses.done(desk_url(topic, "lines"), "交办已登记，散会后自动下发。")
    return _task_page(topic, form, url_for("records.hand_out", topic=topic.id), "填写交办")


def _wanted_decision(form: forms.Task) -> int | None:
    """The decision of ?decision=, else the last one."""
    wanted = request.args.get("decision", "")
    known = list(form.decisions)
    return next((number for number in known if str(number) == wanted), known[-1] if known else None)


@bp.route("/lines/<model:line>/task", methods=["GET", "POST"])
@requires(rules.see_line, rules.edit_line)
def finish_line(line: RecordLine) -> ResponseReturnValue:
    """补齐一条没有写全的交办。"""
    if line.handout is not None:
        return responses.done(url_for("records.edit_handout", handout=line.handout_id))
    form, item = _task_form(line.item), line.item
    if not form.is_submitted():
        meeting = meeting_of(item)
        said = reading.read(line.text, lines_queries.directory_of(meeting), meeting.day, LineKind.task)
        form.begin(said, lines_queries.decision_before(line), line.version)
    if form.ready() and form.attempt(operations.finish_line, line, form.seen, by=me(), **form.facts()) is not None:
        return responses.done(desk_url(item, "lines"), "交办已补齐，散会后自动下发。")
    return _task_page(item, form, url_for("records.finish_line", line=line.id), "补齐交办")


@bp.route("/handouts/<model:handout>", methods=["GET", "POST"])
@requires(rules.see_handout, rules.edit_handout)
def edit_handout(handout: Handout) -> ResponseReturnValue:
    """修改会上交办的事项。"""
    form = _task_form(handout.item, handout)
    if not form.is_submitted():
        form.support_ids.data = [one.id for one in handout.support]
        form.support_group_ids.data = [one.id for one in handout.support_groups]
    if form.ready() and form.attempt(operations.edit_handout, handout, form.seen, by=me(), **form.facts()) is not None:
        return responses.done(desk_url(handout.item, "lines"), "交办已修改。")
    return _task_page(handout.item, form, url_for("records.edit_handout", handout=handout.id), "修改交办")


@bp.get("/decisions/<model:decision>")
@requires(rules.see_decision)
def show_decision(decision: Decision) -> ResponseReturnValue:
    """一件议定事项：从哪项议题来，交办了什么，办到哪一步。"""
    return responses.show("records/decisions/decision.html", decision=decision, line=timeline.events_of(decision, me()))
