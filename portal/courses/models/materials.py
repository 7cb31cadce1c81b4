"""Slides and handouts: their versions, pages and comparisons."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.courses.models.courses import Course
from portal.courses.models.slides import MaterialState
from portal.db.engine import Base, Numbered, Versioned
from portal.db.labelled import Labelled
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.files.store import StoredFile
from portal.jobs.due import Retryable
from portal.people.models.accounts import User


class Visibility(Labelled):
    """From when those who listen may see slides that passed the review; the room's screen shows them either way."""

    before = "before", "审核通过后可查看"
    after = "after", "会后可查看"


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


class MaterialVersion(Base, Numbered, Retryable):
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


class MaterialComparison(Base, Numbered, Retryable):
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


def was_never_approved(material: Material) -> str | None:
    """What stands against filing what was shown."""
    return None if material.approved else "课件没有一版通过审核，会上没有放映过。"


def has_not_failed(version: MaterialVersion) -> str | None:
    """What stands against trying a conversion again."""
    return None if version.has_failed or version.attempts else "这一版的预览没有失败，不需要重试。"


_M = MaterialState

_NOT_FINAL = (_M.approved, _M.submitted, _M.changes_requested)


Material.lifecycle = Lifecycle(
    "课件",
    "courses",
    Transition("submit_material", "提交课件", (_M.submitted, _M.changes_requested, _M.approved), _M.submitted),
    Transition("request_changes", "退改", (_M.submitted,), _M.changes_requested, asks_why=True),
    Transition("approve_material", "审核通过", (_M.submitted,), _M.approved),
    Transition("finalise", "定稿", (_M.approved,), _M.final),
    Transition("keep_as_shown", "按会上所讲的一版定稿", _NOT_FINAL, _M.final, (was_never_approved,)),
)
