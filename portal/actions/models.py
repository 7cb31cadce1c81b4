"""Action items, their support lines, progress reports and recorded acts."""

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal import clock, workdays
from portal.database import Base, Numbered, Versioned
from portal.enterprises.models import Problem, Satisfaction
from portal.jobs import Owed
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
AT_WORK = (ActionState.accepted, ActionState.in_progress)
_PRESSED = (ActionState.assigned, *AT_WORK)
QUIET = timedelta(days=7)  # after a slip was answered, or not sent, the rule waits so long before it begins anew
# whose due day counts: what is reported done waits for the supervisor, what is suspended for its reason to pass
CHASED = (ActionState.assigned, ActionState.accepted, ActionState.in_progress, ActionState.refused)


_READERS = ("audience_id", "lead_department_id", "lead_person_id", "lead_group_id", "assigned_by_id")
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
    lead_department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"), index=True)
    lead_group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("group.id"), index=True)
    lead_person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    due: Mapped[date] = mapped_column(index=True)
    original_due: Mapped[date]
    problem_id: Mapped[int | None] = mapped_column(sa.ForeignKey("problem.id"), index=True)
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
        return workdays.add_working(clock.local(self.offered_at).date(), office.accept_days)

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
    def next_stage(self) -> "Stage | None":
        """The first stage that is not finished."""
        return next((one for one in self.stages if one.done_at is None), None)

    @property
    def is_lagging(self) -> bool:
        """滞后: a stage is past its day, while the task itself is not."""
        stage = self.next_stage
        return self.state in CHASED and not self.is_overdue and stage is not None and stage.is_late

    @property
    def colour_owed(self) -> "SlipColour | None":
        """Which slip the rule would send now: the next sharper one only where the former stayed unanswered."""
        if not self.is_overdue or self.state not in _PRESSED:
            return None
        last = self.slips[-1] if self.slips else None
        if last is None:
            return SlipColour.blue
        if last.state is SlipState.proposed:
            return None
        if last.state is SlipState.issued and not last.is_answered:
            sharper = list(SlipColour)[list(SlipColour).index(last.colour) + 1 :]
            return sharper[0] if sharper and last.is_unanswered else None
        since = self.reported_at if last.is_answered else clock.moment(last.proposed_on)
        quiet = since is None or clock.now() - since > QUIET
        return SlipColour.blue if quiet else None

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
    return clock.moment(workdays.add_working(workdays.passed(), 1 - office.accept_days))


class SupportState(State):
    """Where a supporting unit stands with its part."""

    asked = "asked", "待反馈", "amber"
    reported = "reported", "已反馈", "green"
    returned = "returned", "退回", "red"


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
    handover = "handover", "转办"
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


class Extension(Base, Numbered):
    """An extension asked for; the original due day stays for assessment."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    stood_in_for: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]
    progress: Mapped[str] = mapped_column(default="")  # how far it has come
    old_due: Mapped[date]
    new_due: Mapped[date]
    granted: Mapped[bool | None] = mapped_column(index=True)
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


class ApplicationKind(Labelled):
    """What the lead can ask for besides more time."""

    suspend = "suspend", "挂起"
    resume = "resume", "恢复办理"
    transfer = "transfer", "转交其他单位"


class Application(Base, Numbered):
    """What the lead asked the supervisor or the office for, and the answer."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    kind: Mapped[ApplicationKind]
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    stood_in_for: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    granted: Mapped[bool | None] = mapped_column(index=True)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")

    action: Mapped[ActionItem] = relationship(back_populates="applications")
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    department: Mapped[Department | None] = relationship()
    person: Mapped[User | None] = relationship(foreign_keys=[person_id])

    def __str__(self) -> str:
        return f"{self.action}的{self.kind.label}申请"

    @property
    def target(self) -> str:
        """To whom the task is to go, where it is to go elsewhere."""
        return f"{self.department.name}（{self.person.name}）" if self.department and self.person else ""


def already_answered(application: Application) -> str | None:
    """Why an application cannot be answered any more, or None."""
    if application.granted is not None:
        return "这份申请已经答复过了。"
    return None


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
        return self.done_at is None and self.due <= workdays.passed()


def cannot_finish(stage: Stage) -> str | None:
    """Why a stage cannot be finished now, or None."""
    if stage.done_at is not None:
        return f"“{stage.name}”已经完成。"
    before = stage.action.next_stage
    if before is not None and before.id != stage.id:
        return f"请先完成“{before.name}”。"
    return stage.action.lifecycle.obstacle(stage.action, "finish_stage")


