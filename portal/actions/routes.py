"""Doors of the actions room."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from types import MappingProxyType
from typing import Any, cast

from flask import Blueprint, Flask, current_app, g, request, url_for
from flask.typing import ResponseReturnValue

from portal import chain, clock, errands, pages, store, tables
from portal.access import door_open, finds, me, needs
from portal.actions import forms, operations, queries, rules
from portal.actions.models import (
    ActionItem,
    ActionState,
    Application,
    Extension,
    LookBack,
    ReportFile,
    Slip,
    SlipColour,
    SlipState,
    Stage,
    Support,
    already_answered,
    already_checked,
    already_decided,
    already_issued,
    cannot_finish,
    cannot_issue,
    cannot_return,
)
from portal.actions.old_ledger import Checked, Reading, Units, checked
from portal.actions.old_ledger import read as read_old
from portal.database import LARGEST_ID
from portal.enterprises import queries as enterprises
from portal.enterprises.models import Problem
from portal.errors import Refused
from portal.examine import Kind
from portal.forms import Empty, Form, Why
from portal.pages import Column, Filter, Listing
from portal.people import queries as people
from portal.people.models import Department, Group, User
from portal.uploads import take_in

bp = Blueprint("actions", __name__)
pages.in_navigation("交办台账", "actions.index", "/actions")
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

WAY = (
    ActionState.assigned,
    ActionState.accepted,
    ActionState.in_progress,
    ActionState.reported_done,
    ActionState.closed,
)
# where a state that lies beside the way stands on it
BESIDE = {
    ActionState.refused: ActionState.assigned,
    ActionState.suspended: ActionState.in_progress,
    ActionState.terminated: ActionState.in_progress,
}
COLOURS = {
    "close": "green", "settle": "green", "return_": "red", "refuse": "red", "urge": "amber", "suspend": "amber",
    "terminate": "red", "reopen": "red", "remind": "amber", "report_done": "amber", "return_support": "red",
    "issue_slip": "red", "propose_slip": "amber", "look_back": "green", "finish_stage": "green",
}  # fmt: skip


# ── the ledger ─────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/actions")
@needs(rules.see_ledger)
def index() -> ResponseReturnValue:
    """交办台账。"""
    counts = queries.view_counts(me()) if not {"export", "print"} & request.args.keys() else {}
    listing, grouped = _ledger(counts)
    if listing.wants_export:
        if listing.total > MOST_AT_ONCE_EXPORTED:
            return pages.show("actions/export.html", listing=listing)
        return listing.excel("督办台账", LEDGER_COLUMNS)
    if listing.wants_print:
        return pages.show("actions/print.html", listing=listing, grouped=grouped)
    return pages.show("actions/index.html", listing=listing, views=_views(listing, counts), grouped=grouped)


def _ledger(counts: Mapping[str, int] = MappingProxyType({})) -> tuple[Listing, dict[int, str]]:
    """The ledger as the address narrows, sorts and groups it, and what stands over which task where it is grouped."""

    def known(listing: Listing) -> int | None:
        narrowing = {one.name: one.value for one in listing.filters if one.value and one.name != "group"}
        return counts.get(narrowing.get("view", "")) if not narrowing.keys() - {"view"} else None

    choices = queries.choices(me(), request.args)
    by = request.args.get("group", "")
    tasks, first = queries.grouped(queries.ledger(me()), by)
    listing = Listing(
        tasks,
        {
            "due": (*first, ActionItem.ended, ActionItem.due, ActionItem.id),
            "number": (*first, ActionItem.assigned_at, ActionItem.id),
            "state": (*first, ActionItem.state, ActionItem.due, ActionItem.id),
        },
        "due",
        filters=[
            Filter("text", "编号、事项、要求或进展", queries.worded),
            Filter("view", "范围", _view, "choice", queries.VIEW_CHOICES),
            Filter("state", "状态", pages.equals(ActionItem.state), "choice", pages.choices_of(ActionState)),
            Filter("lead", "牵头单位", pages.equals(ActionItem.lead_department_id), "choice", choices["lead"]),
            Filter("department", "牵头或配合", queries.in_department, "choice", choices["lead"]),
            Filter("person", "承办人", queries.led_by_name),
            Filter("colour", "颜色", queries.coloured, "choice", [(k, one[0]) for k, one in queries.COLOURS.items()]),
            Filter("since", "时限从", pages.since(ActionItem.due), "date"),
            Filter("until", "时限到", pages.until(ActionItem.due), "date"),
            *(
                Filter(name, origin.label, origin.narrow, "choice", choices.get(name, ()))
                for name, origin in queries.ORIGINS.items()
            ),
            Filter("supervised", "督办", _supervised, "choice", (("yes", "列为督办"), ("no", "未列为督办"))),
            Filter("urgent", "加急", _urgent, "choice", (("yes", "加急"), ("no", "未加急"))),
            Filter("group", "分组", lambda query, _: query, "choice", queries.groupings()),
        ],
        options=queries.ROW + (queries.EXPORTED if {"export", "print"} & request.args.keys() else ()),
        known=known,
    )
    return listing, queries.names_of_groups(me(), listing.rows, by)


MOST_AT_ONCE_EXPORTED = 1_000  # more rows than a page may take the time for


@errands.kind("actions.export", "导出督办台账")
def write_ledger(errand: errands.Errand, progress: errands.Progress) -> errands.Made:
    """The ledger as one person saw it, written a portion at a time."""
    draft = errands.fresh_draft()
    with current_app.test_request_context(f"/actions?{errand.facts['query']}"):
        g._login_user = people.person(errand.asked_by_id)  # noqa: SLF001 - whose ledger it is
        listing, _ = _ledger()

        def rows() -> Iterator[ActionItem]:
            done = 0
            for portion in listing.portions():
                yield from portion
                done += len(portion)
                progress(done, listing.total)

        written = pages.write_excel(draft, "督办台账", LEDGER_COLUMNS, rows())
    name = f"督办台账{clock.today():%Y%m%d}.xlsx"
    return errands.Made(f"已导出 {written} 件。", draft=draft, name=name, media_type=pages.EXCEL_TYPE)


@bp.post("/actions/export")
@needs(rules.see_ledger)
def export() -> ResponseReturnValue:
    """在后台导出台账。"""
    errand = errands.ask("actions.export", by=me(), facts={"query": request.form.get("query", "")[:2000]})
    return pages.done(errands.address_of(errand), "正在导出，可以离开本页。")


def _supervised(query: Any, answer: str) -> Any:
    return query.where(ActionItem.supervised.is_(answer == "yes"))


def _urgent(query: Any, answer: str) -> Any:
    return query.where(ActionItem.urgent.is_(answer == "yes"))


def _view(query: Any, name: str) -> Any:
    return query.where(queries.VIEWS[name].narrow(me()))


def _views(listing: Listing, counts: Mapping[str, int]) -> list[tuple[str, str, str, int, bool]]:
    """The saved filters with their addresses and counts; empty ones are left out, the present one is not."""
    always = {"", "mine", "late"} | (set(queries.DESK) if door_open("actions.urge_all") else set())
    now = next(one.value for one in listing.filters if one.name == "view")
    return [
        (
            view.label,
            url_for("actions.index", view=name or None),
            view.mark if counts[name] else "",
            counts[name],
            name == now,
        )
        for name, view in queries.VIEWS.items()
        if counts[name] or name in always | {now}
    ]


LEDGER_COLUMNS = (
    Column("编号", lambda one: one.number, 12),
    Column("事项", lambda one: one.title, 40),
    Column("具体要求", lambda one: one.text, 40),
    Column("牵头单位", lambda one: one.lead, 20),
    Column("承办人", lambda one: one.lead_person.name, 12),
    Column("配合单位", lambda one: "、".join(line.name for line in one.support), 24),
    Column("交办日期", lambda one: one.assigned_day, 12),
    Column("原定时限", lambda one: one.original_due, 12),
    Column("现在时限", lambda one: one.due, 12),
    Column("状态", lambda one: one.word, 12),
    Column("是否逾期", lambda one: "逾期" if one.is_overdue else "", 10),
    Column("督办", lambda one: "督办" if one.supervised else "", 8),
    Column("加急", lambda one: "加急" if one.urgent else "", 8),
    Column("最新进展", lambda one: one.reports[-1].text if one.reports else "", 50),
    Column("签收时限", lambda one: one.accept_by, 12),
    Column("签收时间", lambda one: one.accepted_at, 18),
    Column("签收超时", lambda one: "超时" if one.is_accepted_late else "", 10),
    Column("销号时间", lambda one: one.closed_at, 18),
)


# ── the supervisor's desk, the departments ─────────────────────────────────────────────────────────────────────────

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


# ── several tasks at once ──────────────────────────────────────────────────────────────────────────────────────────

MOST_AT_ONCE = 200


@bp.route("/actions/urging", methods=["GET", "POST"])
@needs(rules.urge_all)
def urge_all() -> ResponseReturnValue:
    """批量催办。"""
    form = forms.Urge()
    able, others = _ticked(rules.supervise, "urge")
    if able and form.ready() and form.attempt(operations.urge_all, able, form.text.data, by=me()) is not None:
        return _told_how_many("催办", able, others)
    return _ask_for_all(form, "批量催办", "催办", able, others)


@bp.route("/actions/hand-over", methods=["GET", "POST"])
@needs(rules.hand_over_all)
def hand_over_all() -> ResponseReturnValue:
    """批量转办。"""
    form = forms.HandOverAll()
    persons = {one.id: one for one in people.active_people()}
    forms.offer_people(form.person_id, list(persons.values()))
    able, others = _ticked(rules.hand_over, "hand_over")
    if able and form.ready():
        taker = persons[form.person_id.data]
        others += [(one, f"{taker.name}已经是承办人。") for one in able if one.lead_person_id == taker.id]
        able = [one for one in able if one.lead_person_id != taker.id]
        if form.attempt(operations.hand_over_all, able, taker, form.why.data, by=me()) is not None:
            return _told_how_many(f"转给{taker.name}", able, others)
    return _ask_for_all(form, "批量转办", "转办", able, others)


Ticked = tuple[list[ActionItem], list[tuple[ActionItem, str]]]


def _ticked(rule: Callable[[User, ActionItem], bool], deed: str) -> Ticked:
    """The tasks that were ticked: those the deed is possible with, and the others with the reason."""
    texts = dict.fromkeys(one for one in request.values.getlist("id") if one.isascii() and one.isdigit())
    numbers = [int(one) for one in texts if len(one) < 11 and int(one) <= LARGEST_ID][:MOST_AT_ONCE]
    able: list[ActionItem] = []
    others: list[tuple[ActionItem, str]] = []
    for one in queries.chosen_actions(me(), numbers) if numbers else ():
        reason = one.lifecycle.obstacle(one, deed) if rule(me(), one) else rule.__doc__
        if reason is None:
            able.append(one)
        else:
            others.append((one, reason))
    return able, others


def _told_how_many(word: str, able: list[ActionItem], others: list[tuple[ActionItem, str]]) -> ResponseReturnValue:
    sentence = f"已{word} {len(able)} 件。"
    if others:
        sentence += f"另有 {len(others)} 件没有办：" + "；".join(
            f"{one.number}，{reason.rstrip('。')}" for one, reason in others
        ) + "。"  # fmt: skip
    return pages.done(pages.safe_next(request.form.get("next")) or url_for("actions.index"), sentence)


def _ask_for_all(
    form: Form, title: str, word: str, able: list[ActionItem], others: list[tuple[ActionItem, str]]
) -> ResponseReturnValue:
    back = pages.safe_next(request.form.get("next")) or pages.back() or url_for("actions.index")
    status = 422 if request.method == "POST" and not able else None
    return pages.show(
        "actions/several.html", status=status, form=form, title=title, word=word, able=able, others=others, back=back
    )


# ── a ledger that was kept elsewhere ───────────────────────────────────────────────────────────────────────────────


MOST_READ_AT_ONCE = 20_000  # bytes; a larger ledger takes longer to read than a page may
MOST_BROUGHT_AT_ONCE = 100  # more rows than a page may take the time for


@bp.route("/actions/import", methods=["GET", "POST"])
@needs(rules.import_ledger)
def import_ledger() -> ResponseReturnValue:
    """导入旧台账：先上传，再核对，最后导入。"""
    form = forms.ImportLedger()
    if form.ready():
        file = form.attempt(_take_in_ledger, form.file.data)
        if file is not None:
            return _check(file)
    return pages.show("actions/import.html", form=form)


def _take_in_ledger(upload: Any) -> store.StoredFile:
    """Keep the table, after a look at what it really is and, of a small one, whether its head can be read."""
    name = store.clean_name(upload.filename or "")
    if name.lower().endswith(".csv"):
        content = upload.stream.read(tables.LARGEST + 1)
        if len(content) <= MOST_READ_AT_ONCE or len(content) > tables.LARGEST:
            _read_ledger(content, name, ())
        return store.put(content, name, "text/csv", me())
    (file,) = take_in([upload], by=me(), kinds=(Kind.XLSX,))
    if file.size <= MOST_READ_AT_ONCE:
        _read_ledger(store.read(file), name, ())
    return file


def _check(file: store.StoredFile, person: str = "") -> ResponseReturnValue:
    """On to the page that shows what was found: a large ledger is read in the background first."""
    if file.size <= MOST_READ_AT_ONCE:
        return pages.done(url_for("actions.read_ledger", old_ledger=file.id, person=person or None))
    facts = {"file": file.id, "person": int(person) if person else None}
    errand = errands.ask("actions.check_ledger", by=me(), label=f"核对《{file.name}》", facts=facts)
    return pages.done(errands.address_of(errand), "正在读取台账，可以离开本页。")


def _read_ledger(content: bytes, name: str, persons: Sequence[User], fallback: User | None = None) -> Reading:
    units = Units(people.departments(), people.groups(), persons)
    return read_old(tables.read(content, name), units, fallback, queries.known_tasks)


def _read_in_background(errand: errands.Errand) -> Reading:
    file = queries.brought_ledger(errand.facts["file"])
    if file is None:
        raise Refused("上传的台账已经不在了，请重新上传。")
    persons = people.people_to_choose()
    fallback = next((one for one in persons if one.id == errand.facts["person"]), None)
    return _read_ledger(store.read(file), file.name, persons, fallback)


def _keep_checked(errand: errands.Errand, made: errands.Made) -> errands.Made:
    errand.facts = {**errand.facts, "found": made.product}
    return replace(made, product=None)


@errands.kind("actions.check_ledger", "核对旧台账", then=_keep_checked)
def check_in_background(errand: errands.Errand, progress: errands.Progress) -> errands.Made:
    """Read a large ledger, and keep what its page is to show."""
    progress(0, 2)
    found = checked(_read_in_background(errand))
    progress(2, 2)
    said = f"可以导入 {found.good} 行，不能导入 {len(found.bad)} 行，空行 {found.blank} 行。现在还没有导入任何内容。"
    address = f"/actions/import/{errand.facts['file']}?reading={errand.id}"
    return errands.Made(said, address=address, product=asdict(found))


def _bring_in(errand: errands.Errand, made: errands.Made) -> errands.Made:
    """All of it in one transaction, or nothing."""
    good, bad = made.product
    file = queries.brought_ledger(errand.facts["file"])
    by = people.person(errand.asked_by_id)
    if file is None or by is None:
        raise Refused("上传的台账已经不在了，请重新上传。")
    brought = operations.bring_in(operations.attached(good), file, by=by)
    left = f"另有 {bad} 行没有导入，名单在核对页上。" if bad else ""
    return replace(made, sentence=f"已导入 {len(brought)} 件。{left}", product=None)


@errands.kind("actions.bring_in_ledger", "导入旧台账", then=_bring_in)
def read_to_bring_in(errand: errands.Errand, progress: errands.Progress) -> errands.Made:
    """Read the ledger as it was checked."""
    progress(0, 2)
    reading = _read_in_background(errand)
    progress(1, 2)
    reading_page = errand.facts.get("reading")
    address = f"/actions/import/{errand.facts['file']}" + (f"?reading={reading_page}" if reading_page else "")
    return errands.Made("", address=address, product=(reading.good, len(reading.bad)))


@bp.post("/actions/import/<thing:old_ledger>/reading")
@needs(rules.import_ledger, rules.brought)
def check_ledger(old_ledger: store.StoredFile) -> ResponseReturnValue:
    """重新核对旧台账。"""
    return _check(old_ledger, _chosen_person())


def _chosen_person() -> str:
    """Who is to lead where nobody is named, as the number that was typed, or nothing."""
    text = request.values.get("person", "")
    return text if text.isascii() and text.isdigit() and len(text) < 10 else ""


@bp.route("/actions/import/<thing:old_ledger>", methods=["GET", "POST"])
@needs(rules.import_ledger, rules.brought)
def read_ledger(old_ledger: store.StoredFile) -> ResponseReturnValue:
    """核对旧台账：各列认作什么、哪些行不能导入，确认后一次导入。"""
    form = Empty()
    persons = {str(one.id): one for one in people.people_to_choose()}
    fallback = persons.get(_chosen_person())
    if old_ledger.size > MOST_READ_AT_ONCE:
        return _read_large(old_ledger, form, persons)
    reading = _read_ledger(store.read(old_ledger), old_ledger.name, list(persons.values()), fallback)
    if len(reading.good) > MOST_BROUGHT_AT_ONCE and form.ready():
        return _bring_in_later(old_ledger, {"person": fallback.id if fallback else None})
    if reading.good and form.ready():
        made = form.attempt(operations.bring_in, reading.good, old_ledger, by=me())
        if made is not None:
            left = f"另有 {len(reading.bad)} 行没有导入。" if reading.bad else ""
            return pages.done(url_for("actions.index"), f"已导入 {len(made)} 件。{left}")
    return _show_reading(form, old_ledger, checked(reading), persons, fallback)


def _read_large(file: store.StoredFile, form: Form, persons: dict[str, User]) -> ResponseReturnValue:
    """What was found in a ledger that was read in the background."""
    number = request.values.get("reading", "")
    errand = errands.errand(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    if errand is None or errand.kind != "actions.check_ledger" or not errands.see(me(), errand):
        return _show_reading(form, file, None, persons, None)
    found, person = errand.facts.get("found"), errand.facts["person"]
    if found is None or errand.facts["file"] != file.id:
        return _show_reading(form, file, None, persons, None)
    if found["good"] and form.ready():
        return _bring_in_later(file, {"person": person, "reading": errand.id})
    return _show_reading(form, file, Checked(**found), persons, persons.get(str(person)))


def _bring_in_later(file: store.StoredFile, facts: dict[str, Any]) -> ResponseReturnValue:
    label = f"导入《{file.name}》"
    errand = errands.ask("actions.bring_in_ledger", by=me(), label=label, facts={"file": file.id, **facts})
    return pages.done(errands.address_of(errand), "正在导入，可以离开本页。要么全部导入，要么一件也不导入。")


def _show_reading(
    form: Form, file: store.StoredFile, found: Checked | None, persons: dict[str, User], fallback: User | None
) -> ResponseReturnValue:
    states = {one.value: one for one in ActionState}
    return pages.show(
        "actions/read_ledger.html", form=form, file=file, found=found, persons=persons, fallback=fallback,
        states=states, reading=request.values.get("reading", "") if found else "",
    )  # fmt: skip


# ── one task ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/actions/<thing:action>")
@needs(rules.see)
def show(action: ActionItem) -> ResponseReturnValue:
    """一件交办事项。"""
    return pages.show(
        "actions/show.html", action=action, steps=_steps(action), entries=_line(action), form=forms.Report()
    )


def _steps(action: ActionItem) -> list[tuple[str, str]]:
    """The way of a task: what lies behind it, where it stands."""
    here = BESIDE.get(action.state, action.state)
    last = WAY.index(here)
    words = ["done" if place < last or here is WAY[-1] else "now" if place == last else "" for place in range(len(WAY))]
    if action.state is ActionState.terminated:
        words = ["done" if place < last else "off" for place in range(len(WAY))]
    return [
        (action.state.label if state is here else state.label, word) for state, word in zip(WAY, words, strict=True)
    ]


def _line(action: ActionItem) -> list[chain.Event]:
    """What happened to a task and to what it came from and led to, the newest first."""
    events = chain.line_of(action, me())
    return [replace(one, colour=COLOURS.get(one.deed.partition(".")[2], "") if one.own else "") for one in events]


@bp.route("/actions/files/<thing:report_file>")
@needs(rules.see_file)
def report_file(report_file: ReportFile) -> ResponseReturnValue:
    """下载附件。"""
    return store.send(report_file.file)


@bp.route("/actions/new", methods=["GET", "POST"])
@needs(rules.assign)
def assign() -> ResponseReturnValue:
    """交办事项。"""
    form = forms.AssignAction()
    persons, departments, groups = people.active_people(), people.departments(), people.groups()
    forms.offer_people(form.lead_person_id, persons)
    forms.offer_units(form, departments, groups)
    problem = _problem_in_question()
    if form.ready():
        made = form.attempt(_assign, form, persons, departments, groups, problem)
        if made is not None:
            return pages.done(url_for("actions.show", action=made), f"已交办，{made.lead_person.name}已收到消息。")
    elif problem is not None and request.method == "GET":
        form.title.data, form.text.data, form.lead_group_id.data = problem.title, problem.text, problem.group_id
    return pages.show("actions/new.html", form=form, problem=problem)


def _problem_in_question() -> Problem | None:
    """The enterprise's problem a link named: the task comes from it."""
    number = request.args.get("problem", default=0, type=int)
    return enterprises.problem(number) if 0 < number <= LARGEST_ID else None


