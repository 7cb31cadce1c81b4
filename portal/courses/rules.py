"""Who may plan, give and read courses, who sees slides before they have passed, and who prepares and uses policies."""

from typing import Any

from portal.courses.models.courses import Course
from portal.courses.models.materials import Material, MaterialPage, MaterialVersion
from portal.courses.models.policies import Briefing, Policy, SourceDocument
from portal.enterprises.models.enterprises import Enterprise
from portal.enterprises.rules import see_enterprises
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.rules import holds, is_secretary
from portal.web.guards import hidden


@hidden
def read_policies(user: User, thing: Any) -> bool:
    """只有首席服务官、会议秘书、市级领导、督查员和档案员可以查看政策资料库。"""
    return read(user, thing)


@hidden
def see_policy(user: User, policy: Policy) -> bool:
    """没有入库的政策资料只有主讲人和会议秘书可以查看。"""
    return prepare_policy(user, policy) or (policy.course.is_published and read(user, policy))


@hidden
def see_source(user: User, source: SourceDocument) -> bool:
    """没有入库的政策资料只有主讲人和会议秘书可以查看。"""
    return see_policy(user, source.policy)


def prepare_policy(user: User, policy: Policy) -> bool:
    """只有主讲人和会议秘书可以整理政策资料。"""
    return gives(user, policy.course) or is_secretary(user)


def prepare_source(user: User, source: SourceDocument) -> bool:
    """只有主讲人和会议秘书可以整理政策资料。"""
    return prepare_policy(user, source.policy)


def review_policy(user: User, policy: Policy) -> bool:
    """只有会议秘书可以审核政策摘要。"""
    return is_secretary(user)


def brief(user: User, policy: Policy) -> bool:
    """只有首席服务官和会议秘书可以登记宣讲。"""
    return holds(user, Role.officer, Role.secretary)


@hidden
def see_enterprise(user: User, enterprise: Enterprise) -> bool:
    """只有首席服务官、市级领导、督查员和会议秘书可以查看企业和项目。"""
    return see_enterprises(user, enterprise)


def brief_enterprise(user: User, enterprise: Enterprise) -> bool:
    """只有首席服务官和会议秘书可以登记宣讲。"""
    return holds(user, Role.officer, Role.secretary)


def take_back(user: User, briefing: Briefing) -> bool:
    """只有登记的本人可以撤销这次宣讲。"""
    return briefing.by_id == user.id


# In which scope of search slides are found: by everybody who reads courses, or while nobody has passed them.
FOR_READERS, FOR_REVIEWERS = "courses", "courses.drafts"


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
