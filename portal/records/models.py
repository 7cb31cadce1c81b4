"""The record of a meeting, its decisions, and the tasks typed where they were said."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.actions.models.action_items import ActionItem
from portal.db.engine import Base, Numbered, Versioned
from portal.db.labelled import Labelled
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.documents.registry import Document
from portal.jobs.due import Retryable
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group


class RecordState(State):
    """Where a record stands."""

    open = "open", "记录中", "blue"
    closed = "closed", "待签字", "amber"
    signed = "signed", "已签字", "green"


class Record(Base, Numbered, Retryable, HasLifecycle):
    """What was said at one meeting; the recorder and the chair sign it."""

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), unique=True)
    state: Mapped[RecordState] = mapped_column(default=RecordState.open)
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    closed_at: Mapped[datetime | None]

    meeting: Mapped[Meeting] = relationship()
    document: Mapped[Document | None] = relationship()
    entries: Mapped[list["RecordEntry"]] = relationship(back_populates="record")

    def __str__(self) -> str:
        return f"{self.meeting.title}记录"

    @property
    def is_open(self) -> bool:
        """Whether it can still be written."""
        return self.state is RecordState.open

    @property
    def waits_for_paper(self) -> bool:
        """Closed, and not laid out yet."""
        return self.state is RecordState.closed and self.document_id is None


class RecordEntry(Base, Numbered, Versioned):
    """What was said under one item, in one text: a reading copy of its lines, renewed whenever one changes."""

    record_id: Mapped[int] = mapped_column(sa.ForeignKey("record.id"), index=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("agenda_item.id"), unique=True)
    text: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime | None]
    saved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    record: Mapped[Record] = relationship(back_populates="entries")
    item: Mapped[AgendaItem] = relationship()
    saved_by: Mapped[User | None] = relationship()

    def __str__(self) -> str:
        return f"{self.item}的记录"


class LineKind(Labelled):
    """What a line of the record is."""

    note = "note", "发言"
    decision = "decision", "议定"
    task = "task", "交办"


class RecordLine(Base, Numbered, Versioned):
    """One line of a record as it was typed, in its place; a decision or a task stands beside what became of it."""

    item_id: Mapped[int] = mapped_column(sa.ForeignKey("agenda_item.id"), index=True)
    position: Mapped[int]
    kind: Mapped[LineKind]
    text: Mapped[str]  # as typed, so that it can be edited as it was typed
    speaker: Mapped[str] = mapped_column(default="")
    words: Mapped[str]  # what of it is said, without mark and speaker
    lacks: Mapped[str] = mapped_column(default="")  # what a decision or a task does not say yet
    key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)  # given by the page: a line sent twice is one
    typed_at: Mapped[datetime]
    typed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision.id"), unique=True)
    handout_id: Mapped[int | None] = mapped_column(sa.ForeignKey("handout.id"), unique=True)

    item: Mapped[AgendaItem] = relationship()
    typed_by: Mapped[User | None] = relationship()
    decision: Mapped["Decision | None"] = relationship(back_populates="line")
    handout: Mapped["Handout | None"] = relationship(back_populates="line")

    def __str__(self) -> str:
        return f"记录“{self.text[:40]}”"

    @property
    def is_unfinished(self) -> bool:
        """It says too little to be a decision or a task yet: who does it, or until when."""
        return {LineKind.decision: self.decision_id, LineKind.task: self.handout_id}.get(self.kind, 0) is None

    @property
    def is_handed_out(self) -> bool:
        """Its task is among the tasks already, so that it is changed there."""
        return self.handout is not None and self.handout.action_id is not None

    @property
    def as_said(self) -> str:
        """The line as a text of the record says it."""
        return f"{self.speaker}：{self.words}" if self.speaker else self.words


class Decision(Base, Numbered, Versioned):
    """What was decided under an item."""

    item_id: Mapped[int] = mapped_column(sa.ForeignKey("agenda_item.id"), index=True)
    position: Mapped[int]
    text: Mapped[str]

    item: Mapped[AgendaItem] = relationship()
    handouts: Mapped[list["Handout"]] = relationship(back_populates="decision", order_by="Handout.id")
    line: Mapped[RecordLine | None] = relationship(back_populates="decision")

    def __str__(self) -> str:
        return f"议定事项“{self.text[:40]}”"


class Handout(Base, Numbered, Versioned, Retryable):
    """A task as it was said; when the meeting adjourns it becomes an action item. Links item, decision and task."""

    item_id: Mapped[int] = mapped_column(sa.ForeignKey("agenda_item.id"), index=True)
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision.id"), index=True)
    title: Mapped[str]
    lead_department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    lead_group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("group.id"))
    lead_person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    due: Mapped[date]
    evidence: Mapped[str] = mapped_column(default="")
    urgent: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    action_id: Mapped[int | None] = mapped_column(sa.ForeignKey("action_item.id"), unique=True)

    item: Mapped[AgendaItem] = relationship()
    decision: Mapped[Decision | None] = relationship(back_populates="handouts")
    lead_department: Mapped[Department | None] = relationship()
    lead_group: Mapped[Group | None] = relationship()
    lead_person: Mapped[User] = relationship()
    support: Mapped[list[Department]] = relationship(secondary="handout_support", order_by=Department.rank)
    support_groups: Mapped[list[Group]] = relationship(secondary="handout_support_group", order_by=Group.rank)
    action: Mapped[ActionItem | None] = relationship()
    line: Mapped[RecordLine | None] = relationship(back_populates="handout")

    def __str__(self) -> str:
        return f"交办“{self.title}”"

    @property
    def lead(self) -> str:
        """The lead department or group, as printed."""
        unit = self.lead_department or self.lead_group
        return unit.name if unit else self.lead_person.name

    @property
    def supporters(self) -> list[Department | Group]:
        """Every unit that supports, departments before groups."""
        return [*self.support, *self.support_groups]

    @property
    def supporting(self) -> str:
        """市财政局、土地房产组, as lines print them; nothing where nobody supports."""
        return "、".join([*(one.short for one in self.support), *(one.name for one in self.support_groups)])


class HandoutSupport(Base):
    """A supporting department of a task as it was said."""

    handout_id: Mapped[int] = mapped_column(sa.ForeignKey("handout.id"), primary_key=True)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id"), primary_key=True)


class HandoutSupportGroup(Base):
    """A supporting group of a task as it was said."""

    handout_id: Mapped[int] = mapped_column(sa.ForeignKey("handout.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("group.id"), primary_key=True)


def not_sitting(meeting: Meeting) -> str | None:
    """Why a meeting cannot be adjourned now, or None."""
    return None if meeting.is_in_session else "会议不在进行中，不能散会。"


def rendering_has_not_failed(record: Record) -> str | None:
    """Why there is nothing to lay out again, or None."""
    if record.state is not RecordState.closed or record.document_id or not record.last_error:
        return "排版没有失败，不用重做。"
    return None


class Phrase(Base, Numbered):
    """A turn of phrase the office often writes, offered beside the box."""

    position: Mapped[int]
    text: Mapped[str]

    def __str__(self) -> str:
        return f"常用语“{self.text[:40]}”"


def _not_rendered(record: Record) -> str | None:
    return None if record.document_id else "会议记录还在排版，请稍后刷新再签。"


def _signatures_missing(record: Record) -> str | None:
    return None if record.document and record.document.is_complete else "记录人和主持人还没有都签字。"


Record.lifecycle = Lifecycle(
    "会议记录",
    "records",
    Transition("close", "整理完毕", (RecordState.open,), RecordState.closed),
    Transition("sign", "签字", (RecordState.closed,), None, (_not_rendered,)),
    Transition("complete", "签字完成", (RecordState.closed,), RecordState.signed, (_signatures_missing,)),
)
