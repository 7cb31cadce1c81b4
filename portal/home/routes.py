"""The route of the first page after sign-in."""

from collections.abc import Iterator

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.actions.assignment import queries as assignment_queries
from portal.actions.ledger import saved_filters
from portal.db import clock
from portal.home import queries
from portal.inbox import queries as inbox
from portal.meetings.series import queries as meetings
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.web import navigation, responses
from portal.web.guards import anyone_signed_in, me, requires

bp = Blueprint("home", __name__)
navigation.ENTRIES.insert(0, navigation.Entry("我的工作", "home.index", "/"))

# The saved filters of the ledger that matter at a glance, to who carries tasks out and to who watches over them.
CARRYING_OUT = ("mine", "support", "soon", "late", "open")
WATCHING = ("done", "late", "extension", "refused", "soon")
COLOURS = {"late": "red", "soon": "amber"}
NEXT_MEETINGS = 4
UNREAD = 4

Counter = tuple[int, str, str, str]  # number, word, address, colour


@bp.get("/")
@requires(anyone_signed_in)
def index() -> ResponseReturnValue:
    """我的工作。"""
    user = me()
    owed, awaited = queries.owed_by(user), queries.awaited_by(user)
    at_work = user.has(*assignment_queries.AT_WORK)
    return responses.show(
        "home/index.html",
        owed=[one for one in owed if not one.kind.is_office],
        of_office=[one for one in owed if one.kind.is_office],
        awaited=awaited,
        amount=queries.amount,
        left_out=queries.left_out,
        counters=list(_counters(user)),
        coming=meetings.next_meetings_of(user, NEXT_MEETINGS) if at_work else [],
        at_work=at_work,
        unread_notices=inbox.newest_unread(user, UNREAD),
        ways=_ways(user),
    )


def _counters(user: User) -> Iterator[Counter]:
    """What each of the person's roles takes in at a glance."""
    if user.has(*assignment_queries.AT_WORK):
        yield from _task_counters(user)
    if user.has(Role.administrator):
        active, disabled, asked = queries.account_counts()
        yield active, "在用账号", url_for("people.index", state="active"), ""
        yield disabled, "停用账号", url_for("people.index", state="disabled"), ""
        yield asked, "角色申请", url_for("people.role_requests"), "amber" if asked else ""
    if user.has(Role.auditor):
        done, refused = queries.journal_counts()
        journal, today = "administration.journal_list", clock.today().isoformat()
        yield done, "今日操作", url_for(journal, since=today, outcome="done"), ""
        yield refused, "今日被拒绝", url_for(journal, since=today, outcome="refused"), "amber" if refused else ""


def _task_counters(user: User) -> Iterator[Counter]:
    counts = saved_filters.view_counts(user)
    for name in WATCHING if user.has(Role.supervisor, Role.secretary) else CARRYING_OUT:
        view, count = saved_filters.VIEWS[name], counts[name]
        yield count, view.label, url_for("actions.index", view=name), COLOURS.get(view.mark, "") if count else ""


def _ways(user: User) -> list[tuple[str, str]]:
    """Where those go whose work is no list of duties: word and endpoint."""
    ways = {
        Role.secretary: [("本周会务", "week.index"), ("新建会议", "meetings.all_series")],
        Role.supervisor: [("督查台", "actions.desk")],
        Role.administrator: [("人员", "people.index"), ("设置", "administration.settings")],
        Role.auditor: [("操作日志", "administration.journal_list")],
        Role.archivist: [("档案", "archive.index")],
    }
    return [way for role, some in ways.items() if user.has(role) for way in some]
