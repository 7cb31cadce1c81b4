"""Doors of the records room."""

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import chain, errands, jobs, pages, papers, pasted, word
from portal.access import finds, me, needs
from portal.actions.models import ActionItem
from portal.actions.queries import ORIGINS, Origin
from portal.errors import Refused, Stale, Unreadable
from portal.forms import clean_text
from portal.meetings import operations as meetings
from portal.meetings.models import OUTCOMES, AgendaItem, Meeting
from portal.meetings.queries import timetable
from portal.meetings.review import overview_of_item
from portal.meetings.rules import mark_item as may_mark
from portal.meetings.rules import read_tasks
from portal.meetings.rules import see as see_meeting
from portal.people.models import User
from portal.people.queries import departments, groups, people_to_choose
from portal.records import bulletin as circular
from portal.records import checks, forms, operations, queries, reading, rules
from portal.records.models import (
    Decision,
    Handout,
    LineKind,
    Phrase,
    Record,
    RecordLine,
    not_sitting,
    rendering_has_not_failed,
)
from portal.register import Document, PaperKind

bp = Blueprint("records", __name__)
chain.STATIONS["decision"] = chain.Station(
    "议定事项", queries.decision_titles, "/decisions/{id}", {"records.decide": "议定"}
)
chain.hang(queries.links)
finds("sitting")(queries.sitting)
finds("topic")(queries.topic)
finds("record")(queries.record)
finds("line")(queries.line)
finds("live")(queries.live)
finds("phrase")(queries.phrase)
finds("handout")(queries.handout)
finds("decision")(queries.decision)
ORIGINS["series"] = Origin(
    "例会", ActionItem.of_series, queries.series_to_choose, queries.places_of_series, queries.names_of_series
)
ORIGINS["meeting"] = Origin(
    "会议", ActionItem.of_meeting, queries.meetings_to_choose, queries.places_of_meetings, queries.names_of_meetings
)


# ── reading, and writing while people talk ─────────────────────────────────────────────────────────────────────────


@bp.get("/meetings/<thing:sitting>/record")
@needs(rules.see_of_meeting)
def show(sitting: Meeting) -> ResponseReturnValue:
    """会议记录：会上随写随存，整理完毕后供阅读。"""
    record = queries.record_of(sitting)
    if rules.keep(me(), sitting) and queries.can_write(sitting, record):
        context = _desk(_wanted_item(sitting)) | {"record": record}
        return pages.show("records/desk.html", fragment="records/_desk.html", **context)
    if record is None or not rules.see(me(), record):
        return pages.show("records/not_yet.html", meeting=sitting)
    return pages.show("records/show.html", meeting=sitting, record=record, lines=queries.lines_of(sitting))


def _wanted_item(meeting: Meeting) -> AgendaItem:
    """The item of ?item=, else the one under way, else the first without an outcome, else the first."""
    wanted = request.args.get("item", "")
    named = next((item for item in meeting.items if str(item.id) == wanted), None)
    running = next((item for item in meeting.items if item.is_running and meeting.is_in_session), None)
    return named or running or next((item for item in meeting.items if item.is_placed), meeting.items[0])


def _desk(item: AgendaItem) -> dict[str, Any]:
    """What the desk of one item shows."""
    meeting = _meeting_of(item)
    at = meeting.items.index(item)
    marks = meeting.is_in_session and may_mark(me(), item)
    idle = not any(one.is_running for one in meeting.items)
    return {
        "meeting": meeting,
        "slots": timetable(meeting),
        "before": meeting.items[at - 1] if at else None,
        "after": meeting.items[at + 1] if at + 1 < len(meeting.items) else None,
        "outcomes": OUTCOMES,
        "marks": marks,
        "moves": marks and (item.is_running or idle),
        "overview": overview_of_item(item),
        "members": read_tasks(me(), meeting.series),
        "phrases": queries.phrases(),
        **_lines(item),
    }


def _meeting_of(item: AgendaItem) -> Meeting:
    """The meeting an item stands on; the doors let in no other items."""
    if item.meeting is None:
        raise Refused("这个议题还没有列入会议。")
    return item.meeting


def _lines(item: AgendaItem) -> dict[str, Any]:
    """What the lines of one item show; ?editing= names the one whose form is open, ?seen= what it was opened on.

    Both travel with every question for the lines, so that another's line never closes a form someone types in.
    """
    editing, seen = request.args.get("editing", ""), request.args.get("seen", "")
    lines = queries.lines_under(item)
    edited = next((one for one in lines if str(one.id) == editing and not one.is_handed_out), None)
    return {
        "item": item,
        "lines": lines,
        "edited": edited,
        "seen": int(seen) if edited and seen.isascii() and seen.isdigit() and len(seen) < 9 else 0,
        "kinds": LineKind,
    }


