"""What the meetings under way still need, from whom, and until when: one statement, however many they are.

A line of the week is one `Kind`: its rows name a meeting, the person who owes something, and the thing. A meeting
without rows of a kind is ready in that respect. Adding a line is one function under `@line(…)`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, lazyload, selectinload

from portal.actions.ledger.saved_filters import without_feedback
from portal.actions.models.action_items import ActionItem
from portal.courses.models.courses import Course
from portal.courses.models.materials import Material
from portal.courses.models.slides import MaterialState
from portal.db import calendar, clock
from portal.db.engine import db
from portal.documents.registry import Signature, SignatureState
from portal.inbox.models import Notice
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.attendance import Attendance, Reply
from portal.meetings.models.meetings import HELD, UPCOMING, Meeting, MeetingState
from portal.meetings.models.series import ItemKind, MeetingSeries, Recurrence
from portal.meetings.series.rhythm import is_ahead_of
from portal.minutes.models.minutes import Minutes, MinutesState
from portal.people.models.accounts import User
from portal.people.models.groups import GroupMember
from portal.people.models.roles import Part
from portal.records.models import Record, RecordState

MOST_MEETINGS = 20
RECORD_WITHIN = 3  # working days after the meeting
MINUTES_WITHIN = 5
NOBODY = sa.cast(sa.null(), sa.Integer)
BEFORE = UPCOMING
AFTER = HELD

# A row of a line: the meeting, who owes it or nobody in particular, the thing, and how it is called.
Rows = sa.Select[tuple[int, int | None, int, str]]
Find = Callable[[], Rows]


@dataclass(frozen=True)
class Kind:
    """One line of the week: its words, at which stages it counts, and the one button that goes on from there."""

    name: str
    missing: str  # 没有汇报人
    ready: str  # 汇报人齐备
    stages: tuple[MeetingState, ...]
    verb: str
    leads: str  # to an address with {meeting}, {series} and {number} of the first thing; empty where a deed is done
    rows: Find = field(compare=False)
    until: Callable[[Meeting], datetime] = field(compare=False)
    deed: str = ""  # an endpoint that takes the meeting
    thing_deed: str = ""  # an endpoint that takes the first thing, and opens for whoever keeps the week
    asks: str = ""  # what is asked before the deed is done
    after: str = ""  # the line that must be ready before this one can be
    reminds: bool = False  # whoever owes it can be reminded
    part: Part | None = None  # in what a deputy may settle it


@dataclass(frozen=True)
class Debt:
    """One thing a meeting still needs."""

    person_id: int | None
    person: str
    number: int
    title: str


@dataclass(frozen=True)
class Line:
    """One line of a meeting's week: ready, or what is missing."""

    kind: Kind
    meeting: Meeting
    debts: Sequence[Debt]

    @property
    def is_ready(self) -> bool:
        """Nothing is missing."""
        return not self.debts

    @property
    def is_late(self) -> bool:
        """Something is missing though its time has passed."""
        return bool(self.debts) and clock.now() > self.kind.until(self.meeting)

    @property
    def who(self) -> list[str]:
        """Those who owe something, each once."""
        return list(dict.fromkeys(one.person for one in self.debts if one.person))

    @property
    def what(self) -> list[str]:
        """What is missing, each once."""
        return list(dict.fromkeys(one.title for one in self.debts if one.title))

    @property
    def address(self) -> str:
        """Where its button leads."""
        number = self.debts[0].number if self.debts else 0
        return self.kind.leads.format(meeting=self.meeting.id, series=self.meeting.series_id, number=number)

    @property
    def number(self) -> int:
        """The first thing that is missing."""
        return self.debts[0].number if self.debts else 0

    def can_remind(self, user: User) -> bool:
        """Whether anybody but this person owes something."""
        return self.kind.reminds and any(one.person_id not in (None, user.id) for one in self.debts)


@dataclass(frozen=True)
class Week:
    """One meeting with its lines, and when its people were last reminded."""

    meeting: Meeting
    lines: list[Line]
    reminded_at: datetime | None
    doubts: list[str]

    @property
    def missing(self) -> list[Line]:
        """What is not ready, what is late first."""
        return sorted((one for one in self.lines if one.debts), key=lambda one: not one.is_late)

    @property
    def ready(self) -> list[str]:
        """What is ready, in words; of a chain of steps only as far as it has come."""
        done: dict[str, bool] = {"": True}
        for one in self.lines:
            done[one.kind.name] = one.is_ready and done.get(one.kind.after, True)
        return [one.kind.ready for one in self.lines if one.kind.ready and done[one.kind.name]]

    def owing(self, user: User) -> set[int]:
        """Everybody who can be reminded, but the person who asks."""
        debts = (debt for line in self.lines if line.kind.reminds for debt in line.debts)
        return {one.person_id for one in debts if one.person_id not in (None, user.id)}


