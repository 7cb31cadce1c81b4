"""Doors of the meetings room."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock, errands, jobs, pages, papers, store
from portal.access import door_open, finds, needs, public
from portal.chain import LINKS, STATIONS, Station, line_of
from portal.courses.models import Course
from portal.enterprises.models import Problem
from portal.enterprises.queries import also_readers
from portal.errors import Refused, Stale
from portal.forms import posted_ids
from portal.meetings import calendars, checks, forms, notice, operations, queries, review, room, rules, sheet
from portal.meetings.models import (
    OUTCOMES,
    AgendaItem,
    Attendance,
    ItemFile,
    ItemKind,
    Meeting,
    MeetingNotice,
    MeetingSeries,
    SignInScan,
    kept_already,
    no_roll,
    not_in_session,
)
from portal.meetings.models import MeetingState as S
from portal.pages import Column, Filter, Listing
from portal.paper import qr_picture
from portal.people.models import User
from portal.people.queries import departments, groups
from portal.register import Document, PaperKind
from portal.uploads import take_in

bp = Blueprint("meetings", __name__)
STATIONS["agenda_item"] = Station(
    "议题", queries.item_titles, "/items/{id}",
    {"meetings.propose": "", "meetings.place_item": "", "meetings.add_item": "列入议程", "meetings.mark_dealt_with": "",
     "meetings.mark_deferred": "", "meetings.mark_not_reached": "", "meetings.return_item": ""},
)  # fmt: skip
STATIONS["meeting"] = Station("会议", queries.titles, "/meetings/{id}", {"meetings.open": "通报落实情况"})
if queries.links not in LINKS:
    LINKS.append(queries.links)
pages.in_navigation("会议", "meetings.index", "/meetings", "/series", "/items", "/attendances", "/check-in")
finds("series")(queries.series)
finds("meeting")(queries.meeting)
finds("item")(queries.item)
finds("item_file")(queries.item_file)
finds("attendance")(queries.attendance)
finds("scan")(queries.scan)
finds("meeting_notice")(queries.notice)


def _me() -> User:
    return current_user._get_current_object()  # noqa: SLF001 - relations hold the person, not the proxy


# ── lists ──────────────────────────────────────────────────────────────────────────────────────────────────────────

COLUMNS = [
    Column("会议", lambda one: one.title, 36),
    Column("日期", lambda one: one.day, 14),
    Column("时间", lambda one: clock.hm(one.starts_at), 10),
    Column("地点", lambda one: one.place, 24),
    Column("主持人", lambda one: one.chair.name if one.chair else "", 14),
    Column("状态", lambda one: one.state.label, 12),
]


@bp.route("/meetings")
@needs(rules.attend)
def index() -> ResponseReturnValue:
    """会议。"""
    series = queries.series_of(_me())
    listing = Listing(
        queries.meetings_of(_me()).join(Meeting.series),
        {
            "plan": queries.plan_order(),
            "day": (Meeting.day, Meeting.starts_at, Meeting.id),
            "series": (MeetingSeries.rank, Meeting.day, Meeting.id),
        },
        "plan",
        filters=[
            Filter("text", "地点或系列", pages.contains(Meeting.place, MeetingSeries.name)),
            Filter(
                "series", "例会系列", pages.equals(Meeting.series_id), "choice",
                [(str(one.id), one.name) for one in series],
            ),
            Filter("year", "年度", _of_year, "choice", [(str(year), f"{year}年") for year in queries.years()]),
            Filter("state", "状态", pages.equals(Meeting.state), "choice", pages.choices_of(S)),
        ],
        options=queries.list_options(),
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("会议", COLUMNS)
    return pages.show("meetings/index.html", listing=listing, series=series)


def _of_year(query: Any, year: str) -> Any:
    first, last = clock.parse_day(f"{year}-01-01"), clock.parse_day(f"{year}-12-31")
    return query.where(Meeting.day.between(first, last))


@bp.route("/series")
@needs(rules.attend)
def all_series() -> ResponseReturnValue:
    """例会系列。"""
    return pages.show("meetings/all_series.html", series=queries.series_of(_me()))


# ── series ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/series/new", methods=["GET", "POST"])
@needs(rules.add_series)
def add_series() -> ResponseReturnValue:
    """新建例会系列。"""
    form = forms.SeriesForm(groups(), queries.people_by_rank())
    if form.ready():
        made = form.attempt(operations.add_series, standing=form.chosen_standing(), by=_me(), **form.facts())
        if made is not None:
            return pages.done(url_for("meetings.show_series", series=made.id), "例会系列已新建。")
    return pages.show("meetings/series_form.html", form=form, series=None)


@bp.route("/series/<thing:series>")
@needs(rules.see_series)
def show_series(series: MeetingSeries) -> ResponseReturnValue:
    """例会系列。"""
    return pages.show(
        "meetings/series.html", series=series, meetings=queries.latest_of(series), members=queries.members(series)
    )


@bp.route("/series/<thing:series>/edit", methods=["GET", "POST"])
@needs(rules.see_series, rules.edit_series)
def edit_series(series: MeetingSeries) -> ResponseReturnValue:
    """修改例会系列。"""
    form = forms.SeriesForm(groups(), queries.people_by_rank(), thing=series)
    if form.ready():
        standing = form.chosen_standing()
        if form.attempt(operations.edit_series, series, form.seen, standing=standing, by=_me(), **form.facts()):
            return pages.done(url_for("meetings.show_series", series=series.id), "例会系列已保存。")
    return pages.show("meetings/series_form.html", form=form, series=series)


@bp.route("/series/<thing:series>/meetings/new", methods=["GET", "POST"])
@needs(rules.see_series, rules.schedule)
def schedule(series: MeetingSeries) -> ResponseReturnValue:
    """新建会议；日期有疑问时先提醒。"""
    form = forms.ScheduleForm(queries.people_by_rank(), thing=series)
    if not form.is_submitted():
        form.day.data = queries.proposed_day(series)
    shaped = form.ready()
    doubts = _doubts(series, form) if shaped or not form.is_submitted() else []
    if shaped and (form.sure.data or not doubts):
        made = form.attempt(operations.schedule, series, form.day.data, by=_me(), **form.facts())
        if made is not None:
            return pages.done(url_for("meetings.show", meeting=made.id), "会议已新建，请编排议程。")
    elif shaped:
        form.status = 422
    return pages.show(
        "meetings/schedule.html", form=form, series=series, doubts=doubts, waiting=queries.backlog(series)
    )


def _doubts(
    series: MeetingSeries, form: forms.ScheduleForm | forms.PostponeForm, meeting: Meeting | None = None
) -> list[str]:
    """What speaks against the day and time that were typed; asked only of a form whose shape is right."""
    day, starts_at = form.day.data, form.starts_at.data
    if day is None or starts_at is None:
        return []
    if isinstance(form, forms.ScheduleForm):
        minutes, chair = form.minutes.data or 0, form.chosen_people()["chair"]
    else:
        minutes, chair = (meeting.minutes, meeting.chair) if meeting else (0, None)
    return queries.doubts(series, day, clock.moment(day, starts_at), minutes, chair, but=meeting)


# ── one meeting ────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/meetings/<thing:meeting>")
@needs(rules.see)
def show(meeting: Meeting) -> ResponseReturnValue:
    """会议。"""
    keeps = rules.build_agenda(_me(), meeting) and meeting.is_upcoming
    call = queries.call_of(meeting.series) if keeps else []
    unanswered = sum(item.is_proposed for item in call)
    return pages.show(
        "meetings/show.html",
        fragment="meetings/_agenda.html",
        keeps=keeps,
        warnings=checks.before_notice(meeting, unanswered) if keeps else [],
        unanswered=unanswered,
        tally=queries.tally(meeting),
        answers=rules.answer_leave(_me(), meeting),
        steps=meeting.steps,
        hindrance=_hindrance(meeting),
        own=queries.own_attendance(meeting, _me()),
        waiting=[item for item in call if item.is_waiting],
        overview=review.frozen_overview_of(meeting),
        members=rules.read_tasks(_me(), meeting.series),
        **_agenda(meeting),
    )


def _hindrance(meeting: Meeting) -> str | None:
    """What has still to be done before the next step, for whoever takes that step."""
    if rules.announce(_me(), meeting) and meeting.is_upcoming and not meeting.has_notice:
        return meeting.lifecycle.obstacle(meeting, "announce")
    if rules.run(_me(), meeting) and meeting.is_in_session:
        return meeting.lifecycle.obstacle(meeting, "adjourn")
    return None


def _agenda(meeting: Meeting, form: forms.AgendaLine | None = None) -> dict[str, Any]:
    """What the agenda's fragment names: who may build is asked once, however many rows there are."""
    may_build = rules.build_agenda(_me(), meeting) and meeting.is_upcoming
    builds = may_build and _is_open_to_build(meeting)
    if builds and form is None:
        form = _line(meeting)
    return {
        "meeting": meeting,
        "may_build": may_build,
        "last_step": meeting.last_step if builds and meeting.is_preparing else None,
        "slots": queries.timetable(meeting),
        "parts": queries.minutes_by_kind(meeting),
        "builds": builds,
        "marks": meeting.is_in_session and _may_mark(meeting),
        "form": form,
    }


