"""Doors of the supervisor's desk and of the departments."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from portal import pages
from portal.access import me, needs
from portal.actions import queries, rules
from portal.actions.models import ActionItem
from portal.actions.routes.doors import bp
from portal.pages import Filter, Listing
from portal.people.models import Department


@dataclass(frozen=True)
class Key:
    """A key of the desk: which door it opens, in a word, and of what of the task; of the task itself if of nothing."""

    letter: str
    door: str
    word: str
    of: Callable[[ActionItem], Any] = lambda action: action


URGE = (Key("u", "actions.urge", "催办"),)
KEYS = {
    "done": (Key("c", "actions.close", "销号"), Key("r", "actions.return_", "退回")),
    "extension": (Key("a", "actions.decide_extension", "审批", attrgetter("pending_extension")),),
    "application": (Key("a", "actions.decide_application", "审批", attrgetter("pending_application")),),
    "look_back": (Key("l", "actions.look_back", "登记回头看", attrgetter("pending_look_back")),),
}


@bp.route("/actions/desk")
@needs(rules.work_the_desk)
def desk() -> ResponseReturnValue:
    """督查台。"""
    counts = queries.view_counts(me())
    name = request.args.get("list", "")
    name = name if name in queries.DESK_LISTS else next((one for one in queries.DESK_LISTS if counts[one]), "done")
    listing = Listing(
        queries.ledger(me()).where(queries.VIEWS[name].narrow(me())),
        {"due": (ActionItem.due, ActionItem.id)},
        "due",
        filters=[Filter("list", "清单", lambda query, _: query, "choice", queries.VIEW_CHOICES)],
        options=(*queries.ROW, *queries.EXPORTED, *queries.WAITING.get(name, ())),
        known=lambda _: counts[name],
    )
    lists = [(queries.VIEWS[one].label, one, queries.VIEWS[one].mark, counts[one]) for one in queries.DESK_LISTS]
    here = request.full_path.rstrip("?")
    return pages.show("actions/desk.html", listing=listing, lists=lists, now=name, keys=KEYS.get(name, URGE), here=here)


@bp.route("/actions/departments")
@needs(rules.see_ledger)
def departments() -> ResponseReturnValue:
    """各单位办理情况。"""
    return pages.show("actions/departments.html", lines=queries.standing_of_departments(me()))


@bp.route("/actions/departments/<thing:department>")
@needs(rules.see_ledger)
def show_department(department: Department) -> ResponseReturnValue:
    """一个单位的交办事项。"""
    listing = Listing(
        queries.in_department(queries.ledger(me()), str(department.id)),
        {"due": (ActionItem.ended, ActionItem.due, ActionItem.id)},
        "due",
        options=(*queries.ROW, *queries.EXPORTED),
    )
    line = queries.standing_of_departments(me(), department)[0]
    return pages.show("actions/department.html", department=department, listing=listing, line=line)