def _assign(
    form: forms.AssignAction, persons: Any, departments: Any, groups: Any, problem: Problem | None
) -> ActionItem:  # fmt: skip
    person: dict[int | None, User] = {one.id: one for one in persons}
    department: dict[int | None, Department] = {one.id: one for one in departments}
    group: dict[int | None, Group] = {one.id: one for one in groups}
    supporting = [department[number] for number in form.support_department_ids.data or ()]
    supporting_groups = [group[number] for number in form.support_group_ids.data or ()]
    return operations.assign(
        title=form.title.data or "",
        text=form.text.data or "",
        evidence=form.evidence.data or "",
        asks_file=form.asks_file.data,
        stages=form.stages.stages,
        lead_department=department.get(form.lead_department_id.data),
        lead_group=group.get(form.lead_group_id.data),
        lead_person=person[form.lead_person_id.data],
        support=[*supporting, *supporting_groups],
        due=cast(date, form.due.data),
        audience=group.get(form.audience_id.data),
        problem=problem,
        urgent=form.urgent.data,
        by=me(),
    )


@bp.route("/actions/<thing:action>/edit", methods=["GET", "POST"])
@needs(rules.see, rules.edit, move="edit")
def edit(action: ActionItem) -> ResponseReturnValue:
    """修改事项。"""
    form = forms.EditAction(thing=action)
    typed = {
        "title": form.title.data, "text": form.text.data, "evidence": form.evidence.data,
        "asks_file": form.asks_file.data,
    }  # fmt: skip
    if form.ready() and form.attempt(operations.edit, action, form.seen, **typed, by=me()) is not None:
        return _back_to(action, "已保存。")
    return _ask(action, form, "修改事项", "保存")


