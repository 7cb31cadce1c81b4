"""What the doors of the room share: the blueprint, reasons and files typed, and ways back."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal import chain, navigation, pages
from portal.access import finds, me
from portal.actions import operations, queries, rules
from portal.actions.models import ActionItem
from portal.forms import Form, Why
from portal.inbox.operations import read_what_leads_to
from portal.uploads import take_in

bp = Blueprint("actions", __name__)
navigation.offer("交办台账", "actions.index", "/actions")
chain.STATIONS["action_item"] = chain.Station(
    "交办事项", queries.titles, "/actions/{id}",
    {f"actions.{one}": "" for one in ("assign", "accept", "report_done", "close", "terminate", "reopen", "bring_in")},
)  # fmt: skip
chain.hang(queries.links)
finds("action")(queries.action)
finds("extension")(queries.extension)
finds("support")(queries.support_line)
finds("application")(queries.application)
finds("stage")(queries.stage)
finds("look_back")(queries.look_back)
finds("slip")(queries.slip)
finds("report_file")(queries.report_file)
finds("old_ledger")(queries.brought_ledger)


def back_to(
    action: ActionItem, sentence: str, *, may_be_gone: bool = False, onward: bool = False
) -> ResponseReturnValue:
    """To the task's page, or to the list it was opened from; to the ledger when this person no longer reads it.

    Whoever did something to a task need not be told of it any more.
    """
    read_what_leads_to(operations.address_of(action), me().id)
    gone = may_be_gone and not rules.see(me(), action)
    page = url_for("actions.index") if gone else url_for("actions.show", action=action)
    return pages.done((came_from() if onward else None) or page, sentence)


def came_from() -> str | None:
    """The list a deed was begun on, as its address says."""
    return pages.safe_next(request.args.get("from"))


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
    return pages.show(
        "act.html", form=form, title=title, word=word, about=action.title, hint=hint, trail=trail, back=came_from()
    )
