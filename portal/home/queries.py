"""What a person owes, and what others owe this person: one statement each, however much it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.actions.assignment.queries import AT_WORK, led_by, support_owed_by
from portal.actions.ledger.saved_filters import (
    application_made,
    drawn_to_look_back,
    extension_asked,
    overdue,
    slip_proposed,
)
from portal.actions.models.action_items import ActionItem, ActionState, overdue_offers
from portal.archive.appraisal.queries import is_over_and_unproposed
from portal.archive.models.appraisals import Appraisal, AppraisalState
from portal.archive.models.pieces import ArchivalRecord, ArchivalState, Check
from portal.courses.models.courses import Course, CourseState
from portal.courses.models.materials import Material, MaterialVersion
from portal.courses.models.policies import Policy, SummaryState
from portal.courses.models.slides import MaterialState
from portal.db import calendar, clock
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.db.office import office
from portal.documents.registry import Signature, SignatureState
from portal.enterprises.models.enterprises import Enterprise
from portal.enterprises.models.problems import SETTLED, Problem, ProblemState
from portal.meetings.agenda.queries import is_waiting
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.attendance import Attendance
from portal.meetings.models.attendance import Reply as Answer
from portal.meetings.models.meetings import UPCOMING, Meeting, MeetingState
from portal.meetings.models.series import MeetingSeries
from portal.minutes.models.consultation import Consultation, ConsultationAnswer
from portal.minutes.models.minutes import Minutes, MinutesState
from portal.minutes.signing.queries import in_turn
from portal.people.models.accounts import RoleRequest, User, UserRole
from portal.people.models.groups import GroupMember
from portal.people.models.roles import Part, Role
from portal.records.models import Record, RecordState

SHOWN = 8  # of one kind at most; the rest is a link away
NO_DAY = sa.cast(sa.null(), sa.Date)
NOTHING = sa.literal("")

NO_NUMBER = sa.cast(sa.null(), sa.Integer)

# A row of a kind: the number of the thing to open, its title, what stands below it, the day that counts, and the
# number of the thing the deed in the row is done to.
Rows = sa.Select[tuple[int, str, str, date | None, int | None]]
Narrow = Callable[[User], Rows]


@dataclass(frozen=True)
class Kind:
    """One kind of thing to do: its word, the route to go through, where all of that kind are, whose it is …"""

    verb: str
    door: str
    rows: Narrow
    everything: str
    roles: tuple[Role, ...] = ()
    is_deadline: bool = False
    is_late: bool = False  # by what it is, whatever its day
    deed: str = ""  # what can be done at once, without opening the thing

    @property
    def is_office(self) -> bool:
        """Whether it falls to whoever holds an office, and not to one person."""
        return bool(self.roles)

    def concerns(self, user: User) -> bool:
        """Whether there can be anything of the kind for this person."""
        return not self.roles or user.has(*self.roles)


@dataclass(frozen=True)
class Duty:
    """One thing to do, ready to be drawn."""

    kind: Kind
    number: int
    title: str
    note: str
    day: date | None
    target: int | None  # of the deed that can be done at once
    total: int  # of its kind

    @property
    def is_late(self) -> bool:
        """Past the day it was due."""
        if self.kind.is_late:
            return True
        return self.kind.is_deadline and self.day is not None and self.day <= calendar.passed()

    @property
    def is_soon(self) -> bool:
        """Due within the office's days of warning."""
        if not self.kind.is_deadline or self.day is None:
            return False
        return not self.is_late and (self.day - clock.today()).days <= office.due_soon_days

    @property
    def colour(self) -> str:
        """late, soon or nothing: how its row is marked."""
        return "late" if self.is_late else "soon" if self.is_soon else ""


OWED: list[Kind] = []
AWAITED: list[Kind] = []


def _owed(verb: str, door: str, everything: str, **more: Any) -> Callable[[Narrow], Narrow]:
    return _kept(OWED, verb, door, everything, **more)


def _awaited(verb: str, door: str, everything: str, **more: Any) -> Callable[[Narrow], Narrow]:
    return _kept(AWAITED, verb, door, everything, **more)


def _kept(kinds: list[Kind], verb: str, door: str, everything: str, **more: Any) -> Callable[[Narrow], Narrow]:
    def keep(rows: Narrow) -> Narrow:
        kinds.append(Kind(verb, door, rows, everything, **more))
        return rows

    return keep