# ── carrying out ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/actions/<thing:action>/acceptance")
@needs(rules.see, rules.carry_out, move="accept")
def accept(action: ActionItem) -> ResponseReturnValue:
    """签收。"""
    operations.accept(action, by=me())
    return _back_to(action, "已签收。")


@bp.route("/actions/<thing:action>/refusal", methods=["GET", "POST"])
@needs(rules.see, rules.carry_out, move="refuse")
def refuse(action: ActionItem) -> ResponseReturnValue:
    """申请退办。"""
    return _with_why(action, operations.refuse, "申请退办", "已提出，会议秘书已收到消息。")


@bp.route("/actions/<thing:action>/reports", methods=["GET", "POST"])
@needs(rules.see, rules.carry_out, move="report")
def report(action: ActionItem) -> ResponseReturnValue:
    """报告进展。"""
    return _with_files(action, forms.Report(), operations.report, "报告进展", "已报告进展。")


@bp.route("/actions/<thing:action>/completion", methods=["GET", "POST"])
@needs(rules.see, rules.carry_out, move="report_done")
def report_done(action: ActionItem) -> ResponseReturnValue:
    """申请办结。"""
    form = forms.ReportDone(about_enterprise=action.problem_id is not None, asks_file=action.asks_file)

    def report_with_files() -> ActionItem:
        word = form.satisfaction.data if "satisfaction" in form else None
        files = take_in(form.files.data, by=me())
        return operations.report_done(action, form.text.data or "", files, satisfaction=word, by=me())

    if form.ready() and form.attempt(report_with_files) is not None:
        return _back_to(action, "已提交，督查员已收到消息。")
    return pages.show("actions/report_done.html", form=form, action=action)


