"""Doors of the actions room."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, cast

from flask import Blueprint, Flask, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock, journal, pages, store, tables
from portal.access import door_open, finds, needs
from portal.actions import forms, operations, queries, rules
from portal.actions.models import ActionItem, ActionState, Extension, ReportFile, Support, already_decided
from portal.actions.old_ledger import Reading, Units
from portal.actions.old_ledger import read as read_old
from portal.database import LARGEST_ID
from portal.enterprises import queries as enterprises
from portal.enterprises.models import Problem
from portal.examine import Kind
from portal.forms import Empty, Form, Why
from portal.journal import JournalEntry
from portal.pages import Column, Filter, Listing
from portal.people import queries as people
from portal.people.models import Department, Group, User
from portal.uploads import take_in

bp = Blueprint("actions", __name__)
pages.in_navigation("交办台账", "actions.index", "/actions")
finds("action")(queries.action)
finds("extension")(queries.extension)
finds("support")(queries.support_line)
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
    "terminate": "red", "reopen": "red", "remind": "amber", "report_done": "amber",
}  # fmt: skip


def _me() -> User:
    return current_user._get_current_object()  # noqa: SLF001 - relations hold the person, not the proxy


# ── the ledger ─────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/actions")
@needs(rules.see_ledger)
def index() -> ResponseReturnValue:
    """交办台账。"""
    choices = queries.choices(current_user, request.args)
    grouped = request.args.get("group") == "lead"
    tasks, first = queries.ledger(current_user), queries.BY_LEAD if grouped else ()
    listing = Listing(
        queries.grouped_by_lead(tasks) if grouped else tasks,
        {
            "due": (*first, queries.ENDED_LAST, ActionItem.due, ActionItem.id),
            "number": (*first, ActionItem.assigned_at, ActionItem.id),
            "state": (*first, ActionItem.state, ActionItem.due, ActionItem.id),
        },
        "due",
        filters=[
            Filter("text", "编号、事项或要求", pages.contains(ActionItem.number, ActionItem.title, ActionItem.text)),
            Filter("view", "范围", _view, "choice", queries.VIEW_CHOICES),
            Filter("state", "状态", pages.equals(ActionItem.state), "choice", pages.choices_of(ActionState)),
            Filter("lead", "牵头单位", pages.equals(ActionItem.lead_department_id), "choice", choices["lead"]),
            Filter("person", "承办人", pages.contains(User.name)),
            Filter("since", "时限从", pages.since(ActionItem.due), "date"),
            Filter("until", "时限到", pages.until(ActionItem.due), "date"),
            *(
                Filter(name, origin.label, origin.narrow, "choice", choices.get(name, ()))
                for name, origin in queries.ORIGINS.items()
            ),
            Filter("supervised", "督办", _supervised, "choice", (("yes", "列为督办"), ("no", "未列为督办"))),
            Filter("group", "分组", lambda query, _: query, "choice", (("lead", "按牵头单位"),)),
        ],
        options=queries.ROW + (queries.EXPORTED if {"export", "print"} & request.args.keys() else ()),
    )
    if listing.wants_export:
        return listing.excel("督办台账", LEDGER_COLUMNS)
    if listing.wants_print:
        return pages.show("actions/print.html", listing=listing, grouped=grouped)
    return pages.show("actions/index.html", listing=listing, views=_views(listing), grouped=grouped)


def _supervised(query: Any, answer: str) -> Any:
    return query.where(ActionItem.supervised.is_(answer == "yes"))


def _view(query: Any, name: str) -> Any:
    return query.where(queries.VIEWS[name].narrow(current_user))


def _views(listing: Listing) -> list[tuple[str, str, str, int, bool]]:
    """The saved filters with their addresses and counts; empty ones are left out, the present one is not."""
    counts = queries.view_counts(current_user)
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
    Column("最新进展", lambda one: one.reports[-1].text if one.reports else "", 50),
    Column("签收时限", lambda one: one.accept_by, 12),
    Column("签收时间", lambda one: one.accepted_at, 18),
    Column("签收超时", lambda one: "超时" if one.is_accepted_late else "", 10),
    Column("销号时间", lambda one: one.closed_at, 18),
)


# ── several tasks at once ──────────────────────────────────────────────────────────────────────────────────────────

MOST_AT_ONCE = 200


@bp.route("/actions/urging", methods=["GET", "POST"])
@needs(rules.urge_all)
def urge_all() -> ResponseReturnValue:
    """批量催办。"""
    form = forms.Urge()
    able, others = _ticked(rules.supervise, "urge")
    if able and form.ready() and form.attempt(operations.urge_all, able, form.text.data, by=_me()) is not None:
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
        if form.attempt(operations.hand_over_all, able, taker, form.why.data, by=_me()) is not None:
            return _told_how_many(f"转给{taker.name}", able, others)
    return _ask_for_all(form, "批量转办", "转办", able, others)


Ticked = tuple[list[ActionItem], list[tuple[ActionItem, str]]]


def _ticked(rule: Callable[[User, ActionItem], bool], deed: str) -> Ticked:
    """The tasks that were ticked: those the deed is possible with, and the others with the reason."""
    texts = dict.fromkeys(one for one in request.values.getlist("id") if one.isascii() and one.isdigit())
    numbers = [int(one) for one in texts if len(one) < 11 and int(one) <= LARGEST_ID][:MOST_AT_ONCE]
    able: list[ActionItem] = []
    others: list[tuple[ActionItem, str]] = []
    for one in queries.chosen_actions(_me(), numbers) if numbers else ():
        reason = one.lifecycle.obstacle(one, deed) if rule(_me(), one) else rule.__doc__
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


@bp.route("/actions/import", methods=["GET", "POST"])
@needs(rules.import_ledger)
def import_ledger() -> ResponseReturnValue:
    """导入旧台账：先上传，再核对，最后导入。"""
    form = forms.ImportLedger()
    if form.ready():
        file = form.attempt(_take_in_ledger, form.file.data)
        if file is not None:
            return pages.done(url_for("actions.read_ledger", old_ledger=file.id))
    return pages.show("actions/import.html", form=form)


def _take_in_ledger(upload: Any) -> store.StoredFile:
    """Keep the table, after a look at what it really is and whether its head can be read."""
    name = store.clean_name(upload.filename or "")
    if name.lower().endswith(".csv"):
        content = upload.stream.read(tables.LARGEST + 1)
        _read_ledger(content, name, ())
        return store.put(content, name, "text/csv", _me())
    (file,) = take_in([upload], by=_me(), kinds=(Kind.XLSX,))
    _read_ledger(store.read(file), name, ())
    return file


def _read_ledger(content: bytes, name: str, persons: Sequence[User], fallback: User | None = None) -> Reading:
    units = Units(people.departments(), people.groups(), persons)
    return read_old(tables.read(content, name), units, fallback, queries.known_tasks)


@bp.route("/actions/import/<thing:old_ledger>", methods=["GET", "POST"])
@needs(rules.import_ledger, rules.brought)
def read_ledger(old_ledger: store.StoredFile) -> ResponseReturnValue:
    """核对旧台账：各列认作什么、哪些行不能导入，确认后一次导入。"""
    form = Empty()
    persons = {str(one.id): one for one in people.people_to_choose()}
    fallback = persons.get(request.values.get("person", ""))
    reading = _read_ledger(store.read(old_ledger), old_ledger.name, list(persons.values()), fallback)
    if reading.good and form.ready():
        made = form.attempt(operations.bring_in, reading.good, old_ledger, by=_me())
        if made is not None:
            left = f"另有 {len(reading.bad)} 行没有导入。" if reading.bad else ""
            return pages.done(url_for("actions.index"), f"已导入 {len(made)} 件。{left}")
    return pages.show(
        "actions/read_ledger.html", form=form, file=old_ledger, reading=reading, persons=persons, fallback=fallback
    )


# ── one task ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/actions/<thing:action>")
@needs(rules.see)
def show(action: ActionItem) -> ResponseReturnValue:
    """一件交办事项。"""
    entries = _entries(journal.history(action))
    return pages.show("actions/show.html", action=action, steps=_steps(action), entries=entries, form=forms.Report())


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


def _entries(history: list[JournalEntry]) -> list[dict[str, Any]]:
    """The journal of a task as a timeline, the newest first."""
    return [
        {
            "at": entry.at,
            "what": entry.label,
            "who": entry.actor,
            "note": _note(entry),
            "colour": COLOURS.get(entry.deed.partition(".")[2], ""),
        }
        for entry in reversed(history)
    ]


def _note(entry: JournalEntry) -> str:
    """Why it was done, and the due day where it is about one."""
    due = str(entry.facts.get("new_due", ""))
    until = f"时限：{clock.zh_date(date.fromisoformat(due))}" if due else ""
    return "\n".join(words for words in (entry.why, until) if words)


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
        lead_department=department.get(form.lead_department_id.data),
        lead_group=group.get(form.lead_group_id.data),
        lead_person=person[form.lead_person_id.data],
        support=[*supporting, *supporting_groups],
        due=cast(date, form.due.data),
        audience=group.get(form.audience_id.data),
        problem=problem,
        by=_me(),
    )


@bp.route("/actions/<thing:action>/edit", methods=["GET", "POST"])
@needs(rules.see, rules.edit, move="edit")
def edit(action: ActionItem) -> ResponseReturnValue:
    """修改事项。"""
    form = forms.EditAction(thing=action)
    typed = {"title": form.title.data, "text": form.text.data, "evidence": form.evidence.data}
    if form.ready() and form.attempt(operations.edit, action, form.seen, **typed, by=_me()) is not None:
        return _back_to(action, "已保存。")
    return _ask(action, form, "修改事项", "保存")


# ── carrying out ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/actions/<thing:action>/acceptance")
@needs(rules.see, rules.carry_out, move="accept")
def accept(action: ActionItem) -> ResponseReturnValue:
    """签收。"""
    operations.accept(action, by=_me())
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
    form = forms.ReportDone()
    hint = f"办结凭证：{action.evidence}" if action.evidence else ""
    return _with_files(action, form, operations.report_done, "申请办结", "已提交，督查员已收到消息。", hint)


@bp.route("/actions/<thing:action>/hand-over", methods=["GET", "POST"])
@needs(rules.see, rules.hand_over, move="hand_over")
def hand_over(action: ActionItem) -> ResponseReturnValue:
    """转办。"""
    form = forms.HandOver()
    persons = {one.id: one for one in people.active_people() if one.id != action.lead_person_id}
    forms.offer_people(form.person_id, list(persons.values()))
    if form.ready():
        taker = persons[form.person_id.data]
        if form.attempt(operations.hand_over, action, taker, form.why.data, by=_me()) is not None:
            return _back_to(action, f"已转给{taker.name}。", may_be_gone=True)
    return _ask(action, form, "转办", "转办", "牵头单位不变，只更换承办人。")


@bp.route("/actions/<thing:action>/extensions", methods=["GET", "POST"])
@needs(rules.see, rules.carry_out, move="ask_extension")
def ask_extension(action: ActionItem) -> ResponseReturnValue:
    """申请延期。"""
    form = forms.Extend()
    if form.ready():
        asked = form.attempt(operations.ask_extension, action, form.new_due.data, form.reason.data, by=_me())
        if asked is not None:
            return _back_to(action, "已提交，请等待答复。")
    return _ask(action, form, "申请延期", "申请", "原定时限留作考核，已签发的纪要不变。")


@bp.route("/actions/<thing:action>/support", methods=["GET", "POST"])
@needs(rules.see, rules.add_support_line, move="add_support_line")
def add_support_line(action: ActionItem) -> ResponseReturnValue:
    """报告配合情况。"""
    form = forms.SupportLine()
    return _with_files(action, form, operations.add_support_line, "报告配合情况", "已报告，承办人已收到消息。")


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
        if form.attempt(operations.name_support_person, support, person, by=_me()) is not None:
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
        if form.attempt(operations.reassign, action, person, lead_department=unit, by=_me()) is not None:
            return _back_to(action, f"已改由{person.name}承办。")
    return _ask(action, form, "重新交办", "交办")


@bp.route("/actions/<thing:action>/closure", methods=["GET", "POST"])
@needs(rules.see, rules.supervise, move="close")
def close(action: ActionItem) -> ResponseReturnValue:
    """销号。"""
    form = forms.Remark()
    if form.ready() and form.attempt(operations.close, action, form.remark.data or "", by=_me()) is not None:
        return _back_to(action, "已销号。")
    return _ask(action, form, "销号", "销号")


@bp.route("/actions/<thing:action>/return", methods=["GET", "POST"])
@needs(rules.see, rules.supervise, move="return_")
def return_(action: ActionItem) -> ResponseReturnValue:
    """退回。"""
    return _with_why(action, operations.return_, "退回", "已退回，承办人已收到消息。")


@bp.route("/actions/<thing:action>/urging", methods=["GET", "POST"])
@needs(rules.see, rules.supervise, move="urge")
def urge(action: ActionItem) -> ResponseReturnValue:
    """催办。"""
    form = forms.Urge()
    if form.ready() and form.attempt(operations.urge, action, form.text.data, by=_me()) is not None:
        return _back_to(action, "已催办，承办人和配合人已收到消息。")
    return _ask(action, form, "催办", "催办")


@bp.post("/actions/<thing:action>/supervision")
@needs(rules.see, rules.supervise, move="supervise")
def supervise(action: ActionItem) -> ResponseReturnValue:
    """列为督办。"""
    operations.supervise(action, by=_me())
    return _back_to(action, "已列为督办。")


@bp.post("/actions/<thing:action>/supervision/end")
@needs(rules.see, rules.supervise, move="unsupervise")
def unsupervise(action: ActionItem) -> ResponseReturnValue:
    """取消督办。"""
    operations.unsupervise(action, by=_me())
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
    operations.resume(action, by=_me())
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
    if form.ready() and form.attempt(operations.reopen, action, form.why.data, due=form.due.data, by=_me()) is not None:
        return _back_to(action, "已重启办理，承办人已收到消息。")
    return _ask(action, form, "重启办理", "重启")


@bp.route("/actions/extensions/<thing:extension>/decision", methods=["GET", "POST"])
@needs(rules.see_extension, rules.decide_extension, when=(already_decided,))
def decide_extension(extension: Extension) -> ResponseReturnValue:
    """答复延期申请。"""
    form = forms.Decide()
    granted = request.form.get("granted") == "yes"
    if form.ready():
        decided = form.attempt(operations.decide_extension, extension, granted, form.answer.data or "", by=_me())
        if decided is not None:
            return _back_to(extension.action, "已同意延期。" if granted else "已答复，不同意延期。")
    return pages.show("actions/extension.html", form=form, extension=extension, action=extension.action)


# ── what the doors share ───────────────────────────────────────────────────────────────────────────────────────────


def _back_to(action: ActionItem, sentence: str, *, may_be_gone: bool = False) -> ResponseReturnValue:
    """To the task's page, or to the ledger when this person no longer reads the task."""
    gone = may_be_gone and not rules.see(_me(), action)
    return pages.done(url_for("actions.index") if gone else url_for("actions.show", action=action), sentence)


