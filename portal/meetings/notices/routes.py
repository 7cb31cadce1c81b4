"""Routes of the notice, and of the calendars that hear of it."""

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from portal.documents import word
from portal.errors import Refused
from portal.files import store
from portal.jobs import periodic
from portal.meetings import rules
from portal.meetings.blueprint import bp, typed_reason
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.notices import MeetingNotice, kept_already
from portal.meetings.notices import calendars, checks, operations, paper, queries
from portal.web import responses
from portal.web.guards import me, public, requires


@bp.post("/meetings/<model:meeting>/notice")
@requires(rules.see, rules.announce, transition="announce")
def announce(meeting: Meeting) -> ResponseReturnValue:
    """发会议通知；检查有提醒的，要写明仍要发出的理由。"""
    operations.announce(meeting, why=typed_reason(), by=me())
    periodic.prompt("meetings.lay_out_notices")
    return responses.done(url_for("meetings.show", meeting=meeting.id), f"通知已发出：{meeting.title}。")


@bp.route("/meetings/<model:meeting>/notice")
@requires(rules.see, rules.read_notice)
def show_notice(meeting: Meeting) -> ResponseReturnValue:
    """会议通知。"""
    return responses.show(
        "meetings/notices/notice.html",
        meeting=meeting,
        paper=paper.paper_of(meeting),
        chat_text=paper.chat_text_of(meeting),
        sent=queries.notices_of(meeting),
        chairs=rules.approve_agenda(me(), meeting),
        warnings=checks.before_notice(meeting) if rules.announce(me(), meeting) else [],
    )


@bp.route("/meetings/<model:meeting>/notice.pdf")
@requires(rules.see, rules.read_notice)
def notice_pdf(meeting: Meeting) -> ResponseReturnValue:
    """会议通知的 PDF，就是发出并留存的那一份。"""
    latest = next(iter(queries.notices_of(meeting)), None)
    if latest is None or latest.document is None:
        raise Refused("通知的 PDF 还没有生成。发出通知后由系统排版，通常不到一分钟，请稍后再下载。")
    return store.send(latest.document.file)


@bp.post("/meeting-notices/<model:meeting_notice>/layout")
@requires(rules.see_notice, rules.keep_notices, when=(kept_already,))
def lay_out_again(meeting_notice: MeetingNotice) -> ResponseReturnValue:
    """通知排版失败后重新排版。"""
    operations.lay_out_again(meeting_notice, by=me())
    return responses.done(
        url_for("meetings.show_notice", meeting=meeting_notice.meeting_id), "正在重新排版，请稍后刷新。"
    )


@bp.route("/meetings/<model:meeting>/notice.docx")
@requires(rules.see, rules.read_notice)
def notice_docx(meeting: Meeting) -> ResponseReturnValue:
    """会议通知的 Word 文件。"""
    return responses.download(paper.docx_of(meeting), f"{paper.name_of(meeting)}.docx", word.TYPE)


@bp.route("/meetings/<model:meeting>/notice.ics")
@requires(rules.see, rules.read_notice)
def notice_calendar(meeting: Meeting) -> ResponseReturnValue:
    """会议的日历条目。"""
    return responses.download(calendars.file_of(meeting), f"{meeting.title}.ics", "text/calendar")


@bp.route("/meetings/subscription")
@requires(rules.attend)
def show_subscription() -> ResponseReturnValue:
    """日历订阅：把自己的会议放进手机和电脑的日历。"""
    feed = queries.calendar_feed(me().id)
    return responses.show(
        "meetings/notices/subscription.html", feed=feed, address=calendars.address_of(feed) if feed is not None else ""
    )


@bp.post("/meetings/subscription")
@requires(rules.attend)
def subscribe() -> ResponseReturnValue:
    """开通日历订阅，或换一个新地址。"""
    operations.subscribe(by=me())
    return responses.done(url_for("meetings.show_subscription"), "订阅地址已生成，请复制到您的日历中。")


@bp.post("/meetings/subscription/end")
@requires(rules.attend)
def unsubscribe() -> ResponseReturnValue:
    """停用日历订阅。"""
    operations.unsubscribe(by=me())
    return responses.done(url_for("meetings.show_subscription"), "日历订阅已停用，原来的地址不再有效。")


@bp.get("/feeds/<token>.ics")
@public
def calendar_feed(token: str) -> Response:
    """一个人的日历；没有变化时只答 304。"""
    feed = calendars.feed_with(token)
    if feed is None:
        abort(404)
    content = calendars.feed_of(queries.meetings_in_calendar_of(feed.user))
    answer = Response(content, mimetype="text/calendar")
    answer.set_etag(calendars.tag_of(content))
    answer.cache_control.private = answer.cache_control.no_cache = True
    return answer.make_conditional(request)  # type: ignore[return-value]