def owed_by(user: User) -> list[Duty]:
    """Everything this person is to do, what is late first, then by its day."""
    return sorted(_duties(OWED, user), key=lambda one: (not one.is_late, not one.is_soon, one.day or date.max))


def awaited_by(user: User) -> list[Duty]:
    """What this person gave to others and waits for, by its day."""
    return sorted(_duties(AWAITED, user), key=lambda one: (not one.is_late, one.day or date.max))


def amount(duties: Sequence[Duty]) -> int:
    """How much there is in all, shown or not."""
    return sum({one.kind: one.total for one in duties}.values())


def account_counts() -> tuple[int, int, int]:
    """How many accounts are open, how many are closed, how many guarded roles are asked for."""
    people = sa.select(sa.func.count(User.id))
    asked = sa.select(sa.func.count(RoleRequest.id)).where(RoleRequest.decided_at.is_(None))
    parts = (people.where(User.active), people.where(~User.active), asked)
    row = db.session.execute(sa.select(*(part.scalar_subquery() for part in parts))).one()
    return row[0], row[1], row[2]


def journal_counts() -> tuple[int, int]:
    """How many deeds and how many refusals the journal holds of today."""
    today = sa.select(sa.func.count(JournalEntry.seq)).where(JournalEntry.at >= clock.moment(clock.today()))
    parts = (today.where(~JournalEntry.refused), today.where(JournalEntry.refused))
    row = db.session.execute(sa.select(*(part.scalar_subquery() for part in parts))).one()
    return row[0], row[1]


def left_out(duties: Sequence[Duty]) -> list[tuple[Kind, int]]:
    """The kinds of which not everything is shown, with how much there is of each."""
    totals = {one.kind: one.total for one in duties}
    return [(kind, total) for kind, total in totals.items() if total > SHOWN]


def _duties(kinds: list[Kind], user: User) -> list[Duty]:
    concerning = [kind for kind in kinds if kind.concerns(user)]
    if not concerning:
        return []
    parts = [_part(place, kind.rows(user)) for place, kind in enumerate(concerning)]
    return [
        Duty(concerning[place], number, title, note, day, target, total)
        for place, number, title, note, day, target, total in db.session.execute(sa.union_all(*parts))
    ]


def _part(place: int, rows: Rows) -> Any:
    """The first few rows of a kind, and how many there are."""
    number, title, note, day, target = rows.subquery().c
    kind, total = sa.literal(place).label("kind"), sa.func.count().over().label("total")
    few = sa.select(kind, number, title, note, day, target, total).order_by(day.asc().nulls_last(), number).limit(SHOWN)
    return sa.select(few.subquery())


def _row(number: Any, title: Any, note: Any = NOTHING, day: Any = NO_DAY, target: Any = NO_NUMBER) -> Rows:
    return sa.select(
        number.label("number"), title.label("title"), note.label("note"), day.label("day"), target.label("target")
    )


def _sitting() -> Any:
    """专班例会2026年第12次会议, as `Meeting.title` says it, for a row."""
    year, number = sa.cast(Meeting.year, sa.String), sa.cast(Meeting.number, sa.String)
    numbered = MeetingSeries.name + year + "年第" + number + "次会议"
    return sa.case((Meeting.number.is_(None), MeetingSeries.name), else_=numbered)


def _of_meeting(number: Any, note: Any = NOTHING) -> Rows:
    return _row(number, _sitting(), note, Meeting.day)


def _all_of(path: str, **arguments: str) -> str:
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in arguments.items())}"


# ── papers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_KEEPS = "/minutes"


def _minutes(*conditions: sa.ColumnElement[bool]) -> Rows:
    rows = _row(Minutes.id, Minutes.title, NOTHING, Meeting.day)
    return rows.select_from(Minutes).join(Minutes.meeting).where(*conditions)


@_owed("签发纪要", "minutes.sign", _all_of(_KEEPS, state="to_sign"))
def minutes_to_sign(user: User) -> Rows:
    """Minutes that are laid out and wait for this person's signature."""
    return _minutes(Minutes.state == MinutesState.to_sign, in_turn(user))