def _with_why(
    action: ActionItem, deed: Callable[..., ActionItem], title: str, sentence: str, hint: str = ""
) -> ResponseReturnValue:
    form = Why()
    if form.ready() and form.attempt(deed, action, form.why.data, by=_me()) is not None:
        return _back_to(action, sentence)
    return _ask(action, form, title, title, hint)


def _with_files(
    action: ActionItem, form: Any, deed: Callable[..., ActionItem], title: str, sentence: str, hint: str = ""
) -> ResponseReturnValue:
    def tell_with_files() -> ActionItem:
        return deed(action, form.text.data, take_in(form.files.data, by=_me()), by=_me())

    if form.ready() and form.attempt(tell_with_files) is not None:
        return _back_to(action, sentence)
    return _ask(action, form, title, title, hint)


def _ask(action: ActionItem, form: Form, title: str, word: str, hint: str = "") -> ResponseReturnValue:
    trail = [
        ("交办台账", url_for("actions.index")),
        (action.number, url_for("actions.show", action=action)),
        (title, ""),
    ]
    return pages.show("act.html", form=form, title=title, word=word, about=action.title, hint=hint, trail=trail)


def init_app(app: Flask) -> None:
    """Let the page of an enterprise's problem show the tasks that came from it."""
    app.jinja_env.globals["tasks_of_problem"] = queries.actions_about
