"""Questions about the schedule of lessons."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal import clock, workdays
from portal.courses import planning
from portal.courses.models import UPCOMING as STILL_TO_COME
from portal.courses.models import Course, CourseProgramme
from portal.courses.queries import slides_due
from portal.database import db
from portal.lessons.models import (
    PendingPlacement,
    ReleasedLesson,
    ScheduleChange,
    ScheduleChangeKind,
    ScheduleRelease,
    when,
)
from portal.meetings.models import (
    UPCOMING,
    AgendaItem,
    Attendance,
    ItemState,
    Meeting,
    MeetingSeries,
    MeetingState,
    Reply,
)
from portal.office import office
from portal.people.models import GroupMember, User

AHEAD = 16  # meetings a lesson can be put on
NEAR = 10  # working days before a lesson within which everything about it should be settled
OPEN = (ItemState.proposed, ItemState.accepted, ItemState.placed)


def _plain(path: Any) -> Any:
    return joinedload(path).options(lazyload(User.grants))


def items_of(numbers: Collection[int]) -> dict[int, AgendaItem]:
    """The newest agenda item each lesson is, on a meeting that was not cancelled, by the lesson's number."""
    rows = db.session.scalars(
        sa.select(AgendaItem)
        .join(AgendaItem.meeting)
        .where(AgendaItem.course_id.in_(numbers), Meeting.state != MeetingState.cancelled)
        .options(joinedload(AgendaItem.meeting).joinedload(Meeting.series))
        .order_by(AgendaItem.id)
    )
    return {item.course_id: item for item in rows if item.course_id is not None}


@dataclass(frozen=True)
class Sitting:
    """The meeting a lesson is to be given at, whether its lecturer asked leave from it, and who is to listen."""

    meeting: Meeting
    lecturer_is_away: bool
    members: int
    away: int

    @property
    def day(self) -> date:
        """The day of the meeting."""
        return self.meeting.day


def sittings_of(numbers: Collection[int]) -> dict[int, Sitting]:
    """Where each lesson is to be given, by the lesson's number, as far as it stands on an agenda."""
    on_leave = sa.and_(Attendance.meeting_id == Meeting.id, Attendance.state.in_((Reply.on_leave, Reply.leave_asked)))
    members = (
        sa.select(sa.func.count())
        .select_from(GroupMember)
        .join(User, User.id == GroupMember.user_id)
        .where(GroupMember.group_id == MeetingSeries.group_id, User.active)
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(
            Course.id,
            Meeting,
            sa.exists().where(on_leave, Attendance.user_id == Course.lecturer_id),
            members,
            sa.select(sa.func.count()).where(on_leave).scalar_subquery(),
        )
        .join(AgendaItem, AgendaItem.course_id == Course.id)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .join(MeetingSeries, MeetingSeries.id == Meeting.series_id)
        .where(Course.id.in_(numbers), Meeting.state != MeetingState.cancelled)
        .order_by(AgendaItem.id)
    )
    return {number: Sitting(*row) for number, *row in rows}


def open_item_of(course: Course) -> AgendaItem | None:
    """The item of a lesson that has no outcome yet, in a backlog or on an agenda."""
    return db.session.scalar(
        sa.select(AgendaItem)
        .outerjoin(AgendaItem.meeting)
        .where(
            AgendaItem.course_id == course.id,
            AgendaItem.state.in_(OPEN),
            sa.or_(AgendaItem.meeting_id.is_(None), Meeting.state.in_(UPCOMING)),
        )
        .order_by(AgendaItem.id.desc())
        .limit(1)
    )


def is_on_now(course: Course) -> bool:
    """Whether a meeting that sits now has the lesson before it."""
    here = sa.exists().where(
        AgendaItem.course_id == course.id, AgendaItem.state == ItemState.placed,
        AgendaItem.meeting_id == Meeting.id, Meeting.state == MeetingState.in_session,
    )  # fmt: skip
    return bool(db.session.scalar(sa.select(here)))


def upcoming_meetings(limit: int = AHEAD) -> Sequence[Meeting]:
    """The meetings of all series that have not begun, soonest first."""
    return db.session.scalars(
        sa.select(Meeting)
        .where(Meeting.state.in_(UPCOMING))
        .order_by(Meeting.day, Meeting.starts_at, Meeting.id)
        .limit(limit)
    ).all()


def upcoming_meeting(number: int) -> Meeting | None:
    """One of the meetings a lesson can be put on."""
    return db.session.scalar(sa.select(Meeting).where(Meeting.id == number, Meeting.state.in_(UPCOMING)))