def _is_open_to_build(meeting: Meeting) -> bool:
    """A fixed agenda shows its tools only to who says that it is to be changed."""
    return not meeting.is_frozen or request.method == "POST" or "change" in request.args or "next" in request.args


def _line(meeting: Meeting, kind: ItemKind | None = None, after: int | None = None) -> forms.AgendaLine:
    """An empty line for the next item: behind an item where that is asked for, of the kind that stands there."""
    asked = request.args.get("after", type=int)
    before = next((item for item in meeting.items if item.id in {after, asked}), None)
    same = before.kind if before and before.kind is not ItemKind.review else ItemKind.problem
    kind = kind or same
    data = {"kind": kind, "minutes": 10, "after": before.id if before else ""}
    return forms.AgendaLine(queries.people_by_rank(), formdata=None, data=data)


def _may_mark(meeting: Meeting) -> bool:
    return any(rules.mark_item(_me(), item) for item in meeting.items[:1])


def _agenda_done(
    meeting: Meeting, sentence: str, *, focus: bool = False, kind: ItemKind | None = None, after: int | None = None
) -> Response:
    """The answer to everything that changes the agenda; a line typed in its midst is followed by another there."""
    change = 1 if meeting.is_frozen and meeting.is_upcoming else None
    address = url_for("meetings.show", meeting=meeting.id, next=1 if focus else None, change=change, after=after)
    if not pages.is_fragment_request():
        return pages.done(f"{address}#title" if focus else f"{address}#agenda", sentence)
    builds = rules.build_agenda(_me(), meeting) and meeting.is_upcoming
    context = _agenda(meeting, _line(meeting, kind, after) if builds else None)
    return pages.done(address, sentence, fragment="meetings/_agenda.html", focus=focus, **context)


@bp.route("/meetings/<thing:meeting>/edit", methods=["GET", "POST"])
@needs(rules.see, rules.edit_meeting, move="edit_meeting")
def edit_meeting(meeting: Meeting) -> ResponseReturnValue:
    """修改会议安排。"""
    form = forms.MeetingForm(queries.people_by_rank(), thing=meeting)
    if form.ready():
        done = form.attempt(operations.edit_meeting, meeting, form.seen, by=_me(), **form.facts())
        if done is not None:
            return pages.done(url_for("meetings.show", meeting=meeting.id), "会议安排已保存。")
    return pages.show("meetings/edit.html", form=form, meeting=meeting)


