"""Doors of pressing."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal import clock, pages
from portal.access import me, needs
from portal.actions import forms, operations, rules
from portal.actions.models import ActionItem
from portal.actions.routes.doors import ask, back_to, bp


@bp.route("/actions/<thing:action>/urging", methods=["GET", "POST"])
@needs(rules.see, rules.supervise, move="urge")
def urge(action: ActionItem) -> ResponseReturnValue:
    """催办。"""
    form = forms.Urge(data={"text": _asked_for(action)})
    if form.ready() and form.attempt(operations.urge, action, form.text.data, by=me()) is not None:
        return back_to(action, "已催办，承办人和配合人已收到消息。", onward=True)
    return ask(action, form, "催办", "催办")


@bp.post("/actions/<thing:action>/supervision")
@needs(rules.see, rules.supervise, move="supervise")
def supervise(action: ActionItem) -> ResponseReturnValue:
    """列为督办。"""
    operations.supervise(action, by=me())
    return back_to(action, "已列为督办。")


@bp.post("/actions/<thing:action>/supervision/end")
@needs(rules.see, rules.supervise, move="unsupervise")
def unsupervise(action: ActionItem) -> ResponseReturnValue:
    """取消督办。"""
    operations.unsupervise(action, by=me())
    return back_to(action, "已取消督办。")


def _asked_for(action: ActionItem) -> str:
    """What is pressed for where a task stands."""
    if action.waits_for_acceptance:
        return "请尽快签收。"
    if action.is_overdue:
        return f"已经{pages.due_words(action.due)}，请反馈原因和完成时间。"
    return "请尽快反馈进展。"


def words_to_send(action: ActionItem) -> str:
    """What a supervisor pastes into a chat: the task, its due day, what is asked for, and where to do it."""
    where = url_for("actions.show", action=action, _external=True)
    return (
        f"【催办】{action.lead_person.name}：{action.number}《{action.title}》时限{clock.zh_date(action.due)}，"
        f"{_asked_for(action)}{where}"
    )
