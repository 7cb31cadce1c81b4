"""Who may schedule lessons, take their calendar entries, say what they thought, and read study hours."""

from portal.access import hidden
from portal.courses.models import Course, CourseProgramme
from portal.courses.rules import gives, read
from portal.lessons import study
from portal.people.models import Role, User
from portal.people.rules import holds, is_secretary


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
    return not gives(user, course) and study.listened(user, course)


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
