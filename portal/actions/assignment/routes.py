"""Routes of a task: its page, handing out, accepting, refusing, passing on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, cast

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.actions import blueprint, rules
from portal.actions.assignment import forms, operations
from portal.actions.blueprint import ask, back_to, bp, with_why
from portal.actions.models.action_items import ActionItem, ActionState
from portal.actions.progress import forms as progress_forms
from portal.db.engine import LARGEST_ID
from portal.enterprises.models.problems import Problem
from portal.enterprises.problems import queries as enterprises
from portal.people.accounts import queries as accounts_queries
from portal.people.departments import queries as departments_queries
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group
from portal.web import responses, timeline
from portal.web.guards import me, requires

WAY = (
    ActionState.assigned,
    ActionState.accepted,
    ActionState.in_progress,
    ActionState.reported_done,
    ActionState.closed,
)
# where a state that lies beside the way stands on it
BESIDE = {
    ActionState.refused: ActionState.assigned,
    ActionState.suspended: ActionState.in_progress,
    ActionState.terminated: ActionState.in_progress,
}
COLOURS = {
    "close": "green", "settle": "green", "return_": "red", "refuse": "red", "urge": "amber", "suspend": "amber",
    "terminate": "red", "reopen": "red", "remind": "amber", "report_done": "amber", "return_support": "red",
    "issue_slip": "red", "propose_slip": "amber", "look_back": "green", "finish_stage": "green",
}  # fmt: skip


@bp.route("/actions/<model:action>")
@requires(rules.see)
def show(action: ActionItem) -> ResponseReturnValue:
    """一件交办事项。"""
    entries = _line(action)
    return responses.show(
        "actions/assignment/show.html", action=action, steps=_steps(action), entries=entries,
        form=progress_forms.Report(), why=_why_here(action, entries), stands_in=_stands_in(action),
    )  # fmt: skip


# the deed that led to a state of which a reader asks why
LED_TO = {
    ActionState.refused: "actions.refuse",
    ActionState.suspended: "actions.suspend",
    ActionState.terminated: "actions.terminate",
}


def _why_here(action: ActionItem, entries: Sequence[timeline.Event]) -> timeline.Event | None:
    """What led a task to where it stands, if that is to be answered or explained."""
    deed = "actions.return_" if action.returned_at else LED_TO.get(action.state)
    return next((one for one in entries if one.own and one.deed == deed), None)


def _stands_in(action: ActionItem) -> bool:
    """Whether this person does in the lead person's stead what is done here."""
    return not action.is_ended and me().id != action.lead_person_id and rules.carry_out(me(), action)


def _steps(action: ActionItem) -> list[tuple[str, str]]:
    """The way of a task: what lies behind it, where it stands."""
    here = BESIDE.get(action.state, action.state)
    last = WAY.index(here)
    words = ["done" if place < last or here is WAY[-1] else "now" if place == last else "" for place in range(len(WAY))]
    if action.state is ActionState.terminated:
        words = ["done" if place < last else "off" for place in range(len(WAY))]
    return [
        (action.state.label if state is here else state.label, word) for state, word in zip(WAY, words, strict=True)
    ]


def _line(action: ActionItem) -> list[timeline.Event]:
    """What happened to a task and to what it came from and led to, the newest first."""
    events = timeline.events_of(action, me())
    return [replace(one, colour=COLOURS.get(one.deed.partition(".")[2], "") if one.own else "") for one in events]


@bp.route("/actions/new", methods=["GET", "POST"])
@requires(rules.assign)
def assign() -> ResponseReturnValue:
    """交办事项。"""
    form = forms.AssignAction()
    persons, departments, groups = (
        accounts_queries.active_people(),
        departments_queries.departments(),
        departments_queries.groups(),
    )
    blueprint.offer_people(form.lead_person_id, persons)
    forms.offer_units(form, departments, groups)
    problem = _problem_in_question()
    if form.ready():
        made = form.attempt(_assign, form, persons, departments, groups, problem)
        if made is not None:
            return responses.done(url_for("actions.show", action=made), f"已交办，{made.lead_person.name}已收到消息。")
    elif problem is not None and request.method == "GET":
        form.title.data, form.text.data, form.lead_group_id.data = problem.title, problem.text, problem.group_id
    return responses.show("actions/assignment/new.html", form=form, problem=problem)


def _problem_in_question() -> Problem | None:
    """The enterprise's problem a link named: the task comes from it."""
    number = request.args.get("problem", default=0, type=int)
    return enterprises.problem(number) if 0 < number <= LARGEST_ID else None


