"""The course programme, its courses, and their slides."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Base, Numbered, Versioned
from portal.jobs import Owed
from portal.lifecycle import HasLifecycle, Lifecycle, Move, State
from portal.people.models import Department, User
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
    about: Mapped[str] = mapped_column(default="")

    courses: Mapped[list["Course"]] = relationship(back_populates="programme", order_by="Course.number")

    def __str__(self) -> str:
        return self.title


class CourseState(State):
    """Where a course stands; being scheduled and having slides are facts, not states."""

    planned = "planned", "已计划", ""
    invited = "invited", "待确认", "amber"
    confirmed = "confirmed", "已确认", "blue"
    delivered = "delivered", "已讲授", "green"
    published = "published", "已入库", "green"
    cancelled = "cancelled", "取消", ""


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
    delivered_on: Mapped[date | None]

    programme: Mapped[CourseProgramme] = relationship(back_populates="courses")
    field: Mapped[PolicyField] = relationship()
    department: Mapped[Department | None] = relationship()
    lecturer: Mapped[User | None] = relationship()
    materials: Mapped[list["Material"]] = relationship(back_populates="course", order_by="Material.id")

    def __str__(self) -> str:
        return f"课程第 {self.number} 讲《{self.topic}》"


class MaterialState(State):
    """Where slides stand; no version yet means 未提交 and is derived."""

    submitted = "submitted", "待审", "amber"
    changes_requested = "changes_requested", "退改", "red"
    approved = "approved", "通过", "green"
    final = "final", "定稿", "green"


class Material(Base, Numbered, Versioned, HasLifecycle):
    """Slides or a handout of a course; each upload is a new version, none is overwritten."""

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    title: Mapped[str]
    state: Mapped[MaterialState] = mapped_column(default=MaterialState.submitted)
    remark: Mapped[str] = mapped_column(default="")

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
    conversion: Mapped[ConversionState] = mapped_column(default=ConversionState.waiting, index=True)
    pages_done: Mapped[int] = mapped_column(default=0)
    pages_total: Mapped[int] = mapped_column(default=0)

    material: Mapped[Material] = relationship(back_populates="versions")
    file: Mapped[StoredFile] = relationship()
    uploaded_by: Mapped[User] = relationship()
    pages: Mapped[list["MaterialPage"]] = relationship(back_populates="version", order_by="MaterialPage.number")

    __table_args__ = (sa.UniqueConstraint("material_id", "number"),)

    def __str__(self) -> str:
        return f"课件《{self.material.title}》第 {self.number} 版"


class MaterialPage(Base, Numbered):
    """One page of a version as a picture, with its text for search."""

    version_id: Mapped[int] = mapped_column(sa.ForeignKey("material_version.id"), index=True)
    number: Mapped[int]
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    width: Mapped[int]
    height: Mapped[int]
    text: Mapped[str] = mapped_column(default="")

    version: Mapped[MaterialVersion] = relationship(back_populates="pages")
    file: Mapped[StoredFile] = relationship()

    __table_args__ = (sa.UniqueConstraint("version_id", "number"),)


def _no_lecturer(course: Course) -> str | None:
    return None if course.lecturer_id else "还没有主讲人，请先指定由谁来讲。"


_C, _M = CourseState, MaterialState

Course.lifecycle = Lifecycle(
    "课程",
    "courses",
    Move("invite", "邀请主讲人", (_C.planned,), _C.invited, (_no_lecturer,)),
    Move("confirm", "确认主讲", (_C.invited,), _C.confirmed),
    Move("decline", "谢绝主讲", (_C.invited, _C.confirmed), _C.planned, asks_why=True),
    Move("deliver", "完成讲授", (_C.invited, _C.confirmed), _C.delivered),
    Move("publish", "入库", (_C.delivered,), _C.published),
    Move("cancel", "取消课程", (_C.planned, _C.invited, _C.confirmed), _C.cancelled, asks_why=True),
)

Material.lifecycle = Lifecycle(
    "课件",
    "courses",
    Move("submit", "提交课件", (_M.submitted, _M.changes_requested, _M.approved), _M.submitted),
    Move("request_changes", "退改", (_M.submitted,), _M.changes_requested, asks_why=True),
    Move("approve", "审核通过", (_M.submitted,), _M.approved),
    Move("finalise", "定稿", (_M.submitted, _M.approved), _M.final),
)
