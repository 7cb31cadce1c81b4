"""The door of the first page after sign-in."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import pages
from portal.access import anyone_signed_in, needs
from portal.actions import queries as actions
from portal.home import queries
from portal.meetings import queries as meetings
from portal.people.models import Role, User

bp = Blueprint("home", __name__)
pages.NAVIGATION.insert(0, pages.NavEntry("我的工作", "home.index", "/"))

COUNTERS = ("mine", "support", "late", "done", "open")
NEXT_MEETINGS = 4


@bp.get("/")
@needs(anyone_signed_in)
def index() -> ResponseReturnValue:
    """我的工作。"""
    user = current_user._get_current_object()  # noqa: SLF001 - questions take the person, not the proxy
    owed, awaited = queries.owed_by(user), queries.awaited_by(user)
    at_work = user.has(*actions.AT_WORK)
    return pages.show(
        "home/index.html",
        owed=owed,
        amount=queries.amount(owed),
        more=queries.left_out(owed),
        awaited=awaited,
        more_awaited=queries.left_out(awaited),
        counters=_counters(user) if at_work else [],
        coming=meetings.next_meetings_of(user, NEXT_MEETINGS) if at_work else [],
        at_work=at_work,
        ways=_ways(user),
    )


def _counters(user: User) -> list[tuple[int, str, str, str]]:
    """Number, word, address and colour of the saved filters of the ledger that matter at a glance."""
    counts = actions.view_counts(user)
    colours = {"late": "red", "done": "amber"}
    return [
        (
            counts[name],
            actions.VIEWS[name].label,
            url_for("actions.index", view=name),
            colours.get(name, "") if counts[name] else "",
        )
        for name in COUNTERS
    ]


def _ways(user: User) -> list[tuple[str, str]]:
    """Where those go whose work is no list of duties: word and endpoint."""
    ways = {
        Role.secretary: [("新建会议", "meetings.all_series")],
        Role.administrator: [("人员", "people.index"), ("设置", "administration.settings")],
        Role.auditor: [("审计日志", "administration.journal_list")],
        Role.archivist: [("档案", "archive.index")],
    }
    return [way for role, some in ways.items() if user.has(role) for way in some]
