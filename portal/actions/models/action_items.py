"""Tasks: what is to be done, who leads, until when, and the moves it can take."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.db import calendar, clock
from portal.db.engine import Base, Numbered, Versioned
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.db.office import office
from portal.enterprises.models.problems import Problem, Satisfaction
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group

if TYPE_CHECKING:
    from portal.actions.models.look_backs import LookBack
    from portal.actions.models.progress import ProgressReport, Stage, Support
    from portal.actions.models.requests import Application, Extension
    from portal.actions.models.slips import Slip


class ActionState(State):
    """Where a task stands."""

    assigned = "assigned", "已交办", "amber"
    accepted = "accepted", "已签收", "blue"
    in_progress = "in_progress", "办理中", "blue"
    reported_done = "reported_done", "待销号", "amber"
    closed = "closed", "已销号", "green"
    refused = "refused", "申请退办", "red"
    suspended = "suspended", "已暂停", ""
    terminated = "terminated", "已终止", ""


ENDED = frozenset({ActionState.closed, ActionState.terminated})
AT_WORK = (ActionState.accepted, ActionState.in_progress)
PRESSED = (ActionState.assigned, *AT_WORK)

# whose due day counts: what is reported done waits for the supervisor, what is suspended for its reason to pass
CHASED = (ActionState.assigned, ActionState.accepted, ActionState.in_progress, ActionState.refused)

_READERS = ("audience_id", "lead_department_id", "lead_person_id", "lead_group_id", "assigned_by_id")
_OTHERS = ("audience_id", "assigned_by_id")  # of them, besides those who lead
_CLOCKS = ("supervised", "offered_at", "accepted_at", "reported_at", "returned_at")


def _walk(name: str, *columns: str, ended: bool) -> sa.Index:
    return sa.Index(
        f"ix_action_item_{name}",
        *("ended", *columns, "id"),
        sqlite_where=sa.text(f"ended IS {ended:d}"),
        postgresql_where=sa.text(f"ended IS {str(ended).lower()}"),
    )


class ActionItem(Base, Numbered, Versioned, HasLifecycle):
    """A task: what, who leads, who supports, until when."""

    number: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str] = mapped_column(default="")
    asks_file: Mapped[bool] = mapped_column(default=False)  # whether the evidence must be a file
    state: Mapped[ActionState] = mapped_column(default=ActionState.assigned, index=True)
    ended: Mapped[bool] = mapped_column(default=False)  # follows the state, for the order of the ledger
    # whose members read it: the group of the series it was handed out in
    audience_id: Mapped[int | None] = mapped_column(sa.ForeignKey("group.id"), index=True)
    lead_department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    lead_group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("group.id"), index=True)
    lead_person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    due: Mapped[date] = mapped_column(index=True)
    original_due: Mapped[date]
    problem_id: Mapped[int | None] = mapped_column(sa.ForeignKey("problem.id"), index=True)
    # numbers of the series and the meeting at which it was said, of which only later rooms know more: by them the
    # ledger is narrowed, counted and sorted without asking those rooms
    of_series: Mapped[int | None]
    of_meeting: Mapped[int | None]
    assigned_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    assigned_at: Mapped[datetime]
    offered_at: Mapped[datetime]  # since when the present lead person is asked to accept it
    accepted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    suspended_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]  # when the lead last said how it stands
    returned_at: Mapped[datetime | None]  # when it was last returned, until the lead reports again
    satisfaction: Mapped[Satisfaction | None]  # the enterprise's word on the result
    # 拟交办 in words until the minutes that hand it out are signed
    provisional: Mapped[bool] = mapped_column(default=False)
    supervised: Mapped[bool] = mapped_column(default=False)
    urgent: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # 急: so it was said at the meeting
    reopened_count: Mapped[int] = mapped_column(default=0)
    reminded_on: Mapped[date | None]  # when the portal last reminded of the due day by itself
    asked_on: Mapped[date | None]  # when the portal last asked how it stands by itself

    audience: Mapped[Group | None] = relationship(foreign_keys=[audience_id])
    lead_department: Mapped[Department | None] = relationship()
    lead_group: Mapped[Group | None] = relationship(foreign_keys=[lead_group_id])
    lead_person: Mapped[User] = relationship(foreign_keys=[lead_person_id])
    assigned_by: Mapped[User] = relationship(foreign_keys=[assigned_by_id])
    problem: Mapped[Problem | None] = relationship()
    support: Mapped[list["Support"]] = relationship(back_populates="action", order_by="Support.id")
    reports: Mapped[list["ProgressReport"]] = relationship(back_populates="action", order_by="ProgressReport.id")
    extensions: Mapped[list["Extension"]] = relationship(back_populates="action", order_by="Extension.id")
    applications: Mapped[list["Application"]] = relationship(back_populates="action", order_by="Application.id")
    stages: Mapped[list["Stage"]] = relationship(back_populates="action", order_by="Stage.due, Stage.id")
    look_backs: Mapped[list["LookBack"]] = relationship(back_populates="action", order_by="LookBack.id")
    slips: Mapped[list["Slip"]] = relationship(back_populates="action", order_by="Slip.id")

    __table_args__ = (
        sa.Index("ix_action_item_urgency", "ended", "due", "id"),
        sa.Index("ix_action_item_assigned_at", "assigned_at", "id"),
        sa.Index("ix_action_item_by_state", "state", "due", "id"),
        # where the ledger is grouped: how many tasks each group has for each reader, and those of one by their due day
        sa.Index("ix_action_item_led", "lead_department_id", "lead_group_id", "lead_person_id", *_OTHERS, "id"),
        sa.Index("ix_action_item_led_by_due", "lead_department_id", "ended", "due", "id"),
        sa.Index("ix_action_item_series", "of_series", "ended", "due", "id", *_READERS),
        sa.Index("ix_action_item_meeting", "of_meeting", "ended", "due", "id", *_READERS),
        # what the counts over the ledger ask of a task and of its readers: they walk these and no task itself
        _walk("standing", "state", "due", *_READERS, *_CLOCKS, ended=False),
        _walk("over", "state", *_READERS, ended=True),
    )

    @validates("state")
    def _note_whether_ended(self, _name: str, state: ActionState) -> ActionState:
        self.ended = state in ENDED
        return state

    def __str__(self) -> str:
        return f"交办事项 {self.number}《{self.title}》"

    @property
    def lead_unit(self) -> Department | Group | None:
        """Who leads: a department or a group; without one the department of the lead person."""
        return self.lead_department or self.lead_group or self.lead_person.department

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
    def called(self) -> str:
        """The title as a message says it: one that is urgent says so."""
        return f"（急）{self.title}" if self.urgent else self.title

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
        return calendar.add_working(clock.local(self.offered_at).date(), office.accept_days)

    @property
    def is_accepted_late(self) -> bool:
        """Still not accepted though the day for it has passed."""
        return self.waits_for_acceptance and self.offered_at < overdue_offers()

    @property
    def is_chased(self) -> bool:
        """Whether its due day counts now."""
        return self.state in CHASED

    @property
    def is_overdue(self) -> bool:
        """Past its due day and neither ended, suspended nor reported done."""
        return self.state in CHASED and self.due < clock.today() and self.due <= calendar.passed()

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
    def next_stage(self) -> "Stage | None":
        """The first stage that is not finished."""
        return next((one for one in self.stages if one.done_at is None), None)

    @property
    def is_lagging(self) -> bool:
        """滞后: a stage is past its day, while the task itself is not."""
        stage = self.next_stage
        return self.state in CHASED and not self.is_overdue and stage is not None and stage.is_late

    @property
    def why_not_closed(self) -> str | None:
        """What still stands against closing what is reported done, or None."""
        return _line_returned(self) if self.state is ActionState.reported_done else None

    @property
    def pending_extension(self) -> "Extension | None":
        """The extension that is asked for and not decided."""
        return next((one for one in self.extensions if one.granted is None), None)

    @property
    def pending_application(self) -> "Application | None":
        """What else is asked for and not decided."""
        return next((one for one in self.applications if one.granted is None), None)

    @property
    def pending_look_back(self) -> "LookBack | None":
        """The look back that was drawn and not made yet."""
        return next((one for one in self.look_backs if one.checked_at is None), None)


def overdue_offers() -> datetime:
    """The moment before which what was handed out should have been accepted by now."""
    return clock.moment(calendar.add_working(calendar.passed(), 1 - office.accept_days))


def _too_late_to_extend(action: ActionItem) -> str | None:
    if action.due <= calendar.passed():
        return "已经超过时限，不能再申请延期；请如实反馈进展。"
    return "已经有一份延期申请在等待审批。" if action.pending_extension else None


def _is_asked(action: ActionItem) -> str | None:
    if pending := action.pending_application:
        return f"{pending.kind.label}的申请还在等待审批。"
    return None


def _line_returned(action: ActionItem) -> str | None:
    back = [line.name for line in action.support if line.is_returned]
    return f"{'、'.join(back)}的配合情况已退回，还没有重新报告。" if back else None


def _is_supervised(action: ActionItem) -> str | None:
    return "该事项已经列为督办。" if action.supervised else None


def _is_not_supervised(action: ActionItem) -> str | None:
    return None if action.supervised else "该事项没有列为督办。"


def _is_settled(action: ActionItem) -> str | None:
    return None if action.provisional else "该事项已经正式交办。"


_A = ActionState
_OPEN = tuple(state for state in ActionState if state not in ENDED)
_RUNNING = PRESSED

ActionItem.lifecycle = Lifecycle(
    "交办事项",
    "actions",
    Transition("settle", "正式交办", tuple(_A), None, (_is_settled,)),
    Transition("edit", "修改事项", (_A.assigned,), None),
    Transition("accept", "签收", (_A.assigned,), _A.accepted),
    Transition("refuse", "申请退办", (_A.assigned,), _A.refused, asks_why=True),
    Transition("insist", "维持交办", (_A.refused,), _A.assigned, asks_why=True),
    Transition("reassign", "重新交办", (_A.refused,), _A.assigned),
    Transition("report", "反馈进展", AT_WORK, _A.in_progress),
    Transition("set_stages", "安排阶段", _RUNNING, None),
    Transition("finish_stage", "完成阶段", AT_WORK, _A.in_progress),
    Transition("report_done", "申请办结", AT_WORK, _A.reported_done),
    Transition("close", "销号", (_A.reported_done,), _A.closed, (_line_returned,)),
    Transition("return_", "退回", (_A.reported_done,), _A.in_progress, asks_why=True),
    Transition("suspend", "暂停办理", AT_WORK, _A.suspended, asks_why=True),
    Transition("resume", "恢复办理", (_A.suspended,), _A.in_progress),
    Transition(
        "terminate",
        "终止",
        (_A.assigned, _A.accepted, _A.in_progress, _A.refused, _A.suspended),
        _A.terminated,
        asks_why=True,
    ),
    Transition("reopen", "重启", (_A.closed,), _A.in_progress, asks_why=True),
    Transition("hand_over", "更换承办人", _RUNNING, None, asks_why=True),
    Transition("transfer", "转其他单位", _RUNNING, _A.assigned),
    Transition("name_support_person", "明确配合人", _OPEN, None),
    Transition("add_support_line", "反馈配合情况", _OPEN, None),
    Transition("return_support", "退回配合情况", _OPEN, None, asks_why=True),
    Transition("urge", "催办", _RUNNING, None),
    Transition("supervise", "列为督办", _OPEN, None, (_is_supervised,)),
    Transition("unsupervise", "取消督办", _OPEN, None, (_is_not_supervised,)),
    Transition("propose_slip", "提出督办单", _RUNNING, None),
    Transition("issue_slip", "发督办单", _RUNNING, None),
    Transition("drop_slip", "不发督办单", tuple(_A), None, asks_why=True),
    Transition("ask_extension", "申请延期", AT_WORK, None, (_too_late_to_extend,), asks_why=True),
    Transition("ask_suspension", "申请暂停办理", AT_WORK, None, (_is_asked,), asks_why=True),
    Transition("ask_resumption", "申请恢复办理", (_A.suspended,), None, (_is_asked,), asks_why=True),
    Transition("ask_transfer", "申请转其他单位", _RUNNING, None, (_is_asked,), asks_why=True),
)
