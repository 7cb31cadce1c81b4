"""Series, meetings, agenda items, attendance."""

from datetime import date, datetime, time, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from portal import clock
from portal.actions.models import ActionItem, ActionState
from portal.courses.models import Course
from portal.database import Base, Numbered, Versioned
from portal.enterprises.models import Problem
from portal.jobs import Owed
from portal.lifecycle import HasLifecycle, Lifecycle, Move, State
from portal.people.models import Department, Group, Labelled, User
from portal.register import Document
from portal.store import StoredFile


class ItemKind(Labelled):
    """What an agenda item is; the order is the usual order on the agenda."""

    review = "review", "上次交办事项通报"
    study = "study", "传达学习"
    problem = "problem", "问题研判"
    course = "course", "讲业务"
    assignment = "assignment", "工作部署"
    other = "other", "其他"

    @property
    def css(self) -> str:
        """The class that gives its rows their colour."""
        return f"k{list(ItemKind).index(self) + 1}"


class Recurrence(Labelled):
    """How often a series meets."""

    weekly = "weekly", "每周"
    fortnightly = "fortnightly", "每两周"
    monthly = "monthly", "每月"
    by_hand = "by_hand", "不定期"


LAST = -1
NTH = {1: "第一个", 2: "第二个", 3: "第三个", 4: "第四个", LAST: "最后一个"}


class MeetingSeries(Base, Numbered, Versioned, Owed):
    """A standing meeting: its members (a group), its people, its place and time, its default agenda."""

    name: Mapped[str] = mapped_column(unique=True)
    short: Mapped[str]
    rank: Mapped[int] = mapped_column(default=0)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("group.id"))
    chair_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    recorder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    reviewer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    signatory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    place: Mapped[str] = mapped_column(default="")
    recurrence: Mapped[Recurrence] = mapped_column(default=Recurrence.weekly)
    weekday: Mapped[int] = mapped_column(default=0)  # 0 is Monday
    nth: Mapped[int] = mapped_column(default=1, server_default="1")  # of a month's weekdays; LAST for the last one
    automatic: Mapped[bool] = mapped_column(default=True, server_default=sa.true())  # the next sitting makes itself
    starts_at: Mapped[time]
    minutes: Mapped[int] = mapped_column(default=90)
    cut_off_days: Mapped[int] = mapped_column(default=2)
    cut_off_time: Mapped[time]
    # the red heading of its 会议纪要
    heading: Mapped[str]
    # in which order the kinds stand on an agenda; empty means the usual one
    kind_order: Mapped[list[str]] = mapped_column(default=list, server_default="[]")

    group: Mapped[Group] = relationship()
    chair: Mapped[User | None] = relationship(foreign_keys=[chair_id])
    recorder: Mapped[User | None] = relationship(foreign_keys=[recorder_id])
    reviewer: Mapped[User | None] = relationship(foreign_keys=[reviewer_id])
    signatory: Mapped[User | None] = relationship(foreign_keys=[signatory_id])
    standing_items: Mapped[list["StandingItem"]] = relationship(
        back_populates="series", order_by="StandingItem.position", cascade="all, delete-orphan"
    )

    def __str__(self) -> str:
        return self.name

    @property
    def rhythm(self) -> str:
        """每周星期一, 每月第二个星期三, 不定期."""
        if self.recurrence is Recurrence.by_hand:
            return self.recurrence.label
        which = NTH[self.nth] if self.recurrence is Recurrence.monthly else ""
        return self.recurrence.label + which + clock.WEEKDAYS[self.weekday]

    @property
    def kinds(self) -> list[ItemKind]:
        """The kinds in the order in which this series puts them on an agenda."""
        told = [kind for code in self.kind_order or () for kind in ItemKind if kind.value == code]
        return [*told, *(kind for kind in ItemKind if kind not in told)]