@bp.post("/meetings/<thing:meeting>/approval/request")
@needs(
    rules.see,
    rules.ask_approval,
    move="ask_approval",
    when=(lambda meeting: meeting.approved_already, lambda meeting: meeting.asked_already),
)
def ask_approval(meeting: Meeting) -> ResponseReturnValue:
    """请主持人审定议程。"""
    operations.ask_approval(meeting, by=_me())
    return _back_to(meeting, f"已请{meeting.chair.name if meeting.chair else '主持人'}审定议程。")


@bp.post("/meetings/<thing:meeting>/approval")
@needs(rules.see, rules.approve_agenda, move="approve_agenda", when=(lambda meeting: meeting.approved_already,))
def approve_agenda(meeting: Meeting) -> ResponseReturnValue:
    """登记主持人审定议程。"""
    if meeting.chair is None:
        raise Refused("还没有主持人，请先在会议安排中指定。")
    operations.approve_agenda(meeting, chair=meeting.chair, by=_me())
    return pages.done(url_for("meetings.show", meeting=meeting.id), "议程已审定，可以发通知了。")


@bp.post("/meetings/<thing:meeting>/notice")
@needs(rules.see, rules.announce, move="announce")
def announce(meeting: Meeting) -> ResponseReturnValue:
    """发会议通知；检查有提醒的，要写明仍要发出的理由。"""
    why = _why()
    if (found := checks.before_notice(meeting)) and not why:
        told = "".join(sentence for one in found for sentence in one.sentences)
        raise Refused(f"发通知前请留意：{told}如仍要发出，请写明理由。")
    operations.announce(meeting, despite=[one.name for one in found], why=why if found else "", by=_me())
    jobs.prompt("meetings.lay_out_notices")
    return pages.done(url_for("meetings.show", meeting=meeting.id), f"通知已发出：{meeting.title}。")


@bp.post("/meetings/<thing:meeting>/opening")
@needs(rules.see, rules.run, move="open")
def open_meeting(meeting: Meeting) -> ResponseReturnValue:
    """开会。"""
    operations.open(meeting, by=_me())
    return pages.done(url_for("meetings.attendance", meeting=meeting.id), "会议已开始，请登记签到。")


@bp.route("/meetings/<thing:meeting>/postponement", methods=["GET", "POST"])
@needs(rules.see, rules.postpone, move="postpone")
def postpone(meeting: Meeting) -> ResponseReturnValue:
    """会议改期。"""
    form = forms.PostponeForm(thing=meeting)
    shaped = form.ready()
    doubts = _doubts(meeting.series, form, meeting) if shaped else []
    if shaped and (form.sure.data or not doubts):
        if form.attempt(operations.postpone, meeting, form.day.data, form.starts_at.data, form.why.data, by=_me()):
            return pages.done(url_for("meetings.show", meeting=meeting.id), "会议已改期。")
    elif shaped:
        form.status = 422
    return pages.show("meetings/postpone.html", form=form, meeting=meeting, doubts=doubts)


@bp.post("/meetings/<thing:meeting>/cancellation")
@needs(rules.see, rules.cancel, move="cancel")
def cancel(meeting: Meeting) -> ResponseReturnValue:
    """取消会议。"""
    operations.cancel(meeting, _why(), by=_me())
    return pages.done(url_for("meetings.show", meeting=meeting.id), "会议已取消，议题已放回待排议题。")


def _why(longest: int = 500) -> str:
    """The reason of a one-field form; the lifecycle refuses an empty one."""
    from portal.forms import clean_text

    why = clean_text(request.form.get("why"))
    if len(why) > longest:
        raise Refused(f"理由请不要超过 {longest} 个字。")
    return why


# ── the notice ─────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/meetings/<thing:meeting>/notice")
@needs(rules.see, rules.read_notice)
def show_notice(meeting: Meeting) -> ResponseReturnValue:
    """会议通知。"""
    return pages.show(
        "meetings/notice.html",
        meeting=meeting,
        paper=notice.paper_of(meeting),
        chat_text=notice.chat_text_of(meeting),
        sent=queries.notices_of(meeting),
        warnings=checks.before_notice(meeting) if rules.announce(_me(), meeting) else [],
    )


@bp.route("/meetings/<thing:meeting>/notice.pdf")
@needs(rules.see, rules.read_notice)
def notice_pdf(meeting: Meeting) -> ResponseReturnValue:
    """会议通知的 PDF，就是发出并留存的那一份。"""
    latest = next(iter(queries.notices_of(meeting)), None)
    if latest is None or latest.document is None:
        raise Refused("通知的 PDF 还没有生成。发出通知后由系统排版，通常不到一分钟，请稍后再下载。")
    return store.send(latest.document.file)


@bp.post("/meeting-notices/<thing:meeting_notice>/layout")
@needs(rules.see_notice, rules.keep_notices, when=(kept_already,))
def lay_out_again(meeting_notice: MeetingNotice) -> ResponseReturnValue:
    """通知排版失败后重新排版。"""
    operations.lay_out_again(meeting_notice, by=_me())
    return pages.done(url_for("meetings.show_notice", meeting=meeting_notice.meeting_id), "正在重新排版，请稍后刷新。")


@bp.route("/meetings/<thing:meeting>/notice.docx")
@needs(rules.see, rules.read_notice)
def notice_docx(meeting: Meeting) -> ResponseReturnValue:
    """会议通知的 Word 文件。"""
    return pages.download(notice.docx_of(meeting), f"{notice.name_of(meeting)}.docx", notice.DOCX_TYPE)


@bp.route("/meetings/<thing:meeting>/notice.ics")
@needs(rules.see, rules.read_notice)
def notice_calendar(meeting: Meeting) -> ResponseReturnValue:
    """会议的日历条目。"""
    return pages.download(calendars.file_of(meeting), f"{meeting.title}.ics", "text/calendar")


