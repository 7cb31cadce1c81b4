"""The items of an agenda, and the steps they take."""

from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from portal.courses.models.courses import Course
from portal.db import clock
from portal.db.engine import Base, Numbered, Versioned
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.enterprises.models.problems import Problem
from portal.files.store import StoredFile
from portal.meetings.models.meetings import Meeting, MeetingState
from portal.meetings.models.series import ItemKind, MeetingSeries
from portal.people.models.accounts import User


class ItemState(State):
    """Where an agenda item stands."""

    proposed = "proposed", "已申报", "amber"
    accepted = "accepted", "已采纳", "blue"
    placed = "placed", "已列入", "blue"
    dealt_with = "dealt_with", "已议", "green"
    deferred = "deferred", "缓议", "amber"
    not_reached = "not_reached", "未及审议", "amber"
    returned = "returned", "已退回", "red"
    merged = "merged", "已并案", ""
    withdrawn = "withdrawn", "已撤回", ""


OUTCOMES = (ItemState.dealt_with, ItemState.deferred, ItemState.not_reached)


class AgendaItem(Base, Numbered, Versioned, HasLifecycle):
    """One item; it lives in its series' backlog until it is placed on a meeting."""

    series_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting_series.id"), index=True)
    meeting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("meeting.id"), index=True)
    state: Mapped[ItemState] = mapped_column(default=ItemState.proposed, index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[ItemKind]
    title: Mapped[str]
    ask: Mapped[str] = mapped_column(default="")  # what is asked of the meeting
    minutes: Mapped[int] = mapped_column(default=10)
    late: Mapped[bool] = mapped_column(default=False)  # 临时议题
    standing: Mapped[bool] = mapped_column(default=False)  # of the series' default agenda: every meeting has its own
    changed: Mapped[bool] = mapped_column(default=False)  # added or altered after the notice
    reporter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    proposed_at: Mapped[datetime | None]
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"), index=True)
    problem_id: Mapped[int | None] = mapped_column(sa.ForeignKey("problem.id"), index=True)
    predecessor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agenda_item.id"), unique=True)
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agenda_item.id"))
    answer: Mapped[str] = mapped_column(default="")  # why it was returned or merged
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    seconds_away: Mapped[int] = mapped_column(default=0)  # between its end and being taken up once more
    not_before: Mapped[date | None]  # 暂缓列入: the secretary keeps it back from meetings before this day
    dropped: Mapped[str] = mapped_column(default="", server_default="")  # why it does not come back though left open

    series: Mapped[MeetingSeries] = relationship()
    meeting: Mapped[Meeting | None] = relationship(back_populates="items", foreign_keys=[meeting_id])
    reporter: Mapped[User | None] = relationship(foreign_keys=[reporter_id])
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    course: Mapped[Course | None] = relationship()
    problem: Mapped[Problem | None] = relationship()
    predecessor: Mapped["AgendaItem | None"] = relationship(
        remote_side="AgendaItem.id", foreign_keys=[predecessor_id], back_populates="successor"
    )
    successor: Mapped["AgendaItem | None"] = relationship(
        foreign_keys=[predecessor_id], back_populates="predecessor", uselist=False
    )
    merged_into: Mapped["AgendaItem | None"] = relationship(remote_side="AgendaItem.id", foreign_keys=[merged_into_id])
    files: Mapped[list[StoredFile]] = relationship(secondary="item_file")
    attached: Mapped[list["ItemFile"]] = relationship(order_by="ItemFile.id", viewonly=True)

    def __str__(self) -> str:
        return f"议题《{self.title}》"

    @property
    def is_shared(self) -> bool:
        """Whether the members may read it; what is only proposed is between its proposer and the secretary."""
        return self.state not in {ItemState.proposed, ItemState.returned, ItemState.withdrawn}

    @property
    def is_proposed(self) -> bool:
        """Waiting for the secretary's answer."""
        return self.state is ItemState.proposed

    @property
    def is_waiting(self) -> bool:
        """In the backlog, ready to be placed."""
        return self.state is ItemState.accepted

    @property
    def is_placed(self) -> bool:
        """On an agenda, without an outcome yet."""
        return self.state is ItemState.placed

    @property
    def can_take_in(self) -> bool:
        """Whether another proposal can be merged into it."""
        return self.state in {ItemState.accepted, ItemState.placed}

    @property
    def is_running(self) -> bool:
        """The meeting is at it now."""
        return self.started_at is not None and self.ended_at is None

    @property
    def runs_since(self) -> datetime | None:
        """The moment its clock counts from: its start, less the time the meeting was at other items."""
        return self.started_at + timedelta(seconds=self.seconds_away) if self.started_at else None

    @property
    def minutes_used(self) -> int | None:
        """How many minutes the meeting has given it, begun minutes counted; None before it began."""
        if self.runs_since is None:
            return None
        return ceil(max(0.0, ((self.ended_at or clock.now()) - self.runs_since).total_seconds()) / 60)

    @property
    def is_over_time(self) -> bool:
        """It has taken more than it was given."""
        return (self.minutes_used or 0) > self.minutes

    @property
    def is_dealt_with(self) -> bool:
        """Whether the meeting dealt with it for good."""
        return self.state is ItemState.dealt_with

    @property
    def has_outcome(self) -> bool:
        """Whether the meeting has dealt with it one way or another."""
        return self.state in OUTCOMES

    @property
    def is_left_open(self) -> bool:
        """Left open by its meeting; a standing item comes by itself and does not count."""
        return self.state in {ItemState.deferred, ItemState.not_reached} and not self.standing

    @property
    def comes_back(self) -> bool:
        """Left open by its meeting and not taken out, so that the next one takes it up."""
        return self.is_left_open and not self.dropped

    @property
    def is_dropped(self) -> bool:
        """Left open by its meeting, and taken out of what is carried over."""
        return self.is_left_open and bool(self.dropped)

    @property
    def lacks_reporter(self) -> bool:
        """Nobody is to report it; on the tasks the portal itself does."""
        return self.reporter_id is None and self.kind is not ItemKind.review

    def waits_for(self, day: date) -> bool:
        """Whether it may be placed on a meeting of that day by itself: it is not kept back longer."""
        return self.not_before is None or self.not_before <= day


class ItemFile(Base, Numbered):
    """A file that goes with an item."""

    item_id: Mapped[int] = mapped_column(sa.ForeignKey("agenda_item.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))

    item: Mapped[AgendaItem] = relationship(viewonly=True)
    file: Mapped[StoredFile] = relationship(viewonly=True)

    __table_args__ = (sa.UniqueConstraint("item_id", "file_id"),)

    def __str__(self) -> str:
        return f"附件《{self.file.name}》"


class AgendaStep(Base, Numbered):
    """What an agenda was before one act of building it, to take the act back; forgotten when the notice is sent."""

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    word: Mapped[str]  # the act: 移出议题《…》
    before: Mapped[dict[str, Any]]  # {"items": [{"id", "kind", "title", …}, …]} in their order

    meeting: Mapped[Meeting] = relationship()
    by: Mapped[User] = relationship()

    def __str__(self) -> str:
        return self.word


# the word of the last act of building that can be taken back; asked for with the meeting where it is shown
Meeting.last_step = column_property(
    sa.select(AgendaStep.word)
    .where(AgendaStep.meeting_id == Meeting.id)
    .order_by(AgendaStep.id.desc())
    .limit(1)
    .correlate_except(AgendaStep)
    .scalar_subquery(),
    deferred=True,
)


def _not_left_open(item: AgendaItem) -> str | None:
    if item.standing:
        return "固定议题每次会议都有，不需要结转。"
    return None if item.is_left_open else "只有缓议、未及审议的议题才会结转。"


def _not_dropped(item: AgendaItem) -> str | None:
    return None if item.dropped else "这项议题没有取消结转。"


def _dropped_already(item: AgendaItem) -> str | None:
    return "这项议题已经取消结转。" if item.dropped else None


def _not_to_edit(item: AgendaItem) -> str | None:
    if item.meeting is not None and not item.meeting.is_upcoming:
        return "会议已经开始或结束，议题不能再改。"
    return None


def _not_on_open_meeting(item: AgendaItem) -> str | None:
    if item.meeting is None or not item.meeting.is_upcoming:
        return "会议已经开始或结束，议程不能再改。"
    return None


def _meeting_not_in_session(item: AgendaItem) -> str | None:
    if item.meeting is None or item.meeting.state is not MeetingState.in_session:
        return "会议不在进行中，不能登记议题结果。"
    return None


_I = ItemState

AgendaItem.lifecycle = Lifecycle(
    "议题",
    "meetings",
    Transition("accept_item", "采纳", (_I.proposed,), _I.accepted),
    Transition("defer_item", "暂缓列入", (_I.proposed, _I.accepted), _I.accepted),
    Transition("return_item", "退回", (_I.proposed, _I.accepted), _I.returned, asks_why=True),
    Transition("merge_item", "并案", (_I.proposed, _I.accepted), _I.merged),
    Transition("withdraw_item", "撤回", (_I.proposed, _I.accepted), _I.withdrawn),
    Transition("place_item", "列入议程", (_I.accepted,), _I.placed),
    Transition("take_off_item", "移出议程", (_I.placed,), _I.accepted, (_not_on_open_meeting,)),
    Transition("edit_item", "修改议题", (_I.proposed, _I.accepted, _I.placed), None, (_not_to_edit,)),
    Transition("turn_to", "开始讨论", (_I.placed, *OUTCOMES), None, (_meeting_not_in_session,)),
    Transition("mark_dealt_with", "已议", (_I.placed, *OUTCOMES), _I.dealt_with, (_meeting_not_in_session,)),
    Transition("mark_deferred", "缓议", (_I.placed, *OUTCOMES), _I.deferred, (_meeting_not_in_session,)),
    Transition("mark_not_reached", "未及审议", (_I.placed, *OUTCOMES), _I.not_reached, (_meeting_not_in_session,)),
    Transition(
        "drop_item", "取消结转", OUTCOMES, None, (_meeting_not_in_session, _not_left_open, _dropped_already),
        asks_why=True,
    ),
    Transition("keep_item", "恢复结转", OUTCOMES, None, (_meeting_not_in_session, _not_left_open, _not_dropped)),
)  # fmt: skip