class StandingItem(Base, Numbered):
    """An item every new meeting of the series begins with."""

    series_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting_series.id"), index=True)
    position: Mapped[int]
    kind: Mapped[ItemKind]
    title: Mapped[str]
    minutes: Mapped[int]
    reporter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    series: Mapped[MeetingSeries] = relationship(back_populates="standing_items")
    reporter: Mapped[User | None] = relationship()


class MeetingState(State):
    """Where a meeting stands."""

    preparing = "preparing", "筹备中", "amber"
    announced = "announced", "已通知", "blue"
    in_session = "in_session", "进行中", "blue"
    adjourned = "adjourned", "已散会", "green"
    concluded = "concluded", "已办毕", "green"
    cancelled = "cancelled", "已取消", ""


UPCOMING = (MeetingState.preparing, MeetingState.announced)
HELD = (MeetingState.adjourned, MeetingState.concluded)
GRACE = timedelta(minutes=5)  # a queue before the screen makes nobody late


class Meeting(Base, Numbered, Versioned, HasLifecycle):
    """One sitting of a series."""

    series_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting_series.id"), index=True)
    state: Mapped[MeetingState] = mapped_column(default=MeetingState.preparing, index=True)
    day: Mapped[date] = mapped_column(index=True)
    rhythm_day: Mapped[date | None]  # which day of the series' rhythm it stands for, before a holiday moved it
    starts_at: Mapped[time]
    minutes: Mapped[int]
    place: Mapped[str]
    year: Mapped[int | None]
    number: Mapped[int | None]  # 第 N 次 of the series and year, given with the notice
    chair_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    recorder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    reviewer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    signatory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    agenda_approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    agenda_approved_at: Mapped[datetime | None]
    approval_asked_at: Mapped[datetime | None]  # the chair was asked and has not answered
    changed_at: Mapped[datetime | None]  # the approved agenda was changed
    announced_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    adjourned_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")  # of the last postponement or of the cancellation
    changes: Mapped[list[str]] = mapped_column(default=list)  # since the agenda was fixed, in sentences
    told_at: Mapped[datetime | None]  # when the members were last told of it: the notice or the latest change
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")  # how often they were told of a change
    roll_called_at: Mapped[datetime | None]  # when everybody expected was marked present in one act

    series: Mapped[MeetingSeries] = relationship(lazy="joined", innerjoin=True)
    chair: Mapped[User | None] = relationship(foreign_keys=[chair_id])
    recorder: Mapped[User | None] = relationship(foreign_keys=[recorder_id])
    reviewer: Mapped[User | None] = relationship(foreign_keys=[reviewer_id])
    signatory: Mapped[User | None] = relationship(foreign_keys=[signatory_id])
    agenda_approved_by: Mapped[User | None] = relationship(foreign_keys=[agenda_approved_by_id])
    items: Mapped[list["AgendaItem"]] = relationship(
        back_populates="meeting", order_by="AgendaItem.position", foreign_keys="AgendaItem.meeting_id"
    )
    attendances: Mapped[list["Attendance"]] = relationship(
        back_populates="meeting", order_by="[Attendance.position, Attendance.id]"
    )
    notices: Mapped[list["MeetingNotice"]] = relationship(back_populates="meeting", order_by="MeetingNotice.edition")
    scans: Mapped[list["SignInScan"]] = relationship(back_populates="meeting", order_by="SignInScan.id")
    review: Mapped["Review | None"] = relationship(back_populates="meeting", cascade="all, delete-orphan")

    if TYPE_CHECKING:
        last_step: Mapped[str | None]  # see under AgendaStep

    __table_args__ = (sa.UniqueConstraint("series_id", "year", "number"),)

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """专班例会 2026 年第 12 次, or with its day while it has no number."""
        if self.number is None:
            return f"{self.series.name}（{clock.zh_date(self.day)}）"
        return f"{self.series.name}{self.year}年第{self.number}次会议"

    @property
    def starts(self) -> datetime:
        """The moment it is to begin."""
        return clock.moment(self.day, self.starts_at)

    @property
    def ends(self) -> datetime:
        """The moment its minutes of time are used up."""
        return self.starts + timedelta(minutes=self.minutes)

    @property
    def cut_off(self) -> datetime:
        """Until when items can be proposed; later ones are 临时议题."""
        return clock.moment(self.day - timedelta(days=self.series.cut_off_days), self.series.cut_off_time)

    @property
    def minutes_planned(self) -> int:
        """The sum of the items' minutes."""
        return sum(item.minutes for item in self.items)

    @property
    def is_upcoming(self) -> bool:
        """Not yet opened and not cancelled, so that its agenda can still change."""
        return self.state in UPCOMING

    @property
    def is_announced(self) -> bool:
        """The notice is out and the meeting has not begun."""
        return self.state is MeetingState.announced

    @property
    def is_in_session(self) -> bool:
        """People are sitting together now."""
        return self.state is MeetingState.in_session

    @property
    def takes_roll(self) -> bool:
        """The secretary can mark who has come: the notice is out and the meeting has not ended."""
        return self.is_announced or self.is_in_session

    @property
    def takes_check_ins(self) -> bool:
        """People can check themselves in: it sits now, or is to sit today."""
        return self.is_in_session or (self.is_announced and self.day == clock.today())

    @property
    def late_from(self) -> datetime:
        """Whoever checks in after this moment has come late."""
        return max(self.starts, self.opened_at or self.starts) + GRACE

    @property
    def is_over(self) -> bool:
        """It was held and has ended."""
        return self.state in HELD

    @property
    def is_concluded(self) -> bool:
        """Its minutes have been issued."""
        return self.state is MeetingState.concluded

    @property
    def is_cancelled(self) -> bool:
        """It will not be held."""
        return self.state is MeetingState.cancelled

    @property
    def has_notice(self) -> bool:
        """Whether a notice was ever sent."""
        return self.announced_at is not None

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Its way from preparing to done, each step with done, now, off or nothing, as a page draws it."""
        way: list[MeetingState] = [state for state in MeetingState if state is not MeetingState.cancelled]
        if self.is_cancelled:
            return [("已取消", "now"), *((state.label, "off") for state in way)]
        at = way.index(self.state)
        return [(state.label, "done" if i < at else "now" if i == at else "") for i, state in enumerate(way)]

    @property
    def is_preparing(self) -> bool:
        """Its notice is still to be sent."""
        return self.state is MeetingState.preparing

    @property
    def is_frozen(self) -> bool:
        """Whether its agenda is fixed, so that whatever is done to it is a change: approved by the chair, or sent."""
        return self.agenda_approved_at is not None or self.has_notice

    @property
    def was_changed_since(self) -> bool:
        """Whether the agenda the chair approved is no longer the one that would be sent."""
        return self.is_preparing and self.agenda_approved_at is not None and self.changed_at is not None

    @property
    def needs_approval(self) -> bool:
        """Whether the chair has still to approve the agenda, or to approve it once more."""
        return self.is_upcoming and (self.agenda_approved_at is None or self.was_changed_since)

    @property
    def approved_already(self) -> str | None:
        """Why the agenda needs no approval now, or None."""
        return None if self.needs_approval else "议程已经审定。"

    @property
    def asked_already(self) -> str | None:
        """Why the chair need not be asked, or None."""
        return "已经请主持人审定，请等候。" if self.approval_asked_at else None


class MeetingNotice(Base, Numbered, Owed):
    """One notice as it was sent: the first, and one more after each burst of changes; laid out and kept by a job."""

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), index=True)
    edition: Mapped[int]
    drawn_at: Mapped[datetime]
    due_at: Mapped[datetime]  # further changes until then go into the same notice
    title: Mapped[str]
    content: Mapped[dict[str, Any]]  # what it says, whatever becomes of the meeting
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"), unique=True)

    meeting: Mapped[Meeting] = relationship(back_populates="notices")
    document: Mapped[Document | None] = relationship()

    __table_args__ = (sa.UniqueConstraint("meeting_id", "edition"),)

    def __str__(self) -> str:
        return f"会议通知《{self.title}》"

    @property
    def is_kept(self) -> bool:
        """Laid out and entered in the register."""
        return self.document_id is not None


class CalendarFeed(Base):
    """A person's own calendar address; the secret in it is drawn from the nonce and is nowhere stored."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    nonce: Mapped[str]
    made_at: Mapped[datetime]

    user: Mapped[User] = relationship()

    def __str__(self) -> str:
        return f"{self.user.name}的日历订阅"


