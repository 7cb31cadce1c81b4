"""Doors of the supervisor's desk and of the departments."""

from flask import request
from flask.typing import ResponseReturnValue

from portal import pages
from portal.access import me, needs
from portal.actions import queries, rules
from portal.actions.models import ActionItem
from portal.actions.routes.doors import bp
from portal.pages import Filter, Listing
from portal.people.models import Department

DESK_KEYS = (("c", "actions.close", "销号"), ("r", "actions.return_", "退回"), ("u", "actions.urge", "催办"))


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
        options=(*queries.ROW, *queries.EXPORTED),
        known=lambda _: counts[name],
    )
    lists = [(queries.VIEWS[one].label, one, queries.VIEWS[one].mark, counts[one]) for one in queries.DESK_LISTS]
    here = request.full_path.rstrip("?")
    return pages.show("actions/desk.html", listing=listing, lists=lists, now=name, keys=DESK_KEYS, here=here)


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