@bp.route("/actions/<thing:action>/hand-over", methods=["GET", "POST"])
@needs(rules.see, rules.hand_over, move="hand_over")
def hand_over(action: ActionItem) -> ResponseReturnValue:
    """转办。"""
    form = forms.HandOver()
    anybody = rules.assign(me(), action)
    persons = {
        one.id: one
        for one in (people.active_people() if anybody else people.members_of_unit(action.lead_unit))
        if one.id != action.lead_person_id
    }
    forms.offer_people(form.person_id, list(persons.values()))
    if form.ready():
        taker = persons[form.person_id.data]
        if form.attempt(operations.hand_over, action, taker, form.why.data, by=me()) is not None:
            return _back_to(action, f"已转给{taker.name}。", may_be_gone=True)
    hint = "牵头单位不变，只更换承办人。"
    return _ask(action, form, "转办", "转办", hint if anybody else f"{hint}要交给其他单位，请申请转交。")


@bp.route("/actions/<thing:action>/transfer", methods=["GET", "POST"])
@needs(rules.see, rules.carry_out, move="ask_transfer")
def ask_transfer(action: ActionItem) -> ResponseReturnValue:
    """申请转交其他单位。"""
    form = forms.Transfer()
    persons = {one.id: one for one in people.active_people() if one.department_id}
    departments = {one.id: one for one in people.departments()}
    form.department_id.offer(list(departments.values()))
    forms.offer_people(form.person_id, list(persons.values()))
    if form.ready():
        unit, person = departments[form.department_id.data], persons[form.person_id.data]
        if form.attempt(operations.ask_transfer, action, unit, person, form.why.data, by=me()) is not None:
            return _back_to(action, "已提交，请等待答复。")
    return _ask(action, form, "申请转交", "申请", "同意后由对方签收，原定时限不变。")