class ItemState(State):
    """Where an agenda item stands."""

    proposed = "proposed", "已申报", "amber"
    accepted = "accepted", "已采纳", "blue"
    placed = "placed", "已列入", "blue"
    dealt_with = "dealt_with", "已议", "green"
    deferred = "deferred", "缓议", "amber"
    not_reached = "not_reached", "未及审议", "amber"
    returned = "returned", "退回", "red"
    merged = "merged", "并案", ""
    withdrawn = "withdrawn", "撤回", ""


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


class Reply(State):
    """What a member answered to the notice."""

    none = "none", "未回复", "amber"
    coming = "coming", "已确认", "green"
    leave_asked = "leave_asked", "申请请假", "amber"
    on_leave = "on_leave", "请假", ""


class Attendance(Base, Numbered, HasLifecycle):
    """One person's place at one meeting; a visitor (列席) is no member and may have no account."""

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    name: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    unit: Mapped[str] = mapped_column(default="", server_default="")  # of a visitor whose unit is no department here
    post: Mapped[str] = mapped_column(default="")
    member: Mapped[bool] = mapped_column(default=True)
    state: Mapped[Reply] = mapped_column(default=Reply.none)
    leave_reason: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="", server_default="")  # why leave or a substitute was refused
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))  # who decided on the leave
    substitute: Mapped[str] = mapped_column(default="")  # 代会 prints as 张某某（代李某某）
    substitute_waits: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # for an approval
    substitute_approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    checked_in_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    from_item: Mapped[int | None]  # the number of the item a late one came to
    until_item: Mapped[int | None]  # the number of the last item of one who left early

    meeting: Mapped[Meeting] = relationship(back_populates="attendances")
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
    substitute_approved_by: Mapped[User | None] = relationship(foreign_keys=[substitute_approved_by_id])
    department: Mapped[Department | None] = relationship(lazy="joined")

    __table_args__ = (sa.UniqueConstraint("meeting_id", "user_id"),)

    def __str__(self) -> str:
        return f"{self.name}参加{self.meeting.title}"

    @property
    def is_present(self) -> bool:
        """Checked in, in person or by a substitute."""
        return self.checked_in_at is not None

    @property
    def is_on_leave(self) -> bool:
        """Away with leave, and nobody sits in for them."""
        return self.state is Reply.on_leave and not self.is_present

    @property
    def leave_waits(self) -> bool:
        """Leave was asked for and is not answered."""
        return self.state is Reply.leave_asked

    @property
    def is_expected(self) -> bool:
        """To be marked present when everybody is: not here yet, no leave given or asked for, no substitute waiting."""
        away = self.state in {Reply.leave_asked, Reply.on_leave} and not self.has_substitute
        return not (self.is_present or away or self.substitute_waits)

    @property
    def has_substitute(self) -> bool:
        """Somebody sits in for this person, and that is approved."""
        return bool(self.substitute) and not self.substitute_waits

    @property
    def left_early(self) -> bool:
        """Went before the end."""
        return self.until_item is not None

    @property
    def stay(self) -> str:
        """第 3 项起参加，第 5 项后离席; 迟到 where the item is not known; nothing for who was there all the time."""
        said = []
        if self.late or self.from_item:
            said.append(f"第 {self.from_item} 项起参加" if self.from_item else "迟到")
        if self.until_item is not None:
            said.append(f"第 {self.until_item} 项后离席")
        return "，".join(said)

    @property
    def unit_name(self) -> str:
        """The unit as lists print it before the name; nothing where none is known."""
        return self.department.short if self.department else self.unit

    def ask_again(self) -> None:
        """Forget the reply, since the meeting was moved to another time."""
        self.state, self.leave_reason, self.answer, self.answered_by_id = Reply.none, "", "", None
        self.forget_substitute()

    def forget_substitute(self) -> None:
        """Nobody sits in for this person any more."""
        self.substitute, self.substitute_waits, self.substitute_approved_by_id = "", False, None

    @property
    def printed_name(self) -> str:
        """The name as the minutes print it; a substitute counts from the approval on."""
        return f"{self.substitute}（代{self.name}）" if self.has_substitute else self.name


