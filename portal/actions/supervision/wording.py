"""The words with which a supervisor presses for a task."""

from flask import url_for

from portal.actions.models.action_items import ActionItem
from portal.db import clock
from portal.web import wording


def asked_for(action: ActionItem) -> str:
    """What is pressed for where a task stands."""
    if action.waits_for_acceptance:
        return "请尽快签收。"
    if action.is_overdue:
        return f"已经{wording.due_words(action.due)}，请反馈原因和完成时间。"
    return "请尽快反馈进展。"


def words_to_send(action: ActionItem) -> str:
    """What a supervisor pastes into a chat: the task, its due day, what is asked for, and where to do it."""
    where = url_for("actions.show", action=action, _external=True)
    return (
        f"【催办】{action.lead_person.name}：{action.number}《{action.title}》时限{clock.zh_date(action.due)}，"
        f"{asked_for(action)}{where}"
    )
