"""Routes of problems of enterprises."""

from dataclasses import replace
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import joinedload, lazyload

from portal.db import clock
from portal.db.engine import db
from portal.enterprises import rules
from portal.enterprises.blueprint import bp
from portal.enterprises.models.enterprises import Enterprise
from portal.enterprises.models.problems import Problem, ProblemFile, ProblemState
from portal.enterprises.problems import forms, operations, queries
from portal.enterprises.register import queries as register_queries
from portal.files import store
from portal.files.uploads import take_in
from portal.people.departments import queries as people
from portal.people.models.accounts import User
from portal.people.models.groups import Group, GroupKind
from portal.web import filters, responses, timeline
from portal.web.filters import Filter
from portal.web.forms import Why
from portal.web.guards import me, requires
from portal.web.listing import Listing
from portal.web.spreadsheet import Column

WAY = (
    ProblemState.reported,
    ProblemState.matched,
    ProblemState.on_agenda,
    ProblemState.assigned,
    ProblemState.resolved,
    ProblemState.confirmed,
)
COLOURS = {"confirm": "green", "resolve": "green", "reopen": "red", "report": "amber"}


@bp.route("/problems")
@requires(rules.see_enterprises)
def problems() -> ResponseReturnValue:
    """企业问题。"""
    plain = lazyload(User.grants)
    themes = [(str(one.id), one.name) for one in people.groups(GroupKind.theme)]
    listing = Listing(
        queries.listed_problems(current_user),
        {
            "reported": (Problem.reported_at, Problem.id),
            "enterprise": (Enterprise.name, Problem.id),
            "state": (Problem.state, Problem.id),
        },
        "reported",
        descending=True,
        filters=[
            Filter("text", "问题、企业或上报人", filters.contains(Problem.title, Enterprise.name, User.name)),
            Filter("state", "状态", filters.equals(Problem.state), "choice", filters.choices_of(ProblemState)),
            Filter("group", "专题组", filters.equals(Problem.group_id), "choice", themes),
        ],
        options=(
            joinedload(Problem.enterprise),
            joinedload(Problem.reporter).options(plain),
            joinedload(Problem.group),
        ),
    )
    if listing.wants_export:
        return listing.excel("企业问题", PROBLEM_COLUMNS)
    return responses.show("enterprises/problems/problems.html", listing=listing)


PROBLEM_COLUMNS = (
    Column("上报日期", lambda one: clock.local(one.reported_at).date(), 12),
    Column("企业或项目", lambda one: one.enterprise.name, 28),
    Column("问题", lambda one: one.title, 36),
    Column("具体情况", lambda one: one.text, 50),
    Column("企业诉求", lambda one: one.wish, 36),
    Column("上报人", lambda one: one.reporter.titled, 20),
    Column("专题组", lambda one: one.group and one.group.name, 16),
    Column("状态", lambda one: one.state.label, 14),
    Column("解决情况", lambda one: one.resolution, 36),
    Column("企业评价", lambda one: one.satisfaction and one.satisfaction.label, 12),
)


@bp.route("/problems/new", methods=["GET", "POST"])
@requires(rules.see_enterprises, rules.report)
def report() -> ResponseReturnValue:
    """上报企业问题。"""
    form = forms.ReportProblem()
    own = register_queries.enterprises_of(current_user)
    known = {one.id: one for one in (*own, *register_queries.enterprises())}
    form.enterprise_id.offer(list(known.values()), lambda one: f"{one.name}（我包联的）" if one in own else one.name)
    if form.ready():
        made = form.attempt(_report, form, known[form.enterprise_id.data])
        if made is not None:
            return responses.done(url_for("enterprises.show_problem", problem=made), "已上报，会议秘书已收到消息。")
    elif request.method == "GET":
        form.enterprise_id.data = _asked_for(known, own)
    return responses.show("enterprises/problems/report.html", form=form)


def _asked_for(known: dict[int, Enterprise], own: Any) -> int | None:
    """The enterprise a link named, or the only one this person looks after."""
    asked = request.args.get("enterprise", type=int)
    if asked in known:
        return asked
    return own[0].id if len(own) == 1 else None


def _report(form: forms.ReportProblem, enterprise: Enterprise) -> Problem:
    files = take_in(form.files.data, by=me())
    return operations.report(
        enterprise, form.title.data or "", form.text.data or "", form.wish.data or "", files, by=me()
    )


@bp.route("/problems/<model:problem>")
@requires(rules.see)
def show_problem(problem: Problem) -> ResponseReturnValue:
    """一个企业问题。"""
    line = _line(problem)
    return responses.show(
        "enterprises/problems/problem.html", problem=problem, steps=_steps(problem, line), entries=line
    )


