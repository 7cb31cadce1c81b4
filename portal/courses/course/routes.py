"""Routes of one course."""

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.courses import rules
from portal.courses.blueprint import bp, checked, chosen, course_done
from portal.courses.course import operations
from portal.courses.course.forms import CourseForm, DeliveryForm, NewCourseForm, OutlineForm
from portal.courses.course.page import course_page, material_form
from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.courses.programme import queries as programme_queries
from portal.courses.rota import queries as rota_queries
from portal.courses.rota.forms import named_by
from portal.people.departments.queries import departments
from portal.web import forms as web_forms
from portal.web import responses
from portal.web.guards import requires


@bp.route("/programmes/<model:programme>/courses/new", methods=["GET", "POST"])
@requires(rules.read, rules.plan)
def add_course(programme: CourseProgramme) -> ResponseReturnValue:
    """添加课程。"""
    form, fields, offices, turns = NewCourseForm(), programme_queries.fields(), departments(), rota_queries.rota()
    form.offer(fields, offices, programme)
    form.lecturer_id.offer([turn.person for turn in turns], named_by(turns))
    if form.ready():
        course = form.attempt(
            operations.add_course,
            programme,
            form.topic.data,
            chosen(fields, form.field_id.data),
            department=chosen(offices, form.department_id.data),
            lecturer=chosen([turn.person for turn in turns], form.lecturer_id.data),
            aims=form.aims.data,
            minutes=form.minutes.data,
            month=form.month,
            by=current_user,
        )
        if course is not None:
            return responses.done(url_for("courses.show", course=course.id), "课程已列入计划。")
    return responses.show(
        "courses/course/course_form.html",
        form=form,
        programme=programme,
        course=None,
        suggested=rota_queries.suggested(turns),
    )


@bp.get("/courses/<model:course>")
@requires(rules.see)
def show(course: Course) -> ResponseReturnValue:
    """一门课程：讲什么、何时何地、还差什么，以及课件。"""
    return course_page(course, material_form(course))


@bp.route("/courses/<model:course>/edit", methods=["GET", "POST"])
@requires(rules.see, rules.plan)
def edit_course(course: Course) -> ResponseReturnValue:
    """修改课程。"""
    form, fields, offices = CourseForm(thing=course), programme_queries.fields(), departments()
    form.offer(fields, offices, course.programme, course)
    if form.ready():
        edited = form.attempt(
            operations.edit_course,
            course,
            form.seen,
            topic=form.topic.data,
            field=chosen(fields, form.field_id.data),
            department=chosen(offices, form.department_id.data),
            aims=form.aims.data,
            minutes=form.minutes.data,
            month=form.month,
            by=current_user,
        )
        if edited is not None:
            return course_done(edited, "已保存。")
    return responses.show("courses/course/course_form.html", form=form, programme=course.programme, course=course)


@bp.route("/courses/<model:course>/outline", methods=["GET", "POST"])
@requires(rules.see, rules.prepare, transition="write_outline")
def write_outline(course: Course) -> ResponseReturnValue:
    """填写讲课提纲。"""
    form = OutlineForm(thing=course)
    if form.ready():
        written = form.attempt(operations.write_outline, course, form.seen, form.outline.data, by=current_user)
        if written is not None:
            return course_done(written, "提纲已保存。")
    return responses.show("courses/course/outline.html", form=form, course=course)


@bp.post("/courses/<model:course>/delivery")
@requires(rules.see, rules.plan, transition="deliver")
def deliver(course: Course) -> ResponseReturnValue:
    """登记已讲授。"""
    operations.deliver(course, checked(DeliveryForm()).day.data, by=current_user)
    return course_done(course, "已登记讲授，计入轮值。")


@bp.post("/courses/<model:course>/publication")
@requires(rules.see, rules.plan, transition="publish")
def publish(course: Course) -> ResponseReturnValue:
    """课程入库。"""
    operations.publish(course, by=current_user)
    return course_done(course, "课程已入库。")


@bp.post("/courses/<model:course>/cancellation")
@requires(rules.see, rules.plan, transition="cancel")
def cancel(course: Course) -> ResponseReturnValue:
    """取消课程。"""
    operations.cancel(course, checked(web_forms.Why()).why.data, by=current_user)
    return course_done(course, "课程已取消。")
