"""The course programme, its courses, and their slides."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Base, Numbered, Versioned
from portal.jobs import Owed
from portal.lifecycle import HasLifecycle, Lifecycle, Move, State
from portal.people.models import Department, Labelled, User
from portal.store import StoredFile


class PolicyField(Base, Numbered):
    """科技 工信 金融 …"""

    name: Mapped[str] = mapped_column(unique=True)
    rank: Mapped[int] = mapped_column(default=0)

    def __str__(self) -> str:
        return self.name


class CourseProgramme(Base, Numbered, Versioned):
    """A season's plan of courses."""

    title: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int]
    first_month: Mapped[int] = mapped_column(default=1)
    last_month: Mapped[int] = mapped_column(default=12)
    about: Mapped[str] = mapped_column(default="")

    courses: Mapped[list["Course"]] = relationship(back_populates="programme", order_by="Course.number")

    def __str__(self) -> str:
        return self.title

    @property
    def months(self) -> list[date]:
        """The first days of the months in which it has lessons."""
        return [date(self.year, month, 1) for month in range(self.first_month, self.last_month + 1)]


class CourseState(State):
    """Where a course stands; being scheduled and having slides are facts, not states."""

    planned = "planned", "已计划", ""
    invited = "invited", "待确认", "amber"
    confirmed = "confirmed", "已确认", "blue"
    delivered = "delivered", "已讲授", "green"
    published = "published", "已入库", "green"
    cancelled = "cancelled", "已取消", ""