# ── the calendar ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/meetings/subscription")
@needs(rules.attend)
def show_subscription() -> ResponseReturnValue:
    """日历订阅：把自己的会议放进手机和电脑的日历。"""
    feed = queries.calendar_feed(_me().id)
    return pages.show(
        "meetings/subscription.html", feed=feed, address=calendars.address_of(feed) if feed is not None else ""
    )


@bp.post("/meetings/subscription")
@needs(rules.attend)
def subscribe() -> ResponseReturnValue:
    """开通日历订阅，或换一个新地址。"""
    operations.subscribe(by=_me())
    return pages.done(url_for("meetings.show_subscription"), "订阅地址已生成，请复制到您的日历中。")


@bp.post("/meetings/subscription/end")
@needs(rules.attend)
def unsubscribe() -> ResponseReturnValue:
    """停用日历订阅。"""
    operations.unsubscribe(by=_me())
    return pages.done(url_for("meetings.show_subscription"), "日历订阅已停用，原来的地址不再有效。")


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


# ── agenda ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/meetings/<thing:meeting>/items")
@needs(rules.see, rules.build_agenda, move="add_item")
def add_item(meeting: Meeting) -> ResponseReturnValue:
    """添加议题，接着可以添加下一项。"""
    form = forms.AgendaLine(queries.people_by_rank())
    if form.ready():
        kind, after = form.kind.data, form.follows
        made = form.attempt(
            operations.add_item, meeting, kind, form.title.data, form.minutes.data, reporter=form.reporter,
            after=after, by=_me(),
        )  # fmt: skip
        if made:
            return _agenda_done(meeting, "", focus=True, kind=kind, after=made.id if after else None)
    return pages.show("meetings/add_item.html", fragment="meetings/_agenda.html", **_agenda(meeting, form))


@bp.post("/meetings/<thing:meeting>/items/order")
@needs(rules.see, rules.build_agenda, move="order_items")
def order_items(meeting: Meeting) -> ResponseReturnValue:
    """按拖动后的次序排列议程。"""
    operations.order_items(meeting, posted_ids("order"), by=_me())
    return _agenda_done(meeting, "")


@bp.post("/meetings/<thing:meeting>/items/undo")
@needs(rules.see, rules.build_agenda, move="undo")
def undo(meeting: Meeting) -> ResponseReturnValue:
    """撤销最近一次编排。"""
    return _agenda_done(meeting, f"已撤销：{operations.undo(meeting, by=_me())}。")


@bp.route("/meetings/<thing:meeting>/candidates")
@needs(rules.see, rules.build_agenda, move="order_items")
def candidates(meeting: Meeting) -> ResponseReturnValue:
    """可以列入议程的课程和企业问题。"""
    return pages.show(
        "meetings/candidates.html",
        meeting=meeting,
        courses=queries.unscheduled_courses(),
        problems=queries.open_problems(),
    )


@bp.post("/meetings/<thing:meeting>/placement")
@needs(rules.see, rules.build_agenda, move="add_item")
def place_item(meeting: Meeting) -> ResponseReturnValue:
    """把待排议题列入这次会议。"""
    item = _posted(queries.item)
    if item.is_proposed:
        operations.accept_item(item, by=_me())
    operations.place_item(item, meeting, by=_me())
    return _back_to(meeting, f"已列入议程：{item.title}。")


@bp.post("/meetings/<thing:meeting>/placements")
@needs(rules.see, rules.build_agenda, move="add_item")
def place_all(meeting: Meeting) -> ResponseReturnValue:
    """把已采纳的待排议题全部列入这次会议。"""
    placed = operations.place_all(meeting, by=_me())
    return _back_to(meeting, f"已列入 {len(placed)} 项待排议题。")


@bp.post("/meetings/<thing:meeting>/course")
@needs(rules.see, rules.build_agenda, move="add_item")
def attach_course(meeting: Meeting) -> ResponseReturnValue:
    """把课程列入这次会议。"""
    course: Course = _one_of(queries.unscheduled_courses())
    operations.add_item(
        meeting, ItemKind.course, f"首席服务官讲业务：{course.topic}", course.minutes, course=course, by=_me()
    )
    return _back_to(meeting, f"已列入议程：{course.topic}。")


@bp.post("/meetings/<thing:meeting>/problem")
@needs(rules.see, rules.build_agenda, move="add_item")
def attach_problem(meeting: Meeting) -> ResponseReturnValue:
    """把企业问题列入这次会议。"""
    problem: Problem = _one_of(queries.open_problems())
    title = f"{problem.enterprise.name}：{problem.title}"[: forms.LONGEST_TITLE]
    operations.add_item(meeting, ItemKind.problem, title, 15, ask=problem.wish, problem=problem, by=_me())
    return _back_to(meeting, f"已列入议程：{problem.title}。")


def _back_to(meeting: Meeting, sentence: str) -> Response:
    return pages.done(pages.back() or url_for("meetings.show", meeting=meeting.id), sentence)


def _posted(question: Any) -> Any:
    """The thing whose id a button carries."""
    found = question(next(iter(posted_ids("number")), 0))
    if found is None:
        abort(404)
    return found


def _one_of(rows: Any) -> Any:
    """The row whose id a button carries, if it is still offered."""
    found = forms.picked(rows, next(iter(posted_ids("number")), 0))
    if found is None:
        raise Refused("它已经列入别的会议，或不再需要上会。请刷新页面后重新选择。")
    return found


# ── one item ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/items/<thing:item>")
@needs(rules.see_item)
def show_item(item: AgendaItem) -> ResponseReturnValue:
    """议题。"""
    return pages.show(
        "meetings/item.html",
        item=item,
        chain=queries.chain(item),
        line=line_of(item, _me()),
        overview=review.overview_of_item(item),
        members=rules.read_tasks(_me(), item.series),
    )


