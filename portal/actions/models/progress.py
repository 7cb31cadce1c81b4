"""Support lines, progress reports with their files, and stages."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.actions.models.action_items import ActionItem
from portal.db import calendar
from portal.db.engine import Base, Numbered
from portal.db.labelled import Labelled
from portal.db.lifecycle import State
from portal.files.store import StoredFile
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group


class SupportState(State):
    """Where a supporting unit stands with its part."""

    asked = "asked", "待反馈", "amber"
    reported = "reported", "已反馈", "green"
    returned = "returned", "已退回", "red"


class Support(Base, Numbered):
    """A supporting department or group, with its responsible person and its own line."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("group.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    state: Mapped[SupportState] = mapped_column(default=SupportState.asked)
    reported_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(default="")  # why it was returned

    action: Mapped[ActionItem] = relationship(back_populates="support")
    department: Mapped[Department | None] = relationship()
    group: Mapped[Group | None] = relationship()
    person: Mapped[User | None] = relationship()

    def __str__(self) -> str:
        return f"{self.name}的配合"

    @property
    def name(self) -> str:
        """The unit's name."""
        unit = self.department or self.group
        return unit.name if unit else ""

    @property
    def is_owed(self) -> bool:
        """Whether the unit is still to say what it did."""
        return self.state is not SupportState.reported

    @property
    def is_returned(self) -> bool:
        """Sent back by the supervisor, and not answered since."""
        return self.state is SupportState.returned


def cannot_return(line: Support) -> str | None:
    """Why a supporting unit's line cannot be returned, or None."""
    if line.state is not SupportState.reported:
        return f"{line.name}的配合情况现在是“{line.state.label}”，只有“已反馈”时才能退回。"
    return line.action.lifecycle.obstacle(line.action, "return_support")


class ReportKind(Labelled):
    """What a line of progress is."""

    progress = "progress", "进展"
    done = "done", "申请办结"
    support = "support", "配合情况"
    stage = "stage", "阶段完成"
    urge = "urge", "催办"
    returned = "returned", "退回"
    handover = "handover", "更换承办人"
    look_back = "look_back", "回头看"
    note = "note", "说明"


class ProgressReport(Base, Numbered):
    """A dated line in the life of a task, with files."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    kind: Mapped[ReportKind]
    text: Mapped[str]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    stood_in_for: Mapped[str] = mapped_column(default="")  # for whom it was said by a deputy
    at: Mapped[datetime]
    support_id: Mapped[int | None] = mapped_column(sa.ForeignKey("support.id"))

    action: Mapped[ActionItem] = relationship(back_populates="reports")
    by: Mapped[User] = relationship()
    support: Mapped[Support | None] = relationship()
    files: Mapped[list[StoredFile]] = relationship(secondary="report_file", order_by=StoredFile.id)


class ReportFile(Base):
    """A file that goes with a progress report."""

    report_id: Mapped[int] = mapped_column(sa.ForeignKey("progress_report.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), primary_key=True)

    report: Mapped[ProgressReport] = relationship(viewonly=True)
    file: Mapped[StoredFile] = relationship(viewonly=True)

    def __str__(self) -> str:
        return f"附件“{self.file.name}”"

    @property
    def id(self) -> int:
        """A file goes with one thing only, so its number is enough."""
        return self.file_id


class Stage(Base, Numbered):
    """One stage of a task, with a day of its own."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    name: Mapped[str]
    due: Mapped[date]
    done_at: Mapped[datetime | None]

    action: Mapped[ActionItem] = relationship(back_populates="stages")

    def __str__(self) -> str:
        return f"阶段“{self.name}”"

    @property
    def is_late(self) -> bool:
        """Past its day and not finished."""
        return self.done_at is None and self.due <= calendar.passed()


def cannot_finish(stage: Stage) -> str | None:
    """Why a stage cannot be finished now, or None."""
    if stage.done_at is not None:
        return f"“{stage.name}”已经完成。"
    before = stage.action.next_stage
    if before is not None and before.id != stage.id:
        return f"请先完成“{before.name}”。"
    return stage.action.lifecycle.obstacle(stage.action, "finish_stage")
