"""Operations on lecturers: appointing, asking, swapping, substituting, and pausing a turn."""

from datetime import date

from portal.courses.course import sittings
from portal.courses.course.indexing import let_course_be_found
from portal.courses.course.notifying import notify_lecturer, notify_secretaries
from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.courses.models.rota import ChangeKind, LecturerChange, RotaPause
from portal.courses.programme import queries as programme_queries
from portal.courses.rota import queries
from portal.db import clock, journal
from portal.db.engine import add, db
from portal.errors import Refused
from portal.inbox.operations import notify
from portal.people.models.accounts import User


def appoint(course: Course, lecturer: User, *, by: User) -> Course:
    """指定主讲人；已经邀请过别人的，回到“已计划”，等待重新邀请。"""
    before = _replaced(course, lecturer)
    course.lifecycle.fire(course, "appoint", by=by, before=before.name if before else "", after=lecturer.name)
    _give_to(course, lecturer, ChangeKind.appointed, by)
    _tell_released(course, before, by)
    return course


def appoint_by_rota(programme: CourseProgramme, *, by: User) -> list[Course]:
    """按轮值为没有主讲人的课程逐一指定主讲人。"""
    lessons = programme_queries.lessons_in(programme)
    proposed = queries.proposals(lessons, sittings.days_of(lessons), queries.rota())
    if not proposed:
        raise Refused("没有可以按轮值指定的课程：每讲都有主讲人了，或轮值名单上的人都已有课。")
    return [appoint(one, proposed[one.id].person, by=by) for one in lessons if one.id in proposed]


def ask(course: Course, lecturer: User, *, by: User) -> Course:
    """请一位首席服务官主讲：指定并邀请，等其确认。"""
    before = _replaced(course, lecturer)
    course.lifecycle.fire(course, "ask", by=by, before=before.name if before else "", after=lecturer.name)
    _give_to(course, lecturer, ChangeKind.asked, by)
    notify_lecturer(course, "请您确认主讲", by)
    _tell_released(course, before, by)
    return course


def invite(course: Course, *, by: User) -> Course:
    """邀请主讲人，请其确认。"""
    course.lifecycle.fire(course, "invite", by=by, lecturer=course.lecturer.name if course.lecturer else "")
    notify_lecturer(course, "请您确认主讲", by)
    db.session.flush()
    return course


def confirm(course: Course, *, by: User) -> Course:
    """主讲人确认主讲。"""
    course.lifecycle.fire(course, "confirm", by=by)
    notify_secretaries(course, f"{by.name}已确认主讲", by)
    db.session.flush()
    return course


def decline(course: Course, why: str, *, by: User) -> Course:
    """主讲人说明理由后谢绝；课程回到“已计划”，并按轮值提出下一位。"""
    course.lifecycle.fire(course, "decline", by=by, why=why, lecturer=by.name)
    _give_to(course, None, ChangeKind.declined, by, why)
    following = queries.proposals([course], {}, queries.rota()).get(course.id)
    hint = f"轮值下一位：{following.person.titled}（{following.words}）。" if following else "轮值名单上没有空闲的人。"
    notify_secretaries(course, f"{by.name}不能主讲", by, f"{why}\n{hint}", url=f"/courses/{course.id}/lecturer")
    return course


def substitute(course: Course, lecturer: User, *, by: User) -> Course:
    """请人代讲：由另一位首席服务官讲这一课，等其确认；轮值按实际主讲人计。"""
    before = _replaced(course, lecturer)
    course.lifecycle.fire(course, "substitute", by=by, before=before.name if before else "", after=lecturer.name)
    _give_to(course, lecturer, ChangeKind.substituted, by)
    notify_lecturer(course, f"请您代{before.name if before else ''}主讲并确认", by)
    if before and before.id != by.id:
        notify([before], f"已请{lecturer.name}代您主讲：{course}", f"/courses/{course.id}")
    notify_secretaries(course, f"{by.name}请{lecturer.name}代讲", by)
    return course


def swap(course: Course, other: Course, *, by: User) -> Course:
    """两课对调主讲人，请两位分别确认。"""
    if course.lecturer is None or other.lecturer is None or course.lecturer_id == other.lecturer_id:
        raise Refused("只能与另一位主讲人的课对调，请刷新页面后重新选择。")
    other.lifecycle.fire(other, "swap", by=by, before=other.lecturer.name, after=course.lecturer.name)
    course.lifecycle.fire(course, "swap", by=by, before=course.lecturer.name, after=other.lecturer.name)
    mine, theirs = course.lecturer, other.lecturer
    _give_to(course, theirs, ChangeKind.swapped, by)
    _give_to(other, mine, ChangeKind.swapped, by)
    for one in (course, other):
        notify_lecturer(one, "您的课已对调，请确认主讲", by)
    return course


def pause_turn(person: User, until: date | None, why: str, *, by: User) -> RotaPause:
    """暂停一个人的轮值，写明理由；可以写到哪天为止。"""
    if not why.strip():
        raise Refused("请写明暂停轮值的理由。")
    paused = queries.pause(person.id) or RotaPause(user_id=person.id)
    paused.until, paused.why = until, why
    db.session.add(paused)
    until_text = until.isoformat() if until else ""
    journal.record(by, "courses.pause_turn", person, "暂停轮值", why=why, until=until_text)
    db.session.flush()
    return paused


def resume_turn(person: User, *, by: User) -> None:
    """恢复一个人的轮值。"""
    paused = queries.pause(person.id)
    if paused is None:
        raise Refused(f"{person.name}没有暂停轮值，不需要恢复。")
    db.session.delete(paused)
    journal.record(by, "courses.resume_turn", person, "恢复轮值")
    db.session.flush()


def _replaced(course: Course, lecturer: User) -> User | None:
    if course.lecturer_id == lecturer.id:
        raise Refused(f"主讲人已经是{lecturer.name}，不需要更换。")
    return course.lecturer


def _give_to(course: Course, lecturer: User | None, kind: ChangeKind, by: User, why: str = "") -> None:
    before, course.lecturer = course.lecturer, lecturer
    course.secrecy_signed_at = course.secrecy_signed_by_id = None
    note_change(course, kind, before, lecturer, by, why)
    let_course_be_found(course)


def note_change(
    course: Course, kind: ChangeKind, before: User | None, after: User | None, by: User, why: str = ""
) -> None:
    """Note how a course came by its lecturer."""
    add(
        LecturerChange(
            course=course,
            kind=kind,
            before_id=before.id if before else None,
            after_id=after.id if after else None,
            by_id=by.id,
            at=clock.now(),
            why=why,
        )
    )


def _tell_released(course: Course, before: User | None, by: User) -> None:
    """Whoever had the lesson learns that it is another's now."""
    if before and before.id != by.id and before.active:
        notify(
            [before],
            f"这一讲改由{course.lecturer.name if course.lecturer else '别人'}主讲：{course}",
            f"/courses/{course.id}",
        )