@bp.route("/items/<thing:item>/chain")
@needs(rules.see_item)
def show_chain(item: AgendaItem) -> ResponseReturnValue:
    """这个议题历次上会的经过：结果、议定事项、交办事项。"""
    return pages.show(
        "meetings/chain.html",
        item=item,
        chain=queries.chain(item),
        members=rules.read_tasks(_me(), item.series),
        keeps=rules.keep_meetings(_me(), item.series),
    )


@bp.post("/items/<thing:item>/dropping")
@needs(rules.see_item, rules.carry_over, move="drop_item")
def drop_item(item: AgendaItem) -> ResponseReturnValue:
    """取消结转：不再转到下次会议。"""
    operations.drop_item(item, _why(), by=_me())
    return _back_from(item, f"不再结转：{item.title}。")


@bp.post("/items/<thing:item>/dropping/end")
@needs(rules.see_item, rules.carry_over, move="keep_item")
def keep_item(item: AgendaItem) -> ResponseReturnValue:
    """恢复结转。"""
    operations.keep_item(item, by=_me())
    return _back_from(item, f"恢复结转：{item.title}。")


def _back_from(item: AgendaItem, sentence: str) -> Response:
    return pages.done(pages.back() or url_for("meetings.show_item", item=item.id), sentence)


@bp.route("/items/<thing:item>/edit", methods=["GET", "POST"])
@needs(rules.see_item, rules.build_with_item, move="edit_item")
def edit_item(item: AgendaItem) -> ResponseReturnValue:
    """修改议题。"""
    form = forms.ItemForm(queries.people_by_rank(), thing=item)
    if form.ready():
        facts = {name: form[name].data for name in ("kind", "title", "minutes", "ask")}
        try:
            if form.attempt(operations.edit_item, item, form.seen, reporter=form.reporter, by=_me(), **facts):
                return _after_item(item, "议题已保存。")
        except Stale as stale:
            if not pages.is_fragment_request():
                raise
            _offer_both(form, item, stale)
    answer = pages.show("meetings/edit_item.html", fragment="meetings/_edit_item.html", form=form, item=item)
    if form.status and pages.is_fragment_request():  # the form stays in its row; the agenda around it too
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = f"#{pages.dom_id(item)}", "outerHTML"
    return answer


def _offer_both(form: forms.ItemForm, item: AgendaItem, stale: Stale) -> None:
    """Somebody else saved first: the row says what is saved now, keeps what was typed, and can be saved over it."""
    who = item.reporter.name if item.reporter else "未定"
    form.refusals.append(
        f"别人刚刚保存过这一项：《{item.title}》，{item.kind.label}，{item.minutes} 分钟，汇报人{who}。"
        "再次保存，以您填写的为准；取消，保留别人保存的。"
    )
    form.version.data, form.status = str(stale.current), 409


def _after_item(item: AgendaItem, sentence: str) -> Response:
    """Back to the agenda the item stands on, or to the item's own page."""
    if item.meeting is not None:
        return _agenda_done(_whole(item.meeting), sentence)
    return pages.done(url_for("meetings.show_item", item=item.id), sentence)


def _whole(meeting: Meeting) -> Meeting:
    """The meeting with everything its page shows; a plain browser is sent there and needs none of it."""
    return (pages.is_fragment_request() and queries.meeting(meeting.id)) or meeting


@bp.post("/items/<thing:item>/up")
@needs(rules.see_item, rules.build_with_item)
def move_up(item: AgendaItem) -> ResponseReturnValue:
    """把议题上移一位。"""
    return _agenda_done(_whole(operations.move_item(item, "up", by=_me())), "")


@bp.post("/items/<thing:item>/down")
@needs(rules.see_item, rules.build_with_item)
def move_down(item: AgendaItem) -> ResponseReturnValue:
    """把议题下移一位。"""
    return _agenda_done(_whole(operations.move_item(item, "down", by=_me())), "")


@bp.post("/items/<thing:item>/removal")
@needs(rules.see_item, rules.build_with_item, move="take_off_item")
def take_off_item(item: AgendaItem) -> ResponseReturnValue:
    """把议题移出议程。"""
    meeting = item.meeting
    operations.take_off_item(item, by=_me())
    return _agenda_done(_whole(meeting), f"已移出议程：{item.title}。") if meeting else _after_item(item, "")


@bp.post("/items/<thing:item>/outcome")
@needs(rules.see_item, rules.mark_item, move="mark_dealt_with")
def mark_item(item: AgendaItem) -> ResponseReturnValue:
    """登记议题结果。"""
    outcome = next((state for state in OUTCOMES if state.value == request.form.get("state")), None)
    if outcome is None:
        raise Refused("请选择已议、缓议或未及审议。")
    operations.mark_item(item, outcome, by=_me())
    return _after_item(item, "")


@bp.route("/item-files/<thing:item_file>")
@needs(rules.see_item_file)
def download(item_file: ItemFile) -> ResponseReturnValue:
    """下载议题的附件。"""
    return store.send(item_file.file)


# ── call for items ─────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/series/<thing:series>/items/new", methods=["GET", "POST"])
@needs(rules.see_series, rules.propose)
def propose(series: MeetingSeries) -> ResponseReturnValue:
    """申报议题。"""
    form = forms.ProposeForm(data={"kind": ItemKind.problem, "minutes": 10})
    problems = queries.problems_of(_me())
    form.problem_id.offer(problems, lambda one: f"{one.enterprise.name}：{one.title}")
    if form.ready() and (made := form.attempt(_propose, series, form, problems)) is not None:
        word = "，已过截止时间，记为临时议题" if made.late else ""
        return pages.done(url_for("meetings.show_item", item=made.id), f"议题已申报{word}。")
    return pages.show("meetings/propose.html", form=form, series=series, coming=queries.next_of(series))


def _propose(series: MeetingSeries, form: forms.ProposeForm, problems: Any) -> AgendaItem:
    return operations.propose(
        series,
        form.kind.data,
        form.title.data,
        form.ask.data,
        form.minutes.data or 0,
        problem=forms.picked(problems, form.problem_id.data),
        files=take_in(form.files.data, by=_me()),
        by=_me(),
    )