def _desk_url(item: AgendaItem, anchor: str = "") -> str:
    return url_for("records.show", sitting=item.meeting_id, item=item.id, _anchor=anchor or None)


def _lines_done(item: AgendaItem, sentence: str = "") -> Response:
    return pages.done(_desk_url(item, "lines"), sentence, fragment="records/_lines.html", **_lines(item))


@bp.get("/items/<thing:topic>/record")
@needs(rules.see_item, rules.write)
def lines(topic: AgendaItem) -> ResponseReturnValue:
    """一项议题的记录，会上每隔几秒更新；没有变化时只答 304。"""
    if not pages.is_fragment_request():
        return pages.done(_desk_url(topic, "lines"))
    tag = f"{queries.stamp_of_item(topic)}-{request.args.get('editing', '')[:12]}"
    return pages.unless_known(
        tag, lambda: pages.show("records/_lines.html", fragment="records/_lines.html", **_lines(topic))
    )


@bp.post("/items/<thing:topic>/record")
@needs(rules.see_item, rules.write)
def write(topic: AgendaItem) -> ResponseReturnValue:
    """记下一行，或粘贴的几行。"""
    form = forms.Words()
    if not form.ready():
        raise Unreadable("、".join(str(error) for error in form.text.errors) or "这一行没有记下，请重试。")
    operations.write(topic, form.text.data or "", key=pages.visible(request.form.get("key", "")), by=me())
    return _lines_done(topic)


@bp.post("/items/<thing:topic>/record/reading")
@needs(rules.see_item, rules.write)
def read(topic: AgendaItem) -> ResponseReturnValue:
    """保存之前先看：从这一行读出了什么，还缺什么。"""
    text = clean_text(request.form.get("text", ""))[:2_000]
    first = next(iter(reading.lines_of(text)), "")
    meeting = _meeting_of(topic)
    said = reading.read(first, queries.directory_of(meeting), meeting.day) if first else None
    more = len(reading.lines_of(text)) - 1
    return pages.show("records/_chips.html", said=said, more=max(more, 0))


@bp.post("/pasted")
@needs(rules.type_records)
def clean_pasted() -> ResponseReturnValue:
    """把从 Word、WPS 粘贴来的内容整理成一行一行的文字。"""
    lines = pasted.lines_of(request.form.get("html", ""))
    return Response(clean_text("\n".join(lines)), mimetype="text/plain")


@bp.get("/meetings/<thing:sitting>/names")
@needs(rules.see_of_meeting, rules.keep)
def names(sitting: Meeting) -> ResponseReturnValue:
    """可以写在 @ 后面的人和单位，供输入时补全。"""
    directory = queries.directory_for(sitting)
    rows = [[one.name, one.about, " ".join((*one.also, *one.spelt))] for one in directory.entries]
    answer = jsonify(rows)
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


@bp.route("/lines/<thing:line>", methods=["GET", "POST"])
@needs(rules.see_line, rules.edit_line)
def edit_line(line: RecordLine) -> ResponseReturnValue:
    """修改记录中的一行。"""
    form = forms.Words(thing=line)
    if not form.is_submitted():
        if pages.is_fragment_request():
            return pages.show("records/_lines.html", **(_lines(line.item) | {"edited": line, "seen": line.version}))
        return pages.show("records/line.html", item=line.item, edited=line, seen=line.version, kinds=LineKind)
    if not form.ready():
        raise Unreadable("、".join(str(error) for error in form.text.errors) or "这一行没有保存，请重试。")
    try:
        operations.edit_line(line, form.text.data or "", form.seen, by=me())
    except Stale as stale:
        return _both_texts(line, stale, form.text.data or "")
    return _lines_done(line.item)


def _both_texts(line: RecordLine, stale: Stale, typed: str) -> Response:
    """Somebody else saved first: both texts side by side, and the person chooses."""
    context: dict[str, Any] = {"line": line, "current": stale.current, "typed": typed}
    if not pages.is_fragment_request():
        return pages.show("records/both.html", status=409, item=line.item, **context)
    answer = pages.show("records/_both.html", status=409, **context)
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#messages", "innerHTML"
    return answer


