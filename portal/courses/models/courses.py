"""A course: one lesson of the programme, and the way it goes."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.courses.models.programmes import CourseProgramme, PolicyField
from portal.courses.models.slides import MaterialState, SlidesState
from portal.db.engine import Base, Numbered, Versioned
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.people.models.accounts import User
from portal.people.models.departments import Department

if TYPE_CHECKING:
    from portal.courses.models.materials import Material


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


_C = CourseState


Course.lifecycle = Lifecycle(
    "课程",
    "courses",
    Transition("appoint", "指定主讲人", UPCOMING, _C.planned),
    Transition("ask", "请人主讲", UPCOMING, _C.invited),
    Transition("swap", "对调主讲人", UPCOMING, _C.invited, (no_lecturer,)),
    Transition("substitute", "请人代讲", (_C.invited, _C.confirmed), _C.invited),
    Transition("invite", "邀请主讲人", (_C.planned,), _C.invited, (no_lecturer,)),
    Transition("confirm", "确认主讲", (_C.invited,), _C.confirmed),
    Transition("decline", "答复不能主讲", (_C.invited, _C.confirmed), _C.planned, asks_why=True),
    Transition("deliver", "完成讲授", (_C.invited, _C.confirmed), _C.delivered, (no_lecturer,)),
    Transition("publish", "入库", (_C.delivered,), _C.published),
    Transition("write_outline", "填写提纲", UPCOMING, None),
    Transition("sign_secrecy", "签署保密自查", (*UPCOMING, _C.delivered), None, (no_slides_yet,)),
    Transition("cancel", "取消课程", UPCOMING, _C.cancelled, asks_why=True),
)