LINES: list[Kind] = []


def line(name: str, missing: str, ready: str, stages: tuple[MeetingState, ...], **more: Any) -> Callable[[Find], Find]:
    """Enter a line in the week, in the order on the page."""

    def enter(rows: Find) -> Find:
        LINES.append(Kind(name, missing, ready, stages, rows=rows, **more))
        return rows

    return enter


def weeks(user: User, series: MeetingSeries | None = None) -> list[Week]:
    """Every meeting under way with what it needs: those that wait to be wound up last."""
    meetings = _under_way(series)
    debts = _debts([one.id for one in meetings])
    reminded = _reminded(meetings)
    return [
        Week(meeting, _lines(meeting, debts), reminded.get(burst_of(meeting)), list(_doubts(meeting)))
        for meeting in sorted(meetings, key=lambda one: (one.is_over, one.day, one.starts_at, one.id))
    ]


def week_of(meeting: Meeting) -> Week:
    """One meeting with what it needs."""
    return Week(meeting, _lines(meeting, _debts([meeting.id])), None, [])


def burst_of(meeting: Meeting) -> str:
    """Under which name people are reminded of a meeting, so that a further reminder replaces an unread one."""
    return f"owed-{meeting.id}"


def series_without_next() -> Sequence[MeetingSeries]:
    """Series that have met, have no sitting ahead and make none by themselves; not those nobody belongs to."""
    held = sa.exists().where(Meeting.series_id == MeetingSeries.id, Meeting.state.in_(HELD))
    by_hand = sa.or_(MeetingSeries.recurrence == Recurrence.by_hand, ~MeetingSeries.automatic)
    somebody = sa.exists().where(GroupMember.group_id == MeetingSeries.group_id)
    query = sa.select(MeetingSeries).where(held, by_hand, somebody, ~is_ahead_of(MeetingSeries.id))
    return db.session.scalars(query.order_by(MeetingSeries.rank, MeetingSeries.id)).all()


def people(ids: Iterable[int]) -> Sequence[User]:
    """Some people."""
    return db.session.scalars(sa.select(User).where(User.id.in_(list(ids))).options(lazyload(User.grants))).all()


def _under_way(series: MeetingSeries | None) -> list[Meeting]:
    """Meetings to come, sitting, or held and not wound up: minutes not issued, or record not signed."""
    unsigned = sa.exists().where(Record.meeting_id == Meeting.id, Record.state != RecordState.signed)
    query = sa.select(Meeting).where(
        sa.or_(
            Meeting.state.in_((*UPCOMING, MeetingState.in_session, MeetingState.adjourned)),
            sa.and_(Meeting.state == MeetingState.concluded, unsigned),
        )
    )
    if series is not None:
        query = query.where(Meeting.series_id == series.id)
    chair = joinedload(Meeting.chair).options(joinedload(User.department), lazyload(User.grants))
    query = query.options(chair, selectinload(Meeting.items)).order_by(Meeting.day.desc(), Meeting.id)
    return list(db.session.scalars(query.limit(MOST_MEETINGS)))


def _lines(meeting: Meeting, debts: dict[tuple[int, str], list[Debt]]) -> list[Line]:
    return [
        Line(kind, meeting, debts.get((meeting.id, kind.name), [])) for kind in LINES if meeting.state in kind.stages
    ]


def _debts(meetings: Sequence[int]) -> dict[tuple[int, str], list[Debt]]:
    found: dict[tuple[int, str], list[Debt]] = {}
    if not meetings:
        return found
    parts = [_part(place, kind, meetings) for place, kind in enumerate(LINES)]
    rows = sa.union_all(*parts).subquery()
    query = sa.select(rows, User.name).outerjoin(User, User.id == rows.c.person)
    for place, meeting_id, person, number, title, name in db.session.execute(
        query.order_by(rows.c.place, rows.c.meeting, rows.c.number, rows.c.person)
    ):
        found.setdefault((meeting_id, LINES[place].name), []).append(Debt(person, name or "", number, title))
    return found


def _part(place: int, kind: Kind, meetings: Sequence[int]) -> Any:
    meeting, person, number, title = kind.rows().subquery().c
    row = sa.select(
        sa.literal(place).label("place"), meeting.label("meeting"), person.label("person"), number.label("number"),
        title.label("title"),
    )  # fmt: skip
    return row.where(meeting.in_(meetings))