@bp.post("/lines/<thing:line>/kind")
@needs(rules.see_line, rules.edit_line)
def turn_line(line: RecordLine) -> ResponseReturnValue:
    """把一行改作发言、议定或交办。"""
    form = forms.Turned()
    if not form.ready():
        raise Refused("请选择发言、议定或交办。")
    operations.turn_line(line, form.kind.data, form.seen, by=me())
    return _lines_done(line.item)


@bp.post("/lines/<thing:line>/removal")
@needs(rules.see_line, rules.edit_line)
def remove_line(line: RecordLine) -> ResponseReturnValue:
    """删除记录中的一行。"""
    return _lines_done(operations.remove_line(line, by=me()))


@bp.post("/items/<thing:topic>/record/outcome")
@needs(rules.see_item, may_mark)
def mark_item(topic: AgendaItem) -> ResponseReturnValue:
    """登记议题结果：已议、缓议或未及审议。"""
    try:
        state = forms.OUTCOME_BY_CODE[request.form.get("state", "")]
    except KeyError:
        raise Refused("请选择已议、缓议或未及审议。") from None
    meetings.mark_item(topic, state, by=me())
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


@bp.post("/items/<thing:topic>/record/next")
@needs(rules.see_item, rules.write)
def move_on(topic: AgendaItem) -> ResponseReturnValue:
    """转到下一项议题。"""
    following = operations.move_on(topic, by=me())
    last = "这是最后一项，可以散会了。" if following is topic else ""
    address = _desk_url(following)
    context = _desk(following) if pages.is_fragment_request() else {}
    answer = pages.done(address, last, fragment="records/_desk.html", **context)
    answer.headers["HX-Push-Url"] = address
    return answer


# ── live, and to the end ───────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/meetings/<thing:live>/live")
@needs(rules.follow)
def live(live: Meeting) -> ResponseReturnValue:
    """会议实况：正在讨论的议题、用时、议定和交办，随写随见；没有变化时只答 304。"""
    if not pages.is_fragment_request():
        return pages.show("records/live.html", **_live(live))
    tag = queries.stamp_of(live)
    return pages.unless_known(tag, lambda: Response(_drawn(live, tag)))


# The latest live fragment of each meeting, drawn once in a process: all who follow a meeting get the same.
_DRAWN: dict[int, tuple[str, str]] = {}
_MOST_DRAWN = 20


def _drawn(meeting: Meeting, tag: str) -> str:
    known = _DRAWN.get(meeting.id)
    if known is None or known[0] != tag:
        if len(_DRAWN) >= _MOST_DRAWN:
            _DRAWN.clear()
        known = _DRAWN[meeting.id] = (tag, render_template("records/_live.html", **_live(meeting)))
    return known[1]


def _live(meeting: Meeting) -> dict[str, Any]:
    """What the live page shows; notes stay with who keeps the record until it is closed."""
    sitting = queries.sitting(meeting.id) or meeting
    running = next((item for item in sitting.items if item.is_running and sitting.is_in_session), None)
    return {
        "meeting": sitting,
        "slots": timetable(sitting),
        "current": running,
        "lines": queries.lines_of(sitting),
        "kinds": LineKind,
    }


@bp.route("/meetings/<thing:sitting>/adjournment", methods=["GET", "POST"])
@needs(rules.see_of_meeting, rules.run, when=(not_sitting,))
def adjourn(sitting: Meeting) -> ResponseReturnValue:
    """散会：检查一遍，给没有结果的议题登记结果，看清散会后由系统接着办什么。"""
    if why_not := not_sitting(sitting):
        raise Refused(why_not)
    form = forms.Adjourn()
    if form.ready():
        outcomes = forms.outcomes_of(sitting)
        if form.attempt(operations.adjourn, sitting, outcomes, form.why.data or "", by=me()) is not None:
            address = url_for("meetings.show", meeting=sitting.id)
            return pages.done(address, "已散会。系统正在下发交办事项、起草会议纪要。")
    return pages.show("records/adjourn.html", form=form, **_ending(sitting))


def _ending(meeting: Meeting) -> dict[str, Any]:
    """What is to be looked at before a meeting ends."""
    lines = queries.lines_of(meeting)
    said = [line for of_item in lines.values() for line in of_item]
    return {
        "meeting": meeting,
        "open_items": [item for item in meeting.items if not item.has_outcome],
        "likely": {item.id: forms.likely_outcome(item, bool(lines.get(item.id))) for item in meeting.items},
        "found": checks.before_adjourning(checks.Before(meeting, lines)),
        "nobody": not any(one.is_present for one in meeting.attendances),
        "decisions": sum(line.decision is not None for line in said),
        "tasks": sum(line.handout is not None for line in said),
        "outcomes": OUTCOMES,
    }


