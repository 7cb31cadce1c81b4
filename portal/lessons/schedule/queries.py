"""Questions about the schedule: where lessons are to be given, and what was released."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal.courses.models.courses import UPCOMING as STILL_TO_COME
from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.courses.programme import queries as programme_queries
from portal.db.engine import db
from portal.lessons.models.schedule import PendingPlacement, ReleasedLesson, ScheduleChange, ScheduleRelease
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.attendance import Attendance, Reply
from portal.meetings.models.meetings import UPCOMING, Meeting, MeetingState
from portal.meetings.models.series import MeetingSeries
from portal.people.models.accounts import User
from portal.people.models.groups import GroupMember

AHEAD = 16  # meetings a lesson can be put on

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


def pending_of(programme: CourseProgramme) -> dict[int, PendingPlacement]:
    """What is to be moved with the next release, by the lesson's number; a meeting that began meanwhile counts not."""
    rows = db.session.scalars(
        sa.select(PendingPlacement)
        .join(PendingPlacement.course)
        .where(Course.programme_id == programme.id)
        .options(joinedload(PendingPlacement.meeting).joinedload(Meeting.series))
    )
    return {one.course_id: one for one in rows if one.meeting is None or one.meeting.is_upcoming}


def released_of(programme: CourseProgramme) -> dict[int, ReleasedLesson]:
    """What was last released of each lesson, by the lesson's number."""
    rows = db.session.scalars(
        sa.select(ReleasedLesson)
        .where(ReleasedLesson.programme_id == programme.id)
        .options(_plain(ReleasedLesson.lecturer))
    )
    return {one.course_id: one for one in rows}


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
            .options(programme_queries.NAMED, joinedload(Course.field))
        )
    )


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