class Course(Base, Numbered, Versioned, HasLifecycle):
    """One lesson: topic, policy field, lecturer."""

    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("course_programme.id"), index=True)
    number: Mapped[int]
    topic: Mapped[str]
    aims: Mapped[str] = mapped_column(default="")
    field_id: Mapped[int] = mapped_column(sa.ForeignKey("policy_field.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    lecturer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    minutes: Mapped[int] = mapped_column(default=30)
    state: Mapped[CourseState] = mapped_column(default=CourseState.planned, index=True)
    month: Mapped[date | None]  # the first day of the month it is planned for; its meeting's day counts once it has one
    delivered_on: Mapped[date | None]
    outline: Mapped[str] = mapped_column(default="")
    secrecy_signed_at: Mapped[datetime | None]
    secrecy_signed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    programme: Mapped[CourseProgramme] = relationship(back_populates="courses")
    field: Mapped[PolicyField] = relationship()
    department: Mapped[Department | None] = relationship()
    lecturer: Mapped[User | None] = relationship(foreign_keys=[lecturer_id])
    secrecy_signed_by: Mapped[User | None] = relationship(foreign_keys=[secrecy_signed_by_id])
    materials: Mapped[list["Material"]] = relationship(back_populates="course", order_by="Material.id")

    def __str__(self) -> str:
        return f"第 {self.number} 讲《{self.topic}》"

    @property
    def is_over(self) -> bool:
        """Given, or never to be given."""
        return self.state in OVER

    @property
    def was_given(self) -> bool:
        """Whether the lesson was given."""
        return self.state in GIVEN

    @property
    def is_confirmed(self) -> bool:
        """Whether its lecturer said yes."""
        return self.state in CONFIRMED

    @property
    def is_invited(self) -> bool:
        """Whether its lecturer was asked and has not answered."""
        return self.state is CourseState.invited

    @property
    def is_planned(self) -> bool:
        """Whether nobody was asked to give it yet."""
        return self.state is CourseState.planned

    @property
    def is_published(self) -> bool:
        """Whether it was taken into the library."""
        return self.state is CourseState.published

    @property
    def is_cancelled(self) -> bool:
        """Whether it will not be given."""
        return self.state is CourseState.cancelled

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The way of a lesson and where this one stands on it; a cancelled one has left it."""
        if self.state is CourseState.cancelled:
            return [(self.state.label, "now")]
        way = [state for state in CourseState if state is not CourseState.cancelled]
        now = way.index(self.state)
        return [(state.label, "done" if at < now else "now" if at == now else "") for at, state in enumerate(way)]

    @property
    def has_its_slides(self) -> bool:
        """Whether slides were handed in and none of them is to be mended."""
        return bool(self.materials) and not any(one.is_to_be_mended for one in self.materials)

    @property
    def secrecy_is_signed(self) -> bool:
        """Whether its lecturer answers for everything that was handed in up to now; a later version takes that away."""
        uploads = [version.uploaded_at for one in self.materials for version in one.versions]
        signed = self.secrecy_signed_at
        if signed is None or self.secrecy_signed_by_id != self.lecturer_id:
            return False
        return bool(uploads) and signed >= max(uploads)

    @property
    def slides(self) -> "SlidesState":
        """Where its slides stand as a whole: the material that needs most attention counts."""
        if not self.materials:
            return SlidesState.missing
        return SlidesState[min((one.state for one in self.materials), key=list(MaterialState).index).name]


class ChangeKind(Labelled):
    """How a lesson came by its lecturer, or lost one."""

    appointed = "appointed", "指定"
    asked = "asked", "邀请"
    swapped = "swapped", "对调"
    substituted = "substituted", "代讲"
    declined = "declined", "不能主讲"


class LecturerChange(Base, Numbered):
    """One change of a lesson's lecturer: whoever declined a lesson is not asked for it again."""

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    kind: Mapped[ChangeKind]
    before_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    after_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(default="")

    course: Mapped[Course] = relationship()
    before: Mapped[User | None] = relationship(foreign_keys=[before_id])
    after: Mapped[User | None] = relationship(foreign_keys=[after_id])
    by: Mapped[User] = relationship(foreign_keys=[by_id])

    def __str__(self) -> str:
        return f"{self.kind.label}：{self.course}"


class RotaPause(Base):
    """Somebody whose turn does not come for a while; without an end it does not come until the pause is lifted."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    until: Mapped[date | None]
    why: Mapped[str]


class MaterialState(State):
    """Where slides stand; no version yet means 未提交 and is derived. What needs most attention stands first."""

    changes_requested = "changes_requested", "待修改", "red"
    submitted = "submitted", "待审", "amber"
    approved = "approved", "已通过", "green"
    final = "final", "已定稿", "green"


class Visibility(Labelled):
    """From when those who listen may see slides that passed the review; the room's screen shows them either way."""

    before = "before", "审核通过后可查看"
    after = "after", "会后可查看"


class SlidesState(State):
    """Where all slides of a course stand, in the words of their material, and 未提交 where there is none."""

    missing = "missing", "未提交", ""
    changes_requested = "changes_requested", "待修改", "red"
    submitted = "submitted", "待审", "amber"
    approved = "approved", "已通过", "green"
    final = "final", "已定稿", "green"

    @property
    def is_passed(self) -> bool:
        """Whether all of them passed the review."""
        return self in {SlidesState.approved, SlidesState.final}

    @property
    def is_final(self) -> bool:
        """Whether all of them are as they are shown."""
        return self is SlidesState.final


class Material(Base, Numbered, Versioned, HasLifecycle):
    """Slides or a handout of a course; each upload is a new version, none is overwritten."""

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    title: Mapped[str]
    state: Mapped[MaterialState] = mapped_column(default=MaterialState.submitted)
    remark: Mapped[str] = mapped_column(default="")
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.before)

    course: Mapped[Course] = relationship(back_populates="materials")
    versions: Mapped[list["MaterialVersion"]] = relationship(
        back_populates="material", order_by="MaterialVersion.number"
    )

    def __str__(self) -> str:
        return f"课件《{self.title}》"

    @property
    def latest(self) -> "MaterialVersion":
        """The newest version."""
        return self.versions[-1]

    @property
    def is_for_readers(self) -> bool:
        """Whether those who listen may see it, once it passed the review: at once, or when the lesson was given."""
        return self.visibility is Visibility.before or self.course.was_given

    @property
    def is_to_be_mended(self) -> bool:
        """Whether its reviewer asked for changes."""
        return self.state is MaterialState.changes_requested

    @property
    def approved(self) -> "MaterialVersion | None":
        """The newest version that passed the review, whatever came after it."""
        return next((one for one in reversed(self.versions) if one.was_approved), None)


class ConversionState(State):
    """Whether the pages of a version can be seen."""

    waiting = "waiting", "等待转换", "amber"
    running = "running", "正在转换", "blue"
    ready = "ready", "可预览", "green"
    failed = "failed", "转换失败", "red"


class MaterialVersion(Base, Numbered, Owed):
    """One upload: the original, and its pages as pictures once a job has made them."""

    material_id: Mapped[int] = mapped_column(sa.ForeignKey("material.id"), index=True)
    number: Mapped[int]
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    note: Mapped[str] = mapped_column(default="")
    uploaded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    uploaded_at: Mapped[datetime]
    secrecy_checked: Mapped[bool]
    on_behalf: Mapped[bool] = mapped_column(default=False)  # handed in by the office for the lecturer
    late: Mapped[bool] = mapped_column(default=False)  # handed in after its day
    conversion: Mapped[ConversionState] = mapped_column(default=ConversionState.waiting, index=True)
    pages_done: Mapped[int] = mapped_column(default=0)
    pages_total: Mapped[int] = mapped_column(default=0)
    fonts: Mapped[list[str]] = mapped_column(default=list)  # what it asks for and what stood in, a sentence each
    failure: Mapped[str] = mapped_column(default="")  # why its pages cannot be shown, as a person reads it
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]

    material: Mapped[Material] = relationship(back_populates="versions")
    file: Mapped[StoredFile] = relationship()
    uploaded_by: Mapped[User] = relationship(foreign_keys=[uploaded_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    pages: Mapped[list["MaterialPage"]] = relationship(back_populates="version", order_by="MaterialPage.number")

    __table_args__ = (sa.UniqueConstraint("material_id", "number"),)

    def __str__(self) -> str:
        return f"课件《{self.material.title}》第 {self.number} 版"

    @property
    def was_approved(self) -> bool:
        """Whether this very version passed the review; then everybody who may read courses may see it."""
        return self.approved_at is not None

    @property
    def can_be_seen(self) -> bool:
        """Whether its pages are there as pictures."""
        return self.conversion is ConversionState.ready

    @property
    def is_converting(self) -> bool:
        """Whether its pages are still to be made."""
        return self.conversion in UNCONVERTED

    @property
    def has_failed(self) -> bool:
        """Whether its pages could not be made and nobody tries again by itself."""
        return self.conversion is ConversionState.failed


class MaterialPage(Base, Numbered):
    """One page of a version as a picture, with its text for search."""

    version_id: Mapped[int] = mapped_column(sa.ForeignKey("material_version.id"), index=True)
    number: Mapped[int]
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    thumbnail_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    width: Mapped[int]
    height: Mapped[int]
    text: Mapped[str] = mapped_column(default="")

    version: Mapped[MaterialVersion] = relationship(back_populates="pages")
    file: Mapped[StoredFile] = relationship(foreign_keys=[file_id])
    thumbnail: Mapped[StoredFile] = relationship(foreign_keys=[thumbnail_id])

    __table_args__ = (sa.UniqueConstraint("version_id", "number"),)

    def __str__(self) -> str:
        return f"{self.version}第 {self.number} 页"

    @property
    def sha256(self) -> str:
        """Of its picture."""
        return self.file.sha256


class MaterialComparison(Base, Numbered, Owed):
    """What changed from one version to a later one, page by page, once a job has looked at both."""

    newer_id: Mapped[int] = mapped_column(sa.ForeignKey("material_version.id"))
    older_id: Mapped[int] = mapped_column(sa.ForeignKey("material_version.id"))
    made_at: Mapped[datetime | None]
    rows: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)  # see comparing.Row

    newer: Mapped[MaterialVersion] = relationship(foreign_keys=[newer_id])
    older: Mapped[MaterialVersion] = relationship(foreign_keys=[older_id])

    __table_args__ = (sa.UniqueConstraint("newer_id", "older_id"),)

    def __str__(self) -> str:
        return f"{self.newer}与第 {self.older.number} 版的对照"


UNCONVERTED = (ConversionState.waiting, ConversionState.running)
UPCOMING = (CourseState.planned, CourseState.invited, CourseState.confirmed)
GIVEN = (CourseState.delivered, CourseState.published)
CONFIRMED = (CourseState.confirmed, *GIVEN)
OVER = (*GIVEN, CourseState.cancelled)


def no_lecturer(course: Course) -> str | None:
    """What is missing where nobody is to give the lesson yet."""
    return None if course.lecturer_id else "还没有主讲人，请先指定由谁来讲。"


def no_slides_yet(course: Course) -> str | None:
    """What is missing where there is nothing yet to have looked through."""
    return None if course.materials else "还没有提交课件，提交后再签署保密自查。"


def takes_no_slides(course: Course) -> str | None:
    """What stands against handing in slides."""
    return "课程已经取消，不再接收课件。" if course.state is CourseState.cancelled else None


def was_never_approved(material: Material) -> str | None:
    """What stands against filing what was shown."""
    return None if material.approved else "课件没有一版通过审核，会上没有放映过。"


def has_not_failed(version: MaterialVersion) -> str | None:
    """What stands against trying a conversion again."""
    return None if version.has_failed or version.attempts else "这一版的预览没有失败，不需要重试。"


_C, _M = CourseState, MaterialState

Course.lifecycle = Lifecycle(
    "课程",
    "courses",
    Move("appoint", "指定主讲人", UPCOMING, _C.planned),
    Move("ask", "请人主讲", UPCOMING, _C.invited),
    Move("swap", "对调主讲人", UPCOMING, _C.invited, (no_lecturer,)),
    Move("substitute", "请人代讲", (_C.invited, _C.confirmed), _C.invited),
    Move("invite", "邀请主讲人", (_C.planned,), _C.invited, (no_lecturer,)),
    Move("confirm", "确认主讲", (_C.invited,), _C.confirmed),
    Move("decline", "答复不能主讲", (_C.invited, _C.confirmed), _C.planned, asks_why=True),
    Move("deliver", "完成讲授", (_C.invited, _C.confirmed), _C.delivered, (no_lecturer,)),
    Move("publish", "入库", (_C.delivered,), _C.published),
    Move("write_outline", "填写提纲", UPCOMING, None),
    Move("sign_secrecy", "签署保密自查", (*UPCOMING, _C.delivered), None, (no_slides_yet,)),
    Move("cancel", "取消课程", UPCOMING, _C.cancelled, asks_why=True),
)

_NOT_FINAL = (_M.approved, _M.submitted, _M.changes_requested)

Material.lifecycle = Lifecycle(
    "课件",
    "courses",
    Move("submit_material", "提交课件", (_M.submitted, _M.changes_requested, _M.approved), _M.submitted),
    Move("request_changes", "退改", (_M.submitted,), _M.changes_requested, asks_why=True),
    Move("approve_material", "审核通过", (_M.submitted,), _M.approved),
    Move("finalise", "定稿", (_M.approved,), _M.final),
    Move("keep_as_shown", "按会上所讲的一版定稿", _NOT_FINAL, _M.final, (was_never_approved,)),
)