# ── turns of phrase ────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/phrases", methods=["GET", "POST"])
@needs(rules.keep_phrases)
def phrases() -> ResponseReturnValue:
    """记录时常用的话。"""
    form = forms.PhraseForm()
    if form.ready() and form.attempt(operations.add_phrase, form.text.data or "", by=me()) is not None:
        return pages.done(url_for("records.phrases"), "常用语已添加。")
    return pages.show("records/phrases.html", form=form, phrases=queries.phrases())


@bp.post("/phrases/<thing:phrase>/removal")
@needs(rules.keep_phrases)
def remove_phrase(phrase: Phrase) -> ResponseReturnValue:
    """删除一条常用语。"""
    operations.remove_phrase(phrase, by=me())
    return pages.done(url_for("records.phrases"), "常用语已删除。")


# ── tasks, filled in as a form ─────────────────────────────────────────────────────────────────────────────────────


def _task_form(item: AgendaItem, thing: Handout | None = None) -> forms.Task:
    form = forms.Task(thing=thing)
    kept = [thing.lead_person_id] if thing else []
    form.offer(queries.decisions_under(item), departments(), groups(), people_to_choose(kept))
    return form


def _task_page(item: AgendaItem, form: forms.Task, address: str, heading: str) -> Response:
    days = forms.quick_days(_meeting_of(item))
    return pages.show("records/task.html", item=item, form=form, days=days, address=address, heading=heading)


@bp.route("/items/<thing:topic>/tasks/new", methods=["GET", "POST"])
@needs(rules.see_item, rules.write)
def hand_out(topic: AgendaItem) -> ResponseReturnValue:
    """填写会上交办的事项。"""
    form = _task_form(topic)
    if not form.is_submitted():
        form.decision_id.data = _wanted_decision(form)
    if form.ready() and form.attempt(operations.hand_out, topic, by=me(), **form.facts()) is not None:
        return pages.done(_desk_url(topic, "lines"), "交办已登记，散会后自动下发。")
    return _task_page(topic, form, url_for("records.hand_out", topic=topic.id), "填写交办")


def _wanted_decision(form: forms.Task) -> int | None:
    """The decision of ?decision=, else the last one."""
    wanted = request.args.get("decision", "")
    known = list(form.decisions)
    return next((number for number in known if str(number) == wanted), known[-1] if known else None)


@bp.route("/lines/<thing:line>/task", methods=["GET", "POST"])
@needs(rules.see_line, rules.edit_line)
def finish_line(line: RecordLine) -> ResponseReturnValue:
    """补齐一条没有写全的交办。"""
    if line.handout is not None:
        return pages.done(url_for("records.edit_handout", handout=line.handout_id))
    form, item = _task_form(line.item), line.item
    if not form.is_submitted():
        meeting = _meeting_of(item)
        said = reading.read(line.text, queries.directory_of(meeting), meeting.day, LineKind.task)
        form.begin(said, queries.decision_before(line), line.version)
    if form.ready() and form.attempt(operations.finish_line, line, form.seen, by=me(), **form.facts()) is not None:
        return pages.done(_desk_url(item, "lines"), "交办已补齐，散会后自动下发。")
    return _task_page(item, form, url_for("records.finish_line", line=line.id), "补齐交办")


@bp.route("/handouts/<thing:handout>", methods=["GET", "POST"])
@needs(rules.see_handout, rules.edit_handout)
def edit_handout(handout: Handout) -> ResponseReturnValue:
    """修改会上交办的事项。"""
    form = _task_form(handout.item, handout)
    if not form.is_submitted():
        form.support_ids.data = [one.id for one in handout.support]
        form.support_group_ids.data = [one.id for one in handout.support_groups]
    if form.ready() and form.attempt(operations.edit_handout, handout, form.seen, by=me(), **form.facts()) is not None:
        return pages.done(_desk_url(handout.item, "lines"), "交办已修改。")
    return _task_page(handout.item, form, url_for("records.edit_handout", handout=handout.id), "修改交办")


# ── closing and signing ────────────────────────────────────────────────────────────────────────────────────────────


def _paper_url(record: Record) -> str:
    return url_for("records.show_paper", sitting=record.meeting_id)


@bp.post("/records/<thing:record>/closing")
@needs(rules.see, rules.close, move="close")
def close(record: Record) -> ResponseReturnValue:
    """整理完毕，送签。"""
    operations.close(record, by=me())
    return pages.done(_paper_url(record), "会议记录已整理完毕，正在排版。")