class SignInScan(Base, Numbered):
    """A page of the signed sign-in sheet, scanned or photographed, kept with its meeting."""

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))

    meeting: Mapped[Meeting] = relationship(back_populates="scans")
    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)

    def __str__(self) -> str:
        return f"签到表《{self.file.name}》"


class Standing(Labelled):
    """How a task stands when the series looks at its tasks; the order is that of the table's columns."""

    done = "done", "已销号"
    reported = "reported", "待审"
    going = "going", "办理中"
    soon = "soon", "临期"
    late = "late", "逾期"
    suspended = "suspended", "挂起"


class Review(Base, Numbered):
    """上次会议议定事项落实情况 of one meeting: drawn once, and kept as it was then."""

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), unique=True)
    frozen_at: Mapped[datetime]

    meeting: Mapped[Meeting] = relationship(back_populates="review")
    rows: Mapped[list["ReviewRow"]] = relationship(order_by="ReviewRow.position", cascade="all, delete-orphan")

    def __str__(self) -> str:
        return "交办事项落实情况"


class ReviewRow(Base, Numbered):
    """One task as it stood then, in words of its own: what happens to the task later leaves them alone."""

    review_id: Mapped[int] = mapped_column(sa.ForeignKey("review.id"), index=True)
    position: Mapped[int]
    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    number: Mapped[str]
    title: Mapped[str]
    lead: Mapped[str]
    person: Mapped[str]
    due: Mapped[date]
    standing: Mapped[Standing]

    def __str__(self) -> str:
        return f"{self.number}《{self.title}》"