class LookBack(Base, Numbered):
    """回头看: a closed task that was drawn to be looked at again, and what was found."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    drawn_on: Mapped[date] = mapped_column(index=True)
    due: Mapped[date]
    holds: Mapped[bool | None]
    finding: Mapped[str] = mapped_column(default="")
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    checked_at: Mapped[datetime | None] = mapped_column(index=True)

    action: Mapped[ActionItem] = relationship(back_populates="look_backs")
    checked_by: Mapped[User | None] = relationship()

    def __str__(self) -> str:
        return f"{self.action}的回头看"


def already_checked(look_back: LookBack) -> str | None:
    """Why a look back cannot be recorded any more, or None."""
    if look_back.checked_at is not None:
        return "这次回头看已经登记过了。"
    if look_back.action.state is not ActionState.closed:
        return "这件事项已经不是“已销号”，不用再回头看。"
    return None


class SlipColour(Labelled):
    """How sharply a slip presses."""

    blue = "blue", "蓝色"
    yellow = "yellow", "黄色"
    red = "red", "红色"


class SlipState(State):
    """Where a slip stands."""

    proposed = "proposed", "待批准", "amber"
    issued = "issued", "已发出", "blue"
    dropped = "dropped", "不发", ""


class Slip(Base, Numbered, Owed):
    """督办单: proposed by the rule, numbered and approved by the office, answered by a report."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    colour: Mapped[SlipColour]
    state: Mapped[SlipState] = mapped_column(default=SlipState.proposed, index=True)
    proposed_on: Mapped[date]
    year: Mapped[int | None]
    number: Mapped[int | None]
    issued_at: Mapped[datetime | None]
    answer_by: Mapped[date | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    remark: Mapped[str] = mapped_column(default="")
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))

    action: Mapped[ActionItem] = relationship(back_populates="slips")
    decided_by: Mapped[User | None] = relationship()
    file: Mapped[StoredFile | None] = relationship()

    __table_args__ = (sa.UniqueConstraint("year", "number"),)

    def __str__(self) -> str:
        return f"{self.colour.label}督办单{self.code}"

    @property
    def code(self) -> str:
        """督办〔2026〕3号, once it is numbered."""
        return f"督办〔{self.year}〕{self.number}号" if self.number else ""

    @property
    def is_answered(self) -> bool:
        """Whether the lead reported since it was issued."""
        said = self.action.reported_at
        return self.issued_at is not None and said is not None and said > self.issued_at

    @property
    def is_unanswered(self) -> bool:
        """Issued, its day has passed, and nobody reported."""
        return not self.is_answered and self.answer_by is not None and self.answer_by <= workdays.passed()


def already_issued(slip: Slip) -> str | None:
    """Why a slip cannot be decided on any more, or None."""
    return None if slip.state is SlipState.proposed else f"这份督办单{slip.state.label}，不用再办。"


def cannot_issue(slip: Slip) -> str | None:
    """Why a slip cannot be issued, or None."""
    return already_issued(slip) or slip.action.lifecycle.obstacle(slip.action, "issue_slip")


def _too_late_to_extend(action: ActionItem) -> str | None:
    if action.due <= workdays.passed():
        return "已经超过时限，不能再申请延期；请如实报告进展。"
    return "已经有一份延期申请在等待答复。" if action.pending_extension else None


def _is_asked(action: ActionItem) -> str | None:
    if pending := action.pending_application:
        return f"{pending.kind.label}的申请还在等待答复。"
    return None


def _line_returned(action: ActionItem) -> str | None:
    back = [line.name for line in action.support if line.is_returned]
    return f"{'、'.join(back)}的配合情况已退回，还没有重新报告。" if back else None


def _is_supervised(action: ActionItem) -> str | None:
    return "这件事项已经列为督办。" if action.supervised else None


def _is_not_supervised(action: ActionItem) -> str | None:
    return None if action.supervised else "这件事项没有列为督办。"


def _is_settled(action: ActionItem) -> str | None:
    return None if action.provisional else "这件事项已经正式交办。"


_A = ActionState
_OPEN = tuple(state for state in ActionState if state not in ENDED)
_RUNNING = _PRESSED

ActionItem.lifecycle = Lifecycle(
    "交办事项",
    "actions",
    Move("settle", "正式交办", tuple(_A), None, (_is_settled,)),
    Move("edit", "修改事项", (_A.assigned,), None),
    Move("accept", "签收", (_A.assigned,), _A.accepted),
    Move("refuse", "申请退办", (_A.assigned,), _A.refused, asks_why=True),
    Move("insist", "维持交办", (_A.refused,), _A.assigned, asks_why=True),
    Move("reassign", "重新交办", (_A.refused,), _A.assigned),
    Move("report", "报告进展", AT_WORK, _A.in_progress),
    Move("set_stages", "安排阶段", _RUNNING, None),
    Move("finish_stage", "完成阶段", AT_WORK, _A.in_progress),
    Move("report_done", "申请办结", AT_WORK, _A.reported_done),
    Move("close", "销号", (_A.reported_done,), _A.closed, (_line_returned,)),
    Move("return_", "退回", (_A.reported_done,), _A.in_progress, asks_why=True),
    Move("suspend", "挂起", AT_WORK, _A.suspended, asks_why=True),
    Move("resume", "恢复办理", (_A.suspended,), _A.in_progress),
    Move(
        "terminate",
        "终止",
        (_A.assigned, _A.accepted, _A.in_progress, _A.refused, _A.suspended),
        _A.terminated,
        asks_why=True,
    ),
    Move("reopen", "重启", (_A.closed,), _A.in_progress, asks_why=True),
    Move("hand_over", "转办", _RUNNING, None, asks_why=True),
    Move("transfer", "转交", _RUNNING, _A.assigned),
    Move("name_support_person", "明确配合人", _OPEN, None),
    Move("add_support_line", "报告配合情况", _OPEN, None),
    Move("return_support", "退回配合情况", _OPEN, None, asks_why=True),
    Move("urge", "催办", _RUNNING, None),
    Move("supervise", "列为督办", _OPEN, None, (_is_supervised,)),
    Move("unsupervise", "取消督办", _OPEN, None, (_is_not_supervised,)),
    Move("propose_slip", "提出督办单", _RUNNING, None),
    Move("issue_slip", "发督办单", _RUNNING, None),
    Move("drop_slip", "不发督办单", tuple(_A), None, asks_why=True),
    Move("ask_extension", "申请延期", AT_WORK, None, (_too_late_to_extend,), asks_why=True),
    Move("ask_suspension", "申请挂起", AT_WORK, None, (_is_asked,), asks_why=True),
    Move("ask_resumption", "申请恢复办理", (_A.suspended,), None, (_is_asked,), asks_why=True),
    Move("ask_transfer", "申请转交", _RUNNING, None, (_is_asked,), asks_why=True),
)