@_owed("审核纪要", "minutes.show", _all_of(_KEEPS, state="in_review"))
def minutes_to_review(user: User) -> Rows:
    """Minutes that wait for the reviewer."""
    mine = Meeting.reviewer_id.in_(user.ids_for(Part.review))
    return _minutes(Minutes.state == MinutesState.in_review, mine)


@_owed("核对纪要", "minutes.answer", _KEEPS)
def minutes_to_check(user: User) -> Rows:
    """Minutes whose 意见征求 asks this person, who has not answered."""
    asked = sa.exists().where(
        Consultation.minutes_id == Minutes.id, Consultation.closed_at.is_(None), Consultation.until > clock.now(),
        ConsultationAnswer.consultation_id == Consultation.id, ConsultationAnswer.user_id == user.id,
        ConsultationAnswer.at.is_(None),
    )  # fmt: skip
    return _minutes(asked)


@_owed("拟稿送审", "minutes.show", _all_of(_KEEPS, state="drafting"))
def minutes_to_draft(user: User) -> Rows:
    """Minutes that are to be worded and sent to the reviewer."""
    mine = sa.true() if user.has(Role.secretary) else Meeting.recorder_id.in_(user.ids_for(Part.record))
    return _minutes(Minutes.state == MinutesState.drafting, mine)


@_owed("印发纪要", "minutes.show", _all_of(_KEEPS, state="signed"), roles=(Role.secretary,))
def minutes_to_issue(_user: User) -> Rows:
    """Signed minutes that are to be issued."""
    return _minutes(Minutes.state == MinutesState.signed)


@_owed("整理记录", "records.show", _all_of("/meetings", state="adjourned"))
def records_to_close(user: User) -> Rows:
    """Records of adjourned meetings that are to be closed by whoever keeps them."""
    mine = sa.true() if user.has(Role.secretary) else Meeting.recorder_id.in_(user.ids_for(Part.record))
    rows = _of_meeting(Meeting.id).select_from(Record).join(Record.meeting).join(Meeting.series)
    over = (MeetingState.adjourned, MeetingState.concluded)
    return rows.where(Record.state == RecordState.open, Meeting.state.in_(over), mine)


@_owed("记录签字", "records.show_paper", "/meetings")
def records_to_sign(user: User) -> Rows:
    """Records that wait for this person's signature, and for nobody's before."""
    earlier = aliased(Signature)
    first = ~sa.exists().where(
        earlier.document_id == Signature.document_id,
        earlier.position < Signature.position,
        earlier.state == SignatureState.awaited,
    )
    rows = _of_meeting(Meeting.id).select_from(Record).join(Record.meeting).join(Meeting.series)
    return rows.join(Signature, Signature.document_id == Record.document_id).where(
        Record.state == RecordState.closed,
        Signature.user_id == user.id,
        Signature.state == SignatureState.awaited,
        first,
    )


# ── meetings ───────────────────────────────────────────────────────────────────────────────────────────────────────


@_owed("确认参会", "meetings.show", _all_of("/meetings", state="announced"), deed="meetings.confirm")
def notices_to_answer(user: User) -> Rows:
    """Announced meetings this person has not answered to."""
    rows = _row(Meeting.id, _sitting(), Meeting.place, Meeting.day, Attendance.id)
    rows = rows.select_from(Attendance).join(Attendance.meeting).join(Meeting.series)
    return rows.where(
        Attendance.user_id == user.id,
        Attendance.member,
        Attendance.state == Answer.none,
        Meeting.state == MeetingState.announced,
    )


@_owed("审定议程", "meetings.show", _all_of("/meetings", state="preparing"), deed="meetings.approve_agenda")
def agendas_to_approve(user: User) -> Rows:
    """Agendas the secretary asked this chair to approve."""
    rows = _row(Meeting.id, _sitting(), Meeting.place, Meeting.day, Meeting.id)
    rows = rows.select_from(Meeting).join(Meeting.series)
    return rows.where(
        Meeting.chair_id.in_(user.ids_for(Part.chair)),
        Meeting.state.in_(UPCOMING),
        Meeting.approval_asked_at.is_not(None),
    )


@_owed("发会议通知", "meetings.show", _all_of("/meetings", state="preparing"), roles=(Role.secretary,))
def notices_to_send(_user: User) -> Rows:
    """Meetings whose agenda is approved and whose members were not told."""
    rows = _of_meeting(Meeting.id, Meeting.place).select_from(Meeting).join(Meeting.series)
    return rows.where(Meeting.state == MeetingState.preparing, Meeting.agenda_approved_at.is_not(None))


