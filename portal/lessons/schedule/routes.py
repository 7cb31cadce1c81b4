"""Routes of the schedule of lessons."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.courses.programme.queries import programme as find_programme
from portal.courses.programme.queries import programmes
from portal.courses.rules import see
from portal.errors import Refused
from portal.jobs import background
from portal.lessons import rules
from portal.lessons.blueprint import bp
from portal.lessons.schedule import board, calendar_entry, forms, operations, queries, timetable
from portal.web import background_page, responses
from portal.web.forms import posted_ids
from portal.web.guards import requires


@bp.route("/programmes/<model:programme>/schedule")
@requires(rules.read_schedule)
def schedule(programme: CourseProgramme) -> ResponseReturnValue:
    """已发布的课程表和变更记录；打印在一页 A4 上。"""
    return responses.show(
        "lessons/schedule/schedule.html",
        programme=programme,
        programmes=programmes(),
        lessons=queries.schedule_of(programme),
        releases=queries.releases(programme),
    )


NOTHING_RELEASED = "课程表还没有发布，发布后才能打印。"


def nothing_released(programme: CourseProgramme) -> str | None:
    """Why there is nothing to print, or None."""
    return None if queries.latest_release(programme) else NOTHING_RELEASED


@bp.post("/programmes/<model:programme>/schedule/pdf")
@requires(rules.read_schedule, when=(nothing_released,))
def print_schedule(programme: CourseProgramme) -> ResponseReturnValue:
    """把已发布的课程表排成一页 A4 的 PDF。"""
    if obstacle := nothing_released(programme):
        raise Refused(obstacle)
    label = f"{timetable.name_of(programme)}（PDF）"
    errand = background.ask("lessons.print_schedule", by=current_user, label=label, facts={"programme": programme.id})
    return responses.done(background_page.address_of(errand), "正在排版。")


@background.task("lessons.print_schedule", "课程表（PDF）")
def lay_out_schedule(errand: background.BackgroundTask, progress: background.Progress) -> background.Made:
    """The schedule as it was released last; no transaction is open while it is laid out."""
    programme = find_programme(errand.facts["programme"])
    release = queries.latest_release(programme) if programme else None
    if programme is None or release is None:
        raise Refused(NOTHING_RELEASED)
    lessons, without = queries.schedule_of(programme), queries.without_a_day(programme)
    page = timetable.paper_of(programme, release, lessons, without)
    progress(0, 1)
    draft = background.fresh_draft()
    draft.write_bytes(timetable.pdf_of(page))
    name = f"{page.title}（第 {release.number} 版）.pdf"
    return background.Made("已排成 PDF，一页 A4。", draft=draft, name=name, media_type="application/pdf")


@bp.route("/programmes/<model:programme>/board")
@requires(rules.read_schedule, rules.schedule)
def show_board(programme: CourseProgramme) -> ResponseReturnValue:
    """排课：把课程拖到会议上，或从列表中选择会议；发布之前什么都不变。"""
    return responses.show(
        "lessons/schedule/board.html",
        fragment="lessons/schedule/_board.html",
        board=board.board(programme),
        form=forms.ReleaseForm(),
    )


@bp.post("/courses/<model:course>/placement")
@requires(see, rules.place)
def place(course: Course) -> ResponseReturnValue:
    """把课程排到一次会议，或移出。"""
    meeting = None
    if request.form.get("meeting"):
        meeting = queries.upcoming_meeting(next(iter(posted_ids("meeting")), 0))
        if meeting is None:
            raise Refused("这次会议已经开始、结束或取消，请刷新页面后重新选择。")
    operations.place(course, meeting, by=current_user)
    address = url_for("lessons.show_board", programme=course.programme_id)
    if not responses.is_fragment_request():
        return responses.done(address, "已记下，发布后生效。")
    return responses.done(
        address,
        fragment="lessons/schedule/_board.html",
        board=board.board(course.programme),
        form=forms.ReleaseForm(formdata=None),  # the one-time id that was posted is the move's
    )


@bp.post("/programmes/<model:programme>/board/return")
@requires(rules.read_schedule, rules.schedule)
def discard(programme: CourseProgramme) -> ResponseReturnValue:
    """放弃没有发布的排期变更。"""
    operations.discard(programme, by=current_user)
    return responses.done(url_for("lessons.show_board", programme=programme.id), "已放弃，恢复到现在的议程。")


@bp.post("/programmes/<model:programme>/release")
@requires(rules.read_schedule, rules.schedule)
def release(programme: CourseProgramme) -> ResponseReturnValue:
    """发布课程表。"""
    form = forms.ReleaseForm()
    if form.ready():
        made = form.attempt(operations.release, programme, form.note.data or "", by=current_user)
        if made is not None:
            address = url_for("lessons.schedule", programme=programme.id)
            return responses.done(address, f"{made}已发布，有变更的主讲人已收到消息。")
    return responses.show("lessons/schedule/board.html", board=board.board(programme), form=form)


@bp.post("/programmes/<model:programme>/reminders")
@requires(rules.read_schedule, rules.schedule)
def remind(programme: CourseProgramme) -> ResponseReturnValue:
    """催交课件，只提醒没有交齐的主讲人。"""
    told = operations.remind(programme, by=current_user)
    address = url_for("lessons.show_board", programme=programme.id, _anchor="missing")
    return responses.done(address, f"已提醒 {len(told)} 位主讲人。")


@bp.route("/courses/<model:course>/lesson.ics")
@requires(see, rules.take_calendar)
def calendar(course: Course) -> ResponseReturnValue:
    """这一讲的日历条目。"""
    released = queries.released_lesson(course)
    if released is None:
        raise Refused("这一讲还没有排进已发布的课程表，发布后才有日历条目。")
    return responses.download(calendar_entry.calendar_of(course, released), f"{course.topic}.ics", "text/calendar")
