"""Doors of the lessons room."""

from collections.abc import Sequence

from flask import Blueprint, Flask, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock, errands, pages
from portal.access import needs
from portal.courses import planning
from portal.courses.models import Course, CourseProgramme
from portal.courses.queries import programme as find_programme
from portal.courses.queries import programmes
from portal.courses.rules import see
from portal.errors import Refused
from portal.forms import posted_ids
from portal.lessons import forms, operations, queries, rules, study, timetable
from portal.pages import Column, Filter, Listing
from portal.people.models import Department, User
from portal.people.queries import departments

bp = Blueprint("lessons", __name__)


# ── the schedule ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/programmes/<thing:programme>/schedule")
@needs(rules.read_schedule)
def schedule(programme: CourseProgramme) -> ResponseReturnValue:
    """已发布的课程表和变更记录；打印在一页 A4 上。"""
    return pages.show(
        "lessons/schedule.html",
        programme=programme,
        programmes=programmes(),
        lessons=queries.schedule_of(programme),
        releases=queries.releases(programme),
    )


NOTHING_RELEASED = "课程表还没有发布，发布后才能打印。"


def nothing_released(programme: CourseProgramme) -> str | None:
    """Why there is nothing to print, or None."""
    return None if queries.latest_release(programme) else NOTHING_RELEASED


@bp.post("/programmes/<thing:programme>/schedule/pdf")
@needs(rules.read_schedule, when=(nothing_released,))
def print_schedule(programme: CourseProgramme) -> ResponseReturnValue:
    """把已发布的课程表排成一页 A4 的 PDF。"""
    if obstacle := nothing_released(programme):
        raise Refused(obstacle)
    label = f"{timetable.name_of(programme)}（PDF）"
    errand = errands.ask("lessons.print_schedule", by=current_user, label=label, facts={"programme": programme.id})
    return pages.done(errands.address_of(errand), "正在排版。")


@errands.kind("lessons.print_schedule", "课程表（PDF）")
def lay_out_schedule(errand: errands.Errand, progress: errands.Progress) -> errands.Made:
    """The schedule as it was released last; no transaction is open while it is laid out."""
    programme = find_programme(errand.facts["programme"])
    release = queries.latest_release(programme) if programme else None
    if programme is None or release is None:
        raise Refused(NOTHING_RELEASED)
    lessons, without = queries.schedule_of(programme), queries.without_a_day(programme)
    page = timetable.paper_of(programme, release, lessons, without)
    progress(0, 1)
    draft = errands.fresh_draft()
    draft.write_bytes(timetable.pdf_of(page))
    name = f"{page.title}（第 {release.number} 版）.pdf"
    return errands.Made("已排成 PDF，一页 A4。", draft=draft, name=name, media_type="application/pdf")


@bp.route("/programmes/<thing:programme>/board")
@needs(rules.read_schedule, rules.schedule)
def show_board(programme: CourseProgramme) -> ResponseReturnValue:
    """排课：把课程拖到会议上，或从列表中选择会议；发布之前什么都不变。"""
    return pages.show(
        "lessons/board.html",
        fragment="lessons/_board.html",
        board=queries.board(programme),
        form=forms.ReleaseForm(),
    )


@bp.post("/courses/<thing:course>/placement")
@needs(see, rules.place)
def place(course: Course) -> ResponseReturnValue:
    """把课程排到一次会议，或移出。"""
    meeting = None
    if request.form.get("meeting"):
        meeting = queries.upcoming_meeting(next(iter(posted_ids("meeting")), 0))
        if meeting is None:
            raise Refused("这次会议已经开始、结束或取消，请刷新页面后重新选择。")
    operations.place(course, meeting, by=current_user)
    address = url_for("lessons.show_board", programme=course.programme_id)
    if not pages.is_fragment_request():
        return pages.done(address, "已记下，发布后生效。")
    return pages.done(
        address,
        fragment="lessons/_board.html",
        board=queries.board(course.programme),
        form=forms.ReleaseForm(formdata=None),  # the one-time id that was posted is the move's
    )


@bp.post("/programmes/<thing:programme>/board/return")
@needs(rules.read_schedule, rules.schedule)
def discard(programme: CourseProgramme) -> ResponseReturnValue:
    """放弃没有发布的排期变更。"""
    operations.discard(programme, by=current_user)
    return pages.done(url_for("lessons.show_board", programme=programme.id), "已放弃，恢复到现在的议程。")


@bp.post("/programmes/<thing:programme>/release")
@needs(rules.read_schedule, rules.schedule)
def release(programme: CourseProgramme) -> ResponseReturnValue:
    """发布课程表。"""
    form = forms.ReleaseForm()
    if form.ready():
        made = form.attempt(operations.release, programme, form.note.data or "", by=current_user)
        if made is not None:
            address = url_for("lessons.schedule", programme=programme.id)
            return pages.done(address, f"{made}已发布，有变更的主讲人已收到消息。")
    return pages.show("lessons/board.html", board=queries.board(programme), form=form)


