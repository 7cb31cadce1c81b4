"""Questions about the items of an agenda, and the courses and problems they are about."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.courses.models.courses import Course, CourseState
from portal.db.engine import db
from portal.enterprises.models.problems import Problem, ProblemState
from portal.meetings.models.agenda import AgendaItem, AgendaStep, ItemFile, ItemState
from portal.meetings.models.meetings import Meeting, MeetingState
from portal.meetings.models.review import Review, ReviewRow
from portal.meetings.models.series import ItemKind, MeetingSeries
from portal.meetings.series.queries import person, visible_to
from portal.people.models.accounts import User
from portal.people.rules import is_secretary
from portal.web.timeline import Found, link


@dataclass(frozen=True)
class Slot:
    """One item with the time it is to begin."""

    item: AgendaItem
    begins: datetime


def timetable(meeting: Meeting) -> list[Slot]:
    """The agenda with clock times, one item after the other."""
    slots, at = [], meeting.starts
    for item in meeting.items:
        slots.append(Slot(item, at))
        at += timedelta(minutes=item.minutes)
    return slots


def minutes_by_kind(meeting: Meeting) -> list[tuple[str, int, str]]:
    """How the time is shared out, as the bar of the budget draws it: word, minutes, colour."""
    used = {kind: sum(item.minutes for item in meeting.items if item.kind is kind) for kind in ItemKind}
    return [(kind.label, minutes, kind.css) for kind, minutes in used.items() if minutes]


def item(number: int) -> AgendaItem | None:
    """One item with its series, its meeting, its people and its files."""
    rows = db.session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.id == number)
        .options(
            joinedload(AgendaItem.series).joinedload(MeetingSeries.group),
            joinedload(AgendaItem.meeting).options(
                joinedload(Meeting.review).joinedload(Review.rows), selectinload(Meeting.items)
            ),
            joinedload(AgendaItem.course),
            joinedload(AgendaItem.problem).joinedload(Problem.enterprise),
            joinedload(AgendaItem.merged_into),
            person(AgendaItem.reporter),
            person(AgendaItem.proposed_by),
            selectinload(AgendaItem.attached).joinedload(ItemFile.file),
        )
    )
    return rows.unique().one_or_none()


def chain(item: AgendaItem) -> list[AgendaItem]:
    """The topic's way through the meetings, oldest first: predecessors, the item itself, successors."""
    ids = sa.select(AgendaItem.id, AgendaItem.predecessor_id).where(AgendaItem.id == item.id).cte(recursive=True)
    back = ids.union(
        sa.select(AgendaItem.id, AgendaItem.predecessor_id).join(ids, AgendaItem.id == ids.c.predecessor_id)
    )
    start = sa.select(AgendaItem.id).where(AgendaItem.id == item.id).cte(recursive=True)
    forth = start.union(sa.select(AgendaItem.id).join(start, AgendaItem.predecessor_id == start.c.id))
    wanted = sa.or_(AgendaItem.id.in_(sa.select(back.c.id)), AgendaItem.id.in_(sa.select(forth.c.id)))
    return list(
        db.session.scalars(
            sa.select(AgendaItem)
            .where(wanted)
            .options(joinedload(AgendaItem.meeting), person(AgendaItem.reporter))
            .order_by(AgendaItem.id)
        )
    )


def item_file(number: int) -> ItemFile | None:
    """A file that goes with an item, with the item and what decides who sees it."""
    of_item = joinedload(ItemFile.item)
    return db.session.scalar(
        sa.select(ItemFile)
        .where(ItemFile.id == number)
        .options(
            joinedload(ItemFile.file),
            of_item.joinedload(AgendaItem.series).joinedload(MeetingSeries.group),
            of_item.joinedload(AgendaItem.meeting).selectinload(Meeting.items),
        )
    )


def last_step(meeting: Meeting) -> AgendaStep | None:
    """The last act of building the agenda that can be taken back."""
    return db.session.scalar(
        sa.select(AgendaStep).where(AgendaStep.meeting_id == meeting.id).order_by(AgendaStep.id.desc()).limit(1)
    )


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


def item_titles(user: User, numbers: set[int]) -> "sa.Select[Any, Any, Any]":
    """Of some items those of meetings a person may read, and the own ones: id, title and place, for the chain."""
    own = sa.or_(AgendaItem.proposed_by_id == user.id, AgendaItem.reporter_id == user.id)
    placed = AgendaItem.meeting_id.in_(sa.select(Meeting.id).where(visible_to(user)))
    query = sa.select(AgendaItem.id, AgendaItem.title, AgendaItem.id)
    return query.where(AgendaItem.id.in_(numbers), sa.true() if is_secretary(user) else sa.or_(own, placed))


def links(found: Found) -> "Iterator[sa.Select[Any]]":
    """From problems to the items they were on and back, from an item to its next, from a task to where it was told."""
    if "problem" in found:
        yield link("agenda_item", AgendaItem.id, AgendaItem.problem_id.in_(found["problem"]))
    if "agenda_item" in found:
        here = AgendaItem.id.in_(found["agenda_item"])
        yield link("problem", AgendaItem.problem_id, here)
        yield link("agenda_item", AgendaItem.predecessor_id, here)
        yield link("agenda_item", AgendaItem.id, AgendaItem.predecessor_id.in_(found["agenda_item"]))
    if set(found) == {"action_item"} and len(found["action_item"]) == 1:  # of the task in question alone
        told = sa.select(Review.meeting_id.label("meeting_id")).join(ReviewRow, ReviewRow.review_id == Review.id)
        yield link("meeting", told.where(ReviewRow.action_id.in_(found["action_item"])).subquery().c.meeting_id)


def problems_read_by(user: User) -> sa.Select[int | None]:
    """The problems on the agendas of the meetings this person may read."""
    return (
        sa.select(AgendaItem.problem_id)
        .join(AgendaItem.meeting)
        .where(AgendaItem.problem_id.is_not(None), visible_to(user))
    )
