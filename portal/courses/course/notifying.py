"""Notify the lecturer and the secretaries of what happens to a course."""

from portal.courses.models.courses import Course
from portal.inbox.operations import notify
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge


def notify_lecturer(course: Course, what: str, by: User, body: str = "") -> None:
    """Notify the lecturer, unless it was the lecturer who did it."""
    if course.lecturer and course.lecturer_id != by.id:
        notify([course.lecturer], f"{what}：{course}", f"/courses/{course.id}", body=body)


def notify_secretaries(course: Course, what: str, by: User, body: str = "", *, url: str = "") -> None:
    """Notify the other secretaries."""
    others = in_charge(Role.secretary, but=by)
    notify(others, f"{what}：{course}", url or f"/courses/{course.id}", body=body)
