"""Routes of what follows the signature: issue, readers, 更正, 作废, 签署过程证明."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.jobs import background
from portal.minutes import rules
from portal.minutes.blueprint import act, bp, refuse, url
from portal.minutes.issue import audit as audit_page
from portal.minutes.issue import forms, operations, queries
from portal.minutes.models.minutes import Minutes
from portal.people.accounts.queries import people_to_choose
from portal.people.departments.queries import departments
from portal.web import background_page, responses
from portal.web.forms import Why
from portal.web.guards import me, requires


@bp.post("/minutes/<model:minutes>/issue")
@requires(rules.see, rules.issue, transition="issue")
def issue(minutes: Minutes) -> ResponseReturnValue:
    """印发。"""
    operations.issue(minutes, by=me())
    return responses.done(url(minutes), "已印发，例会成员已收到通知。")


@bp.route("/minutes/<model:minutes>/readers", methods=["GET", "POST"])
@requires(rules.see, rules.address)
def address(minutes: Minutes) -> ResponseReturnValue:
    """印发范围：例会成员之外还发给谁。"""
    form, now = forms.ReadersForm(), queries.readers_of(minutes)
    form.offer(people_to_choose([one.user_id for one in now if one.user_id]), departments())
    if not form.is_submitted():
        form.user_ids.data = [one.user_id for one in now if one.user_id]
        form.department_ids.data = [one.department_id for one in now if one.department_id]
    if form.ready() and form.attempt(operations.address, minutes, *form.chosen(), by=me()) is not None:
        return responses.done(url(minutes), "印发范围已保存。")
    hint = f"{minutes.meeting.series.name}的成员都会收到，不用再选。"
    return act(minutes, form, "印发范围", "保存", hint)


@bp.post("/minutes/<model:minutes>/audit")
@requires(rules.see, rules.audit, when=(lambda minutes: minutes.not_made_here,))
def audit(minutes: Minutes) -> ResponseReturnValue:
    """生成签署过程证明。"""
    refuse(minutes.not_made_here)
    label = f"签署过程证明：{minutes.title}"
    errand = background.ask(audit_page.KIND, by=me(), label=label, facts={"minutes": minutes.id})
    return responses.done(background_page.address_of(errand), "正在生成签署过程证明。")


@bp.route("/minutes/<model:minutes>/voidance", methods=["GET", "POST"])
@requires(rules.see, rules.void, transition="void")
def void(minutes: Minutes) -> ResponseReturnValue:
    """作废。"""
    form = Why()
    if form.ready() and form.attempt(operations.void, minutes, form.why.data, by=me()) is not None:
        return responses.done(url(minutes), "已作废，编过的号不再使用。")
    return act(minutes, form, "作废会议纪要", "作废", "作废后不能恢复，可以从会议记录重新起草。")


@bp.post("/minutes/<model:minutes>/correction")
@requires(rules.see, rules.correct, when=(lambda minutes: minutes.not_issued,))
def correct(minutes: Minutes) -> ResponseReturnValue:
    """起草更正。"""
    correction = operations.correct(minutes, by=me())
    return responses.done(url_for("minutes.edit", minutes=correction.id), "更正已起草，请修改后送审。")