@_owed("审批请假", "meetings.attendance", _all_of("/meetings", state="announced"), roles=(Role.secretary,))
def leave_to_grant(_user: User) -> Rows:
    """Requests for leave, by meeting."""
    rows = _row(Meeting.id, Attendance.name + "请假：" + _sitting(), Attendance.leave_reason, Meeting.day)
    rows = rows.select_from(Attendance).join(Attendance.meeting).join(Meeting.series)
    return rows.where(Attendance.state == Answer.leave_asked, Meeting.state == MeetingState.announced)


@_owed("受理议题", "meetings.show_item", "/series", roles=(Role.secretary,))
def items_to_answer(_user: User) -> Rows:
    """Proposed items."""
    rows = _row(AgendaItem.id, AgendaItem.title, MeetingSeries.name + " " + User.name)
    rows = rows.select_from(AgendaItem).join(AgendaItem.series).join(AgendaItem.proposed_by)
    return rows.where(AgendaItem.state == ItemState.proposed)


# ── tasks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tasks(*conditions: sa.ColumnElement[bool]) -> Rows:
    title = sa.case((ActionItem.urgent, "（急）"), else_="") + ActionItem.title
    returned = sa.and_(ActionItem.state == ActionState.in_progress, ActionItem.returned_at.is_not(None))
    besides = sa.case((_is_accepted_late(), "，逾期未签收"), (returned, "，被退回"), else_="")
    rows = _row(ActionItem.id, title, ActionItem.number + besides, ActionItem.due, ActionItem.id)
    return rows.where(*conditions)


def _led(user: User, *conditions: sa.ColumnElement[bool]) -> Rows:
    """Tasks this person leads, or for whose lead person this one stands in, which their note says."""
    rows = _tasks(led_by(user), *conditions)
    lead = sa.select(User.name).where(User.id == ActionItem.lead_person_id).scalar_subquery()
    number, title, note, day, target = rows.selected_columns
    stood_in = sa.case((ActionItem.lead_person_id == user.id, NOTHING), else_="，代" + lead)
    return rows.with_only_columns(number, title, (note + stood_in).label("note"), day, target)


def _is_accepted_late() -> sa.ColumnElement[bool]:
    return sa.and_(ActionItem.state == ActionState.assigned, ActionItem.offered_at < overdue_offers())


_TO_ACCEPT = ("签收", "actions.show", _all_of("/actions", view="mine"))


@_owed(*_TO_ACCEPT, is_deadline=True, is_late=True, deed="actions.accept")
def tasks_to_accept_at_once(user: User) -> Rows:
    """Tasks that were handed out to this person and should have been accepted by now."""
    return _led(user, _is_accepted_late())


@_owed(*_TO_ACCEPT, is_deadline=True, deed="actions.accept")
def tasks_to_accept(user: User) -> Rows:
    """Tasks that were handed out to this person."""
    return _led(user, ActionItem.state == ActionState.assigned, ~_is_accepted_late())


@_owed("办理", "actions.show", _all_of("/actions", view="mine"), is_deadline=True)
def tasks_to_do(user: User) -> Rows:
    """Tasks this person works on."""
    at_work = (ActionState.accepted, ActionState.in_progress)
    return _led(user, ActionItem.state.in_(at_work))


@_owed("配合", "actions.show", _all_of("/actions", view="support"), is_deadline=True)
def tasks_to_support(user: User) -> Rows:
    """Tasks others lead, on whose support this person has said nothing yet."""
    return _tasks(support_owed_by(user), ~led_by(user))


@_owed("审核销号", "actions.show", _all_of("/actions", view="done"), roles=(Role.supervisor,))
def tasks_to_close(user: User) -> Rows:
    """Tasks that were reported done."""
    return _tasks(ActionItem.state == ActionState.reported_done, ~led_by(user))


@_owed("催办", "actions.show", _all_of("/actions", view="late"), roles=(Role.supervisor,), is_deadline=True)
def tasks_to_urge(user: User) -> Rows:
    """Tasks that are late."""
    return _tasks(overdue(), ~led_by(user))


