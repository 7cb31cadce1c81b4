"""Routes of the recorder's desk, of the live page, and of adjourning."""

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.errors import Refused
from portal.meetings.agenda.queries import timetable
from portal.meetings.models.agenda import OUTCOMES, AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.review.queries import overview_of_item
from portal.meetings.rules import mark_item as may_mark
from portal.meetings.rules import read_tasks
from portal.meetings.sitting import operations as meetings
from portal.records import rules
from portal.records.blueprint import bp, desk_url, meeting_of
from portal.records.desk import checks, forms, operations, queries
from portal.records.lines import queries as lines_queries
from portal.records.lines.routes import lines_shown
from portal.records.models import LineKind, not_sitting
from portal.records.signing import queries as signing_queries
from portal.web import responses
from portal.web.guards import me, requires


@bp.get("/meetings/<model:sitting>/record")
@requires(rules.see_of_meeting)
def show(sitting: Meeting) -> ResponseReturnValue:
    """会议记录：会上随写随存，整理完毕后供阅读。"""
    record = signing_queries.record_of(sitting)
    if rules.keep(me(), sitting) and queries.can_write(sitting, record):
        context = _desk(_wanted_item(sitting)) | {"record": record}
        return responses.show("records/desk/desk.html", fragment="records/desk/_desk.html", **context)
    if record is None or not rules.see(me(), record):
        return responses.show("records/desk/not_yet.html", meeting=sitting)
    return responses.show(
        "records/desk/show.html", meeting=sitting, record=record, lines=lines_queries.lines_of(sitting)
    )


def _wanted_item(meeting: Meeting) -> AgendaItem:
    """The item of ?item=, else the one under way, else the first without an outcome, else the first."""
    wanted = request.args.get("item", "")
    named = next((item for item in meeting.items if str(item.id) == wanted), None)
    running = next((item for item in meeting.items if item.is_running and meeting.is_in_session), None)
    return named or running or next((item for item in meeting.items if item.is_placed), meeting.items[0])


def _desk(item: AgendaItem) -> dict[str, Any]:
    """What the desk of one item shows."""
    meeting = meeting_of(item)
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
        "phrases": lines_queries.phrases(),
        **lines_shown(item),
    }


@bp.post("/items/<model:topic>/record/outcome")
@requires(rules.see_item, may_mark)
def mark_item(topic: AgendaItem) -> ResponseReturnValue:
    """登记议题结果：已议、缓议或未及审议。"""
    try:
        state = forms.OUTCOME_BY_CODE[request.form.get("state", "")]
    except KeyError:
        raise Refused("请选择已议、缓议或未及审议。") from None
    meetings.mark_item(topic, state, by=me())
    meeting = meeting_of(topic)
    context = {
        "item": topic,
        "meeting": meeting,
        "slots": timetable(meeting),
        "marks": True,
        "outcomes": OUTCOMES,
        "beside": True,
    }
    return responses.done(desk_url(topic), "", fragment="records/desk/_outcome.html", **context)


@bp.post("/items/<model:topic>/record/next")
@requires(rules.see_item, rules.write)
def move_on(topic: AgendaItem) -> ResponseReturnValue:
    """转到下一项议题。"""
    following = operations.move_on(topic, by=me())
    last = "这是最后一项，可以散会了。" if following is topic else ""
    address = desk_url(following)
    context = _desk(following) if responses.is_fragment_request() else {}
    answer = responses.done(address, last, fragment="records/desk/_desk.html", **context)
    answer.headers["HX-Push-Url"] = address
    return answer


@bp.get("/meetings/<model:live>/live")
@requires(rules.follow)
def live(live: Meeting) -> ResponseReturnValue:
    """会议实况：正在讨论的议题、用时、议定和交办，随写随见；没有变化时只答 304。"""
    if not responses.is_fragment_request():
        return responses.show("records/desk/live.html", **_live(live))
    tag = queries.stamp_of(live)
    return responses.unless_known(tag, lambda: Response(_drawn(live, tag)))


# The latest live fragment of each meeting, drawn once in a process: all who follow a meeting get the same.
_DRAWN: dict[int, tuple[str, str]] = {}
_MOST_DRAWN = 20


def _drawn(meeting: Meeting, tag: str) -> str:
    known = _DRAWN.get(meeting.id)
    if known is None or known[0] != tag:
        if len(_DRAWN) >= _MOST_DRAWN:
            _DRAWN.clear()
        known = _DRAWN[meeting.id] = (tag, render_template("records/desk/_live.html", **_live(meeting)))
    return known[1]


def _live(meeting: Meeting) -> dict[str, Any]:
    """What the live page shows; notes stay with who keeps the record until it is closed."""
    sitting = queries.sitting(meeting.id) or meeting
    running = next((item for item in sitting.items if item.is_running and sitting.is_in_session), None)
    return {
        "meeting": sitting,
        "slots": timetable(sitting),
        "current": running,
        "lines": lines_queries.lines_of(sitting),
        "kinds": LineKind,
    }


@bp.route("/meetings/<model:sitting>/adjournment", methods=["GET", "POST"])
@requires(rules.see_of_meeting, rules.run, when=(not_sitting,))
def adjourn(sitting: Meeting) -> ResponseReturnValue:
    """散会：检查一遍，给没有结果的议题登记结果，看清散会后由系统接着办什么。"""
    if why_not := not_sitting(sitting):
        raise Refused(why_not)
    form = forms.Adjourn()
    if form.ready():
        outcomes = forms.outcomes_of(sitting)
        if form.attempt(operations.adjourn, sitting, outcomes, form.why.data or "", by=me()) is not None:
            address = url_for("meetings.show", meeting=sitting.id)
            return responses.done(address, "已散会。系统正在下发交办事项、起草会议纪要。")
    return responses.show("records/desk/adjourn.html", form=form, **_ending(sitting))


def _ending(meeting: Meeting) -> dict[str, Any]:
    """What is to be looked at before a meeting ends."""
    lines = lines_queries.lines_of(meeting)
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
