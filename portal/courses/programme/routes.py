"""Routes of programmes, their planning, policy fields, and several courses at once."""

from collections.abc import Sequence

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.courses import rules
from portal.courses.blueprint import bp, plan_url
from portal.courses.course import sittings
from portal.courses.materials import queries as materials_queries
from portal.courses.models.courses import Course, CourseState
from portal.courses.models.programmes import CourseProgramme
from portal.courses.programme import operations, planning, queries, several
from portal.courses.programme.forms import FieldForm, ProgrammeForm, SeveralForm
from portal.courses.rota import queries as rota_queries
from portal.db import clock
from portal.errors import Unreadable
from portal.people.departments.queries import departments
from portal.web import filters, responses, spreadsheet
from portal.web import listing as web_listing
from portal.web.guards import requires

COLUMNS = [
    spreadsheet.Column("讲次", lambda course: course.number, 8),
    spreadsheet.Column("课题", lambda course: course.topic, 40),
    spreadsheet.Column("政策领域", lambda course: course.field.name),
    spreadsheet.Column("主讲人", lambda course: course.lecturer.titled if course.lecturer else "", 20),
    spreadsheet.Column("时长（分钟）", lambda course: course.minutes, 12),
    spreadsheet.Column("状态", lambda course: course.state.label, 10),
    spreadsheet.Column("课件", lambda course: course.slides.label, 10),
    spreadsheet.Column("讲授日期", lambda course: course.delivered_on, 14),
]


@bp.get("/courses")
@requires(rules.read)
def index() -> ResponseReturnValue:
    """现行的讲业务课程计划。"""
    programmes = queries.programmes()
    return _programme_page(programmes[0] if programmes else None, programmes)


@bp.get("/programmes/<model:programme>")
@requires(rules.read)
def show_programme(programme: CourseProgramme) -> ResponseReturnValue:
    """一期讲业务课程计划。"""
    return _programme_page(programme, queries.programmes())


def _programme_page(programme: CourseProgramme | None, programmes: Sequence[CourseProgramme]) -> Response:
    waiting = materials_queries.queue() if rules.review(current_user, None) else []
    if programme is None:
        return responses.show(
            "courses/programme/index.html", programme=None, programmes=programmes, queue=waiting, days={}
        )
    listing = _listing(programme)
    if listing.wants_export:
        return listing.excel(programme.title, COLUMNS)
    return responses.show(
        "courses/programme/index.html",
        programme=programme,
        programmes=programmes,
        listing=listing,
        queue=waiting,
        days=sittings.days_of([*listing.rows, *(one.course for one in waiting)]),
    )


def _listing(programme: CourseProgramme) -> web_listing.Listing:
    return web_listing.Listing(
        queries.courses_of(programme),
        sorts={"number": Course.number, "topic": Course.topic, "state": (Course.state, Course.number)},
        sort="number",
        filters=[
            filters.Filter(
                "field",
                "政策领域",
                filters.equals(Course.field_id),
                kind="choice",
                choices=[(str(one.id), one.name) for one in queries.fields()],
            ),
            filters.Filter(
                "state", "状态", filters.equals(Course.state), kind="choice", choices=filters.choices_of(CourseState)
            ),
        ],
        options=queries.ROW,
    )


@bp.get("/programmes/<model:programme>/plan")
@requires(rules.read)
def show_plan(programme: CourseProgramme) -> ResponseReturnValue:
    """规划：领域和月份覆盖到哪里，还缺什么，轮到谁讲，哪些要留意。"""
    plan = planning.plan_of(programme)
    plans = rules.plan(current_user, None)
    bare = plans and any(one.is_planned and one.lecturer_id is None for one in plan.lessons)
    return responses.show(
        "courses/programme/plan.html",
        programme=programme,
        plan=plan,
        coverage=planning.coverage(plan),
        doubts=planning.doubts(plan) if plans else [],
        proposals=rota_queries.proposals(plan.lessons, plan.days, rota_queries.rota()) if bare else {},
        plans=plans,
    )


@bp.route("/programmes/new", methods=["GET", "POST"])
@requires(rules.plan)
def add_programme() -> ResponseReturnValue:
    """新建课程计划。"""
    form = ProgrammeForm(data={"year": clock.today().year, "title": f"{clock.today().year} 年讲业务课程计划"})
    if form.ready():
        programme = form.attempt(
            operations.add_programme,
            form.title.data,
            form.year.data,
            form.about.data,
            first_month=form.first_month.data or 1,
            last_month=form.last_month.data or 12,
            by=current_user,
        )
        if programme is not None:
            return responses.done(_programme_url(programme), "课程计划已建立，请添加课程，可以一次添加多讲。")
    return responses.show("courses/programme/programme_form.html", form=form, programme=None)


@bp.route("/programmes/<model:programme>/edit", methods=["GET", "POST"])
@requires(rules.read, rules.plan)
def edit_programme(programme: CourseProgramme) -> ResponseReturnValue:
    """修改课程计划。"""
    form = ProgrammeForm(thing=programme)
    if form.ready():
        edited = form.attempt(
            operations.edit_programme,
            programme,
            form.seen,
            title=form.title.data,
            year=form.year.data,
            about=form.about.data,
            first_month=form.first_month.data or 1,
            last_month=form.last_month.data or 12,
            by=current_user,
        )
        if edited is not None:
            return responses.done(_programme_url(edited), "已保存。")
    return responses.show("courses/programme/programme_form.html", form=form, programme=programme)


@bp.route("/courses/fields", methods=["GET", "POST"])
@requires(rules.plan)
def add_field() -> ResponseReturnValue:
    """政策领域。"""
    fields = queries.fields()
    form = FieldForm(data={"rank": max((one.rank for one in fields), default=0) + 1})
    if form.ready():
        field = form.attempt(operations.add_field, form.name.data, form.rank.data, by=current_user)
        if field is not None:
            return responses.done(url_for("courses.add_field"), "已添加。")
    return responses.show("courses/programme/fields.html", form=form, fields=queries.fields())


@bp.route("/programmes/<model:programme>/courses/several", methods=["GET", "POST"])
@requires(rules.read, rules.plan)
def add_courses(programme: CourseProgramme) -> ResponseReturnValue:
    """批量添加课程。"""
    form = SeveralForm()
    known = several.Known(programme, queries.fields(), departments(), [one.person for one in rota_queries.rota()])
    if form.ready() and (rows := _read_several(form, known)):
        made = form.attempt(
            operations.add_courses,
            programme,
            [(row.topic, row.field, row.facts) for row in rows],
            by_rota=form.by_rota.data,
            by=current_user,
        )
        if made is not None:
            return responses.done(plan_url(programme), f"已添加 {len(made)} 讲。")
    return responses.show(
        "courses/programme/several.html", form=form, programme=programme, known=known, columns=several.COLUMNS
    )


def _read_several(form: SeveralForm, known: several.Known) -> list[several.Row]:
    try:
        return several.read(form.rows.data or "", known)
    except Unreadable as refusal:
        form.refusals += str(refusal).splitlines()
        form.status = refusal.status
        return []


def _programme_url(programme: CourseProgramme) -> str:
    return url_for("courses.show_programme", programme=programme.id)