@_owed("审批退办", "actions.show", _all_of("/actions", view="refused"), roles=(Role.secretary,))
def refusals_to_answer(_user: User) -> Rows:
    """Tasks that were sent back."""
    return _tasks(ActionItem.state == ActionState.refused)


@_owed("审批延期", "actions.show", _all_of("/actions", view="extension"), roles=(Role.supervisor, Role.secretary))
def extensions_to_answer(user: User) -> Rows:
    """Tasks whose extension waits for an answer."""
    return _tasks(extension_asked(), ~led_by(user))


@_owed("审批其他申请", "actions.show", _all_of("/actions", view="application"), roles=(Role.supervisor, Role.secretary))
def applications_to_answer(user: User) -> Rows:
    """Tasks that are to be suspended, resumed or transferred, if it is granted."""
    return _tasks(application_made(), ~led_by(user))


@_owed("批督办单", "actions.show", _all_of("/actions", view="slip"), roles=(Role.secretary,))
def slips_to_approve(user: User) -> Rows:
    """Tasks with a slip that waits for the office."""
    return _tasks(slip_proposed(), ~led_by(user))


@_owed("回头看", "actions.show", _all_of("/actions", view="look_back"), roles=(Role.supervisor,))
def tasks_to_look_back_at(user: User) -> Rows:
    """Closed tasks that were drawn to be looked at again."""
    return _tasks(drawn_to_look_back(), ~led_by(user))


# ── problems ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _problems(*conditions: sa.ColumnElement[bool]) -> Rows:
    rows = _row(Problem.id, Problem.title, Enterprise.name)
    return rows.select_from(Problem).join(Problem.enterprise).where(*conditions)


@_owed("匹配问题", "enterprises.show_problem", _all_of("/problems", state="reported"), roles=(Role.secretary,))
def problems_to_match(_user: User) -> Rows:
    """Problems that no theme group has and no meeting deals with."""
    waiting = (ProblemState.reported, ProblemState.reopened)
    return _problems(Problem.state.in_(waiting), Problem.group_id.is_(None))


@_owed("研究问题", "enterprises.show_problem", _all_of("/problems", state="matched"))
def problems_of_groups(user: User) -> Rows:
    """Problems that were matched to this person's theme groups and handed out to nobody."""
    waiting = (ProblemState.matched, ProblemState.reopened)
    return _problems(Problem.state.in_(waiting), Problem.group_id.in_(user.group_ids))


@_owed("安排上会", "enterprises.show_problem", _all_of("/problems", state="matched"), roles=(Role.secretary,))
def problems_to_schedule(_user: User) -> Rows:
    """Problems of a theme group that stand in no backlog and on no agenda."""
    waiting = (ProblemState.matched, ProblemState.reopened)
    scheduled = is_waiting(Problem.id, AgendaItem.problem_id)
    return _problems(Problem.state.in_(waiting), Problem.group_id.is_not(None), ~scheduled)


@_owed("征求企业意见", "enterprises.show_problem", _all_of("/problems", state="resolved"))
def problems_to_confirm(user: User) -> Rows:
    """Resolved problems this person reported."""
    return _problems(Problem.state == ProblemState.resolved, Problem.reporter_id == user.id)


# ── lessons ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lessons(note: str, *conditions: sa.ColumnElement[bool]) -> Rows:
    """Lessons with the day of the meeting they are given at, where it is known."""
    day = (
        sa.select(sa.func.min(Meeting.day))
        .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
        .where(AgendaItem.course_id == Course.id, Meeting.state.in_(UPCOMING))
        .scalar_subquery()
    )
    return _row(Course.id, Course.topic, sa.literal(note), day).where(*conditions)


@_owed("确认主讲", "courses.show", _all_of("/courses", state="invited"))
def lessons_to_confirm(user: User) -> Rows:
    """Lessons this person was asked to give."""
    return _lessons("邀请您主讲", Course.lecturer_id == user.id, Course.state == CourseState.invited)


@_owed("交课件", "courses.show", _all_of("/courses", state="confirmed"))
def slides_to_hand_in(user: User) -> Rows:
    """Lessons this person gives, without slides that passed or wait for review."""
    fine = Material.state != MaterialState.changes_requested
    lacking = sa.or_(
        ~sa.exists().where(Material.course_id == Course.id),
        sa.exists().where(Material.course_id == Course.id, ~fine),
    )
    return _lessons("课件未交或需要修改", Course.lecturer_id == user.id, Course.state == CourseState.confirmed, lacking)


