"""Doors of the records room."""

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock, jobs, pages, papers
from portal.access import finds, needs
from portal.actions.models import ActionItem
from portal.actions.queries import ORIGINS, Origin
from portal.errors import Refused, Stale
from portal.meetings import operations as meetings
from portal.meetings.models import OUTCOMES, AgendaItem, Meeting
from portal.meetings.queries import timetable
from portal.meetings.review import overview_of_item
from portal.meetings.rules import mark_item as may_mark
from portal.meetings.rules import read_tasks
from portal.meetings.rules import see as see_meeting
from portal.people.models import User
from portal.people.queries import departments, groups, people_to_choose
from portal.records import forms, operations, queries, rules
from portal.records.models import Decision, Handout, Record, rendering_has_not_failed
from portal.register import Document, PaperKind

bp = Blueprint("records", __name__)
finds("sitting")(queries.sitting)
finds("topic")(queries.topic)
finds("record")(queries.record)
finds("decision")(queries.decision)
finds("handout")(queries.handout)
ORIGINS["series"] = Origin("例会系列", queries.series_to_choose, queries.from_series)
ORIGINS["meeting"] = Origin("会议", queries.meetings_to_choose, queries.from_meeting)
OUTCOME_BY_CODE = {state.value: state for state in OUTCOMES}


def _me() -> User:
    return current_user._get_current_object()  # noqa: SLF001 - relations hold the person, not the proxy


# ── reading, and writing while people talk ─────────────────────────────────────────────────────────────────────────


@bp.get("/meetings/<thing:sitting>/record")
@needs(rules.see_of_meeting)
def show(sitting: Meeting) -> ResponseReturnValue:
    """会议记录：会上随写随存，整理完毕后供阅读。"""
    record, entries = queries.record_with_entries(sitting)
    if rules.keep(_me(), sitting) and queries.can_write(sitting, record):
        item = _wanted_item(sitting)
        context = _desk(item) | {"record": record, "entry": entries.get(item.id)}
        return pages.show("records/desk.html", fragment="records/_desk.html", **context)
    if record is None or not rules.see(_me(), record):
        return pages.show("records/not_yet.html", meeting=sitting)
    decisions, handouts = queries.words_of(sitting)
    return pages.show(
        "records/show.html", meeting=sitting, record=record, entries=entries,
        decisions=decisions, handouts=handouts,
    )  # fmt: skip


def _wanted_item(meeting: Meeting) -> AgendaItem:
    """The item of ?item=, else the first without an outcome, else the first."""
    wanted = request.args.get("item", "")
    named = (item for item in meeting.items if str(item.id) == wanted)
    return next(named, None) or next((item for item in meeting.items if item.is_placed), meeting.items[0])


def _desk(item: AgendaItem) -> dict[str, Any]:
    """What the desk of one item shows."""
    meeting = _meeting_of(item)
    at = meeting.items.index(item)
    return {
        "meeting": meeting,
        "item": item,
        "slots": timetable(meeting),
        "before": meeting.items[at - 1] if at else None,
        "after": meeting.items[at + 1] if at + 1 < len(meeting.items) else None,
        "outcomes": OUTCOMES,
        "marks": meeting.is_in_session and may_mark(_me(), item),
        "overview": overview_of_item(item),
        "members": read_tasks(_me(), meeting.series),
        **_decided(item),
    }


def _meeting_of(item: AgendaItem) -> Meeting:
    """The meeting an item stands on; the doors let in no other items."""
    if item.meeting is None:
        raise Refused("这个议题还没有列入会议。")
    return item.meeting


def _decided(item: AgendaItem, form: forms.Decided | None = None) -> dict[str, Any]:
    """What the decisions and tasks of one item show."""
    decisions, handouts = queries.words_under(item)
    form = form or forms.Decided(formdata=None)
    return {"item": item, "decisions": decisions, "handouts": handouts, "form": form}


def _desk_url(item: AgendaItem, anchor: str = "") -> str:
    return url_for("records.show", sitting=item.meeting_id, item=item.id, _anchor=anchor or None)


@bp.post("/items/<thing:topic>/record")
@needs(rules.see_item, rules.write)
def write(topic: AgendaItem) -> ResponseReturnValue:
    """保存发言记录；边写边存时只答版本和时间。"""
    form = forms.Words()
    if not form.ready():
        raise Refused("、".join(str(error) for error in form.text.errors) or "发言记录没有保存，请重试。")
    try:
        entry = operations.write(topic, form.text.data or "", form.seen, by=_me())
    except Stale as stale:
        if not pages.is_fragment_request():
            raise
        return _both_texts(topic, stale, form.text.data or "")
    if pages.is_fragment_request():
        return jsonify(version=entry.version, saved=clock.hm(entry.saved_at or clock.now()))
    return pages.done(_desk_url(topic, "words"), "已保存。")


