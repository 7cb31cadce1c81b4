"""One sitting of a series, and the steps it takes."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import clock
from portal.db.engine import Base, Numbered, Versioned
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.meetings.models.series import MeetingSeries
from portal.people.models.accounts import User

if TYPE_CHECKING:
    from portal.meetings.models.agenda import AgendaItem
    from portal.meetings.models.attendance import Attendance, SignInScan
    from portal.meetings.models.notices import MeetingNotice
    from portal.meetings.models.review import Review


class MeetingState(State):
    """Where a meeting stands."""

    preparing = "preparing", "筹备中", "amber"
    announced = "announced", "已通知", "blue"
    in_session = "in_session", "进行中", "blue"
    adjourned = "adjourned", "已散会", "green"
    concluded = "concluded", "纪要已印发", "green"
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
    approved_as: Mapped[str] = mapped_column(default="", server_default="")  # 张某某（代李某某） of a chair's deputy
    acting_chair_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))  # the deputy in the chair's stead
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
    acting_chair: Mapped[User | None] = relationship(foreign_keys=[acting_chair_id])
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
    def chaired_by(self) -> str:
        """李某某; 张某某（代李某某） where a deputy is in the chair; nothing while nobody is named."""
        if self.chair is None:
            return ""
        return f"{self.acting_chair.name}（代{self.chair.name}）" if self.acting_chair else self.chair.name

    @property
    def approved_by(self) -> str:
        """Who approved the agenda, as it is shown."""
        return self.approved_as or (self.agenda_approved_by.name if self.agenda_approved_by else "")

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
    def was_held_elsewhere(self) -> bool:
        """It was not held in this portal: in another one, or before there was one."""
        return self.is_over and self.opened_at is None

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
        return "已经请主持人审定，请等待。" if self.approval_asked_at else None


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
    undecided = [item.title for item in meeting.items if not item.has_outcome]
    if undecided:
        return f"还有 {len(undecided)} 项议题没有结果（已议、缓议或未及审议）：{'；'.join(undecided[:3])}。"
    if not any(one.is_present for one in meeting.attendances):
        return "还没有人签到，请先登记到会人员。"
    return None


def _empty_agenda(meeting: Meeting) -> str | None:
    return None if meeting.items else "议程还是空的，请先添加议题。"


def _no_chair(meeting: Meeting) -> str | None:
    return None if meeting.chair_id else "还没有主持人，请先在会议安排中指定。"


def _not_the_day(meeting: Meeting) -> str | None:
    return None if meeting.takes_check_ins else "会议当天或会议进行中，才能登记全部到会。"


def _nobody_expected(meeting: Meeting) -> str | None:
    expected = any(one.is_expected for one in meeting.attendances)
    return None if expected else "应到的人都已登记，没有可以登记到会的人。"


def _roll_not_called(meeting: Meeting) -> str | None:
    return None if meeting.roll_called_at else "还没有登记过全部到会。"


def _held_here(meeting: Meeting) -> str | None:
    return None if meeting.was_held_elsewhere else "这次会议是在本门户召开的，不能撤销。"


_S = MeetingState

Meeting.lifecycle = Lifecycle(
    "会议",
    "meetings",
    Transition("ask_approval", "请主持人审定", (_S.preparing,), None, (_empty_agenda, _no_chair)),
    Transition("approve_agenda", "审定议程", (_S.preparing, _S.announced), None, (_empty_agenda,)),
    Transition("announce", "发通知", (_S.preparing,), _S.announced, (_cannot_announce, _agenda_not_approved)),
    Transition("open", "开会", (_S.announced,), _S.in_session),
    Transition("adjourn", "散会", (_S.in_session,), _S.adjourned, (_cannot_adjourn,)),
    Transition("conclude", "纪要印发", (_S.adjourned,), _S.concluded),
    Transition("edit_meeting", "修改会议安排", (_S.preparing, _S.announced, _S.in_session), None),
    Transition("add_item", "添加议题", (_S.preparing, _S.announced, _S.in_session), None),
    Transition("order_items", "调整议程顺序", (_S.preparing, _S.announced), None),
    Transition("undo", "撤销", (_S.preparing,), None),
    Transition("add_visitor", "登记列席人员", (_S.announced, _S.in_session), None),
    Transition("check_in_all", "全部到会", (_S.announced, _S.in_session), None, (_not_the_day, _nobody_expected)),
    Transition("undo_check_in_all", "撤销全部到会", (_S.announced, _S.in_session), None, (_roll_not_called,)),
    Transition("add_scan", "上传签到表", (_S.announced, _S.in_session, *HELD), None),
    Transition("take_back", "撤销补录", (_S.concluded,), _S.cancelled, (_held_here,), asks_why=True),
    Transition("postpone", "改期", (_S.preparing, _S.announced), None, asks_why=True),
    Transition("cancel", "取消", (_S.preparing, _S.announced), _S.cancelled, asks_why=True),
)


def not_in_session(meeting: Meeting) -> str | None:
    """Why no item of a meeting can be taken up now, or None."""
    return None if meeting.is_in_session else "会议不在进行中。"


def no_roll(meeting: Meeting) -> str | None:
    """Why there is no list of names yet, or None."""
    return None if meeting.attendances else "发出会议通知后才有名单。"
