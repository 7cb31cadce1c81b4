"""Routes while a meeting sits: opening, the room's screen, the results of the items."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.documents.paper.codes import qr_picture
from portal.errors import Refused
from portal.meetings import rules
from portal.meetings.agenda.fragment import after_item
from portal.meetings.attendance import codes
from portal.meetings.blueprint import bp, typed_reason
from portal.meetings.models.agenda import OUTCOMES, AgendaItem
from portal.meetings.models.meetings import Meeting, not_in_session
from portal.meetings.sitting import operations
from portal.meetings.sitting import screen as sitting_screen
from portal.web import responses
from portal.web.guards import me, requires


@bp.post("/meetings/<model:meeting>/opening")
@requires(rules.see, rules.run, transition="open")
def open_meeting(meeting: Meeting) -> ResponseReturnValue:
    """开会。"""
    operations.open(meeting, by=me())
    return responses.done(url_for("meetings.attendance", meeting=meeting.id), "会议已开始，请登记签到。")


@bp.get("/meetings/<model:meeting>/screen")
@requires(rules.see, rules.show_screen)
def show_screen(meeting: Meeting) -> ResponseReturnValue:
    """会场屏幕：签到码、到会人数、正在进行的议题；没有变化时只答 304。"""
    screen = sitting_screen.screen_of(meeting)
    answer = responses.show(
        "meetings/sitting/screen.html", fragment="meetings/sitting/_screen.html", meeting=meeting, screen=screen
    )
    if responses.is_fragment_request():
        answer.set_etag(screen.tag, weak=True)
        answer.make_conditional(request)
    return answer


@bp.post("/meetings/<model:meeting>/screen/next")
@requires(rules.see, rules.turn, when=(not_in_session,))
def turn_on(meeting: Meeting) -> ResponseReturnValue:
    """转到下一项议题。"""
    return _screen_done(operations.turn(meeting, 1, by=me()))


@bp.post("/meetings/<model:meeting>/screen/previous")
@requires(rules.see, rules.turn, when=(not_in_session,))
def turn_back(meeting: Meeting) -> ResponseReturnValue:
    """转回上一项议题。"""
    return _screen_done(operations.turn(meeting, -1, by=me()))


def _screen_done(meeting: Meeting) -> Response:
    address = url_for("meetings.show_screen", meeting=meeting.id)
    screen = sitting_screen.screen_of(meeting)
    return responses.done(address, fragment="meetings/sitting/_screen.html", meeting=meeting, screen=screen)


@bp.post("/items/<model:item>/turn")
@requires(rules.see_item, rules.mark_item, transition="turn_to")
def turn_to(item: AgendaItem) -> ResponseReturnValue:
    """开始讨论这项议题。"""
    operations.turn_to(item, by=me())
    return responses.done(
        responses.back() or url_for("meetings.show", meeting=item.meeting_id), f"开始讨论：{item.title}。"
    )


@bp.get("/meetings/<model:meeting>/screen/code.svg")
@requires(rules.see, rules.show_screen)
def check_in_picture(meeting: Meeting) -> ResponseReturnValue:
    """签到二维码的图片，只在签到码有效时给出。"""
    at = request.args.get("at", default=codes.turn(), type=int)
    if not (meeting.takes_check_ins and codes.is_current(at)):
        return Response(status=410)
    address = url_for("meetings.check_in_by_code", code=codes.token(meeting, at), _external=True)
    answer = Response(qr_picture(address), mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = f"private, max-age={codes.SECONDS}"
    return answer


@bp.post("/items/<model:item>/dropping")
@requires(rules.see_item, rules.carry_over, transition="drop_item")
def drop_item(item: AgendaItem) -> ResponseReturnValue:
    """取消结转：不再转到下次会议。"""
    operations.drop_item(item, typed_reason(), by=me())
    return _back_from(item, f"不再结转：{item.title}。")


@bp.post("/items/<model:item>/dropping/end")
@requires(rules.see_item, rules.carry_over, transition="keep_item")
def keep_item(item: AgendaItem) -> ResponseReturnValue:
    """恢复结转。"""
    operations.keep_item(item, by=me())
    return _back_from(item, f"恢复结转：{item.title}。")


def _back_from(item: AgendaItem, sentence: str) -> Response:
    return responses.done(responses.back() or url_for("meetings.show_item", item=item.id), sentence)


@bp.post("/items/<model:item>/outcome")
@requires(rules.see_item, rules.mark_item, transition="mark_dealt_with")
def mark_item(item: AgendaItem) -> ResponseReturnValue:
    """登记议题结果。"""
    outcome = next((state for state in OUTCOMES if state.value == request.form.get("state")), None)
    if outcome is None:
        raise Refused("请选择已议、缓议或未及审议。")
    operations.mark_item(item, outcome, by=me())
    return after_item(item, "")