@bp.route("/actions/<thing:action>/suspension/request", methods=["GET", "POST"])
@needs(rules.see, rules.carry_out, move="ask_suspension")
def ask_suspension(action: ActionItem) -> ResponseReturnValue:
    """申请挂起。"""
    hint = "同意后时限暂停计算，恢复办理时按挂起的工作日顺延。"
    return _with_why(action, operations.ask_suspension, "申请挂起", "已提交，请等待答复。", hint)


@bp.route("/actions/<thing:action>/suspension/end/request", methods=["GET", "POST"])
@needs(rules.see, rules.carry_out, move="ask_resumption")
def ask_resumption(action: ActionItem) -> ResponseReturnValue:
    """申请恢复办理。"""
    return _with_why(action, operations.ask_resumption, "申请恢复办理", "已提交，请等待答复。")


@bp.route("/actions/stages/<thing:stage>/end", methods=["GET", "POST"])
@needs(rules.see_part, rules.finish_stage, when=(cannot_finish,))
def finish_stage(stage: Stage) -> ResponseReturnValue:
    """完成阶段。"""
    action, form = stage.action, forms.FinishStage()
    return _with_files(action, form, operations.finish_stage, f"完成阶段：{stage.name}", "已报告。", thing=stage)


@bp.route("/actions/<thing:action>/extensions", methods=["GET", "POST"])
@needs(rules.see, rules.carry_out, move="ask_extension")
def ask_extension(action: ActionItem) -> ResponseReturnValue:
    """申请延期。"""
    form = forms.Extend()
    if form.ready():
        typed = (form.new_due.data, form.reason.data, form.progress.data)
        asked = form.attempt(operations.ask_extension, action, *typed, by=me())
        if asked is not None:
            return _back_to(action, "已提交，请等待答复。")
    return _ask(action, form, "申请延期", "申请", "原定时限留作考核，已签发的纪要不变。")