def _reminded(meetings: Sequence[Meeting]) -> dict[str, datetime]:
    bursts = [burst_of(one) for one in meetings]
    query = sa.select(Notice.burst, sa.func.max(Notice.at).label("at")).where(Notice.burst.in_(bursts))
    query = query.group_by(Notice.burst)
    return {one.burst: one.at for one in db.session.execute(query)}


def _doubts(meeting: Meeting) -> Iterable[str]:
    if meeting.is_upcoming and not calendar.known(meeting.day.year):
        yield f"工作日历里还没有{meeting.day.year}年的节假日安排，日期只按周末推算，请核对。"
    elif meeting.is_upcoming and not calendar.is_working(meeting.day):
        yield f"{clock.zh_date(meeting.day)}不是工作日，请核对。"


# ── until when ─────────────────────────────────────────────────────────────────────────────────────────────────────


def cut_off(meeting: Meeting) -> datetime:
    """The end of the call for items."""
    return meeting.cut_off


def day_before(meeting: Meeting) -> datetime:
    """A day before it begins."""
    return meeting.starts - timedelta(days=1)


def start(meeting: Meeting) -> datetime:
    """Its beginning."""
    return meeting.starts


def working_days_after(count: int) -> Callable[[Meeting], datetime]:
    """The end of a working day so many after the meeting."""

    def until(meeting: Meeting) -> datetime:
        held: date = clock.local(meeting.adjourned_at).date() if meeting.adjourned_at else meeting.day
        return clock.moment(calendar.add_working(held, count) + timedelta(days=1))

    return until


# ── before the meeting ─────────────────────────────────────────────────────────────────────────────────────────────


def _rows(person: Any, number: Any, title: Any) -> Rows:
    return sa.select(
        Meeting.id.label("meeting"), person.label("person"), number.label("number"), title.label("title")
    )  # fmt: skip


def _of_call(*conditions: sa.ColumnElement[bool]) -> Rows:
    """Items of a series that stand on no agenda, for its nearest meeting to come."""
    other = aliased(Meeting)
    earlier = sa.exists().where(
        other.series_id == Meeting.series_id,
        other.state.in_(UPCOMING),
        sa.or_(other.day < Meeting.day, sa.and_(other.day == Meeting.day, other.id < Meeting.id)),
    )
    rows = _rows(NOBODY, AgendaItem.id, AgendaItem.title).join(AgendaItem, AgendaItem.series_id == Meeting.series_id)
    return rows.where(Meeting.state.in_(UPCOMING), ~earlier, *conditions)


def _of_items(person: Any, *conditions: sa.ColumnElement[bool]) -> Rows:
    rows = _rows(person, AgendaItem.id, AgendaItem.title).join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
    return rows.where(AgendaItem.state == ItemState.placed, *conditions)


@line(
    "proposals", "申报的议题未受理", "申报都已受理", BEFORE, verb="受理", leads="/series/{series}/backlog",
    until=cut_off,
)  # fmt: skip
def proposals() -> Rows:
    """Proposed items."""
    return _of_call(AgendaItem.state == ItemState.proposed)


@line(
    "backlog", "待排议题没有列入", "待排议题都已列入", (MeetingState.preparing,), verb="全部列入", leads="",
    deed="meetings.place_all", until=cut_off,
)  # fmt: skip
def backlog() -> Rows:
    """Accepted items that are not kept back beyond the meeting."""
    free = sa.or_(AgendaItem.not_before.is_(None), AgendaItem.not_before <= Meeting.day)
    return _of_call(AgendaItem.state == ItemState.accepted, free)


@line("reporter", "没有汇报人", "汇报人齐备", BEFORE, verb="指定汇报人", leads="/items/{number}/edit", until=cut_off)
def without_reporter() -> Rows:
    """Items nobody is to report."""
    return _of_items(NOBODY, AgendaItem.reporter_id.is_(None), AgendaItem.kind != ItemKind.review)


@line(
    "time", "议题时间要调整", "议题时间没有超出", BEFORE,
    verb="调整时间", leads="/meetings/{meeting}#agenda", until=cut_off,
)  # fmt: skip
def time_amiss() -> Rows:
    """Items without minutes, and an agenda that takes longer than the meeting."""
    planned = sa.select(sa.func.sum(AgendaItem.minutes)).where(AgendaItem.meeting_id == Meeting.id).scalar_subquery()
    over = _rows(NOBODY, Meeting.id, sa.literal("议题合计超过会议时长")).where(planned > Meeting.minutes)
    return sa.union_all(  # type: ignore[return-value]
        _of_items(NOBODY, AgendaItem.minutes == 0), over
    )


