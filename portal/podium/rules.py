"""Who follows a lesson, turns its slides, asks and answers."""

from portal.access import hidden
from portal.courses.rules import gives, sees_drafts
from portal.courses.rules import see as see_course
from portal.meetings.rules import chairs, takes_record
from portal.meetings.rules import see as see_meeting
from portal.people.models import User
from portal.people.rules import is_secretary
from portal.podium.models import Question
from portal.podium.queries import Lesson, lesson_asked_about


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
