"""Who is at a meeting: replies, leave, substitutes, signing in."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.files.store import StoredFile
from portal.meetings.models.meetings import Meeting, MeetingState
from portal.people.models.accounts import User
from portal.people.models.departments import Department


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
    return None if attendance.substitute_waits else f"{attendance.name}没有等待批准的代会。"


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
    Transition(
        "confirm", "确认参会", (Reply.none, Reply.leave_asked, Reply.on_leave), Reply.coming, (_too_late_to_reply,)
    ),
    Transition(
        "ask_leave", "请假", (Reply.none, Reply.coming), Reply.leave_asked, (_too_late_to_reply,), asks_why=True
    ),
    Transition("grant_leave", "批准请假", (Reply.leave_asked,), Reply.on_leave),
    Transition("refuse_leave", "不同意请假", (Reply.leave_asked,), Reply.none, asks_why=True),
    Transition(
        "record_leave", "登记请假", (Reply.none, Reply.coming, Reply.leave_asked), Reply.on_leave,
        (_not_the_time_to_check_in,), asks_why=True,
    ),
    Transition(
        "check_in", "签到", tuple(Reply), None, (_not_the_time_to_check_in, _checked_in_already, _substitute_waits),
    ),
    Transition("undo_check_in", "撤销签到", tuple(Reply), None, (_not_the_time_to_check_in, _not_checked_in)),
    Transition("note_stay", "登记迟到早退", tuple(Reply), None, (_not_there_to_stay,)),
    Transition("set_substitute", "安排代会", tuple(Reply), None, (_not_the_time_to_check_in,)),
    Transition(
        "approve_substitute", "批准代会", tuple(Reply), None, (_not_the_time_to_check_in, _nobody_waits_to_sit_in)
    ),
    Transition(
        "refuse_substitute", "不同意代会", tuple(Reply), None, (_not_the_time_to_check_in, _nobody_waits_to_sit_in),
        asks_why=True,
    ),
    Transition("remove_visitor", "移出列席人员", tuple(Reply), None, (_not_the_time_to_check_in, _not_a_visitor)),
)  # fmt: skip