@line(
    "slides", "课件没有到位", "课件都已通过", BEFORE, verb="看课件", leads="/courses/{number}", until=cut_off,
    reminds=True,
)  # fmt: skip
def slides_missing() -> Rows:
    """Lessons without slides, or whose slides did not pass the review."""
    passed = (MaterialState.approved, MaterialState.final)
    some = sa.exists().where(Material.course_id == Course.id)
    unpassed = sa.exists().where(Material.course_id == Course.id, Material.state.not_in(passed))
    rows = _rows(Course.lecturer_id, Course.id, Course.topic).join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
    return rows.join(Course, Course.id == AgendaItem.course_id).where(
        AgendaItem.state == ItemState.placed, sa.or_(~some, unpassed)
    )


@line(
    "feedback", "交办事项没有反馈", "交办事项都有反馈", BEFORE,
    verb="看台账", leads="/actions?view=open", until=cut_off, reminds=True, part=Part.tasks,
)  # fmt: skip
def tasks_without_feedback() -> Rows:
    """Open tasks of the series on which nobody has reported of late."""
    rows = _rows(ActionItem.lead_person_id, ActionItem.id, ActionItem.title)
    rows = rows.join(MeetingSeries, MeetingSeries.id == Meeting.series_id)
    return rows.join(ActionItem, ActionItem.audience_id == MeetingSeries.group_id).where(
        Meeting.state.in_(UPCOMING), without_feedback()
    )


@line(
    "ask", "还没有请主持人审定", "", (MeetingState.preparing,), verb="请主持人审定", leads="",
    deed="meetings.ask_approval", until=day_before,
)  # fmt: skip
def approval_to_ask() -> Rows:
    """Agendas the chair was not asked about."""
    return _rows(NOBODY, Meeting.id, sa.literal("")).where(
        Meeting.state == MeetingState.preparing,
        Meeting.approval_asked_at.is_(None),
        sa.or_(Meeting.agenda_approved_at.is_(None), Meeting.changed_at.is_not(None)),
    )


@line(
    "approval", "主持人还没有审定", "议程已经审定", (MeetingState.preparing,),
    verb="看议程", leads="/meetings/{meeting}", after="ask", until=day_before, reminds=True, part=Part.chair,
)  # fmt: skip
def approval_to_give() -> Rows:
    """Agendas the chair was asked about and has not approved."""
    return _rows(Meeting.chair_id, Meeting.id, sa.literal("")).where(
        Meeting.state == MeetingState.preparing, Meeting.approval_asked_at.is_not(None)
    )


@line(
    "notice", "会议通知未发", "会议通知已发", BEFORE,
    verb="发通知", leads="/meetings/{meeting}/notice", deed="meetings.announce",
    asks="发出后编定第几次会议，并通知全体成员。确定发出吗？", until=day_before,
)  # fmt: skip
def notice_to_send() -> Rows:
    """Meetings whose members were not told."""
    return _rows(NOBODY, Meeting.id, sa.literal("")).where(Meeting.state == MeetingState.preparing)


@line(
    "replies", "没有回复通知", "成员都已回复", (MeetingState.announced,), verb="看回复",
    leads="/meetings/{meeting}/attendance", until=day_before, reminds=True,
)  # fmt: skip
def replies() -> Rows:
    """Members who have not answered."""
    return _of_places(Attendance.state == Reply.none)


@line(
    "leave", "请假未审批", "请假都已审批", (MeetingState.announced,), verb="审批请假",
    leads="/meetings/{meeting}/attendance", until=start,
)  # fmt: skip
def leave_requests() -> Rows:
    """Members who asked for leave."""
    return _of_places(Attendance.state == Reply.leave_asked)


@line(
    "chair", "主持人请假", "主持人可以到会", (MeetingState.announced,),
    verb="另定主持人", leads="/meetings/{meeting}/edit", until=day_before,
)  # fmt: skip
def chair_away() -> Rows:
    """The chair asked for leave or has it."""
    away = Attendance.state.in_((Reply.leave_asked, Reply.on_leave))
    return _of_places(away, Attendance.user_id == Meeting.chair_id, Attendance.substitute == "")


def _of_places(*conditions: sa.ColumnElement[bool]) -> Rows:
    rows = _rows(Attendance.user_id, Attendance.id, sa.literal(""))
    return rows.join(Attendance, Attendance.meeting_id == Meeting.id).where(Attendance.member, *conditions)


# ── at the meeting and after ───────────────────────────────────────────────────────────────────────────────────────


