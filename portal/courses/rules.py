"""Who may plan, give and read courses, and who sees slides before they have passed."""

from typing import Any

from portal.access import hidden
from portal.courses.models import Course, Material, MaterialPage, MaterialVersion
from portal.courses.queries import FOR_READERS, FOR_REVIEWERS
from portal.people.models import Role, User
from portal.people.rules import holds, is_secretary


@hidden
def read(user: User, thing: Any) -> bool:
    """只有首席服务官、会议秘书、市级领导、督查员和档案员可以查看讲业务课程。"""
    return holds(user, Role.officer, Role.secretary, Role.leader, Role.supervisor, Role.archivist)


@hidden
def see(user: User, course: Course) -> bool:
    """只有首席服务官、会议秘书、市级领导、督查员、档案员和主讲人可以查看这门课程。"""
    return gives(user, course) or read(user, course)


@hidden
def see_slides(user: User, version: MaterialVersion) -> bool:
    """这份课件还没有开放查看，目前只有主讲人、会议秘书和市级领导可以查看。"""
    if sees_drafts(user, version.material.course):
        return True
    return version.was_approved and version.material.is_for_readers and read(user, version)


@hidden
def see_material(user: User, material: Material) -> bool:
    """这份课件还没有开放查看，目前只有主讲人、会议秘书和市级领导可以查看。"""
    return any(see_slides(user, version) for version in material.versions)


@hidden
def see_page(user: User, page: MaterialPage) -> bool:
    """这份课件还没有开放查看，目前只有主讲人、会议秘书和市级领导可以查看。"""
    return see_slides(user, page.version)


def plan(user: User, thing: Any) -> bool:
    """只有会议秘书可以安排讲业务课程。"""
    return is_secretary(user)


def answer(user: User, course: Course) -> bool:
    """只有这门课的主讲人可以答复是否主讲。"""
    return gives(user, course)


def prepare(user: User, course: Course) -> bool:
    """只有这门课的主讲人和会议秘书可以填写提纲。"""
    return gives(user, course) or is_secretary(user)


def find_substitute(user: User, course: Course) -> bool:
    """只有这门课的主讲人和会议秘书可以请人代讲。"""
    return gives(user, course) or is_secretary(user)


def submit_material(user: User, course: Course) -> bool:
    """只有这门课的主讲人和会议秘书可以提交课件。"""
    return gives(user, course) or is_secretary(user)


def set_visibility(user: User, material: Material) -> bool:
    """只有这门课的主讲人和会议秘书可以改变课件何时公开。"""
    return submit_material(user, material.course)


def retry_conversion(user: User, version: MaterialVersion) -> bool:
    """只有这门课的主讲人和会议秘书可以重新生成预览。"""
    return submit_material(user, version.material.course)


def review(user: User, material: Material | None) -> bool:
    """只有会议秘书可以审核课件。"""
    return is_secretary(user)


def gives(user: User, course: Course) -> bool:
    """Whether this person is the lecturer."""
    return bool(user.is_authenticated) and course.lecturer_id == user.id


def reads_all_drafts(user: User) -> bool:
    """Whether this person sees the slides of every course before they have passed."""
    return holds(user, Role.secretary, Role.leader)


def sees_drafts(user: User, course: Course) -> bool:
    """Whether this person sees the slides of this course before they have passed."""
    return gives(user, course) or reads_all_drafts(user)


def scopes_of(user: User) -> set[str]:
    """The scopes of search in which this person may find courses and slides."""
    scopes = {FOR_READERS} if read(user, None) else set()
    return scopes | {FOR_REVIEWERS} if reads_all_drafts(user) else scopes
