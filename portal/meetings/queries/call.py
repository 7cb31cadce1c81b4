"""Questions about the call for items: the backlog, proposals, and what else could be put on an agenda."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.courses.models import Course, CourseState
from portal.database import db
from portal.enterprises.models import Problem, ProblemState
from portal.meetings.models import UPCOMING, AgendaItem, ItemState, Meeting, MeetingSeries, MeetingState
from portal.meetings.queries.series import person
from portal.people.models import User


def backlog(series: MeetingSeries) -> list[AgendaItem]:
    """The accepted items that wait for a meeting: those that come back first, then by age."""
    return [item for item in call_of(series) if item.is_waiting]


def call_of(series: MeetingSeries) -> Sequence[AgendaItem]:
    """What stands on no agenda yet, accepted or only proposed: those that come back first, then by age."""
    return db.session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.series_id == series.id, AgendaItem.state.in_((ItemState.accepted, ItemState.proposed)))
        .options(person(AgendaItem.proposed_by), joinedload(AgendaItem.problem))
        .order_by(AgendaItem.predecessor_id.is_(None), AgendaItem.id)
    ).all()


def proposals(series: MeetingSeries | None = None) -> Sequence[AgendaItem]:
    """The proposed items the secretary has to decide on, oldest first."""
    query = (
        sa.select(AgendaItem)
        .where(AgendaItem.state == ItemState.proposed)
        .options(joinedload(AgendaItem.series), person(AgendaItem.proposed_by), joinedload(AgendaItem.problem))
        .order_by(AgendaItem.proposed_at, AgendaItem.id)
    )
    return db.session.scalars(query.where(AgendaItem.series_id == series.id) if series else query).all()


def ready_for(meeting: Meeting) -> list[AgendaItem]:
    """The items of the backlog that wait for this meeting: accepted, and not kept back until later."""
    return [item for item in backlog(meeting.series) if item.waits_for(meeting.day)]


def can_take_in(item: AgendaItem) -> Sequence[AgendaItem]:
    """The items of the same series a proposal can be merged into: waiting, or on an agenda that is to come."""
    ahead = sa.select(Meeting.id).where(Meeting.state.in_(UPCOMING))
    return db.session.scalars(
        sa.select(AgendaItem)
        .where(
            AgendaItem.series_id == item.series_id,
            AgendaItem.id != item.id,
            sa.or_(
                AgendaItem.state == ItemState.accepted,
                sa.and_(AgendaItem.state == ItemState.placed, AgendaItem.meeting_id.in_(ahead)),
            ),
        )
        .order_by(AgendaItem.id)
    ).all()


def proposals_by(user: User, limit: int = 10) -> Sequence[AgendaItem]:
    """What this person proposed, newest first."""
    return db.session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.proposed_by_id == user.id)
        .options(joinedload(AgendaItem.series), joinedload(AgendaItem.meeting))
        .order_by(AgendaItem.id.desc())
        .limit(limit)
    ).all()


def unscheduled_courses() -> Sequence[Course]:
    """The courses that are to be given and stand on no agenda, by programme and number."""
    return db.session.scalars(
        sa.select(Course)
        .where(
            Course.state.in_((CourseState.planned, CourseState.invited, CourseState.confirmed)),
            ~is_waiting(Course.id, AgendaItem.course_id),
        )
        .options(person(Course.lecturer), joinedload(Course.field))
        .order_by(Course.programme_id.desc(), Course.number)
    ).all()


def open_problems() -> Sequence[Problem]:
    """The problems that could be put on an agenda and stand on none, oldest first."""
    return db.session.scalars(
        sa.select(Problem)
        .where(
            Problem.state.in_((ProblemState.reported, ProblemState.matched, ProblemState.reopened)),
            ~is_waiting(Problem.id, AgendaItem.problem_id),
        )
        .options(joinedload(Problem.enterprise), person(Problem.reporter), joinedload(Problem.group))
        .order_by(Problem.reported_at, Problem.id)
    ).all()


def problems_of(user: User) -> Sequence[Problem]:
    """This person's own problems that could be proposed for a meeting."""
    return [one for one in open_problems() if one.reporter_id == user.id]


def is_scheduled(thing: Course | Problem) -> bool:
    """Whether a course or a problem stands in a backlog or on an agenda already."""
    link = AgendaItem.course_id if isinstance(thing, Course) else AgendaItem.problem_id
    return bool(db.session.scalar(sa.select(is_waiting(thing.id, link))))


def is_waiting(thing: Any, link: Any) -> sa.ColumnElement[bool]:
    """Whether something stands in a backlog or on an agenda without an outcome yet."""
    waiting = (ItemState.proposed, ItemState.accepted, ItemState.placed)
    return (
        sa.exists()
        .where(link == thing, AgendaItem.state.in_(waiting))
        .where(
            sa.or_(
                AgendaItem.meeting_id.is_(None),
                AgendaItem.meeting_id.in_(sa.select(Meeting.id).where(Meeting.state != MeetingState.cancelled)),
            )
        )
    )


def scheduled_item_of(course: Course) -> AgendaItem | None:
    """The newest agenda item a course is, with its meeting: when and where it is given."""
    return db.session.scalar(
        sa.select(AgendaItem)
        .join(AgendaItem.meeting)
        .where(AgendaItem.course_id == course.id, Meeting.state != MeetingState.cancelled)
        .options(joinedload(AgendaItem.meeting).joinedload(Meeting.series))
        .order_by(AgendaItem.id.desc())
        .limit(1)
    )


def meeting_of_course(course: Course) -> Meeting | None:
    """The meeting a course is given at."""
    found = scheduled_item_of(course)
    return found.meeting if found else None


def meetings_of_courses(courses: Iterable[Course]) -> dict[int, Meeting]:
    """The meeting each of these courses is given at, by the course's id."""
    ids = [course.id for course in courses]
    rows = db.session.execute(
        sa.select(AgendaItem.course_id, Meeting)
        .join(AgendaItem.meeting)
        .where(AgendaItem.course_id.in_(ids), Meeting.state != MeetingState.cancelled)
        .order_by(AgendaItem.id)
    )
    return {course_id: meeting for course_id, meeting in rows if course_id is not None}


def items_of_problem(problem: Problem) -> Sequence[AgendaItem]:
    """Every item a problem was, with its meeting, oldest first."""
    return db.session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.problem_id == problem.id)
        .options(joinedload(AgendaItem.meeting).selectinload(Meeting.items), joinedload(AgendaItem.series))
        .order_by(AgendaItem.id)
    ).all()