def _both_texts(topic: AgendaItem, stale: Stale, typed: str) -> Response:
    """Somebody else saved first: the message region gets both texts, and the person chooses."""
    body = render_template("records/_both.html", item=topic, entry=stale.thing, current=stale.current, typed=typed)
    answer = make_response(body, 409)
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#messages", "innerHTML"
    return answer


@bp.post("/items/<thing:topic>/record/outcome")
@needs(rules.see_item, may_mark)
def mark_item(topic: AgendaItem) -> ResponseReturnValue:
    """登记议题结果：已议、缓议或未及审议。"""
    try:
        state = OUTCOME_BY_CODE[request.form.get("state", "")]
    except KeyError:
        raise Refused("请选择已议、缓议或未及审议。") from None
    meetings.mark_item(topic, state, by=_me())
    meeting = _meeting_of(topic)
    context = {
        "item": topic,
        "meeting": meeting,
        "slots": timetable(meeting),
        "marks": True,
        "outcomes": OUTCOMES,
        "beside": True,
    }
    return pages.done(_desk_url(topic), "", fragment="records/_outcome.html", **context)


# ── decisions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _decisions_done(item: AgendaItem, *, focus: bool = False) -> Response:
    address = _desk_url(item, "decisions")
    return pages.done(address, "", fragment="records/_decisions.html", focus=focus, **_decided(item))


def _decision_page(item: AgendaItem, form: forms.Decided, decision: Decision | None = None) -> Response:
    """The decisions with the line that was refused, or with the one that is being edited."""
    context = _decided(item, form) if pages.is_fragment_request() else {"item": item, "form": form}
    return pages.show("records/decision.html", fragment="records/_decisions.html", decision=decision, **context)


@bp.post("/items/<thing:topic>/decisions")
@needs(rules.see_item, rules.write)
def decide(topic: AgendaItem) -> ResponseReturnValue:
    """写下一条议定事项，接着可以写下一条。"""
    form = forms.Decided()
    if form.ready() and form.attempt(operations.decide, topic, form.text.data or "", by=_me()) is not None:
        return _decisions_done(topic, focus=True)
    return _decision_page(topic, form)


@bp.route("/decisions/<thing:decision>", methods=["GET", "POST"])
@needs(rules.see_decision, rules.edit_decision)
def edit_decision(decision: Decision) -> ResponseReturnValue:
    """修改议定事项。"""
    form = forms.Decided(thing=decision)
    if form.ready():
        text = form.text.data or ""
        if form.attempt(operations.edit_decision, decision, text, form.seen, by=_me()) is not None:
            return _decisions_done(decision.item)
    return _decision_page(decision.item, form, decision)


@bp.post("/decisions/<thing:decision>/removal")
@needs(rules.see_decision, rules.edit_decision)
def remove_decision(decision: Decision) -> ResponseReturnValue:
    """删去议定事项。"""
    return _decisions_done(operations.remove_decision(decision, by=_me()))


# ── tasks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tasks_done(item: AgendaItem, sentence: str) -> Response:
    return pages.done(_desk_url(item, "tasks"), sentence, fragment="records/_tasks.html", **_decided(item))


def _task_form(item: AgendaItem, handout: Handout | None = None) -> forms.Task:
    form = forms.Task(thing=handout)
    kept = [handout.lead_person_id] if handout else []
    form.offer(queries.decisions_under(item), departments(), groups(), people_to_choose(kept))
    return form


def _task_page(item: AgendaItem, form: forms.Task, handout: Handout | None = None) -> Response:
    """The tasks with the form of one that is being written or edited."""
    context = _decided(item) if pages.is_fragment_request() else {"item": item}
    context |= {"form": form, "task": form, "handout": handout, "days": forms.quick_days(_meeting_of(item))}
    return pages.show("records/task.html", fragment="records/_tasks.html", **context)


@bp.route("/items/<thing:topic>/tasks/new", methods=["GET", "POST"])
@needs(rules.see_item, rules.write)
def hand_out(topic: AgendaItem) -> ResponseReturnValue:
    """写下会上交办的任务。"""
    form = _task_form(topic)
    if not form.is_submitted():
        form.decision_id.data = _wanted_decision(form)
    if form.ready() and form.attempt(operations.hand_out, topic, by=_me(), **form.facts()) is not None:
        return _tasks_done(topic, "任务已写下，散会后自动交办。")
    return _task_page(topic, form)


def _wanted_decision(form: forms.Task) -> int | None:
    """The decision of ?decision=, else the last one."""
    wanted = request.args.get("decision", "")
    known = list(form.decisions)
    return next((number for number in known if str(number) == wanted), known[-1] if known else None)


@bp.route("/handouts/<thing:handout>", methods=["GET", "POST"])
@needs(rules.see_handout, rules.edit_handout)
def edit_handout(handout: Handout) -> ResponseReturnValue:
    """修改会上交办的任务。"""
    form = _task_form(handout.item, handout)
    if not form.is_submitted():
        form.support_ids.data = [one.id for one in handout.support]
    if form.ready() and form.attempt(operations.edit_handout, handout, form.seen, by=_me(), **form.facts()) is not None:
        return _tasks_done(handout.item, "任务已修改。")
    return _task_page(handout.item, form, handout)