def _no_line(line: Support) -> str | None:
    return line.action.lifecycle.obstacle(line.action, "add_support_line")


@bp.route("/actions/support/<thing:support>/lines", methods=["GET", "POST"])
@needs(rules.see_support, rules.add_support_line, when=(_no_line,))
def add_support_line(support: Support) -> ResponseReturnValue:
    """报告配合情况。"""
    form, title = forms.SupportLine(), f"报告{support.name}的配合情况"
    return _with_files(
        support.action, form, operations.add_support_line, title, "已报告，承办人已收到消息。", thing=support
    )


@bp.route("/actions/support/<thing:support>/return", methods=["GET", "POST"])
@needs(rules.see_support, rules.return_support, when=(cannot_return,))
def return_support(support: Support) -> ResponseReturnValue:
    """退回一个配合单位的情况。"""
    title = f"退回{support.name}的配合情况"
    said, hint = "已退回，其他单位不受影响。", "只退回这一个单位，其他单位的情况和办结申请不受影响。"
    return _with_why(support.action, operations.return_support, title, said, hint, thing=support)


def _too_late_to_name(line: Support) -> str | None:
    return line.action.lifecycle.obstacle(line.action, "name_support_person")


@bp.route("/actions/support/<thing:support>/person", methods=["GET", "POST"])
@needs(rules.see_support, rules.name_support_person, when=(_too_late_to_name,))
def name_support_person(support: Support) -> ResponseReturnValue:
    """明确配合人。"""
    form = forms.NamePerson()
    persons = {one.id: one for one in people.active_people()}
    forms.offer_people(form.person_id, list(persons.values()))
    if form.ready():
        person = persons[form.person_id.data]
        if form.attempt(operations.name_support_person, support, person, by=me()) is not None:
            return _back_to(support.action, f"{support.name}的配合人是{person.name}。")
    return _ask(support.action, form, f"明确{support.name}的配合人", "保存")


# ── deciding, supervising ──────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/actions/<thing:action>/insistence", methods=["GET", "POST"])
@needs(rules.see, rules.answer_refusal, move="insist")
def insist(action: ActionItem) -> ResponseReturnValue:
    """维持交办。"""
    return _with_why(action, operations.insist, "维持交办", "已维持交办，承办人已收到消息。")


@bp.route("/actions/<thing:action>/reassignment", methods=["GET", "POST"])
@needs(rules.see, rules.answer_refusal, move="reassign")
def reassign(action: ActionItem) -> ResponseReturnValue:
    """重新交办。"""
    form = forms.Reassign()
    persons = {one.id: one for one in people.active_people()}
    departments = {one.id: one for one in people.departments()}
    forms.offer_people(form.person_id, list(persons.values()))
    form.lead_department_id.offer(list(departments.values()))
    if form.ready():
        person, unit = persons[form.person_id.data], departments.get(form.lead_department_id.data)
        if form.attempt(operations.reassign, action, person, lead_department=unit, by=me()) is not None:
            return _back_to(action, f"已改由{person.name}承办。")
    return _ask(action, form, "重新交办", "交办")


@bp.route("/actions/<thing:action>/closure", methods=["GET", "POST"])
@needs(rules.see, rules.supervise, move="close")
def close(action: ActionItem) -> ResponseReturnValue:
    """销号。"""
    form = forms.Close(said=action.satisfaction, about_enterprise=action.problem_id is not None)
    if form.ready():
        word = form.satisfaction.data if "satisfaction" in form else None
        if form.attempt(operations.close, action, form.remark.data or "", satisfaction=word, by=me()) is not None:
            return _back_to(action, "已销号。", onward=True)
    return _ask(action, form, "销号", "销号")


@bp.route("/actions/<thing:action>/return", methods=["GET", "POST"])
@needs(rules.see, rules.supervise, move="return_")
def return_(action: ActionItem) -> ResponseReturnValue:
    """退回。"""
    return _with_why(action, operations.return_, "退回", "已退回，承办人已收到消息。", onward=True)