def _assign(
    form: forms.AssignAction, persons: Any, departments: Any, groups: Any, problem: Problem | None
) -> ActionItem:  # fmt: skip
    person: dict[int | None, User] = {one.id: one for one in persons}
    department: dict[int | None, Department] = {one.id: one for one in departments}
    group: dict[int | None, Group] = {one.id: one for one in groups}
    supporting = [department[number] for number in form.support_department_ids.data or ()]
    supporting_groups = [group[number] for number in form.support_group_ids.data or ()]
    return operations.assign(
        title=form.title.data or "",
        text=form.text.data or "",
        evidence=form.evidence.data or "",
        asks_file=form.asks_file.data,
        stages=form.stages.stages,
        lead_department=department.get(form.lead_department_id.data),
        lead_group=group.get(form.lead_group_id.data),
        lead_person=person[form.lead_person_id.data],
        support=[*supporting, *supporting_groups],
        due=cast(date, form.due.data),
        audience=group.get(form.audience_id.data),
        problem=problem,
        urgent=form.urgent.data,
        by=me(),
    )


@bp.route("/actions/<model:action>/edit", methods=["GET", "POST"])
@requires(rules.see, rules.edit, transition="edit")
def edit(action: ActionItem) -> ResponseReturnValue:
    """修改事项。"""
    form = forms.EditAction(thing=action)
    typed = {
        "title": form.title.data, "text": form.text.data, "evidence": form.evidence.data,
        "asks_file": form.asks_file.data,
    }  # fmt: skip
    if form.ready() and form.attempt(operations.edit, action, form.seen, **typed, by=me()) is not None:
        return back_to(action, "已保存。")
    return ask(action, form, "修改事项", "保存")


@bp.post("/actions/<model:action>/acceptance")
@requires(rules.see, rules.carry_out, transition="accept")
def accept(action: ActionItem) -> ResponseReturnValue:
    """签收。"""
    operations.accept(action, by=me())
    return back_to(action, "已签收。")


@bp.route("/actions/<model:action>/refusal", methods=["GET", "POST"])
@requires(rules.see, rules.carry_out, transition="refuse")
def refuse(action: ActionItem) -> ResponseReturnValue:
    """申请退办。"""
    return with_why(action, operations.refuse, "申请退办", "已提出，会议秘书已收到消息。")


@bp.route("/actions/<model:action>/hand-over", methods=["GET", "POST"])
@requires(rules.see, rules.hand_over, transition="hand_over")
def hand_over(action: ActionItem) -> ResponseReturnValue:
    """更换承办人。"""
    form = forms.HandOver()
    anybody = rules.assign(me(), action)
    persons = {
        one.id: one
        for one in (
            accounts_queries.active_people() if anybody else departments_queries.members_of_unit(action.lead_unit)
        )
        if one.id != action.lead_person_id
    }
    blueprint.offer_people(form.person_id, list(persons.values()))
    if form.ready():
        taker = persons[form.person_id.data]
        if form.attempt(operations.hand_over, action, taker, form.why.data, by=me()) is not None:
            return back_to(action, f"已改由{taker.name}承办。", may_be_gone=True)
    hint = "牵头单位不变，只更换承办人。"
    hint = hint if anybody else f"{hint}要交给其他单位，请申请转其他单位。"
    return ask(action, form, "更换承办人", "更换承办人", hint)


@bp.route("/actions/<model:action>/insistence", methods=["GET", "POST"])
@requires(rules.see, rules.answer_refusal, transition="insist")
def insist(action: ActionItem) -> ResponseReturnValue:
    """维持交办。"""
    return with_why(action, operations.insist, "维持交办", "已维持交办，承办人已收到消息。")


@bp.route("/actions/<model:action>/reassignment", methods=["GET", "POST"])
@requires(rules.see, rules.answer_refusal, transition="reassign")
def reassign(action: ActionItem) -> ResponseReturnValue:
    """重新交办。"""
    form = forms.Reassign()
    persons = {one.id: one for one in accounts_queries.active_people()}
    departments = {one.id: one for one in departments_queries.departments()}
    blueprint.offer_people(form.person_id, list(persons.values()))
    form.lead_department_id.offer(list(departments.values()))
    if form.ready():
        person, unit = persons[form.person_id.data], departments.get(form.lead_department_id.data)
        if form.attempt(operations.reassign, action, person, lead_department=unit, by=me()) is not None:
            return back_to(action, f"已改由{person.name}承办。")
    return ask(action, form, "重新交办", "交办")
