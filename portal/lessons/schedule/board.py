"""The board: the schedule being worked on, as it would be after a release."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.courses.programme import queries as programme_queries
from portal.lessons.models.schedule import PendingPlacement, ReleasedLesson, ScheduleChangeKind, when
from portal.lessons.schedule.missing import missing_slides
from portal.lessons.schedule.queries import items_of, pending_of, released_of, upcoming_meetings
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting

if TYPE_CHECKING:
    from portal.lessons.schedule.missing import Missing


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
    plan = [one for one in programme_queries.lessons_in(programme) if not one.is_over]
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


def _card(course: Course, item: AgendaItem | None, pending: dict[int, PendingPlacement]) -> Card:
    now = item.meeting if item is not None and not item.has_outcome else None
    placement = pending.get(course.id)
    if placement is None:
        return Card(course, now, now, is_pending=False)
    return Card(course, now, placement.meeting, is_pending=True)


def _changes(cards: Iterable[Card], released: dict[int, ReleasedLesson]) -> list[Change]:
    found = (change_of(card.course, card.then, released.get(card.course.id)) for card in cards)
    return [one for one in found if one is not None]


def change_of(course: Course, then: Meeting | None, before: ReleasedLesson | None) -> Change | None:
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