@_owed("准备讲课", "courses.show", _all_of("/courses", state="confirmed"))
def lessons_to_give(user: User) -> Rows:
    """Lessons this person gives, whose slides are in order."""
    there = sa.exists().where(Material.course_id == Course.id)
    wrong = sa.exists().where(Material.course_id == Course.id, Material.state == MaterialState.changes_requested)
    return _lessons("课件已交", Course.lecturer_id == user.id, Course.state == CourseState.confirmed, there, ~wrong)


@_owed("签署保密自查", "courses.sign_secrecy", "/courses")
def secrecy_to_sign(user: User) -> Rows:
    """Lessons of this person with slides nobody answers for yet, or no longer since a later version came."""
    newest = (
        sa.select(sa.func.max(MaterialVersion.uploaded_at))
        .join(MaterialVersion.material)
        .where(Material.course_id == Course.id)
        .scalar_subquery()
    )
    signed = sa.and_(Course.secrecy_signed_by_id == Course.lecturer_id, Course.secrecy_signed_at >= newest)
    running = Course.state.in_((CourseState.invited, CourseState.confirmed, CourseState.delivered))
    unsigned = sa.or_(Course.secrecy_signed_at.is_(None), ~signed)
    return _lessons("课件已交，还没有签署", Course.lecturer_id == user.id, running, newest.is_not(None), unsigned)


def _summaries(*conditions: sa.ColumnElement[bool]) -> Rows:
    rows = _row(Policy.id, Course.topic, sa.literal("一页纸摘要")).select_from(Policy).join(Policy.course)
    return rows.where(*conditions)


@_owed("写摘要", "library.submit", "/library")
def summaries_to_write(user: User) -> Rows:
    """Lessons this person gave, whose one-page summary is not written, or is to be mended."""
    due = Policy.state.in_((SummaryState.drafting, SummaryState.changes_requested))
    return _summaries(Course.lecturer_id == user.id, due)


@_owed("审核摘要", "library.show", _all_of("/library", state="submitted"), roles=(Role.secretary,))
def summaries_to_review(_user: User) -> Rows:
    """Summaries that wait for the office."""
    return _summaries(Policy.state == SummaryState.submitted)


@_owed("审核课件", "courses.show_material", "/courses", roles=(Role.secretary,))
def slides_to_review(_user: User) -> Rows:
    """Slides that wait for the secretary."""
    rows = _row(Material.id, Material.title, Course.topic).select_from(Material).join(Material.course)
    return rows.where(Material.state == MaterialState.submitted)


# ── archive and accounts ───────────────────────────────────────────────────────────────────────────────────────────


@_owed("接收归档", "archive.dossier", _all_of("/archive", state="prepared"), roles=(Role.archivist,))
def pieces_to_accept(_user: User) -> Rows:
    """Meetings with pieces that wait for the archivist."""
    rows = _of_meeting(Meeting.id).select_from(Meeting).join(Meeting.series)
    waiting = sa.exists().where(ArchivalRecord.meeting_id == Meeting.id, ArchivalRecord.state == ArchivalState.prepared)
    return rows.where(waiting)


@_owed("核查异常", "archive.show", _all_of("/archive", check="failed"), roles=(Role.archivist,))
def pieces_in_trouble(_user: User) -> Rows:
    """Pieces whose newest check found something wrong."""
    newest = sa.select(sa.func.max(Check.id)).group_by(Check.record_id)
    rows = _row(ArchivalRecord.id, ArchivalRecord.title, sa.literal("四性检测未通过")).join(ArchivalRecord.checks)
    return rows.where(Check.id.in_(newest), Check.passed.is_(False), ArchivalRecord.state != ArchivalState.removed)


@_owed("批准鉴定", "archive.appraisals", _all_of("/archive/appraisals", mine="no"), roles=(Role.archivist, Role.leader))
def appraisals_to_decide(user: User) -> Rows:
    """What another person proposed about pieces whose retention has ended."""
    rows = _row(Appraisal.id, ArchivalRecord.title, ArchivalRecord.archival_number).join(Appraisal.record)
    return rows.where(Appraisal.state == AppraisalState.proposed, Appraisal.proposed_by_id != user.id)


