"""Who may schedule lessons, follow them, turn slides, ask and answer, say what they thought, and read study hours."""

from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.courses.rules import gives, read, sees_drafts
from portal.courses.rules import see as see_course
from portal.lessons.classroom.queries import Lesson, lesson_asked_about
from portal.lessons.models.classroom import Question
from portal.lessons.study_hours import queries as study_hours_queries
from portal.meetings.rules import chairs, takes_record
from portal.meetings.rules import see as see_meeting
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.rules import holds, is_secretary
from portal.web.guards import hidden


@hidden
def read_schedule(user: User, programme: CourseProgramme) -> bool:
    """只有首席服务官、会议秘书、市级领导、督查员和档案员可以查看课程表。"""
    return read(user, programme)


def schedule(user: User, programme: CourseProgramme) -> bool:
    """只有会议秘书可以排课、发布课程表和催交课件。"""
    return is_secretary(user)


def place(user: User, course: Course) -> bool:
    """只有会议秘书可以为课程排期。"""
    return is_secretary(user)


def take_calendar(user: User, course: Course) -> bool:
    """只有主讲人和会议秘书可以下载这一讲的日历条目。"""
    return gives(user, course) or is_secretary(user)


def give_feedback(user: User, course: Course) -> bool:
    """只有签到听过这一讲的人可以反馈，主讲人除外。"""
    return not gives(user, course) and study_hours_queries.listened(user, course)


def read_feedback(user: User, course: Course) -> bool:
    """只有主讲人和会议秘书可以查看反馈。"""
    return gives(user, course) or is_secretary(user)


def read_study_hours(user: User, thing: object) -> bool:
    """只有会议秘书、市级领导和督查员可以查看全体人员的学时。"""
    return holds(user, Role.secretary, Role.leader, Role.supervisor)


@hidden
def see_study_hours(user: User, person: User) -> bool:
    """只有本人、会议秘书、市级领导和督查员可以查看学时。"""
    return user.id == person.id or read_study_hours(user, person)


@hidden
def see(user: User, lesson: Lesson) -> bool:
    """只有主讲人、会议秘书和可以查看这门课程的人员可以进入课堂。"""
    return see_course(user, lesson.course)


def drive(user: User, lesson: Lesson) -> bool:
    """只有主讲人、会议秘书、记录人和主持人可以翻页。"""
    meeting = lesson.meeting
    in_charge = meeting is not None and (takes_record(user, meeting) or chairs(user, meeting))
    return gives(user, lesson.course) or is_secretary(user) or in_charge


@hidden
def see_on_screen(user: User, lesson: Lesson) -> bool:
    """只有翻页的人和可以查看课件的人员可以查看正在放映的课件。"""
    return see(user, lesson)


def ask(user: User, lesson: Lesson) -> bool:
    """只有能参加这次会议的人员可以提问。"""
    if lesson.meeting is None:
        return see_course(user, lesson.course)
    return gives(user, lesson.course) or see_meeting(user, lesson.meeting)


def note_question(user: User, lesson: Lesson) -> bool:
    """只有会议秘书和记录人可以代别人记下提问。"""
    return is_secretary(user) or (lesson.meeting is not None and takes_record(user, lesson.meeting))


@hidden
def see_question(user: User, question: Question) -> bool:
    """只有可以查看这门课程的人员可以查看提问。"""
    return see_course(user, question.course)


def answer(user: User, question: Question) -> bool:
    """只有主讲人、会议秘书、记录人和主持人可以登记答复。"""
    return drive(user, lesson_asked_about(question))


def raise_item(user: User, question: Question) -> bool:
    """只有主讲人、会议秘书、记录人和主持人可以把提问转为议题。"""
    return drive(user, lesson_asked_about(question))


def assign(user: User, question: Question | None) -> bool:
    """只有会议秘书可以把提问转为交办事项。"""
    return is_secretary(user)


def withdraw(user: User, question: Question) -> bool:
    """只有提问人可以撤回自己的提问。"""
    return user.id == question.asked_by_id


def may_look(user: User, lesson: Lesson, shown_to_readers: bool) -> bool:
    """Whether this person may see the slide that is on: what is for after the meeting is on the room's screen alone."""
    return shown_to_readers or drive(user, lesson) or sees_drafts(user, lesson.course)
