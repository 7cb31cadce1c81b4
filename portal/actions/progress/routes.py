"""Routes of carrying out: progress, stages, support, and the way to closure, to the end and back."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.actions import blueprint, rules
from portal.actions.blueprint import ask, back_to, bp, with_files, with_why
from portal.actions.models.action_items import ActionItem
from portal.actions.models.progress import ReportFile, Stage, Support, cannot_finish, cannot_return
from portal.actions.progress import forms, operations
from portal.db import clock
from portal.files import store
from portal.files.uploads import take_in
from portal.people.accounts import queries as people
from portal.web import responses
from portal.web.guards import me, requires


@bp.route("/actions/files/<model:report_file>")
@requires(rules.see_file)
def report_file(report_file: ReportFile) -> ResponseReturnValue:
    """下载附件。"""
    return store.send(report_file.file)


@bp.route("/actions/<model:action>/reports", methods=["GET", "POST"])
@requires(rules.see, rules.carry_out, transition="report")
def report(action: ActionItem) -> ResponseReturnValue:
    """报告进展。"""
    return with_files(action, forms.Report(), operations.report, "反馈进展", "已反馈进展。")


@bp.route("/actions/<model:action>/completion", methods=["GET", "POST"])
@requires(rules.see, rules.carry_out, transition="report_done")
def report_done(action: ActionItem) -> ResponseReturnValue:
    """申请办结。"""
    form = forms.ReportDone(about_enterprise=action.problem_id is not None, asks_file=action.asks_file)

    def report_with_files() -> ActionItem:
        word = form.satisfaction.data if "satisfaction" in form else None
        files = take_in(form.files.data, by=me())
        return operations.report_done(action, form.text.data or "", files, satisfaction=word, by=me())

    if form.ready() and form.attempt(report_with_files) is not None:
        return back_to(action, "已提交，督查员已收到消息。")
    return responses.show("actions/progress/report_done.html", form=form, action=action)


@bp.route("/actions/stages/<model:stage>/end", methods=["GET", "POST"])
@requires(rules.see_part, rules.finish_stage, when=(cannot_finish,))
def finish_stage(stage: Stage) -> ResponseReturnValue:
    """完成阶段。"""
    action, form = stage.action, forms.FinishStage()
    return with_files(action, form, operations.finish_stage, f"完成阶段：{stage.name}", "已反馈。", thing=stage)


def _no_line(line: Support) -> str | None:
    return line.action.lifecycle.obstacle(line.action, "add_support_line")


@bp.route("/actions/support/<model:support>/lines", methods=["GET", "POST"])
@requires(rules.see_support, rules.add_support_line, when=(_no_line,))
def add_support_line(support: Support) -> ResponseReturnValue:
    """报告配合情况。"""
    form, title = forms.SupportLine(), f"报告{support.name}的配合情况"
    return with_files(
        support.action, form, operations.add_support_line, title, "已反馈，承办人已收到消息。", thing=support
    )


@bp.route("/actions/support/<model:support>/return", methods=["GET", "POST"])
@requires(rules.see_support, rules.return_support, when=(cannot_return,))
def return_support(support: Support) -> ResponseReturnValue:
    """退回一个配合单位的情况。"""
    title = f"退回{support.name}的配合情况"
    said, hint = "已退回，其他单位不受影响。", "只退回这一个单位，其他单位的情况和办结申请不受影响。"
    return with_why(support.action, operations.return_support, title, said, hint, thing=support)


def _too_late_to_name(line: Support) -> str | None:
    return line.action.lifecycle.obstacle(line.action, "name_support_person")


@bp.route("/actions/support/<model:support>/person", methods=["GET", "POST"])
@requires(rules.see_support, rules.name_support_person, when=(_too_late_to_name,))
def name_support_person(support: Support) -> ResponseReturnValue:
    """明确配合人。"""
    form = forms.NamePerson()
    persons = {one.id: one for one in people.active_people()}
    blueprint.offer_people(form.person_id, list(persons.values()))
    if form.ready():
        person = persons[form.person_id.data]
        if form.attempt(operations.name_support_person, support, person, by=me()) is not None:
            return back_to(support.action, f"{support.name}的配合人是{person.name}。")
    return ask(support.action, form, f"明确{support.name}的配合人", "保存")


@bp.route("/actions/<model:action>/closure", methods=["GET", "POST"])
@requires(rules.see, rules.supervise, transition="close")
def close(action: ActionItem) -> ResponseReturnValue:
    """销号。"""
    form = forms.Close(said=action.satisfaction, about_enterprise=action.problem_id is not None)
    if form.ready():
        word = form.satisfaction.data if "satisfaction" in form else None
        if form.attempt(operations.close, action, form.remark.data or "", satisfaction=word, by=me()) is not None:
            return back_to(action, "已销号。", onward=True)
    return ask(action, form, "销号", "销号")


@bp.route("/actions/<model:action>/return", methods=["GET", "POST"])
@requires(rules.see, rules.supervise, transition="return_")
def return_(action: ActionItem) -> ResponseReturnValue:
    """退回。"""
    return with_why(action, operations.return_, "退回", "已退回，承办人已收到消息。", onward=True)


@bp.route("/actions/<model:action>/stages", methods=["GET", "POST"])
@requires(rules.see, rules.set_stages, transition="set_stages")
def set_stages(action: ActionItem) -> ResponseReturnValue:
    """安排阶段。"""
    form = forms.ArrangeStages()
    if form.ready() and form.attempt(operations.set_stages, action, form.stages.stages, by=me()) is not None:
        return back_to(action, "已安排阶段，承办人已收到消息。")
    if request.method == "GET":
        own = "\n".join(f"{one.name} {one.due.isoformat()}" for one in action.stages)
        form.stages.data = own or forms.stages_by_pattern(action.assigned_day)
    hint = f"办理时限：{clock.zh_date(action.due)}。没有安排过的已按阶段模板填好，可以修改；已完成的阶段保留。"
    return ask(action, form, "安排阶段", "保存", hint)


@bp.route("/actions/<model:action>/termination", methods=["GET", "POST"])
@requires(rules.see, rules.terminate, transition="terminate")
def terminate(action: ActionItem) -> ResponseReturnValue:
    """终止。"""
    return with_why(action, operations.terminate, "终止", "已终止，承办人已收到消息。", "终止后不再办理，与销号不同。")


@bp.route("/actions/<model:action>/reopening", methods=["GET", "POST"])
@requires(rules.see, rules.supervise, transition="reopen")
def reopen(action: ActionItem) -> ResponseReturnValue:
    """重启。"""
    form = forms.Reopen()
    if form.ready() and form.attempt(operations.reopen, action, form.why.data, due=form.due.data, by=me()) is not None:
        return back_to(action, "已重启办理，承办人已收到消息。")
    return ask(action, form, "重启办理", "重启")