def standing_of(action: ActionItem) -> Standing:
    """How a task stands at this moment."""
    if action.is_overdue:
        return Standing.late
    if action.is_due_soon:
        return Standing.soon
    return _STANDINGS.get(action.state, Standing.going)


_STANDINGS = {
    ActionState.closed: Standing.done,
    ActionState.reported_done: Standing.reported,
    ActionState.suspended: Standing.suspended,
}


def _cannot_announce(meeting: Meeting) -> str | None:
    lacking = [
        word
        for word, there in (
            ("至少一项议题", meeting.items),
            ("主持人", meeting.chair_id),
            ("记录人", meeting.recorder_id),
            ("会议地点", meeting.place),
        )
        if not there
    ]
    return f"还不能发通知，缺少：{'、'.join(lacking)}。" if lacking else None


def _agenda_not_approved(meeting: Meeting) -> str | None:
    return None if meeting.agenda_approved_at else "议程还没有审定，请先请主持人审定，或登记主持人的审定意见。"


def _cannot_adjourn(meeting: Meeting) -> str | None:
    undecided = [item.title for item in meeting.items if item.state not in OUTCOMES]
    if undecided:
        return f"还有 {len(undecided)} 项议题没有结果（已议、缓议或未及审议）：{'；'.join(undecided[:3])}。"
    if not any(one.is_present for one in meeting.attendances):
        return "还没有人签到，请先登记到会人员。"
    return None


def _empty_agenda(meeting: Meeting) -> str | None:
    return None if meeting.items else "议程还是空的，请先添加议题。"


def _no_chair(meeting: Meeting) -> str | None:
    return None if meeting.chair_id else "还没有主持人，请先在会议安排中指定。"


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


