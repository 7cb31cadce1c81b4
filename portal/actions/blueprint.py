"""What the routes of the feature share: the blueprint, loaders, reasons and files typed, ways back."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Flask, request, url_for
from flask.typing import ResponseReturnValue

from portal.actions import rules
from portal.actions.assignment import notifying
from portal.actions.assignment import queries as assignment_queries
from portal.actions.importing import queries as importing_queries
from portal.actions.models.action_items import ActionItem
from portal.actions.progress import queries as progress_queries
from portal.actions.requests import queries as requests_queries
from portal.actions.supervision import queries as supervision_queries
from portal.actions.supervision.wording import words_to_send
from portal.files.uploads import take_in
from portal.inbox.operations import read_what_leads_to
from portal.people.models.accounts import User
from portal.web import navigation, responses, timeline
from portal.web.choices import OneOf
from portal.web.forms import Form, Why
from portal.web.guards import loads, me

bp = Blueprint("actions", __name__)
navigation.offer("交办台账", "actions.index", "/actions")
timeline.KINDS["action_item"] = timeline.Kind(
    "交办事项", assignment_queries.titles, "/actions/{id}",
    {f"actions.{one}": "" for one in ("assign", "accept", "report_done", "close", "terminate", "reopen", "bring_in")},
)  # fmt: skip
timeline.connect(assignment_queries.links)
loads("action")(assignment_queries.action)
loads("extension")(requests_queries.extension)
loads("support")(progress_queries.support_line)
loads("application")(requests_queries.application)
loads("stage")(progress_queries.stage)
loads("look_back")(supervision_queries.look_back)
loads("slip")(supervision_queries.slip)
loads("report_file")(progress_queries.report_file)
loads("old_ledger")(importing_queries.brought_ledger)


def back_to(
    action: ActionItem, sentence: str, *, may_be_gone: bool = False, onward: bool = False
) -> ResponseReturnValue:
    """To the task's page, or to the list it was opened from; to the ledger when this person no longer reads it.

    Whoever did something to a task need not be told of it any more.
    """
    read_what_leads_to(notifying.address_of(action), me().id)
    gone = may_be_gone and not rules.see(me(), action)
    page = url_for("actions.index") if gone else url_for("actions.show", action=action)
    return responses.done((came_from() if onward else None) or page, sentence)


def came_from() -> str | None:
    """The list a deed was begun on, as its address says."""
    return responses.safe_next(request.args.get("from"))


def with_why(
    action: ActionItem,
    deed: Callable[..., Any],
    title: str,
    sentence: str,
    hint: str = "",
    *,
    thing: Any = None,
    onward: bool = False,
) -> ResponseReturnValue:
    """A deed that asks for a reason, on a task or on a part of it."""
    form = Why()
    if form.ready() and form.attempt(deed, thing or action, form.why.data, by=me()) is not None:
        return back_to(action, sentence, onward=onward)
    return ask(action, form, title, title, hint)


def with_files(
    action: ActionItem, form: Any, deed: Callable[..., Any], title: str, sentence: str, *, thing: Any = None
) -> ResponseReturnValue:
    """A deed that takes a text and files, on a task or on a part of it."""

    def tell_with_files() -> Any:
        return deed(thing or action, form.text.data, take_in(form.files.data, by=me()), by=me())

    if form.ready() and form.attempt(tell_with_files) is not None:
        return back_to(action, sentence)
    return ask(action, form, title, title)


def ask(action: ActionItem, form: Form, title: str, word: str, hint: str = "") -> ResponseReturnValue:
    """The page on which a deed on a task is filled in."""
    trail = [
        ("交办台账", url_for("actions.index")),
        (action.number, url_for("actions.show", action=action)),
        (title, ""),
    ]
    return responses.show(
        "act.html", form=form, title=title, word=word, about=action.title, hint=hint, trail=trail, back=came_from()
    )


def offer_people(field: OneOf, people: Sequence[User]) -> None:
    """Let a field choose among people, named with their department."""
    field.offer(people, lambda one: one.titled)


def init_app(app: Flask) -> None:
    """Let the page of an enterprise's problem show the tasks that came from it."""
    app.jinja_env.globals.update(tasks_of_problem=assignment_queries.actions_about, words_to_send=words_to_send)