@bp.post("/programmes/<thing:programme>/reminders")
@needs(rules.read_schedule, rules.schedule)
def remind(programme: CourseProgramme) -> ResponseReturnValue:
    """催交课件，只提醒没有交齐的主讲人。"""
    told = operations.remind(programme, by=current_user)
    address = url_for("lessons.show_board", programme=programme.id, _anchor="missing")
    return pages.done(address, f"已提醒 {len(told)} 位主讲人。")


@bp.route("/courses/<thing:course>/lesson.ics")
@needs(see, rules.take_calendar)
def calendar(course: Course) -> ResponseReturnValue:
    """这一讲的日历条目。"""
    released = queries.released_lesson(course)
    if released is None:
        raise Refused("这一讲还没有排进已发布的课程表，发布后才有日历条目。")
    return pages.download(operations.calendar_of(course, released), f"{course.topic}.ics", "text/calendar")


# ── feedback ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/courses/<thing:course>/feedback", methods=["GET", "POST"])
@needs(see, rules.give_feedback)
def give_feedback(course: Course) -> ResponseReturnValue:
    """听课反馈。"""
    form = forms.FeedbackForm()
    answered = study.has_answered(current_user, course)
    if form.ready():
        marks = int(form.useful.data), int(form.clear.data)
        operations.give_feedback(course, *marks, form.wish.data or "", by=current_user)
        return pages.done(url_for("courses.show", course=course.id), "谢谢您的反馈。")
    return pages.show("lessons/feedback.html", form=form, course=course, answered=answered)


@bp.route("/courses/<thing:course>/opinions")
@needs(see, rules.read_feedback)
def opinions(course: Course) -> ResponseReturnValue:
    """听课反馈的结果。"""
    return pages.show(
        "lessons/opinions.html",
        course=course,
        opinions=study.opinions_of(course),
        marks=forms.MARKS,
        fewest=study.FEWEST,
    )


# ── study hours ────────────────────────────────────────────────────────────────────────────────────────────────────

COLUMNS = (
    Column("单位", lambda row: row.User.department.name if row.User.department else "", 24),
    Column("姓名", lambda row: row.User.name, 14),
    Column("听课（讲）", lambda row: row.listened, 12),
    Column("主讲（讲）", lambda row: row.taught, 12),
    Column("学时", lambda row: float(study.hours(row.minutes)), 10),
)


@bp.route("/study-hours")
@needs(rules.read_study_hours)
def study_hours() -> ResponseReturnValue:
    """全体首席服务官一年的学时。"""
    known = study.years() or [clock.today().year]
    year = _wanted_year(known)
    query = study.year_of(year)
    columns = query.selected_columns
    listing = Listing(
        query,
        {
            "rank": (Department.rank, User.rank, User.id),
            "hours": (columns.minutes, User.id),
            "listened": (columns.listened, User.id),
            "taught": (columns.taught, User.id),
        },
        "rank",
        filters=[
            Filter("year", "年度", lambda query, _: query, "choice", [(str(one), f"{one}年") for one in known]),
            Filter(
                "unit", "单位", pages.equals(User.department_id), "choice",
                [(str(one.id), one.short) for one in departments()],
            ),
            Filter("name", "姓名", pages.contains(User.name)),
        ],
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel(f"{year}年学时", COLUMNS)
    return pages.show("lessons/study_hours.html", listing=listing, year=year, hours=study.hours)


def _wanted_year(known: Sequence[int]) -> int:
    typed = request.args.get("year", "")
    return next((one for one in known if str(one) == typed), known[0])


@bp.route("/study-hours/<thing:person>")
@needs(rules.see_study_hours)
def own_study_hours(person: User) -> ResponseReturnValue:
    """一个人的学时，逐讲列出。"""
    by_year: dict[int, list[study.Lesson]] = {}
    for one in study.lessons_of(person):
        by_year.setdefault(one.day.year, []).append(one)
    return pages.show("lessons/own_study_hours.html", person=person, by_year=by_year, hours=study.hours)


# ── what other pages show ──────────────────────────────────────────────────────────────────────────────────────────


def init_app(app: Flask) -> None:
    """Let the room of courses know the days of lessons, and its pages show where and before whom they are given."""
    app.jinja_env.globals.update(schedule_changes_of=queries.changes_of)
    if queries.sittings_of not in planning.schedules:
        planning.schedules.append(queries.sittings_of)
        planning.doubters.append(queries.doubts)