@_owed("到期鉴定", "archive.over", "/archive/over", roles=(Role.archivist,))
def pieces_to_appraise(_user: User) -> Rows:
    """Pieces whose retention has ended and about which nobody has proposed anything yet."""
    rows = _row(ArchivalRecord.id, ArchivalRecord.title, ArchivalRecord.archival_number)
    return rows.where(is_over_and_unproposed())


@_owed("确认角色", "people.role_requests", "/people/roles", roles=(Role.administrator,))
def roles_to_grant(user: User) -> Rows:
    """Guarded roles that another administrator asked for."""
    rows = _row(RoleRequest.id, User.name).select_from(RoleRequest).join(User, User.id == RoleRequest.user_id)
    return rows.where(RoleRequest.decided_at.is_(None), RoleRequest.asked_by_id != user.id)


@_owed("分配角色", "people.show", _all_of("/people", state="active"), roles=(Role.administrator,))
def accounts_to_equip(_user: User) -> Rows:
    """Open accounts that can do nothing: without a role and in no group."""
    idle = sa.and_(~sa.exists().where(UserRole.user_id == User.id), ~sa.exists().where(GroupMember.user_id == User.id))
    return _row(User.id, User.name, sa.literal("没有角色，也不属于任何小组")).where(User.active, idle)


# ── what others owe ────────────────────────────────────────────────────────────────────────────────────────────────


@_awaited("等待签收", "actions.show", _all_of("/actions", view="assigned"), roles=AT_WORK, is_deadline=True)
def tasks_given_and_offered(user: User) -> Rows:
    """Tasks this person handed out that nobody has accepted."""
    return _given(user, ActionState.assigned)


@_awaited("办理中", "actions.show", _all_of("/actions", view="open"), roles=AT_WORK, is_deadline=True)
def tasks_given(user: User) -> Rows:
    """Tasks this person handed out that are worked on."""
    return _given(user, ActionState.accepted, ActionState.in_progress)


@_awaited("申请退办", "actions.show", _all_of("/actions", view="refused"), roles=AT_WORK, is_deadline=True)
def tasks_given_and_refused(user: User) -> Rows:
    """Tasks this person handed out that were sent back."""
    return _given(user, ActionState.refused)


@_awaited("等待销号", "actions.show", _all_of("/actions", view="done"), roles=AT_WORK)
def tasks_given_and_done(user: User) -> Rows:
    """Tasks this person handed out that are reported done."""
    return _given(user, ActionState.reported_done)


@_awaited("已暂停", "actions.show", _all_of("/actions", view="suspended"), roles=AT_WORK)
def tasks_given_and_suspended(user: User) -> Rows:
    """Tasks this person handed out whose clock stands still."""
    return _given(user, ActionState.suspended)


def _given(user: User, *states: ActionState) -> Rows:
    rows = _row(ActionItem.id, ActionItem.title, User.name, ActionItem.due).join(ActionItem.lead_person)
    given = sa.and_(ActionItem.assigned_by_id == user.id, ~led_by(user))
    return rows.where(ActionItem.state.in_(states), given)


@_awaited("等待受理", "meetings.show_item", "/series", roles=AT_WORK)
def items_proposed(user: User) -> Rows:
    """Items this person proposed and nobody has answered to."""
    rows = _row(AgendaItem.id, AgendaItem.title, MeetingSeries.name).select_from(AgendaItem).join(AgendaItem.series)
    return rows.where(AgendaItem.state == ItemState.proposed, AgendaItem.proposed_by_id == user.id)


@_awaited("正在解决", "enterprises.show_problem", "/problems", roles=AT_WORK)
def problems_reported(user: User) -> Rows:
    """Problems this person reported that are not solved."""
    return _problems(Problem.state.not_in(SETTLED), Problem.reporter_id == user.id)


@_awaited("审核中", "courses.show", "/courses", roles=AT_WORK)
def slides_handed_in(user: User) -> Rows:
    """Slides of this person's lessons that wait for the secretary."""
    rows = _row(Course.id, Material.title, Course.topic).select_from(Material).join(Material.course)
    return rows.where(Material.state == MaterialState.submitted, Course.lecturer_id == user.id)
