"""Questions about what is on the screen and what was asked."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, defer, joinedload, lazyload

from portal.actions.models.action_items import ActionItem
from portal.courses.models.courses import Course
from portal.courses.models.materials import ConversionState, Material, MaterialPage, MaterialVersion
from portal.db import clock
from portal.db.engine import db
from portal.lessons.models.classroom import Question, QuestionState, SlideShow
from portal.meetings.agenda.queries import scheduled_item_of
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User


@dataclass(frozen=True)
class Lesson:
    """A course with the agenda item it is given as, as far as that is known; its number is the course's."""

    course: Course
    item: AgendaItem | None

    @property
    def id(self) -> int:
        """The course's number."""
        return self.course.id

    @property
    def meeting(self) -> Meeting | None:
        """Where it is given."""
        return self.item.meeting if self.item else None

    @property
    def is_on(self) -> bool:
        """Whether the meeting is at it now."""
        return bool(self.item and self.item.is_running and self.meeting and self.meeting.is_in_session)

    def __str__(self) -> str:
        return str(self.course)


@dataclass(frozen=True)
class Slide:
    """What the screen shows of a lesson's slides."""

    course_id: int
    item: AgendaItem
    version: MaterialVersion
    leaf: MaterialPage
    hidden: bool
    choices: Sequence[MaterialVersion]  # all slides of the lesson that can be shown

    @property
    def total(self) -> int:
        """How many pages there are."""
        return self.version.pages_total

    @property
    def clock(self) -> str:
        """How long the lesson has taken."""
        return clock.lapsed(self.item.runs_since)

    @property
    def tag(self) -> str:
        """Changes whenever the screen would look different."""
        return f"{self.item.id}-{self.leaf.id}-{self.hidden}"


def lesson(number: int) -> Lesson | None:
    """One lesson."""
    course = db.session.get(
        Course, number, options=[joinedload(Course.lecturer).options(lazyload(User.grants)), joinedload(Course.field)]
    )
    return lesson_of(course) if course else None


def lesson_of(course: Course) -> Lesson:
    """The lesson a course is."""
    return Lesson(course, scheduled_item_of(course))


def showable(course_id: int) -> list[MaterialVersion]:
    """The newest version of each of a lesson's slides that passed the review and has its pages."""
    return _newest(db.session.scalars(_showable(course_id)))


def _showable(course_id: int) -> sa.Select[MaterialVersion]:
    return (
        sa.select(MaterialVersion)
        .join(MaterialVersion.material)
        .where(
            Material.course_id == course_id,
            MaterialVersion.approved_at.is_not(None),
            MaterialVersion.conversion == ConversionState.ready,
        )
        .options(contains_eager(MaterialVersion.material), joinedload(MaterialVersion.file))
        .order_by(MaterialVersion.material_id, MaterialVersion.number.desc())
    )


def _newest(versions: Iterable[MaterialVersion]) -> list[MaterialVersion]:
    newest: dict[int, MaterialVersion] = {}
    for version in versions:
        newest.setdefault(version.material_id, version)
    return list(newest.values())


def show_of(item: AgendaItem) -> SlideShow | None:
    """How far the slides of an item were turned."""
    return db.session.scalar(sa.select(SlideShow).where(SlideShow.item_id == item.id))


def slide_of(item: AgendaItem) -> Slide | None:
    """What is on while a lesson is given; None for another item, or where there is nothing to show.

    One statement for the room's screen, which asks every second: each version with the page that would be on.
    """
    if item.course_id is None:
        return None
    number = sa.case((SlideShow.version_id == MaterialVersion.id, SlideShow.page), else_=1)
    rows = db.session.execute(
        _showable(item.course_id)
        .add_columns(SlideShow, MaterialPage)
        .outerjoin(SlideShow, SlideShow.item_id == item.id)
        .outerjoin(MaterialPage, (MaterialPage.version_id == MaterialVersion.id) & (MaterialPage.number == number))
        .options(defer(MaterialPage.text), joinedload(MaterialPage.file))
    ).all()
    choices = _newest(version for version, _, _ in rows)
    if not choices:
        return None
    show: SlideShow | None = rows[0][1]
    version = next((one for one in choices if show and one.id == show.version_id), choices[0])
    leaf = next(leaf for one, _, leaf in rows if one is version)
    return Slide(item.course_id, item, version, leaf, bool(show and show.hidden), choices) if leaf else None


def leaves_of(version: MaterialVersion) -> Sequence[MaterialPage]:
    """The pages that can be jumped to."""
    return db.session.scalars(
        sa.select(MaterialPage)
        .where(MaterialPage.version_id == version.id)
        .order_by(MaterialPage.number)
        .options(defer(MaterialPage.text))
    ).all()


def question(number: int) -> Question | None:
    """One question with its lesson."""
    return db.session.get(Question, number, options=[joinedload(Question.course), *_people()])


def lesson_asked_about(question: Question) -> Lesson:
    """The lesson a question is about."""
    return question.lesson or lesson_of(question.course)


def questions_of(lesson: Lesson) -> Sequence[Question]:
    """What was asked about a lesson and stands, what is open first, then the newest."""
    open_first = sa.case((Question.state == QuestionState.open, 0), else_=1)
    found = db.session.scalars(
        sa.select(Question)
        .where(Question.course_id == lesson.id, Question.state != QuestionState.withdrawn)
        .order_by(open_first, Question.id.desc())
        .options(*_people(), joinedload(Question.item), joinedload(Question.action))
    ).all()
    for one in found:
        one.lesson = lesson  # type: ignore[assignment]
    return found


def _people() -> tuple[Any, ...]:
    roles = lazyload(User.grants)
    return tuple(joinedload(one).options(roles) for one in (Question.asked_by, Question.noted_by, Question.answered_by))


def tag_of(lesson: Lesson, slide: Slide | None, questions: Sequence[Question]) -> str:
    """Changes whenever the lesson's page would look different."""
    asked = [(one.id, one.state.value, one.answer) for one in questions]
    facts = (slide.tag if slide else "", lesson.is_on, lesson.item and lesson.item.is_over_time, asked)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:20]


def question_of_item(item: AgendaItem) -> Question | None:
    """The question an item came from."""
    return db.session.scalar(sa.select(Question).where(Question.item_id == item.id))


def question_of_action(action: ActionItem) -> Question | None:
    """The question a task came from."""
    return db.session.scalar(sa.select(Question).where(Question.action_id == action.id))
