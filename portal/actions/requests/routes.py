"""Routes for what the lead asks for, and the answers; suspending and resuming."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.actions import blueprint, rules
from portal.actions.blueprint import ask, back_to, bp, came_from, with_why
from portal.actions.models.action_items import ActionItem
from portal.actions.models.requests import Application, Asked, Extension, already_answered
from portal.actions.requests import forms, operations
from portal.db import clock
from portal.people.accounts import queries as accounts_queries
from portal.people.departments import queries as departments_queries
from portal.web import responses
from portal.web.guards import me, requires


@bp.route("/actions/<model:action>/transfer", methods=["GET", "POST"])
@requires(rules.see, rules.carry_out, transition="ask_transfer")
def ask_transfer(action: ActionItem) -> ResponseReturnValue:
    """申请转其他单位。"""
    form = forms.Transfer()
    persons = {one.id: one for one in accounts_queries.active_people() if one.department_id}
    departments = {one.id: one for one in departments_queries.departments()}
    form.department_id.offer(list(departments.values()))
    blueprint.offer_people(form.person_id, list(persons.values()))
    if form.ready():
        unit, person = departments[form.department_id.data], persons[form.person_id.data]
        if form.attempt(operations.ask_transfer, action, unit, person, form.why.data, by=me()) is not None:
            return back_to(action, "已提交，请等待审批。")
    return ask(action, form, "申请转其他单位", "申请", "同意后由对方签收，原定时限不变。")


@bp.route("/actions/<model:action>/suspension/request", methods=["GET", "POST"])
@requires(rules.see, rules.carry_out, transition="ask_suspension")
def ask_suspension(action: ActionItem) -> ResponseReturnValue:
    """申请暂停办理。"""
    hint = "同意后时限暂停计算，恢复办理时按暂停的工作日顺延。"
    return with_why(action, operations.ask_suspension, "申请暂停办理", "已提交，请等待审批。", hint)


@bp.route("/actions/<model:action>/suspension/end/request", methods=["GET", "POST"])
@requires(rules.see, rules.carry_out, transition="ask_resumption")
def ask_resumption(action: ActionItem) -> ResponseReturnValue:
    """申请恢复办理。"""
    return with_why(action, operations.ask_resumption, "申请恢复办理", "已提交，请等待审批。")


@bp.route("/actions/<model:action>/extensions", methods=["GET", "POST"])
@requires(rules.see, rules.carry_out, transition="ask_extension")
def ask_extension(action: ActionItem) -> ResponseReturnValue:
    """申请延期。"""
    form = forms.Extend()
    if form.ready():
        typed = (form.new_due.data, form.reason.data, form.progress.data)
        asked = form.attempt(operations.ask_extension, action, *typed, by=me())
        if asked is not None:
            return back_to(action, "已提交，请等待审批。")
    hint = f"现在的时限：{clock.zh_date(action.due)}。原定时限留作考核，已签发的纪要不变。"
    return ask(action, form, "申请延期", "申请", hint)


@bp.route("/actions/extensions/<model:extension>/decision", methods=["GET", "POST"])
@requires(rules.see_extension, rules.decide_extension, when=(already_answered,))
def decide_extension(extension: Extension) -> ResponseReturnValue:
    """答复延期申请。"""
    return _decide(extension, operations.decide_extension)


@bp.route("/actions/applications/<model:application>/decision", methods=["GET", "POST"])
@requires(rules.see_part, rules.decide_application, when=(already_answered,))
def decide_application(application: Application) -> ResponseReturnValue:
    """答复申请。"""
    return _decide(application, operations.decide_application)


@bp.post("/actions/extensions/<model:extension>/withdrawal")
@requires(rules.see_extension, rules.withdraw, when=(already_answered,))
def withdraw_extension(extension: Extension) -> ResponseReturnValue:
    """撤回延期申请。"""
    return _withdraw(extension)


@bp.post("/actions/applications/<model:application>/withdrawal")
@requires(rules.see_part, rules.withdraw, when=(already_answered,))
def withdraw_application(application: Application) -> ResponseReturnValue:
    """撤回申请。"""
    return _withdraw(application)


def _withdraw(asked: Asked) -> ResponseReturnValue:
    operations.withdraw(asked, by=me())
    return back_to(asked.action, f"已撤回{asked.label}申请。")


def _decide(asked: Asked, deed: Callable[..., Any]) -> ResponseReturnValue:
    form, granted = forms.Decide(), request.form.get("granted") == "yes"
    if form.ready() and form.attempt(deed, asked, granted, form.answer.data or "", by=me()) is not None:
        said = f"已同意{asked.label}。" if granted else f"已答复，不同意{asked.label}。"
        return back_to(asked.action, said, onward=True)
    back = came_from() or url_for("actions.show", action=asked.action)
    return responses.show("actions/requests/answer.html", form=form, asked=asked, action=asked.action, back=back)


@bp.route("/actions/<model:action>/suspension", methods=["GET", "POST"])
@requires(rules.see, rules.suspend, transition="suspend")
def suspend(action: ActionItem) -> ResponseReturnValue:
    """暂停办理。"""
    hint = "暂停期间时限暂停计算，恢复后顺延。"
    return with_why(action, operations.suspend, "暂停办理", "已暂停办理，时限暂停计算。", hint)


@bp.post("/actions/<model:action>/suspension/end")
@requires(rules.see, rules.suspend, transition="resume")
def resume(action: ActionItem) -> ResponseReturnValue:
    """恢复办理。"""
    operations.resume(action, by=me())
    return back_to(action, "已恢复办理，时限已顺延。")