def _steps(problem: Problem, line: list[timeline.Event]) -> list[tuple[str, str]]:
    """The way of a problem: what it has passed, where it is; what was left out stays plain."""
    passed = {ProblemState.reported.value}
    for entry in (one for one in reversed(line) if one.own):
        target = str(entry.facts.get("to", ""))
        passed = {ProblemState.reported.value} if target == ProblemState.reopened.value else passed | {target}
    here = ProblemState.reported if problem.state not in WAY else problem.state
    last = WAY.index(here)
    steps = []
    for place, state in enumerate(WAY):
        label = problem.state.label if state is here else state.label
        word = "done" if place < last and state.value in passed else ""
        if state is here:
            word = "done" if state is WAY[-1] else "now"
        steps.append((label, word))
    return steps


def _line(problem: Problem) -> list[timeline.Event]:
    """What happened to a problem and to whatever came of it, the newest first."""
    events = timeline.events_of(problem, me())
    return [replace(one, colour=COLOURS.get(one.deed.partition(".")[2], "") if one.own else "") for one in events]


@bp.route("/problems/files/<model:problem_file>")
@requires(rules.see_file)
def problem_file(problem_file: ProblemFile) -> ResponseReturnValue:
    """下载附件。"""
    return store.send(problem_file.file)


@bp.route("/problems/<model:problem>/edit", methods=["GET", "POST"])
@requires(rules.see, rules.edit_problem, transition="edit_problem")
def edit_problem(problem: Problem) -> ResponseReturnValue:
    """修改问题。"""
    form = forms.EditProblem(thing=problem)
    if form.ready() and form.attempt(_edit_problem, form, problem) is not None:
        return _back_to(problem, "已保存。")
    return _act(problem, form, "修改问题", "保存")


def _edit_problem(form: forms.EditProblem, problem: Problem) -> Problem:
    files = take_in(form.files.data, by=me())
    return operations.edit_problem(
        problem, form.seen, title=form.title.data or "", text=form.text.data or "", wish=form.wish.data or "",
        files=files, by=me(),
    )  # fmt: skip


@bp.route("/problems/<model:problem>/group", methods=["GET", "POST"])
@requires(rules.see, rules.match, transition="match")
def match(problem: Problem) -> ResponseReturnValue:
    """匹配专题组。"""
    form = forms.Match()
    themes = people.groups(GroupKind.theme)
    form.group_id.offer(themes)
    if form.ready():
        group = db.session.get(Group, form.group_id.data)
        if form.attempt(operations.match, problem, group, by=me()) is not None:
            return _back_to(problem, "已匹配，组员已收到消息。")
    return _act(problem, form, "匹配专题组", "匹配")


@bp.route("/problems/<model:problem>/resolution", methods=["GET", "POST"])
@requires(rules.see, rules.resolve, transition="resolve")
def resolve(problem: Problem) -> ResponseReturnValue:
    """办结。"""
    form = forms.Resolve()
    if form.ready() and form.attempt(operations.resolve, problem, form.resolution.data, by=me()) is not None:
        return _back_to(problem, "已办结，请上报人征求企业意见。")
    return _act(problem, form, "办结问题", "办结")


@bp.route("/problems/<model:problem>/confirmation", methods=["GET", "POST"])
@requires(rules.see, rules.confirm, transition="confirm")
def confirm(problem: Problem) -> ResponseReturnValue:
    """登记企业意见。"""
    form = forms.Confirm()
    if form.ready() and form.attempt(operations.confirm, problem, form.satisfaction.data, by=me()) is not None:
        return _back_to(problem, "已登记企业的意见。")
    return _act(problem, form, "登记企业意见", "登记")


@bp.route("/problems/<model:problem>/reopening", methods=["GET", "POST"])
@requires(rules.see, rules.reopen, transition="reopen")
def reopen(problem: Problem) -> ResponseReturnValue:
    """重新办理。"""
    form = Why()
    if form.ready() and form.attempt(operations.reopen, problem, form.why.data, by=me()) is not None:
        return _back_to(problem, "已转为重新办理，会议秘书和专题组已收到消息。")
    return _act(problem, form, "重新办理", "重新办理")


def _back_to(problem: Problem, sentence: str) -> ResponseReturnValue:
    return responses.done(url_for("enterprises.show_problem", problem=problem), sentence)


def _act(problem: Problem, form: Any, title: str, word: str) -> ResponseReturnValue:
    trail = [
        ("企业", url_for("enterprises.index")),
        (problem.enterprise.name, url_for("enterprises.show", enterprise=problem.enterprise)),
        (problem.title, url_for("enterprises.show_problem", problem=problem)),
        (title, ""),
    ]
    return responses.show("act.html", form=form, title=title, word=word, about=problem.title, trail=trail)