# ── the board ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Card:
    """One lesson on the board: where it stands on an agenda, and where it is to stand after the next release."""

    course: Course
    now: Meeting | None
    then: Meeting | None
    is_pending: bool


@dataclass(frozen=True)
class Column:
    """One meeting, or none, with the lessons that are to be given there."""

    meeting: Meeting | None
    cards: list[Card] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """How a lesson differs from what was last released of it."""

    course: Course
    kind: ScheduleChangeKind
    sentence: str
    meeting: Meeting | None
    released: ReleasedLesson | None


@dataclass(frozen=True)
class Board:
    """The schedule being worked on."""

    programme: CourseProgramme
    columns: list[Column]
    bare: Column
    changes: list[Change]
    pending: int

    @property
    def missing(self) -> list["Missing"]:
        """The lessons whose slides are still to come, by what stands on the agendas now."""
        cards = [card for column in (*self.columns, self.bare) for card in column.cards]
        return missing_slides((one.course for one in cards), {one.course.id: one.now.day for one in cards if one.now})

    @property
    def meetings(self) -> list[Meeting]:
        """The meetings a lesson can be moved to."""
        return [one.meeting for one in self.columns if one.meeting is not None]


def board(programme: CourseProgramme) -> Board:
    """The schedule of a programme as it would be after a release."""
    plan = [one for one in planning.lessons_in(programme) if not one.is_over]
    pending = pending_of(programme)
    items = items_of([one.id for one in plan])
    cards = [_card(one, items.get(one.id), pending) for one in plan]
    columns = {meeting.id: Column(meeting) for meeting in upcoming_meetings()}
    bare = Column(None)
    for card in cards:
        if card.then is None:
            bare.cards.append(card)
        else:
            columns.setdefault(card.then.id, Column(card.then)).cards.append(card)
    ordered = sorted(columns.values(), key=lambda one: (one.meeting.day, one.meeting.starts_at))  # type: ignore[union-attr]
    return Board(programme, ordered, bare, _changes(cards, released_of(programme)), len(pending))


def pending_of(programme: CourseProgramme) -> dict[int, PendingPlacement]:
    """What is to be moved with the next release, by the lesson's number; a meeting that began meanwhile counts not."""
    rows = db.session.scalars(
        sa.select(PendingPlacement)
        .join(PendingPlacement.course)
        .where(Course.programme_id == programme.id)
        .options(joinedload(PendingPlacement.meeting).joinedload(Meeting.series))
    )
    return {one.course_id: one for one in rows if one.meeting is None or one.meeting.is_upcoming}


def _card(course: Course, item: AgendaItem | None, pending: dict[int, PendingPlacement]) -> Card:
    now = item.meeting if item is not None and not item.has_outcome else None
    placement = pending.get(course.id)
    if placement is None:
        return Card(course, now, now, is_pending=False)
    return Card(course, now, placement.meeting, is_pending=True)


def released_of(programme: CourseProgramme) -> dict[int, ReleasedLesson]:
    """What was last released of each lesson, by the lesson's number."""
    rows = db.session.scalars(
        sa.select(ReleasedLesson)
        .where(ReleasedLesson.programme_id == programme.id)
        .options(_plain(ReleasedLesson.lecturer))
    )
    return {one.course_id: one for one in rows}


def _changes(cards: Iterable[Card], released: dict[int, ReleasedLesson]) -> list[Change]:
    found = (_change(card.course, card.then, released.get(card.course.id)) for card in cards)
    return [one for one in found if one is not None]


def _change(course: Course, then: Meeting | None, before: ReleasedLesson | None) -> Change | None:
    """What is to be told of a lesson, or None where it is as it was released."""
    was_out = before is not None and before.day is not None
    if then is None:
        if not was_out or before is None:
            return None
        sentence = f"{course}移出课程表，原定{before.when}。"
        return Change(course, ScheduleChangeKind.removed, sentence, None, before)
    after = f"{when(then.day, then.starts_at)}，{then.series.name}，{then.place}"
    if not was_out or before is None:
        return Change(course, ScheduleChangeKind.placed, f"{course}排在{after}。", then, before)
    if (before.day, before.starts_at, before.place, before.meeting_id) != (
        then.day,
        then.starts_at,
        then.place,
        then.id,
    ):
        sentence = f"{course}由{before.when}改到{after}。"
        return Change(course, ScheduleChangeKind.moved, sentence, then, before)
    if before.lecturer_id != course.lecturer_id:
        names = [one.name if one else "待定" for one in (before.lecturer, course.lecturer)]
        sentence = f"{course}的主讲人由{names[0]}换为{names[1]}。"
        return Change(course, ScheduleChangeKind.handed_over, sentence, then, before)
    return None