@bp.post("/handouts/<thing:handout>/removal")
@needs(rules.see_handout, rules.edit_handout)
def remove_handout(handout: Handout) -> ResponseReturnValue:
    """删去会上交办的任务。"""
    return _tasks_done(operations.remove_handout(handout, by=_me()), "任务已删去。")


# ── closing and signing ────────────────────────────────────────────────────────────────────────────────────────────


def _paper_url(record: Record) -> str:
    return url_for("records.show_paper", sitting=record.meeting_id)


@bp.post("/records/<thing:record>/closing")
@needs(rules.see, rules.close, move="close")
def close(record: Record) -> ResponseReturnValue:
    """整理完毕，送签。"""
    operations.close(record, by=_me())
    return pages.done(_paper_url(record), "会议记录已整理完毕，正在排版。")


@bp.get("/meetings/<thing:sitting>/record/paper")
@needs(rules.see_of_meeting)
def show_paper(sitting: Meeting) -> ResponseReturnValue:
    """会议记录的成文，供阅读和签字。"""
    record = queries.record_of(sitting)
    if record is None or record.is_open or not rules.see(_me(), record):
        return pages.done(url_for("records.show", sitting=sitting.id))
    return pages.show("records/paper.html", meeting=sitting, record=record, form=forms.Sign(formdata=None))


@bp.post("/records/<thing:record>/rendering")
@needs(rules.see, rules.render, when=(rendering_has_not_failed,))
def render(record: Record) -> ResponseReturnValue:
    """重新排版。"""
    if why_not := rendering_has_not_failed(record):
        raise Refused(why_not)
    jobs.try_again(record)
    jobs.prompt("records.render")
    return pages.done(_paper_url(record), "正在重新排版。")


@bp.post("/records/<thing:record>/signature")
@needs(rules.see, rules.sign, move="sign")
def sign(record: Record) -> ResponseReturnValue:
    """在会议记录上签字。"""
    form = forms.Sign()
    if form.ready() and form.attempt(operations.sign, record, form.pin.data or "", by=_me()) is not None:
        return pages.done(_paper_url(record), "已签字。")
    return pages.show("records/paper.html", meeting=record.meeting, record=record, form=form)


# ── what became of it ──────────────────────────────────────────────────────────────────────────────────────────────

BULLETIN_COLUMNS = (
    pages.Column("编号", lambda one: one.number, 12),
    pages.Column("事项", lambda one: one.title, 40),
    pages.Column("牵头单位", lambda one: one.lead, 20),
    pages.Column("承办人", lambda one: one.lead_person.name, 12),
    pages.Column("配合单位", lambda one: "、".join(line.name for line in one.support), 24),
    pages.Column("时限", lambda one: one.due, 12),
    pages.Column("状态", lambda one: one.word, 12),
    pages.Column("是否逾期", lambda one: "逾期" if one.is_overdue else "", 10),
    pages.Column("最新进展", lambda one: one.reports[-1].text if one.reports else "", 50),
    pages.Column("销号时间", lambda one: one.closed_at, 18),
)


@bp.get("/meetings/<thing:sitting>/bulletin")
@needs(rules.see_bulletin)
def bulletin(sitting: Meeting) -> ResponseReturnValue:
    """督办通报：这次会议议定的事项办到哪一步。"""
    rows = queries.bulletin(sitting)
    if request.args.get("export") == "xlsx":
        return pages.excel(f"{sitting.title}督办通报", BULLETIN_COLUMNS, rows)
    return pages.show("records/bulletin.html", meeting=sitting, rows=rows, share=queries.share_of(rows))


# ── what other rooms ask ───────────────────────────────────────────────────────────────────────────────────────────


def may_read(user: User, document: Document) -> bool:
    """Whether this person may read the paper of a record."""
    record = queries.record_on(document)
    return record is not None and rules.see(user, record)


def origin_of(action: ActionItem) -> list[tuple[str, str]]:
    """Where a task was said, as its page shows it: meeting, item, decision, each with its address."""
    handout = queries.origin_of(action)
    if handout is None or handout.item.meeting is None or not see_meeting(_me(), handout.item.meeting):
        return []
    meeting, item, decision = handout.item.meeting, handout.item, handout.decision
    way = [
        (meeting.title, url_for("meetings.show", meeting=meeting.id)),
        (item.title, _desk_url(item, f"item-{item.id}")),
    ]
    if decision is not None:
        way.append((f"议定：{decision.text}", _desk_url(item, pages.dom_id(decision))))
    return way


def init_app(app: Flask) -> None:
    """Say who may read the papers of this room, and let earlier rooms' pages ask about records."""
    papers.readers[PaperKind.record] = may_read
    app.jinja_env.globals.update(
        record_of_meeting=queries.record_of, words_of_items=queries.words_of_items, origin_of=origin_of
    )