@bp.route("/actions/<thing:action>/urging", methods=["GET", "POST"])
@needs(rules.see, rules.supervise, move="urge")
def urge(action: ActionItem) -> ResponseReturnValue:
    """催办。"""
    form = forms.Urge()
    if form.ready() and form.attempt(operations.urge, action, form.text.data, by=me()) is not None:
        return _back_to(action, "已催办，承办人和配合人已收到消息。", onward=True)
    return _ask(action, form, "催办", "催办")


@bp.post("/actions/<thing:action>/supervision")
@needs(rules.see, rules.supervise, move="supervise")
def supervise(action: ActionItem) -> ResponseReturnValue:
    """列为督办。"""
    operations.supervise(action, by=me())
    return _back_to(action, "已列为督办。")


@bp.post("/actions/<thing:action>/supervision/end")
@needs(rules.see, rules.supervise, move="unsupervise")
def unsupervise(action: ActionItem) -> ResponseReturnValue:
    """取消督办。"""
    operations.unsupervise(action, by=me())
    return _back_to(action, "已取消督办。")


@bp.route("/actions/<thing:action>/suspension", methods=["GET", "POST"])
@needs(rules.see, rules.suspend, move="suspend")
def suspend(action: ActionItem) -> ResponseReturnValue:
    """挂起。"""
    return _with_why(action, operations.suspend, "挂起", "已挂起，时限暂停计算。", "挂起期间时限暂停计算，恢复后顺延。")


@bp.post("/actions/<thing:action>/suspension/end")
@needs(rules.see, rules.suspend, move="resume")
def resume(action: ActionItem) -> ResponseReturnValue:
    """恢复办理。"""
    operations.resume(action, by=me())
    return _back_to(action, "已恢复办理，时限已顺延。")


@bp.route("/actions/<thing:action>/termination", methods=["GET", "POST"])
@needs(rules.see, rules.terminate, move="terminate")
def terminate(action: ActionItem) -> ResponseReturnValue:
    """终止。"""
    return _with_why(action, operations.terminate, "终止", "已终止，承办人已收到消息。", "终止后不再办理，与销号不同。")


@bp.route("/actions/<thing:action>/reopening", methods=["GET", "POST"])
@needs(rules.see, rules.supervise, move="reopen")
def reopen(action: ActionItem) -> ResponseReturnValue:
    """重启。"""
    form = forms.Reopen()
    if form.ready() and form.attempt(operations.reopen, action, form.why.data, due=form.due.data, by=me()) is not None:
        return _back_to(action, "已重启办理，承办人已收到消息。")
    return _ask(action, form, "重启办理", "重启")


@bp.route("/actions/extensions/<thing:extension>/decision", methods=["GET", "POST"])
@needs(rules.see_extension, rules.decide_extension, when=(already_decided,))
def decide_extension(extension: Extension) -> ResponseReturnValue:
    """答复延期申请。"""
    form = forms.Decide()
    granted = request.form.get("granted") == "yes"
    if form.ready():
        decided = form.attempt(operations.decide_extension, extension, granted, form.answer.data or "", by=me())
        if decided is not None:
            return _back_to(extension.action, "已同意延期。" if granted else "已答复，不同意延期。")
    return pages.show("actions/extension.html", form=form, extension=extension, action=extension.action)


@bp.route("/actions/applications/<thing:application>/decision", methods=["GET", "POST"])
@needs(rules.see_part, rules.decide_application, when=(already_answered,))
def decide_application(application: Application) -> ResponseReturnValue:
    """答复申请。"""
    form = forms.Decide()
    granted = request.form.get("granted") == "yes"
    if form.ready():
        decided = form.attempt(operations.decide_application, application, granted, form.answer.data or "", by=me())
        if decided is not None:
            word = application.kind.label
            return _back_to(application.action, f"已同意{word}。" if granted else f"已答复，不同意{word}。")
    return pages.show("actions/application.html", form=form, application=application, action=application.action)


@bp.route("/actions/<thing:action>/stages", methods=["GET", "POST"])
@needs(rules.see, rules.set_stages, move="set_stages")
def set_stages(action: ActionItem) -> ResponseReturnValue:
    """安排阶段。"""
    form = forms.ArrangeStages()
    if form.ready() and form.attempt(operations.set_stages, action, form.stages.stages, by=me()) is not None:
        return _back_to(action, "已安排阶段，承办人已收到消息。")
    if request.method == "GET":
        own = "\n".join(f"{one.name} {one.due.isoformat()}" for one in action.stages)
        form.stages.data = own or forms.stages_by_pattern(action.assigned_day)
    hint = f"办理时限：{clock.zh_date(action.due)}。没有安排过的已按阶段模板填好，可以修改；已完成的阶段保留。"
    return _ask(action, form, "安排阶段", "保存", hint)


@bp.route("/actions/look-backs/<thing:look_back>", methods=["GET", "POST"])
@needs(rules.see_part, rules.look_back, when=(already_checked,))
def look_back(look_back: LookBack) -> ResponseReturnValue:
    """登记回头看。"""
    form = forms.LookBackForm()
    if form.ready():
        holds = form.holds.data == "yes"
        if form.attempt(operations.look_back, look_back, holds, form.finding.data, by=me()) is not None:
            said = "已登记：巩固。" if holds else "已登记：反弹，事项已重启办理。"
            return _back_to(look_back.action, said, onward=True)
    hint = f"{clock.zh_date(look_back.drawn_on)}抽取，请在{clock.zh_date(look_back.due)}前复查。"
    return _ask(look_back.action, form, "回头看", "登记", hint)


