"""Doors of the room's screen, and of signing in by its code."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock, pages
from portal.access import me, needs
from portal.meetings import forms, operations, room, rules
from portal.meetings.models import AgendaItem, Meeting, not_in_session
from portal.meetings.routes.doors import bp
from portal.paper import qr_picture


@bp.get("/meetings/<thing:meeting>/screen")
@needs(rules.see, rules.show_screen)
def show_screen(meeting: Meeting) -> ResponseReturnValue:
    """会场屏幕：签到码、到会人数、正在进行的议题；没有变化时只答 304。"""
    screen = room.screen_of(meeting)
    answer = pages.show("meetings/screen.html", fragment="meetings/_screen.html", meeting=meeting, screen=screen)
    if pages.is_fragment_request():
        answer.set_etag(screen.tag, weak=True)
        answer.make_conditional(request)
    return answer


@bp.post("/meetings/<thing:meeting>/screen/next")
@needs(rules.see, rules.turn, when=(not_in_session,))
def turn_on(meeting: Meeting) -> ResponseReturnValue:
    """转到下一项议题。"""
    return _screen_done(operations.turn(meeting, 1, by=me()))


@bp.post("/meetings/<thing:meeting>/screen/previous")
@needs(rules.see, rules.turn, when=(not_in_session,))
def turn_back(meeting: Meeting) -> ResponseReturnValue:
    """转回上一项议题。"""
    return _screen_done(operations.turn(meeting, -1, by=me()))


def _screen_done(meeting: Meeting) -> Response:
    address = url_for("meetings.show_screen", meeting=meeting.id)
    screen = room.screen_of(meeting)
    return pages.done(address, fragment="meetings/_screen.html", meeting=meeting, screen=screen)


@bp.post("/items/<thing:item>/turn")
@needs(rules.see_item, rules.mark_item, move="turn_to")
def turn_to(item: AgendaItem) -> ResponseReturnValue:
    """开始讨论这项议题。"""
    operations.turn_to(item, by=me())
    return pages.done(pages.back() or url_for("meetings.show", meeting=item.meeting_id), f"开始讨论：{item.title}。")


@bp.get("/meetings/<thing:meeting>/screen/code.svg")
@needs(rules.see, rules.show_screen)
def check_in_picture(meeting: Meeting) -> ResponseReturnValue:
    """签到二维码的图片，只在签到码有效时给出。"""
    at = request.args.get("at", default=room.turn(), type=int)
    if not (meeting.takes_check_ins and room.is_current(at)):
        return Response(status=410)
    address = url_for("meetings.check_in_by_code", code=room.token(meeting, at), _external=True)
    answer = Response(qr_picture(address), mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = f"private, max-age={room.SECONDS}"
    return answer


@bp.route("/check-in", methods=["GET", "POST"])
@needs()
def check_in_by_code() -> ResponseReturnValue:
    """签到：输入会场屏幕上的四位数字，或扫屏幕上的二维码。"""
    form = forms.CheckInForm(data={"code": request.args.get("code", "")[:24]})
    if form.ready() and (place := form.attempt(operations.check_in_by_code, form.code.data or "", by=me())) is not None:
        moment = clock.hm(place.checked_in_at or clock.now())
        late = "，记为迟到" if place.late else ""
        address = url_for("meetings.show", meeting=place.meeting_id)
        return pages.done(address, f"签到成功：{place.meeting.title}，{moment}{late}。")
    if form.refusals:
        form.code.data = ""  # another code is on the screen by now
    return pages.show("meetings/check_in.html", form=form, places=room.places_open_to(me()))