def others_on(day: date, course: Course) -> list[Course]:
    """The other lessons that stand, or are to stand, on an agenda of that day."""
    pending = sa.select(PendingPlacement.course_id)
    moved_here = sa.select(PendingPlacement.course_id).join(PendingPlacement.meeting).where(Meeting.day == day)
    here = (
        sa.select(AgendaItem.course_id)
        .join(AgendaItem.meeting)
        .where(Meeting.day == day, Meeting.state.in_(UPCOMING), AgendaItem.state == ItemState.placed)
        .where(AgendaItem.course_id.is_not(None), AgendaItem.course_id.not_in(pending))
    )
    return list(
        db.session.scalars(
            sa.select(Course)
            .where(Course.id != course.id, sa.or_(Course.id.in_(here), Course.id.in_(moved_here)))
            .options(planning.NAMED, joinedload(Course.field))
        )
    )


# ── what was released ──────────────────────────────────────────────────────────────────────────────────────────────


def releases(programme: CourseProgramme) -> Sequence[ScheduleRelease]:
    """The versions of a programme's schedule with their change logs, the newest first."""
    return db.session.scalars(
        sa.select(ScheduleRelease)
        .where(ScheduleRelease.programme_id == programme.id)
        .options(_plain(ScheduleRelease.by), selectinload(ScheduleRelease.changes))
        .order_by(ScheduleRelease.number.desc())
    ).all()


def schedule_of(programme: CourseProgramme) -> Sequence[ReleasedLesson]:
    """The released schedule: lessons by their day, those without one last."""
    return db.session.scalars(
        sa.select(ReleasedLesson)
        .join(ReleasedLesson.course)
        .where(ReleasedLesson.programme_id == programme.id, ReleasedLesson.day.is_not(None))
        .options(
            joinedload(ReleasedLesson.course).options(joinedload(Course.field), joinedload(Course.department)),
            joinedload(ReleasedLesson.meeting).joinedload(Meeting.series),
            _plain(ReleasedLesson.lecturer),
        )
        .order_by(ReleasedLesson.day, ReleasedLesson.starts_at, Course.number)
    ).all()


def without_a_day(programme: CourseProgramme) -> Sequence[Course]:
    """The lessons still to be given that the released schedule has no day for."""
    released = sa.exists().where(ReleasedLesson.course_id == Course.id, ReleasedLesson.day.is_not(None))
    return db.session.scalars(
        sa.select(Course)
        .where(Course.programme_id == programme.id, Course.state.in_(STILL_TO_COME), ~released)
        .order_by(Course.number)
    ).all()


def latest_release(programme: CourseProgramme) -> ScheduleRelease | None:
    """The version of a programme's schedule that holds."""
    return db.session.scalar(
        sa.select(ScheduleRelease)
        .where(ScheduleRelease.programme_id == programme.id)
        .order_by(ScheduleRelease.number.desc())
        .limit(1)
    )


def released_lesson(course: Course) -> ReleasedLesson | None:
    """What was last released of a lesson."""
    return db.session.get(
        ReleasedLesson, course.id, options=[joinedload(ReleasedLesson.meeting).joinedload(Meeting.series)]
    )


def changes_of(course: Course) -> Sequence[ScheduleChange]:
    """How a lesson was moved, release by release, the newest first."""
    return db.session.scalars(
        sa.select(ScheduleChange)
        .where(ScheduleChange.course_id == course.id)
        .options(joinedload(ScheduleChange.release))
        .order_by(ScheduleChange.id.desc())
    ).all()


# ── whose slides are missing ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Missing:
    """A lesson whose slides are still to come."""

    course: Course
    due: date

    @property
    def is_late(self) -> bool:
        """Past its day."""
        return self.due < clock.today()


def missing_slides(lessons: Iterable[Course], days: Mapping[int, date]) -> list[Missing]:
    """The lessons ahead that have a day and a lecturer and no slides, or slides to be mended; soonest first."""
    found = [
        Missing(one, slides_due(days[one.id]))
        for one in lessons
        if one.id in days and one.lecturer_id and not one.is_over and not one.has_its_slides
    ]
    return sorted(found, key=lambda one: (one.due, one.course.number))