@line(
    "open", "会议还没有宣布开会", "", (MeetingState.announced,), verb="开会", leads="/meetings/{meeting}",
    deed="meetings.open_meeting", asks="开会后不能再调整议程顺序，也不能移出议题。现在开会吗？", until=start,
)  # fmt: skip
def to_open() -> Rows:
    """Meetings of today, or earlier, that were not opened."""
    return _rows(NOBODY, Meeting.id, sa.literal("")).where(
        Meeting.state == MeetingState.announced, Meeting.day <= clock.today()
    )


@line(
    "sitting", "会议没有散会", "会议已散会", (MeetingState.in_session,),
    verb="记录", leads="/meetings/{meeting}/record", until=start,
)  # fmt: skip
def sitting() -> Rows:
    """Meetings that sit."""
    return _rows(NOBODY, Meeting.id, sa.literal("")).where(Meeting.state == MeetingState.in_session)


@line(
    "record", "会议记录没有整理", "会议记录已整理", AFTER, verb="整理记录", leads="/meetings/{meeting}/record",
    until=working_days_after(RECORD_WITHIN), reminds=True, part=Part.record,
)  # fmt: skip
def record_to_close() -> Rows:
    """Records that are not closed."""
    rows = _rows(Meeting.recorder_id, Meeting.id, sa.literal(""))
    return rows.join(Record, Record.meeting_id == Meeting.id).where(Record.state == RecordState.open)


@line(
    "record_signed", "会议记录没有签字", "会议记录已签字", AFTER,
    verb="看记录", leads="/meetings/{meeting}/record/paper", after="record",
    until=working_days_after(RECORD_WITHIN), reminds=True,
)  # fmt: skip
def record_to_sign() -> Rows:
    """Signatures a closed record waits for."""
    rows = _rows(Signature.user_id, Meeting.id, sa.literal("")).join(Record, Record.meeting_id == Meeting.id)
    return rows.join(Signature, Signature.document_id == Record.document_id).where(
        Record.state == RecordState.closed, Signature.state == SignatureState.awaited
    )


@line(
    "minutes_begin", "会议纪要没有起草", "", AFTER, verb="看会议", leads="/meetings/{meeting}",
    until=working_days_after(RECORD_WITHIN),
)  # fmt: skip
def minutes_to_begin() -> Rows:
    """Meetings that have ended and whose minutes the portal has not drafted yet."""
    some = sa.exists().where(Minutes.meeting_id == Meeting.id, Minutes.state != MinutesState.void)
    return _rows(NOBODY, Meeting.id, sa.literal("")).where(Meeting.state.in_(HELD), ~some)


@line(
    "minutes_draft", "会议纪要没有送审", "会议纪要已送审", AFTER, verb="送审", leads="/minutes/{number}",
    thing_deed="minutes.submit", after="minutes_begin", until=working_days_after(RECORD_WITHIN),
)  # fmt: skip
def minutes_to_submit() -> Rows:
    """Minutes that are still worded."""
    return _of_minutes(NOBODY, MinutesState.drafting)


@line(
    "minutes_review", "会议纪要没有审核", "会议纪要已审核", AFTER, verb="看纪要", leads="/minutes/{number}",
    after="minutes_draft", until=working_days_after(MINUTES_WITHIN), reminds=True, part=Part.review,
)  # fmt: skip
def minutes_to_review() -> Rows:
    """Minutes that wait for the reviewer."""
    return _of_minutes(Meeting.reviewer_id, MinutesState.in_review)


@line(
    "minutes_sign", "会议纪要没有签发", "会议纪要已签发", AFTER, verb="看纪要", leads="/minutes/{number}",
    after="minutes_review", until=working_days_after(MINUTES_WITHIN), reminds=True, part=Part.sign,
)  # fmt: skip
def minutes_to_sign() -> Rows:
    """Minutes that wait for the signatory."""
    return _of_minutes(Meeting.signatory_id, MinutesState.to_sign)


@line(
    "minutes_issue", "会议纪要未印发", "会议纪要已印发", AFTER, verb="印发", leads="/minutes/{number}",
    after="minutes_sign", until=working_days_after(MINUTES_WITHIN),
)  # fmt: skip
def minutes_to_issue() -> Rows:
    """Minutes that are signed and not issued."""
    return _of_minutes(NOBODY, MinutesState.signed)


def _of_minutes(person: Any, state: MinutesState) -> Rows:
    rows = _rows(person, Minutes.id, sa.literal("")).join(Minutes, Minutes.meeting_id == Meeting.id)
    return rows.where(Minutes.state == state)
