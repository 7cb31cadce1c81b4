"""Operations on one course: adding and changing it, its outline, giving, publishing and cancelling it."""

from datetime import date
from typing import TypedDict, Unpack

from portal.courses.course.indexing import let_course_be_found
from portal.courses.course.notifying import notify_lecturer
from portal.courses.materials.operations import let_slides_be_found
from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme, PolicyField
from portal.courses.models.rota import ChangeKind
from portal.courses.rota.operations import note_change
from portal.db import journal
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.db.numbers import next_number
from portal.people.models.accounts import User
from portal.people.models.departments import Department


class CourseFacts(TypedDict, total=False):
    """What can be said of a course."""

    department: Department | None
    lecturer: User | None
    aims: str
    minutes: int
    month: date | None


def add_course(
    programme: CourseProgramme, topic: str, field: PolicyField, *, by: User, **facts: Unpack[CourseFacts]
) -> Course:
    """添加课程。"""
    course: Course = add(
        Course(
            programme=programme,
            number=next_number(f"courses.programme.{programme.id}"),
            topic=topic,
            field=field,
            **facts,
        )
    )
    journal.record(by, "courses.add_course", course, "添加课程", number=course.number)
    if course.lecturer:
        note_change(course, ChangeKind.appointed, None, course.lecturer, by)
    let_course_be_found(course)
    return course


def edit_course(
    course: Course,
    seen: int | None,
    *,
    topic: str,
    field: PolicyField,
    department: Department | None,
    aims: str,
    minutes: int,
    month: date | None,
    by: User,
) -> Course:
    """修改课程。"""
    claim(course, seen)
    course.topic, course.field, course.department = topic, field, department
    course.aims, course.minutes, course.month = aims, minutes, month
    journal.record(by, "courses.edit_course", course, "修改课程")
    let_course_be_found(course)
    return course


def write_outline(course: Course, seen: int | None, text: str, *, by: User) -> Course:
    """填写讲课提纲。"""
    claim(course, seen)
    course.lifecycle.fire(course, "write_outline", by=by)
    course.outline = text
    db.session.flush()
    return course


def deliver(course: Course, day: date, *, by: User | None) -> Course:
    """登记课程已经讲授，计入轮值。"""
    course.lifecycle.fire(course, "deliver", by=by, day=day.isoformat())
    course.delivered_on = day
    let_course_be_found(course)
    for material in course.materials:
        let_slides_be_found(material)
    return course


def publish(course: Course, *, by: User | None) -> Course:
    """把讲过的课程收入课程库。"""
    course.lifecycle.fire(course, "publish", by=by)
    db.session.flush()
    return course


def cancel(course: Course, why: str, *, by: User) -> Course:
    """取消课程。"""
    course.lifecycle.fire(course, "cancel", by=by, why=why)
    notify_lecturer(course, "课程已取消", by, why)
    db.session.flush()
    return course
