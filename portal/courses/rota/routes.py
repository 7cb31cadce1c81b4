"""Routes of the rota and of a course's lecturer."""

from collections.abc import Sequence

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.courses import rules
from portal.courses.blueprint import bp, checked, chosen, course_done, plan_url
from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.courses.rota import operations, queries
from portal.courses.rota.forms import LecturerForm, PauseForm, named_by
from portal.errors import Refused
from portal.people.models.accounts import User
from portal.web import forms as web_forms
from portal.web import responses
from portal.web.guards import requires


@bp.post("/programmes/<model:programme>/lecturers")
@requires(rules.read, rules.plan)
def appoint_by_rota(programme: CourseProgramme) -> ResponseReturnValue:
    """按轮值指定主讲人。"""
    made = operations.appoint_by_rota(programme, by=current_user)
    return responses.done(plan_url(programme), f"已按轮值为 {len(made)} 讲指定主讲人，请邀请其确认。")


@bp.get("/rota")
@requires(rules.read)
def rota() -> ResponseReturnValue:
    """主讲人轮值：轮到谁，为什么，怎样换过人。"""
    return responses.show("courses/rota/rota.html", turns=queries.rota(), changes=queries.changes())


@bp.route("/rota/<model:person>/pause", methods=["GET", "POST"])
@requires(rules.plan)
def pause_turn(person: User) -> ResponseReturnValue:
    """暂停一个人的轮值。"""
    form = PauseForm(thing=queries.pause(person.id))
    if form.ready():
        done = form.attempt(operations.pause_turn, person, form.until.data, form.why.data, by=current_user)
        if done is not None:
            return responses.done(url_for("courses.rota"), f"已暂停{person.name}的轮值。")
    return responses.show("courses/rota/pause.html", form=form, person=person)


@bp.post("/rota/<model:person>/return")
@requires(rules.plan)
def resume_turn(person: User) -> ResponseReturnValue:
    """恢复一个人的轮值。"""
    operations.resume_turn(person, by=current_user)
    return responses.done(url_for("courses.rota"), f"已恢复{person.name}的轮值。")


@bp.route("/courses/<model:course>/lecturer", methods=["GET", "POST"])
@requires(rules.see, rules.plan, transition="appoint")
def appoint(course: Course) -> ResponseReturnValue:
    """指定主讲人：按轮值请下一位，或另选一位，或与另一讲对调。"""
    form, turns = LecturerForm(thing=course), queries.rota()
    people = [turn.person for turn in turns]
    form.lecturer_id.offer(people, named_by(turns))
    if form.ready():
        appointed = form.attempt(operations.appoint, course, chosen(people, form.lecturer_id.data), by=current_user)
        if appointed is not None:
            return course_done(appointed, "主讲人已指定，请邀请其确认。")
    return responses.show(
        "courses/rota/lecturer.html",
        form=form,
        course=course,
        suggested=_next_for(course, turns),
        own=_of_its_department(course, turns),
        others=queries.swappable_with(course) if course.lecturer_id else [],
        changes=queries.changes_of(course),
    )


def _next_for(course: Course, turns: Sequence[queries.Turn]) -> list[queries.Turn]:
    declined = queries.decliners([course.id]).get(course.id, set())
    return queries.suggested(turns, declined | {course.lecturer_id or 0})


def _of_its_department(course: Course, turns: Sequence[queries.Turn]) -> list[queries.Turn]:
    """The people of the department that owns the policy, in the order of the rota."""
    if course.department_id is None:
        return []
    return [
        one for one in turns if one.person.department_id == course.department_id and one.person.id != course.lecturer_id
    ][: queries.SUGGESTIONS]


@bp.post("/courses/<model:course>/request")
@requires(rules.see, rules.plan, transition="ask")
def ask(course: Course) -> ResponseReturnValue:
    """请一位首席服务官主讲。"""
    operations.ask(course, _posted_lecturer(), by=current_user)
    return responses.done(responses.back() or url_for("courses.show", course=course.id), "已邀请，等待确认。")


@bp.post("/courses/<model:course>/substitution")
@requires(rules.see, rules.find_substitute, transition="substitute")
def substitute(course: Course) -> ResponseReturnValue:
    """请一位首席服务官代讲。"""
    operations.substitute(course, _posted_lecturer(), by=current_user)
    return course_done(course, "已请其代讲，等待确认。")


def _posted_lecturer() -> User:
    """The officer whose number a button carries."""
    numbers = web_forms.posted_ids("lecturer_id")
    found = next((one.person for one in queries.rota() if one.person.id in numbers[:1]), None)
    if found is None:
        raise Refused("请从轮值名单中选择一位首席服务官。")
    return found


@bp.route("/courses/<model:course>/substitute")
@requires(rules.see, rules.find_substitute, transition="substitute")
def choose_substitute(course: Course) -> ResponseReturnValue:
    """选择代讲人。"""
    turns = [one for one in queries.rota() if one.person.id != course.lecturer_id]
    return responses.show(
        "courses/rota/substitute.html", course=course, suggested=_next_for(course, turns), turns=turns
    )


@bp.post("/courses/<model:course>/swap")
@requires(rules.see, rules.plan, transition="swap")
def swap(course: Course) -> ResponseReturnValue:
    """与另一讲对调主讲人。"""
    other = next(
        (one for one in queries.swappable_with(course) if one.id in web_forms.posted_ids("other_id")[:1]), None
    )
    if other is None:
        raise Refused("只能与本计划中另一位主讲人待讲的课对调，请刷新页面后重新选择。")
    operations.swap(course, other, by=current_user)
    return course_done(course, f"已与第 {other.number} 讲对调，等待两位主讲人确认。")


@bp.post("/courses/<model:course>/invitation")
@requires(rules.see, rules.plan, transition="invite")
def invite(course: Course) -> ResponseReturnValue:
    """邀请主讲人。"""
    operations.invite(course, by=current_user)
    return course_done(course, "已邀请主讲人，等待确认。")


@bp.post("/courses/<model:course>/confirmation")
@requires(rules.see, rules.answer, transition="confirm")
def confirm(course: Course) -> ResponseReturnValue:
    """确认主讲。"""
    operations.confirm(course, by=current_user)
    return course_done(course, "已确认主讲，请按时提交课件。")


@bp.post("/courses/<model:course>/refusal")
@requires(rules.see, rules.answer, transition="decline")
def decline(course: Course) -> ResponseReturnValue:
    """谢绝主讲。"""
    operations.decline(course, checked(web_forms.Why()).why.data, by=current_user)
    return responses.done(url_for("courses.index"), "已告知会议秘书，由其按轮值另请他人。")