@bp.get("/meetings/<thing:sitting>/record/paper")
@needs(rules.see_of_meeting)
def show_paper(sitting: Meeting) -> ResponseReturnValue:
    """会议记录的成文，供阅读和签字。"""
    record = queries.record_of(sitting)
    if record is None or record.is_open or not rules.see(me(), record):
        return pages.done(url_for("records.show", sitting=sitting.id))
    if pages.is_fragment_request() and record.document:
        return pages.done(_paper_url(record))  # the paper it waited for is there, and with it the place to sign
    return pages.show(
        "records/paper.html", fragment="records/_waiting.html", meeting=sitting, record=record,
        form=forms.Sign(formdata=None),
    )  # fmt: skip


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
    if form.ready() and form.attempt(_signed, record, form.pin.data or "") is not None:
        return pages.done(_paper_url(record), "已签字。")
    return pages.show("records/paper.html", meeting=record.meeting, record=record, form=form)


def _signed(record: Record, pin: str) -> Record:
    """Sign while nobody waits: the key is opened first, and the register learns of it afterwards."""
    signing = operations.begin_signing(record, pin, by=me())
    with pages.released():
        signed = signing.made()
    return operations.sign(record, signed, by=me())


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
    if request.args.get("export") == "docx":
        content = circular.docx_of(circular.paper_of(sitting, rows))
        return pages.download(content, f"{circular.name_of(sitting)}.docx", word.TYPE)
    return pages.show("records/bulletin.html", meeting=sitting, rows=rows, share=queries.share_of(rows))


@bp.post("/meetings/<thing:sitting>/bulletin/pdf")
@needs(rules.see_bulletin)
def print_bulletin(sitting: Meeting) -> ResponseReturnValue:
    """把督办通报排成 PDF。"""
    label = f"{circular.name_of(sitting)}（PDF）"
    errand = errands.ask("records.print_bulletin", by=me(), label=label, facts={"meeting": sitting.id})
    return pages.done(errands.address_of(errand), "正在排版。")


@errands.kind("records.print_bulletin", "督办通报（PDF）")
def lay_out_bulletin(errand: errands.Errand, progress: errands.Progress) -> errands.Made:
    """The bulletin of one meeting on A4; no transaction is open while it is laid out."""
    meeting = queries.sitting(errand.facts["meeting"])
    if meeting is None:
        raise Refused("这次会议已经不在了。")
    page = circular.paper_of(meeting, queries.bulletin(meeting))
    progress(0, 1)
    draft = errands.fresh_draft()
    draft.write_bytes(circular.pdf_of(page))
    return errands.Made("已排成 PDF。", draft=draft, name=f"{page.title}.pdf", media_type="application/pdf")


@bp.get("/decisions/<thing:decision>")
@needs(rules.see_decision)
def show_decision(decision: Decision) -> ResponseReturnValue:
    """一件议定事项：从哪项议题来，交办了什么，办到哪一步。"""
    return pages.show("records/decision.html", decision=decision, line=chain.line_of(decision, me()))


# ── what other rooms ask ───────────────────────────────────────────────────────────────────────────────────────────


def may_read(user: User, document: Document) -> bool:
    """Whether this person may read the paper of a record."""
    record = queries.record_on(document)
    return record is not None and rules.see(user, record)


def origin_of(action: ActionItem) -> list[tuple[str, str]]:
    """Where a task was said, as its page shows it: meeting, item, decision, each with its address."""
    handout = queries.origin_of(action)
    if handout is None or handout.item.meeting is None or not see_meeting(me(), handout.item.meeting):
        return []
    meeting, item, decision = handout.item.meeting, handout.item, handout.decision
    way = [(meeting.title, url_for("meetings.show", meeting=meeting.id))]
    if not meeting.was_held_elsewhere:
        way.append((item.title, _desk_url(item, f"item-{item.id}")))
    if decision is not None:
        page = url_for("records.show_decision", decision=decision)
        opens = rules.see_decision(me(), decision)
        way.append((f"议定：{decision.text}", page if opens else _desk_url(item, pages.dom_id(decision))))
    return way


def init_app(app: Flask) -> None:
    """Say who may read the papers of this room, and let earlier rooms' pages ask about records."""
    papers.readers[PaperKind.record] = may_read
    app.jinja_env.globals.update(
        record_of_meeting=queries.record_of, words_of_items=queries.words_of_items, origin_of=origin_of
    )
