"""Action items, their support lines, progress reports and recorded acts."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal import clock, workdays
from portal.database import Base, Numbered, Versioned
from portal.enterprises.models import Problem
from portal.lifecycle import HasLifecycle, Lifecycle, Move, State
from portal.office import office
from portal.people.models import Department, Group, Labelled, User
from portal.store import StoredFile


class ActionState(State):
    """Where a task stands."""

    assigned = "assigned", "已交办", "amber"
    accepted = "accepted", "已签收", "blue"
    in_progress = "in_progress", "办理中", "blue"
    reported_done = "reported_done", "申请办结", "amber"
    closed = "closed", "已销号", "green"
    refused = "refused", "申请退办", "red"
    suspended = "suspended", "挂起", ""
    terminated = "terminated", "终止", ""


ENDED = frozenset({ActionState.closed, ActionState.terminated})
# whose due day counts: what is reported done waits for the supervisor, what is suspended for its reason to pass
CHASED = (ActionState.assigned, ActionState.accepted, ActionState.in_progress, ActionState.refused)


class ActionItem(Base, Numbered, Versioned, HasLifecycle):
    """A task: what, who leads, who supports, until when."""

    number: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str] = mapped_column(default="")
    state: Mapped[ActionState] = mapped_column(default=ActionState.assigned, index=True)
    # whose members read it: the group of the series it was handed out in
    audience_id: Mapped[int | None] = mapped_column(sa.ForeignKey("group.id"), index=True)
    lead_department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"), index=True)
    lead_group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("group.id"), index=True)
    lead_person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    due: Mapped[date] = mapped_column(index=True)
    original_due: Mapped[date]
    problem_id: Mapped[int | None] = mapped_column(sa.ForeignKey("problem.id"), index=True)
    assigned_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    assigned_at: Mapped[datetime]
    offered_at: Mapped[datetime]  # since when the present lead person is asked to accept it
    accepted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    # 拟交办 in words until the minutes that hand it out are signed
    provisional: Mapped[bool] = mapped_column(default=False)
    supervised: Mapped[bool] = mapped_column(default=False)
    reopened_count: Mapped[int] = mapped_column(default=0)
    reminded_on: Mapped[date | None]  # when the portal last reminded of the due day by itself

    audience: Mapped[Group | None] = relationship(foreign_keys=[audience_id])
    lead_department: Mapped[Department | None] = relationship()
    lead_group: Mapped[Group | None] = relationship(foreign_keys=[lead_group_id])
    lead_person: Mapped[User] = relationship(foreign_keys=[lead_person_id])
    assigned_by: Mapped[User] = relationship(foreign_keys=[assigned_by_id])
    problem: Mapped[Problem | None] = relationship()
    support: Mapped[list["Support"]] = relationship(back_populates="action", order_by="Support.id")
    reports: Mapped[list["ProgressReport"]] = relationship(back_populates="action", order_by="ProgressReport.id")
    extensions: Mapped[list["Extension"]] = relationship(back_populates="action", order_by="Extension.id")

    def __str__(self) -> str:
        return f"交办事项 {self.number}《{self.title}》"

    @property
    def lead(self) -> str:
        """The lead department or group, as printed."""
        unit = self.lead_department or self.lead_group
        return unit.name if unit else self.lead_person.name

    @property
    def lead_short(self) -> str:
        """The lead as a narrow column names it."""
        return self.lead_department.short if self.lead_department else self.lead

    @property
    def word(self) -> str:
        """The state in words: 拟交办 until the minutes that hand it out are signed."""
        return "拟交办" if self.provisional and self.state is ActionState.assigned else self.state.label

    @property
    def assigned_day(self) -> date:
        """The calendar day it was handed out."""
        return clock.local(self.assigned_at).date()

    @property
    def is_ended(self) -> bool:
        """Closed or terminated."""
        return self.state in ENDED

    @property
    def waits_for_acceptance(self) -> bool:
        """Handed out, and not accepted yet."""
        return self.state is ActionState.assigned

    @property
    def accept_by(self) -> date:
        """The day until which it is to be accepted."""
        return workdays.add_working(clock.local(self.offered_at).date(), office.accept_days)

    @property
    def is_accepted_late(self) -> bool:
        """Still not accepted though the day for it has passed."""
        return self.waits_for_acceptance and self.offered_at < overdue_offers()

    @property
    def is_overdue(self) -> bool:
        """Past its due day and neither ended, suspended nor reported done."""
        return self.state in CHASED and self.due < clock.today() and self.due <= workdays.passed()

    @property
    def is_due_soon(self) -> bool:
        """Due within the office's days of warning."""
        left = (self.due - clock.today()).days
        return self.state in CHASED and left <= office.due_soon_days and not self.is_overdue

    @property
    def colour(self) -> str:
        """late, soon or nothing: how a list marks it."""
        return "late" if self.is_overdue else "soon" if self.is_due_soon else ""

    @property
    def pending_extension(self) -> "Extension | None":
        """The extension that is asked for and not decided."""
        return next((one for one in self.extensions if one.granted is None), None)