@bp.route("/series/<thing:series>/backlog")
@needs(rules.see_series)
def backlog(series: MeetingSeries) -> ResponseReturnValue:
    """待排议题，以及等候会议秘书答复的申报。"""
    decides = rules.keep_meetings(_me(), series)
    return pages.show(
        "meetings/backlog.html",
        series=series,
        waiting=queries.backlog(series),
        proposed=queries.proposals(series) if decides else [],
        coming=next((one for one in queries.upcoming_of(series)), None) if decides else None,
    )


@bp.post("/items/<thing:item>/acceptance")
@needs(rules.see_item, rules.decide_on_item, move="accept_item")
def accept_item(item: AgendaItem) -> ResponseReturnValue:
    """采纳申报的议题。"""
    operations.accept_item(item, by=_me())
    return _to_backlog(item, f"已采纳：{item.title}。")


@bp.route("/items/<thing:item>/deferral", methods=["GET", "POST"])
@needs(rules.see_item, rules.decide_on_item, move="defer_item")
def defer_item(item: AgendaItem) -> ResponseReturnValue:
    """采纳，暂缓列入。"""
    form = forms.DeferForm()
    if form.ready() and form.attempt(operations.defer_item, item, form.until.data, by=_me()) is not None:
        return _to_backlog(item, f"已采纳，暂缓列入：{item.title}。")
    return pages.show("meetings/defer.html", form=form, item=item, coming=queries.next_of(item.series))


@bp.post("/items/<thing:item>/return")
@needs(rules.see_item, rules.decide_on_item, move="return_item")
def return_item(item: AgendaItem) -> ResponseReturnValue:
    """退回申报的议题。"""
    operations.return_item(item, _why(), by=_me())
    return _to_backlog(item, f"已退回：{item.title}。")


@bp.route("/items/<thing:item>/merger", methods=["GET", "POST"])
@needs(rules.see_item, rules.decide_on_item, move="merge_item")
def merge_item(item: AgendaItem) -> ResponseReturnValue:
    """把申报的议题并入另一议题。"""
    form = forms.MergeForm(queries.can_take_in(item))
    if form.ready():
        into = forms.picked(form.items, form.into_id.data)
        if form.attempt(operations.merge_item, item, into, by=_me()) is not None:
            return _to_backlog(item, f"已并案：{item.title}。")
    return pages.show("meetings/merge.html", form=form, item=item)


@bp.post("/items/<thing:item>/withdrawal")
@needs(rules.see_item, rules.withdraw_item, move="withdraw_item")
def withdraw_item(item: AgendaItem) -> ResponseReturnValue:
    """撤回自己申报的议题。"""
    operations.withdraw_item(item, by=_me())
    return pages.done(url_for("meetings.show_item", item=item.id), "议题已撤回。")


def _to_backlog(item: AgendaItem, sentence: str) -> Response:
    return pages.done(url_for("meetings.backlog", series=item.series_id), sentence)


# ── attendance ─────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/meetings/<thing:meeting>/attendance")
@needs(rules.see)
def attendance(meeting: Meeting) -> ResponseReturnValue:
    """参会和签到。"""
    form = _visitor_form(meeting)
    return pages.show("meetings/attendance.html", fragment="meetings/_roll.html", form=form, **_roll(meeting))


def _roll(meeting: Meeting) -> dict[str, Any]:
    return {
        "meeting": meeting,
        "tally": queries.tally(meeting),
        "checks": rules.keep_attendance(_me(), meeting) and meeting.takes_roll,
        "answers": rules.answer_leave(_me(), meeting),
        "decides": rules.answer_leave(_me(), meeting) and meeting.takes_roll,
    }


def _visitor_form(meeting: Meeting) -> forms.VisitorForm | None:
    """The form for one more visitor, where one can be entered."""
    open_now = rules.keep_attendance(_me(), meeting) and meeting.takes_roll
    return forms.VisitorForm(departments()) if open_now else None


def _roll_done(meeting: Meeting, sentence: str) -> Response:
    address = url_for("meetings.attendance", meeting=meeting.id)
    if not pages.is_fragment_request():
        return pages.done(_from_place() or address, sentence)
    return pages.done(address, sentence, fragment="meetings/_roll.html", **_roll(_whole(meeting)))


def _from_place() -> str | None:
    """The page of one person's place, for who came from there."""
    came = pages.back()
    return came if came and came.startswith("/attendances/") else None


@bp.post("/meetings/<thing:meeting>/attendance/all")
@needs(rules.see, rules.keep_attendance, move="check_in_all")
def check_in_all(meeting: Meeting) -> ResponseReturnValue:
    """登记全部到会；已请假的和代会待批的不在其内。"""
    marked = operations.check_in_all(meeting, by=_me())
    return _roll_done(meeting, f"已登记 {len(marked)} 人到会。没有到会的，请在名单中逐个登记。")


@bp.post("/meetings/<thing:meeting>/attendance/all/undo")
@needs(rules.see, rules.keep_attendance, move="undo_check_in_all")
def undo_check_in_all(meeting: Meeting) -> ResponseReturnValue:
    """撤销刚才的全部到会。"""
    unmarked = operations.undo_check_in_all(meeting, by=_me())
    return _roll_done(meeting, f"已撤销 {len(unmarked)} 人的到会登记。")


@bp.route("/attendances/<thing:attendance>")
@needs(rules.see_attendance, rules.keep_place)
def show_place(attendance: Attendance) -> ResponseReturnValue:
    """一个人的参会登记：回复、请假、代会、签到、迟到早退。"""
    meeting = attendance.meeting
    stay = attendance.lifecycle.is_open(attendance, "note_stay") and rules.check_in(_me(), attendance)
    data = {"from_item": attendance.from_item, "until_item": attendance.until_item}
    form = forms.StayForm(meeting.items, data=data) if stay else None
    return _show_place(attendance, form)