def _not_the_day(meeting: Meeting) -> str | None:
    return None if meeting.takes_check_ins else "会议当天或会议进行中，才能登记全部到会。"


def _nobody_expected(meeting: Meeting) -> str | None:
    expected = any(one.is_expected for one in meeting.attendances)
    return None if expected else "应到的人都已登记，没有可以登记到会的人。"


def _roll_not_called(meeting: Meeting) -> str | None:
    return None if meeting.roll_called_at else "还没有登记过全部到会。"


_S, _I = MeetingState, ItemState

Meeting.lifecycle = Lifecycle(
    "会议",
    "meetings",
    Move("ask_approval", "请主持人审定", (_S.preparing,), None, (_empty_agenda, _no_chair)),
    Move("approve_agenda", "审定议程", (_S.preparing, _S.announced), None, (_empty_agenda,)),
    Move("announce", "发通知", (_S.preparing,), _S.announced, (_cannot_announce, _agenda_not_approved)),
    Move("open", "开会", (_S.announced,), _S.in_session),
    Move("adjourn", "散会", (_S.in_session,), _S.adjourned, (_cannot_adjourn,)),
    Move("conclude", "办毕", (_S.adjourned,), _S.concluded),
    Move("edit_meeting", "修改会议安排", (_S.preparing, _S.announced, _S.in_session), None),
    Move("add_item", "添加议题", (_S.preparing, _S.announced, _S.in_session), None),
    Move("order_items", "调整议程顺序", (_S.preparing, _S.announced), None),
    Move("undo", "撤销", (_S.preparing,), None),
    Move("add_visitor", "登记列席人员", (_S.announced, _S.in_session), None),
    Move("check_in_all", "全部到会", (_S.announced, _S.in_session), None, (_not_the_day, _nobody_expected)),
    Move("undo_check_in_all", "撤销全部到会", (_S.announced, _S.in_session), None, (_roll_not_called,)),
    Move("add_scan", "上传签到表", (_S.announced, _S.in_session, *HELD), None),
    Move("postpone", "改期", (_S.preparing, _S.announced), None, asks_why=True),
    Move("cancel", "取消", (_S.preparing, _S.announced), _S.cancelled, asks_why=True),
)

AgendaItem.lifecycle = Lifecycle(
    "议题",
    "meetings",
    Move("accept_item", "采纳", (_I.proposed,), _I.accepted),
    Move("defer_item", "暂缓列入", (_I.proposed, _I.accepted), _I.accepted),
    Move("return_item", "退回", (_I.proposed, _I.accepted), _I.returned, asks_why=True),
    Move("merge_item", "并案", (_I.proposed, _I.accepted), _I.merged),
    Move("withdraw_item", "撤回", (_I.proposed, _I.accepted), _I.withdrawn),
    Move("place_item", "列入议程", (_I.accepted,), _I.placed),
    Move("take_off_item", "移出议程", (_I.placed,), _I.accepted, (_not_on_open_meeting,)),
    Move("edit_item", "修改议题", (_I.proposed, _I.accepted, _I.placed), None, (_not_to_edit,)),
    Move("turn_to", "开始讨论", (_I.placed, *OUTCOMES), None, (_meeting_not_in_session,)),
    Move("mark_dealt_with", "已议", (_I.placed, *OUTCOMES), _I.dealt_with, (_meeting_not_in_session,)),
    Move("mark_deferred", "缓议", (_I.placed, *OUTCOMES), _I.deferred, (_meeting_not_in_session,)),
    Move("mark_not_reached", "未及审议", (_I.placed, *OUTCOMES), _I.not_reached, (_meeting_not_in_session,)),
    Move(
        "drop_item", "取消结转", OUTCOMES, None, (_meeting_not_in_session, _not_left_open, _dropped_already),
        asks_why=True,
    ),
    Move("keep_item", "恢复结转", OUTCOMES, None, (_meeting_not_in_session, _not_left_open, _not_dropped)),
)  # fmt: skip