def overdue_offers() -> datetime:
    """The moment before which what was handed out should have been accepted by now."""
    return clock.moment(workdays.add_working(workdays.passed(), 1 - office.accept_days))


class Support(Base, Numbered):
    """A supporting department or group, with its responsible person and its own line."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("group.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)

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


class ReportKind(Labelled):
    """What a line of progress is."""

    progress = "progress", "进展"
    done = "done", "申请办结"
    support = "support", "配合情况"
    urge = "urge", "催办"
    returned = "returned", "退回"
    handover = "handover", "转办"
    note = "note", "说明"


class ProgressReport(Base, Numbered):
    """A dated line in the life of a task, with files."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    kind: Mapped[ReportKind]
    text: Mapped[str]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]

    action: Mapped[ActionItem] = relationship(back_populates="reports")
    by: Mapped[User] = relationship()
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


class Extension(Base, Numbered):
    """An extension asked for; the original due day stays for assessment."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    reason: Mapped[str]
    old_due: Mapped[date]
    new_due: Mapped[date]
    granted: Mapped[bool | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")

    action: Mapped[ActionItem] = relationship(back_populates="extensions")
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    def __str__(self) -> str:
        return f"{self.action}的延期申请"


def already_decided(extension: Extension) -> str | None:
    """Why an extension cannot be answered any more, or None."""
    if extension.granted is not None:
        return "这份延期申请已经答复过了。"
    if extension.action.is_ended:
        return f"这件事项{extension.action.state.label}，不用再答复延期申请。"
    return None


def _too_late_to_extend(action: ActionItem) -> str | None:
    if action.due <= workdays.passed():
        return "已经超过时限，不能再申请延期；请如实报告进展。"
    return "已经有一份延期申请在等待答复。" if action.pending_extension else None


def _is_supervised(action: ActionItem) -> str | None:
    return "这件事项已经列为督办。" if action.supervised else None


def _is_not_supervised(action: ActionItem) -> str | None:
    return None if action.supervised else "这件事项没有列为督办。"


def _is_settled(action: ActionItem) -> str | None:
    return None if action.provisional else "这件事项已经正式交办。"


_A = ActionState
_OPEN = tuple(state for state in ActionState if state not in ENDED)

ActionItem.lifecycle = Lifecycle(
    "交办事项",
    "actions",
    Move("settle", "正式交办", tuple(_A), None, (_is_settled,)),
    Move("edit", "修改事项", (_A.assigned,), None),
    Move("accept", "签收", (_A.assigned,), _A.accepted),
    Move("refuse", "申请退办", (_A.assigned,), _A.refused, asks_why=True),
    Move("insist", "维持交办", (_A.refused,), _A.assigned, asks_why=True),
    Move("reassign", "重新交办", (_A.refused,), _A.assigned),
    Move("report", "报告进展", (_A.accepted, _A.in_progress), _A.in_progress),
    Move("report_done", "申请办结", (_A.accepted, _A.in_progress), _A.reported_done),
    Move("close", "销号", (_A.reported_done,), _A.closed),
    Move("return_", "退回", (_A.reported_done,), _A.in_progress, asks_why=True),
    Move("suspend", "挂起", (_A.accepted, _A.in_progress), _A.suspended, asks_why=True),
    Move("resume", "恢复办理", (_A.suspended,), _A.in_progress),
    Move(
        "terminate",
        "终止",
        (_A.assigned, _A.accepted, _A.in_progress, _A.refused, _A.suspended),
        _A.terminated,
        asks_why=True,
    ),
    Move("reopen", "重启", (_A.closed,), _A.in_progress, asks_why=True),
    Move("hand_over", "转办", (_A.assigned, _A.accepted, _A.in_progress), None, asks_why=True),
    Move("name_support_person", "明确配合人", _OPEN, None),
    Move("add_support_line", "报告配合情况", _OPEN, None),
    Move("urge", "催办", (_A.assigned, _A.accepted, _A.in_progress), None),
    Move("supervise", "列为督办", _OPEN, None, (_is_supervised,)),
    Move("unsupervise", "取消督办", _OPEN, None, (_is_not_supervised,)),
    Move("ask_extension", "申请延期", (_A.accepted, _A.in_progress), None, (_too_late_to_extend,), asks_why=True),
)