def _show_place(attendance: Attendance, form: forms.StayForm | None) -> Response:
    meeting = attendance.meeting
    reads = attendance.user_id == _me().id or rules.answer_leave(_me(), meeting)
    return pages.show("meetings/place.html", attendance=attendance, meeting=meeting, reads=reads, form=form)


@bp.post("/attendances/<thing:attendance>/check-in")
@needs(rules.see_attendance, rules.check_in, move="check_in")
def check_in(attendance: Attendance) -> ResponseReturnValue:
    """登记签到。"""
    operations.check_in(attendance, by=_me())
    return _roll_done(attendance.meeting, "")


@bp.post("/attendances/<thing:attendance>/check-in/undo")
@needs(rules.see_attendance, rules.check_in, move="undo_check_in")
def undo_check_in(attendance: Attendance) -> ResponseReturnValue:
    """撤销签到。"""
    operations.undo_check_in(attendance, by=_me())
    return _roll_done(attendance.meeting, f"已撤销{attendance.name}的签到。")


@bp.post("/attendances/<thing:attendance>/stay")
@needs(rules.see_attendance, rules.check_in, move="note_stay")
def note_stay(attendance: Attendance) -> ResponseReturnValue:
    """登记迟到早退。"""
    form = forms.StayForm(attendance.meeting.items)
    numbers = (form.from_item.data, form.until_item.data)
    if form.ready() and form.attempt(operations.note_stay, attendance, *numbers, by=_me()) is not None:
        address = url_for("meetings.attendance", meeting=attendance.meeting_id)
        return pages.done(address, f"已登记{attendance.name}：{attendance.stay or '全程参加'}。")
    return _show_place(attendance, form)


@bp.post("/meetings/<thing:meeting>/visitors")
@needs(rules.see, rules.keep_attendance, move="add_visitor")
def add_visitor(meeting: Meeting) -> ResponseReturnValue:
    """登记列席人员。"""
    form = forms.VisitorForm(departments())
    if form.ready():
        department = forms.picked(form.departments, form.department_id.data)
        name, post, unit = form.name.data, form.post.data, form.unit.data or ""
        if form.attempt(operations.add_visitor, meeting, name, department, post, unit=unit, by=_me()):
            return pages.done(url_for("meetings.attendance", meeting=meeting.id), f"已登记列席人员：{name}。")
    return pages.show("meetings/attendance.html", form=form, **_roll(meeting))


@bp.post("/attendances/<thing:attendance>/removal")
@needs(rules.see_attendance, rules.check_in, move="remove_visitor")
def remove_visitor(attendance: Attendance) -> ResponseReturnValue:
    """移出列席人员。"""
    name, meeting = attendance.name, operations.remove_visitor(attendance, by=_me())
    return pages.done(url_for("meetings.attendance", meeting=meeting.id), f"已移出列席人员：{name}。")


@bp.post("/attendances/<thing:attendance>/confirmation")
@needs(rules.see_attendance, rules.reply, move="confirm")
def confirm(attendance: Attendance) -> ResponseReturnValue:
    """确认参会；会议秘书可以代为登记。"""
    operations.confirm(attendance, by=_me())
    return _replied(attendance, "已确认参会。")


def _replied(attendance: Attendance, sentence: str) -> Response:
    """Back to where the reply was made: the person's place, or the meeting."""
    return pages.done(_from_place() or url_for("meetings.show", meeting=attendance.meeting_id), sentence)


@bp.route("/attendances/<thing:attendance>/leave", methods=["GET", "POST"])
@needs(rules.see_attendance, rules.ask_leave, move="ask_leave")
def ask_leave(attendance: Attendance) -> ResponseReturnValue:
    """请假。"""
    form = forms.LeaveForm()
    if form.ready():
        address = url_for("meetings.show", meeting=attendance.meeting_id)
        if form.attempt(operations.ask_leave, attendance, form.why.data or "", by=_me()):
            return pages.done(address, "请假申请已提交，等候会议秘书答复。")
    return pages.show("meetings/leave.html", form=form, attendance=attendance)


@bp.post("/attendances/<thing:attendance>/leave/record")
@needs(rules.see_attendance, rules.decide_on_leave, move="record_leave")
def record_leave(attendance: Attendance) -> ResponseReturnValue:
    """登记请假：本人口头请过假的，由会议秘书登记。"""
    operations.record_leave(attendance, _why(200) or "口头请假", by=_me())
    return _roll_done(attendance.meeting, f"已登记{attendance.name}请假。")


@bp.post("/attendances/<thing:attendance>/leave/grant")
@needs(rules.see_attendance, rules.decide_on_leave, move="grant_leave")
def grant_leave(attendance: Attendance) -> ResponseReturnValue:
    """批准请假。"""
    operations.grant_leave(attendance, by=_me())
    return _roll_done(attendance.meeting, f"已批准{attendance.name}请假。")


@bp.post("/attendances/<thing:attendance>/leave/refusal")
@needs(rules.see_attendance, rules.decide_on_leave, move="refuse_leave")
def refuse_leave(attendance: Attendance) -> ResponseReturnValue:
    """不同意请假。"""
    operations.refuse_leave(attendance, _why(), by=_me())
    return _roll_done(attendance.meeting, f"已答复{attendance.name}：不同意请假。")


@bp.route("/attendances/<thing:attendance>/substitute", methods=["GET", "POST"])
@needs(rules.see_attendance, rules.reply, move="set_substitute")
def set_substitute(attendance: Attendance) -> ResponseReturnValue:
    """安排代会人员。"""
    form = forms.SubstituteForm(data={"name": attendance.substitute})
    if form.ready():
        name = form.name.data or ""
        if form.attempt(operations.set_substitute, attendance, name, by=_me()):
            waits = "，等候批准" if attendance.substitute_waits else ""
            said = f"已安排{name}代会{waits}。" if name else "已取消代会。"
            mine = attendance.user_id == _me().id
            address = url_for("meetings.show", meeting=attendance.meeting_id)
            return pages.done(address if mine else url_for("meetings.show_place", attendance=attendance), said)
    return pages.show("meetings/substitute.html", form=form, attendance=attendance)