def not_in_session(meeting: Meeting) -> str | None:
    """Why no item of a meeting can be taken up now, or None."""
    return None if meeting.is_in_session else "会议不在进行中。"


def kept_already(notice: MeetingNotice) -> str | None:
    """Why a notice need not be laid out again, or None."""
    return "这份通知已经排好，不用重新排版。" if notice.is_kept else None


def no_roll(meeting: Meeting) -> str | None:
    """Why there is no list of names yet, or None."""
    return None if meeting.attendances else "发出会议通知后才有名单。"


def _not_the_time_to_check_in(attendance: Attendance) -> str | None:
    if attendance.meeting.state not in {MeetingState.announced, MeetingState.in_session}:
        return "会议通知还没有发出，或会议已经结束，不能再登记签到。"
    return None


def _not_checked_in(attendance: Attendance) -> str | None:
    return None if attendance.is_present else f"{attendance.name}还没有签到。"


def _checked_in_already(attendance: Attendance) -> str | None:
    return f"{attendance.name}已经签到。" if attendance.is_present else None


def _substitute_waits(attendance: Attendance) -> str | None:
    if attendance.substitute_waits:
        return f"{attendance.name}请{attendance.substitute}代会，还没有批准。请先批准或不同意代会。"
    return None


def _nobody_waits_to_sit_in(attendance: Attendance) -> str | None:
    return None if attendance.substitute_waits else f"{attendance.name}没有等候批准的代会。"


def _not_there_to_stay(attendance: Attendance) -> str | None:
    meeting = attendance.meeting
    if not (meeting.is_in_session or meeting.state is MeetingState.adjourned):
        return "会议进行中或散会后、纪要印发前，才能登记迟到和早退。"
    return _not_checked_in(attendance)


def _not_a_visitor(attendance: Attendance) -> str | None:
    return "成员不能从名单中移出，因故不能参会的请登记请假。" if attendance.member else None


def _too_late_to_reply(attendance: Attendance) -> str | None:
    if attendance.meeting.state is not MeetingState.announced:
        return "会议通知还没有发出，或会议已经开始，不能再改回复。"
    return None


Attendance.lifecycle = Lifecycle(
    "参会回复",
    "meetings",
    Move("confirm", "确认参会", (Reply.none, Reply.leave_asked, Reply.on_leave), Reply.coming, (_too_late_to_reply,)),
    Move("ask_leave", "请假", (Reply.none, Reply.coming), Reply.leave_asked, (_too_late_to_reply,), asks_why=True),
    Move("grant_leave", "批准请假", (Reply.leave_asked,), Reply.on_leave),
    Move("refuse_leave", "不同意请假", (Reply.leave_asked,), Reply.none, asks_why=True),
    Move(
        "record_leave", "登记请假", (Reply.none, Reply.coming, Reply.leave_asked), Reply.on_leave,
        (_not_the_time_to_check_in,), asks_why=True,
    ),
    Move("check_in", "签到", tuple(Reply), None, (_not_the_time_to_check_in, _checked_in_already, _substitute_waits)),
    Move("undo_check_in", "撤销签到", tuple(Reply), None, (_not_the_time_to_check_in, _not_checked_in)),
    Move("note_stay", "登记迟到早退", tuple(Reply), None, (_not_there_to_stay,)),
    Move("set_substitute", "安排代会", tuple(Reply), None, (_not_the_time_to_check_in,)),
    Move("approve_substitute", "批准代会", tuple(Reply), None, (_not_the_time_to_check_in, _nobody_waits_to_sit_in)),
    Move(
        "refuse_substitute", "不同意代会", tuple(Reply), None, (_not_the_time_to_check_in, _nobody_waits_to_sit_in),
        asks_why=True,
    ),
    Move("remove_visitor", "移出列席人员", tuple(Reply), None, (_not_the_time_to_check_in, _not_a_visitor)),
)  # fmt: skip