# ── slips ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/actions/slips")
@needs(rules.see_slips)
def slips() -> ResponseReturnValue:
    """督办单。"""
    colours = [(one.value, one.label) for one in SlipColour]
    listing = Listing(
        queries.slips(me()),
        {"proposed": (Slip.proposed_on, Slip.id), "number": (Slip.year, Slip.number, Slip.id)},
        "proposed",
        descending=True,
        filters=[
            Filter("text", "编号或事项", pages.contains(ActionItem.number, ActionItem.title)),
            Filter("state", "状态", pages.equals(Slip.state), "choice", pages.choices_of(SlipState)),
            Filter("colour", "颜色", pages.equals(Slip.colour), "choice", colours),
        ],
        options=queries.SLIP_ROW,
    )
    if listing.wants_export:
        return listing.excel("督办单", SLIP_COLUMNS)
    return pages.show("actions/slips.html", listing=listing)


SLIP_COLUMNS = (
    Column("编号", lambda one: one.code, 18),
    Column("颜色", lambda one: one.colour.label, 8),
    Column("事项编号", lambda one: one.action.number, 12),
    Column("事项", lambda one: one.action.title, 40),
    Column("牵头单位", lambda one: one.action.lead, 20),
    Column("承办人", lambda one: one.action.lead_person.name, 12),
    Column("状态", lambda one: one.state.label, 10),
    Column("发出时间", lambda one: one.issued_at, 18),
    Column("答复时限", lambda one: one.answer_by, 12),
    Column("答复", lambda one: "已答复" if one.is_answered else "超时未答复" if one.is_unanswered else "", 12),
)


@bp.route("/actions/slips/<thing:slip>/issue", methods=["GET", "POST"])
@needs(rules.see_part, rules.decide_slip, when=(cannot_issue,))
def issue_slip(slip: Slip) -> ResponseReturnValue:
    """批准并发出督办单。"""
    form = forms.Remark()
    if form.ready() and form.attempt(operations.issue_slip, slip, form.remark.data or "", by=me()) is not None:
        return _back_to(slip.action, f"已发出{slip}，承办人已收到消息。")
    hint = "批准后随即编号、发给承办人，并排成 A4 纸面供打印。审核意见印在督办单上。"
    return _ask(slip.action, form, f"发{slip.colour.label}督办单", "批准并发出", hint)


@bp.route("/actions/slips/<thing:slip>/drop", methods=["GET", "POST"])
@needs(rules.see_part, rules.decide_slip, when=(already_issued,))
def drop_slip(slip: Slip) -> ResponseReturnValue:
    """不发督办单。"""
    return _with_why(slip.action, operations.drop_slip, "不发督办单", "已登记，这次不发。", thing=slip)


def _not_printed(slip: Slip) -> str | None:
    return None if slip.file_id else "这份督办单还没有排好版。"


@bp.route("/actions/slips/<thing:slip>/file")
@needs(rules.see_slip_paper, when=(_not_printed,))
def slip_file(slip: Slip) -> ResponseReturnValue:
    """下载督办单。"""
    return store.send(cast(store.StoredFile, slip.file))


# ── what the doors share ───────────────────────────────────────────────────────────────────────────────────────────


def _back_to(
    action: ActionItem, sentence: str, *, may_be_gone: bool = False, onward: bool = False
) -> ResponseReturnValue:
    """To the task's page, or to the list it was opened from; to the ledger when this person no longer reads it."""
    gone = may_be_gone and not rules.see(me(), action)
    came_from = pages.safe_next(request.args.get("from")) if onward else None
    page = url_for("actions.index") if gone else url_for("actions.show", action=action)
    return pages.done(came_from or page, sentence)


def _with_why(
    action: ActionItem,
    deed: Callable[..., Any],
    title: str,
    sentence: str,
    hint: str = "",
    *,
    thing: Any = None,
    onward: bool = False,
) -> ResponseReturnValue:
    form = Why()
    if form.ready() and form.attempt(deed, thing or action, form.why.data, by=me()) is not None:
        return _back_to(action, sentence, onward=onward)
    return _ask(action, form, title, title, hint)


def _with_files(
    action: ActionItem, form: Any, deed: Callable[..., Any], title: str, sentence: str, *, thing: Any = None
) -> ResponseReturnValue:
    def tell_with_files() -> Any:
        return deed(thing or action, form.text.data, take_in(form.files.data, by=me()), by=me())

    if form.ready() and form.attempt(tell_with_files) is not None:
        return _back_to(action, sentence)
    return _ask(action, form, title, title)


def _ask(action: ActionItem, form: Form, title: str, word: str, hint: str = "") -> ResponseReturnValue:
    trail = [
        ("交办台账", url_for("actions.index")),
        (action.number, url_for("actions.show", action=action)),
        (title, ""),
    ]
    return pages.show("act.html", form=form, title=title, word=word, about=action.title, hint=hint, trail=trail)


def words_to_send(action: ActionItem) -> str:
    """What a supervisor pastes into a chat: the task, its due day, and where to report."""
    late = f"，{pages.due_words(action.due)}" if action.is_overdue else ""
    where = url_for("actions.show", action=action, _external=True)
    return (
        f"【催办】{action.lead_person.name}：{action.number}《{action.title}》时限{clock.zh_date(action.due)}{late}，"
        f"请尽快在门户报告进展：{where}"
    )


def init_app(app: Flask) -> None:
    """Let the page of an enterprise's problem show the tasks that came from it."""
    app.jinja_env.globals.update(tasks_of_problem=queries.actions_about, words_to_send=words_to_send)