@bp.post("/attendances/<thing:attendance>/substitute/approval")
@needs(rules.see_attendance, rules.decide_on_substitute, move="approve_substitute")
def approve_substitute(attendance: Attendance) -> ResponseReturnValue:
    """批准代会。"""
    operations.approve_substitute(attendance, by=_me())
    return _roll_done(attendance.meeting, f"已批准{attendance.substitute}代{attendance.name}参会。")


@bp.post("/attendances/<thing:attendance>/substitute/refusal")
@needs(rules.see_attendance, rules.decide_on_substitute, move="refuse_substitute")
def refuse_substitute(attendance: Attendance) -> ResponseReturnValue:
    """不同意代会。"""
    operations.refuse_substitute(attendance, _why(), by=_me())
    return _roll_done(attendance.meeting, f"已答复{attendance.name}：不同意代会。")


# ── the sign-in sheet ──────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/meetings/<thing:meeting>/sign-in")
@needs(rules.see)
def show_sheet(meeting: Meeting) -> ResponseReturnValue:
    """签到表：打印、签字、上传扫描件。"""
    return _show_sheet(meeting)


def _show_sheet(meeting: Meeting, form: forms.ScanForm | None = None) -> Response:
    form = (form or forms.ScanForm()) if door_open("meetings.add_scan", meeting) else None
    scans, paper = queries.scans_of(meeting), sheet.paper_of(meeting)
    return pages.show("meetings/sign_in.html", meeting=meeting, sheet=paper, scans=scans, form=form)


@bp.post("/meetings/<thing:meeting>/sign-in/pdf")
@needs(rules.see, rules.keep_attendance, when=(no_roll,))
def print_sheet(meeting: Meeting) -> ResponseReturnValue:
    """把签到表排成 A4 的 PDF。"""
    if why_not := no_roll(meeting):
        raise Refused(why_not)
    facts = {"meeting": meeting.id}
    return pages.done(errands.address_of(errands.ask("meetings.print_sheet", by=_me(), facts=facts)))


@bp.post("/meetings/<thing:meeting>/scans")
@needs(rules.see, rules.keep_attendance, move="add_scan")
def add_scan(meeting: Meeting) -> ResponseReturnValue:
    """上传签到表的扫描件。"""
    form = forms.ScanForm()
    if form.ready() and form.attempt(_add_scan, meeting, form) is not None:
        return pages.done(url_for("meetings.show_sheet", meeting=meeting.id), "签到表已上传。")
    return _show_sheet(meeting, form)


def _add_scan(meeting: Meeting, form: forms.ScanForm) -> Meeting:
    return operations.add_scan(meeting, take_in(form.files.data, by=_me(), kinds=forms.SCANS), by=_me())


@bp.route("/sign-in-scans/<thing:scan>")
@needs(rules.see_scan)
def download_scan(scan: SignInScan) -> ResponseReturnValue:
    """下载签到表的扫描件。"""
    return store.send(scan.file)


@bp.post("/sign-in-scans/<thing:scan>/removal")
@needs(rules.see_scan, rules.keep_scan)
def remove_scan(scan: SignInScan) -> ResponseReturnValue:
    """移出传错的签到表。"""
    meeting = operations.remove_scan(scan, by=_me())
    return pages.done(url_for("meetings.show_sheet", meeting=meeting.id), "已移出。")


# ── in the room ────────────────────────────────────────────────────────────────────────────────────────────────────


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
    return _screen_done(operations.turn(meeting, 1, by=_me()))


@bp.post("/meetings/<thing:meeting>/screen/previous")
@needs(rules.see, rules.turn, when=(not_in_session,))
def turn_back(meeting: Meeting) -> ResponseReturnValue:
    """转回上一项议题。"""
    return _screen_done(operations.turn(meeting, -1, by=_me()))


def _screen_done(meeting: Meeting) -> Response:
    address = url_for("meetings.show_screen", meeting=meeting.id)
    screen = room.screen_of(meeting)
    return pages.done(address, fragment="meetings/_screen.html", meeting=meeting, screen=screen)


@bp.post("/items/<thing:item>/turn")
@needs(rules.see_item, rules.mark_item, move="turn_to")
def turn_to(item: AgendaItem) -> ResponseReturnValue:
    """开始讨论这项议题。"""
    operations.turn_to(item, by=_me())
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
    if (
        form.ready()
        and (place := form.attempt(operations.check_in_by_code, form.code.data or "", by=_me())) is not None
    ):
        moment = clock.hm(place.checked_in_at or clock.now())
        late = "，记为迟到" if place.late else ""
        address = url_for("meetings.show", meeting=place.meeting_id)
        return pages.done(address, f"签到成功：{place.meeting.title}，{moment}{late}。")
    if form.refusals:
        form.code.data = ""  # another code is on the screen by now
    return pages.show("meetings/check_in.html", form=form, places=room.places_open_to(_me()))


def _may_read_notice(user: User, document: Document) -> bool:
    meeting = queries.meeting_of_notice(document)
    return meeting is not None and rules.see(user, meeting)


def init_app(app: Flask) -> None:
    """Let earlier rooms' pages ask about meetings, and the members read the problems on their agendas."""
    app.jinja_env.globals.update(
        meeting_of_course=queries.meeting_of_course,
        meetings_of_courses=queries.meetings_of_courses,
        items_of_problem=queries.items_of_problem,
    )
    papers.readers[PaperKind.notice] = _may_read_notice
    if queries.problems_read_by not in also_readers:
        also_readers.append(queries.problems_read_by)
