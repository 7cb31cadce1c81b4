"""Doors of the enterprises room."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal import chain, clock, navigation, pages, store
from portal.access import finds, me, needs
from portal.database import db
from portal.enterprises import forms, operations, queries, rules
from portal.enterprises.models import (
    ClientKind,
    Enterprise,
    Problem,
    ProblemFile,
    ProblemState,
)
from portal.forms import Why
from portal.pages import Column, Filter, Listing
from portal.people import queries as people
from portal.people.models import Group, GroupKind, Role, User
from portal.uploads import take_in

bp = Blueprint("enterprises", __name__)
chain.STATIONS["problem"] = chain.Station(
    "企业问题", queries.titles, "/problems/{id}",
    {"enterprises.report": "", "enterprises.match": "", "enterprises.resolve": "", "enterprises.confirm": "",
     "enterprises.reopen": ""},
)  # fmt: skip
navigation.offer("企业", "enterprises.index", "/enterprises", "/problems")
finds("enterprise")(queries.enterprise)
finds("problem")(queries.problem)
finds("problem_file")(queries.problem_file)

WAY = (
    ProblemState.reported,
    ProblemState.matched,
    ProblemState.on_agenda,
    ProblemState.assigned,
    ProblemState.resolved,
    ProblemState.confirmed,
)
COLOURS = {"confirm": "green", "resolve": "green", "reopen": "red", "report": "amber"}


# ── enterprises and projects ───────────────────────────────────────────────────────────────────────────────────────


@bp.route("/enterprises")
@needs(rules.see_enterprises)
def index() -> ResponseReturnValue:
    """企业和项目。"""
    query = queries.listed_enterprises(current_user)
    unsettled, problems = query.selected_columns.unsettled, query.selected_columns.problems
    plain = lazyload(User.grants)
    listing = Listing(
        query,
        {"name": Enterprise.name, "unsettled": (unsettled, Enterprise.id), "problems": (problems, Enterprise.id)},
        "name",
        filters=[
            Filter("text", "名称或情况", pages.contains(Enterprise.name, Enterprise.about)),
            Filter("kind", "类别", pages.equals(Enterprise.kind), "choice", pages.choices_of(ClientKind)),
            Filter("whose", "包联", _of_mine, "choice", [("mine", "我包联的"), ("nobody", "还没有人包联")]),
        ],
        options=(
            joinedload(Enterprise.leader).options(plain),
            selectinload(Enterprise.officers).options(plain),
        ),
    )
    if listing.wants_export:
        return listing.excel("企业和项目", ENTERPRISE_COLUMNS)
    return pages.show("enterprises/index.html", listing=listing)


ENTERPRISE_COLUMNS = (
    Column("类别", lambda row: row.Enterprise.kind.label, 8),
    Column("名称", lambda row: row.Enterprise.name, 32),
    Column("基本情况", lambda row: row.Enterprise.about, 50),
    Column("包联领导", lambda row: row.Enterprise.leader and row.Enterprise.leader.name, 12),
    Column("首席服务官", lambda row: "、".join(one.name for one in row.Enterprise.officers), 24),
    Column("未解决问题", lambda row: row.unsettled, 12),
    Column("全部问题", lambda row: row.problems, 12),
)


def _of_mine(query: Any, whose: str) -> Any:
    return query.where(queries.looked_after_by(me()) if whose == "mine" else queries.looked_after_by_nobody())


@bp.route("/enterprises/<thing:enterprise>")
@needs(rules.see_enterprises)
def show(enterprise: Enterprise) -> ResponseReturnValue:
    """一家企业或一个项目。"""
    problems = queries.problems_of(enterprise, current_user)
    return pages.show("enterprises/show.html", enterprise=enterprise, problems=problems)


@bp.route("/enterprises/new", methods=["GET", "POST"])
@needs(rules.see_enterprises, rules.keep_enterprises)
def add_enterprise() -> ResponseReturnValue:
    """登记企业或项目。"""
    form = _offer_people(forms.EditEnterprise())
    if form.ready():
        made = form.attempt(operations.add_enterprise, **_typed(form), by=me())
        if made is not None:
            return pages.done(url_for("enterprises.show", enterprise=made), "已登记。")
    return pages.show("enterprises/edit.html", form=form, enterprise=None)


@bp.route("/enterprises/<thing:enterprise>/edit", methods=["GET", "POST"])
@needs(rules.see_enterprises, rules.keep_enterprises)
def edit_enterprise(enterprise: Enterprise) -> ResponseReturnValue:
    """修改企业或项目。"""
    form = _offer_people(forms.EditEnterprise(thing=enterprise))
    address = url_for("enterprises.show", enterprise=enterprise)
    if form.ready():
        done = form.attempt(operations.edit_enterprise, enterprise, form.seen, **_typed(form), by=me())
        if done is not None:
            return pages.done(address, "已保存。")
    return pages.show("enterprises/edit.html", form=form, enterprise=enterprise)


def _offer_people(form: forms.EditEnterprise) -> forms.EditEnterprise:
    active = people.active_people()
    form.officer_ids.offer([one for one in active if Role.officer in one.roles], lambda one: one.titled)
    form.leader_id.offer([one for one in active if Role.leader in one.roles], lambda one: one.titled)
    return form


def _typed(form: forms.EditEnterprise) -> dict[str, Any]:
    chosen = {one.id: one for one in people.active_people()}
    return {
        "kind": form.kind.data,
        "name": form.name.data,
        "about": form.about.data,
        "officers": [chosen[number] for number in form.officer_ids.data or ()],
        "leader": chosen.get(form.leader_id.data),
    }


# ── problems ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/problems")
@needs(rules.see_enterprises)
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
            Filter("text", "问题、企业或上报人", pages.contains(Problem.title, Enterprise.name, User.name)),
            Filter("state", "状态", pages.equals(Problem.state), "choice", pages.choices_of(ProblemState)),
            Filter("group", "专题组", pages.equals(Problem.group_id), "choice", themes),
        ],
        options=(
            joinedload(Problem.enterprise),
            joinedload(Problem.reporter).options(plain),
            joinedload(Problem.group),
        ),
    )
    if listing.wants_export:
        return listing.excel("企业问题", PROBLEM_COLUMNS)
    return pages.show("enterprises/problems.html", listing=listing)


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
@needs(rules.see_enterprises, rules.report)
def report() -> ResponseReturnValue:
    """上报企业问题。"""
    form = forms.ReportProblem()
    own = queries.enterprises_of(current_user)
    known = {one.id: one for one in (*own, *queries.enterprises())}
    form.enterprise_id.offer(list(known.values()), lambda one: f"{one.name}（我包联的）" if one in own else one.name)
    if form.ready():
        made = form.attempt(_report, form, known[form.enterprise_id.data])
        if made is not None:
            return pages.done(url_for("enterprises.show_problem", problem=made), "已上报，会议秘书已收到消息。")
    elif request.method == "GET":
        form.enterprise_id.data = _asked_for(known, own)
    return pages.show("enterprises/report.html", form=form)


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


@bp.route("/problems/<thing:problem>")
@needs(rules.see)
def show_problem(problem: Problem) -> ResponseReturnValue:
    """一个企业问题。"""
    line = _line(problem)
    return pages.show("enterprises/problem.html", problem=problem, steps=_steps(problem, line), entries=line)


def _steps(problem: Problem, line: list[chain.Event]) -> list[tuple[str, str]]:
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


def _line(problem: Problem) -> list[chain.Event]:
    """What happened to a problem and to whatever came of it, the newest first."""
    events = chain.line_of(problem, me())
    return [replace(one, colour=COLOURS.get(one.deed.partition(".")[2], "") if one.own else "") for one in events]


@bp.route("/problems/files/<thing:problem_file>")
@needs(rules.see_file)
def problem_file(problem_file: ProblemFile) -> ResponseReturnValue:
    """下载附件。"""
    return store.send(problem_file.file)


@bp.route("/problems/<thing:problem>/edit", methods=["GET", "POST"])
@needs(rules.see, rules.edit_problem, move="edit_problem")
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


@bp.route("/problems/<thing:problem>/group", methods=["GET", "POST"])
@needs(rules.see, rules.match, move="match")
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


@bp.route("/problems/<thing:problem>/resolution", methods=["GET", "POST"])
@needs(rules.see, rules.resolve, move="resolve")
def resolve(problem: Problem) -> ResponseReturnValue:
    """办结。"""
    form = forms.Resolve()
    if form.ready() and form.attempt(operations.resolve, problem, form.resolution.data, by=me()) is not None:
        return _back_to(problem, "已办结，请上报人征求企业意见。")
    return _act(problem, form, "办结问题", "办结")


@bp.route("/problems/<thing:problem>/confirmation", methods=["GET", "POST"])
@needs(rules.see, rules.confirm, move="confirm")
def confirm(problem: Problem) -> ResponseReturnValue:
    """登记企业意见。"""
    form = forms.Confirm()
    if form.ready() and form.attempt(operations.confirm, problem, form.satisfaction.data, by=me()) is not None:
        return _back_to(problem, "已登记企业的意见。")
    return _act(problem, form, "登记企业意见", "登记")


@bp.route("/problems/<thing:problem>/reopening", methods=["GET", "POST"])
@needs(rules.see, rules.reopen, move="reopen")
def reopen(problem: Problem) -> ResponseReturnValue:
    """重新办理。"""
    form = Why()
    if form.ready() and form.attempt(operations.reopen, problem, form.why.data, by=me()) is not None:
        return _back_to(problem, "已转为重新办理，会议秘书和专题组已收到消息。")
    return _act(problem, form, "重新办理", "重新办理")


def _back_to(problem: Problem, sentence: str) -> ResponseReturnValue:
    return pages.done(url_for("enterprises.show_problem", problem=problem), sentence)


def _act(problem: Problem, form: Any, title: str, word: str) -> ResponseReturnValue:
    trail = [
        ("企业", url_for("enterprises.index")),
        (problem.enterprise.name, url_for("enterprises.show", enterprise=problem.enterprise)),
        (problem.title, url_for("enterprises.show_problem", problem=problem)),
        (title, ""),
    ]
    return pages.show("act.html", form=form, title=title, word=word, about=problem.title, trail=trail)