def lessons_without_slides() -> list[tuple[Course, Meeting]]:
    """The lessons of all programmes on an agenda ahead whose slides are still to come, with their lecturers."""
    rows = db.session.execute(
        sa.select(Course, Meeting)
        .join(AgendaItem, AgendaItem.course_id == Course.id)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(Meeting.state.in_(UPCOMING), Meeting.day >= clock.today(), AgendaItem.state == ItemState.placed)
        .where(Course.lecturer_id.is_not(None))
        .options(planning.NAMED, selectinload(Course.materials))
        .order_by(Meeting.day, Course.id)
    )
    return [(course, meeting) for course, meeting in rows if not course.is_over and not course.has_its_slides]


# ── doubts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def doubts(plan: planning.Plan) -> list[planning.Doubt]:
    """What the meetings know of a plan that the secretary should look at."""
    open_lessons = [one for one in plan.lessons if not one.is_over]
    found = [doubt for one in open_lessons for doubt in _doubts_of(one, plan.sittings.get(one.id), plan)]
    found += [
        planning.Doubt(
            planning.DoubtKind.slides,
            f"{one.course}的课件{'已过' if one.is_late else '快到'}时限还没有交齐，应在{clock.zh_date(one.due)}前交。",
            f"/courses/{one.course.id}",
            "red" if one.is_late else "amber",
        )
        for one in missing_slides(plan.lessons, plan.days)
        if one.is_late or workdays.working_between(clock.today(), one.due) <= office.slides_reminder_days
    ]
    if _is_unreleased(plan, open_lessons):
        sentence = "排期有变更还没有发布，主讲人还不知道。"
        url = f"/programmes/{plan.programme.id}/board"
        found.append(planning.Doubt(planning.DoubtKind.release, sentence, url, "amber"))
    return found


def _is_unreleased(plan: planning.Plan, lessons: Sequence[Course]) -> bool:
    """Whether something is pending, or an agenda differs from what was released."""
    rows = db.session.execute(
        sa.select(Course.id, ReleasedLesson, PendingPlacement.at)
        .outerjoin(ReleasedLesson, ReleasedLesson.course_id == Course.id)
        .outerjoin(PendingPlacement, PendingPlacement.course_id == Course.id)
        .where(Course.programme_id == plan.programme.id)
        .options(joinedload(ReleasedLesson.lecturer).options(lazyload(User.grants)))
    )
    found = {number: (released, pending) for number, released, pending in rows}
    for one in lessons:
        released, pending = found.get(one.id, (None, None))
        sitting = plan.sittings.get(one.id)
        then = sitting.meeting if sitting and not sitting.meeting.is_over else None
        if pending is not None or _change(one, then, released):
            return True
    return False


def _doubts_of(course: Course, sitting: Sitting | None, plan: planning.Plan) -> list[planning.Doubt]:
    meeting = sitting.meeting if sitting else None
    kinds, page = planning.DoubtKind, f"/courses/{course.id}"
    board_url = f"/programmes/{plan.programme.id}/board"
    this_month = clock.today().replace(day=1)
    if meeting is None:
        if course.month and course.month <= this_month:
            return [
                planning.Doubt(kinds.schedule, f"{course}计划在 {course.month.month} 月讲，还没有排进会议。", board_url)
            ]
        return []
    if meeting.is_over:
        return [planning.Doubt(kinds.schedule, f"{course}所在的会议已经开过，请登记已讲授或重新排期。", page, "red")]
    found = []
    if sitting and sitting.lecturer_is_away and course.lecturer:
        sentence = f"{course.lecturer.name}已就{clock.zh_date(meeting.day)}的会议请假，{course}要换人或改期。"
        found.append(planning.Doubt(kinds.answer, sentence, f"{page}/lecturer", "red"))
    near = workdays.working_between(clock.today(), meeting.day) <= NEAR
    if course.lecturer and not course.is_confirmed and near:
        word = "还没有答复邀请" if course.is_invited else "还没有收到邀请"
        sentence = f"{course.lecturer.name}{word}，{course}{clock.zh_date(meeting.day)}就要讲。"
        found.append(planning.Doubt(kinds.answer, sentence, page))
    if course.minutes > meeting.minutes:
        sentence = f"{course}要 {course.minutes} 分钟，会议只有 {meeting.minutes} 分钟。"
        found.append(planning.Doubt(kinds.schedule, sentence, f"/meetings/{meeting.id}"))
    return found
