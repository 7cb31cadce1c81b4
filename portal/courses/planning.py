"""Questions about planning: how a programme covers its fields and months, and whose turn it is to teach."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload

from portal import clock
from portal.courses.models import (
    GIVEN,
    UPCOMING,
    ChangeKind,
    Course,
    CourseProgramme,
    CourseState,
    LecturerChange,
    Material,
    PolicyField,
    RotaPause,
)
from portal.courses.queries import fields, slides_due
from portal.database import db
from portal.office import office
from portal.people.models import Department, Labelled, Role, User, UserRole
from portal.people.rules import is_secretary

SUGGESTIONS = 3
HISTORY = 30
NAMED = joinedload(Course.lecturer).options(lazyload(User.grants))


class Sitting(Protocol):
    """Where a lesson is to be given, as far as this room needs to know."""

    @property
    def day(self) -> date:
        """On which day."""


# Where lessons are to be given is said by a later room, which knows the meetings: a question about the numbers of
# courses, answered in one statement. Until a room adds one, no lesson has a day.
schedules: list[Callable[[Collection[int]], Mapping[int, Sitting]]] = []


def days_of(courses: Iterable[Course]) -> dict[int, date]:
    """The day on which each lesson was given or is to be given, by the course's number, as far as it is known."""
    lessons = list(courses)
    return _days(lessons, sittings_of(lessons))


def sittings_of(courses: Iterable[Course]) -> dict[int, Any]:
    """Where each lesson that was not given yet is to be given, by the course's number."""
    left = [one.id for one in courses if not one.delivered_on]
    found: dict[int, Any] = {}
    for schedule in schedules if left else ():
        found |= schedule(left)
    return found


def _days(courses: Iterable[Course], sittings: Mapping[int, Sitting]) -> dict[int, date]:
    given = {one.id: one.delivered_on for one in courses if one.delivered_on}
    return given | {number: sitting.day for number, sitting in sittings.items()}


def slides_due_of(course: Course) -> date | None:
    """By when the slides of a lesson are to be handed in, once its day is known."""
    day = days_of([course]).get(course.id)
    return slides_due(day) if day else None


def closed_to(course: Course, material: Material | None, due: date, user: User) -> str | None:
    """Why this person may not hand in slides after they were due, or None.

    The office always may; so may whoever was asked to mend what was handed in, and everybody where the office says so.
    """
    asked_to_mend = material is not None and material.is_to_be_mended
    if clock.today() <= due or is_secretary(user) or asked_to_mend or office.late_slides != "不再接收":
        return None
    return f"课件应在{clock.zh_date(due)}之前提交，现在已过时限。请把课件交给会议秘书代为提交（{office.contact}）。"


# --- Coverage -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FieldRow:
    """How one policy field is covered: its lessons month by month, and those without a month of the season."""

    field: PolicyField
    months: list[list[Course]]
    apart: list[Course]

    @property
    def lessons(self) -> list[Course]:
        """All its lessons."""
        return [one for month in self.months for one in month] + self.apart

    @property
    def given(self) -> int:
        """How many of them were given."""
        return sum(one.was_given for one in self.lessons)


@dataclass(frozen=True)
class Coverage:
    """Policy fields against months, and in words what is missing."""

    months: list[date]
    rows: list[FieldRow]
    gaps: list[str]


def coverage(plan: "Plan") -> Coverage:
    """How far a programme covers the policy fields and the months of its season."""
    months = plan.programme.months
    days = plan.days
    rows = [
        _field_row(field, [one for one in plan.lessons if one.field_id == field.id], months, days) for field in fields()
    ]
    return Coverage(months, rows, _gaps(rows, months))


def lessons_in(programme: CourseProgramme) -> Sequence[Course]:
    """The lessons of a programme that were not cancelled, in their order, with their lecturers."""
    return (
        db.session.scalars(
            sa.select(Course)
            .where(Course.programme_id == programme.id, Course.state != CourseState.cancelled)
            .order_by(Course.number)
            .options(NAMED, joinedload(Course.field), joinedload(Course.materials))
        )
        .unique()
        .all()
    )


def month_of(course: Course, days: dict[int, date]) -> date | None:
    """The month a lesson falls into: that of its day, else the one it is planned for."""
    day = days.get(course.id) or course.month
    return day.replace(day=1) if day else None


def _field_row(field: PolicyField, lessons: list[Course], months: list[date], days: dict[int, date]) -> FieldRow:
    by_month = [[one for one in lessons if month_of(one, days) == month] for month in months]
    apart = [one for one in lessons if month_of(one, days) not in months]
    return FieldRow(field, by_month, apart)


def _gaps(rows: Sequence[FieldRow], months: Sequence[date]) -> list[str]:
    this_month = clock.today().replace(day=1)
    fields_without = [row.field.name for row in rows if not row.lessons]
    months_without = [
        f"{month.month}月"
        for at, month in enumerate(months)
        if month >= this_month and not any(r.months[at] for r in rows)
    ]
    undated = sum(len(row.apart) for row in rows)
    found = []
    if fields_without:
        found.append(f"还没有安排课程的领域：{'、'.join(fields_without)}。")
    if months_without:
        found.append(f"还没有安排课程的月份：{'、'.join(months_without)}。")
    if undated:
        found.append(f"有 {undated} 讲没有定月份，或不在本季之内。")
    return found


# --- The rota -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Turn:
    """One officer's place in the rota; only lessons that were given count."""

    person: User
    times: int
    last: date | None
    upcoming: int
    pause: RotaPause | None = None
    place: int = 0  # nobody who pauses has one

    @property
    def is_free(self) -> bool:
        """Whether the next lesson can fall to this person."""
        return not self.upcoming and self.pause is None

    @property
    def words(self) -> str:
        """上次 2026年3月 讲，共 2 次，排第 5；另有 1 讲待讲."""
        told = f"上次讲课：{self.last.year}年{self.last.month}月，共讲 {self.times} 次" if self.last else "还没有讲过"
        told += f"，轮值第 {self.place} 位" if self.place else ""
        told += f"；另有 {self.upcoming} 讲待讲" if self.upcoming else ""
        return told + (f"；暂不轮值（{self.pause.why}）" if self.pause else "")


def rota() -> list[Turn]:
    """Whose turn it is to teach: who gave fewest lessons first, of these who gave one longest ago, then by rank."""
    counts = (
        sa.select(
            Course.lecturer_id,
            sa.func.count().filter(Course.state.in_(GIVEN)).label("times"),
            sa.func.max(Course.delivered_on).filter(Course.state.in_(GIVEN)).label("last"),
            sa.func.count().filter(Course.state.in_(UPCOMING)).label("upcoming"),
        )
        .group_by(Course.lecturer_id)
        .subquery()
    )
    times = sa.func.coalesce(counts.c.times, 0)
    officers = sa.select(UserRole.user_id).where(UserRole.role == Role.officer)
    rows = db.session.execute(
        sa.select(User, times, counts.c.last, sa.func.coalesce(counts.c.upcoming, 0), RotaPause)
        .outerjoin(counts, counts.c.lecturer_id == User.id)
        .outerjoin(Department, Department.id == User.department_id)
        .outerjoin(RotaPause, sa.and_(RotaPause.user_id == User.id, _lasts()))
        .where(User.active, User.id.in_(officers))
        .order_by(times, counts.c.last.asc().nulls_first(), Department.rank, User.rank, User.id)
        .options(lazyload(User.grants))
    )
    turns: list[Turn] = []
    place = 0
    for person, given, last, upcoming, pause in rows:
        place += pause is None
        turns.append(Turn(person, given, last, upcoming, pause, 0 if pause else place))
    return turns


def _lasts() -> sa.ColumnElement[bool]:
    return sa.or_(RotaPause.until.is_(None), RotaPause.until >= clock.today())


def suggested(turns: Sequence[Turn], but: Collection[int] = ()) -> list[Turn]:
    """The next of the rota who have no other lesson before them; `but` names people who are not to be asked."""
    return list(islice((turn for turn in turns if turn.is_free and turn.person.id not in but), SUGGESTIONS))


def proposals(lessons: Iterable[Course], days: dict[int, date], turns: Sequence[Turn]) -> dict[int, Turn]:
    """Who is next for each lesson that has nobody: the earliest lesson gets the first of the rota, and so on."""
    bare = [one for one in lessons if one.is_planned and one.lecturer_id is None]
    bare.sort(key=lambda one: (days.get(one.id) or one.month or date.max, one.number))
    declined = decliners(one.id for one in bare)
    found: dict[int, Turn] = {}
    taken: set[int] = set()
    for one in bare:
        for turn in suggested(turns, declined.get(one.id, set()) | taken)[:1]:
            found[one.id] = turn
            taken.add(turn.person.id)
    return found


def decliners(numbers: Iterable[int]) -> dict[int, set[int]]:
    """Who declined each of these lessons."""
    wanted = list(numbers)
    found: dict[int, set[int]] = {}
    if not wanted:
        return found
    rows = db.session.execute(
        sa.select(LecturerChange.course_id, LecturerChange.before_id).where(
            LecturerChange.course_id.in_(wanted), LecturerChange.kind == ChangeKind.declined
        )
    )
    for course_id, user_id in rows:
        if user_id is not None:
            found.setdefault(course_id, set()).add(user_id)
    return found


def changes(limit: int = HISTORY) -> Sequence[LecturerChange]:
    """How lessons came by their lecturers, the newest first."""
    return db.session.scalars(_changes().order_by(LecturerChange.id.desc()).limit(limit)).all()


def changes_of(course: Course) -> Sequence[LecturerChange]:
    """How this lesson came by its lecturer, the newest first."""
    return db.session.scalars(
        _changes().where(LecturerChange.course_id == course.id).order_by(LecturerChange.id.desc())
    ).all()


def _changes() -> sa.Select[LecturerChange]:
    people = (joinedload(getattr(LecturerChange, name)) for name in ("before", "after", "by"))
    return sa.select(LecturerChange).options(
        joinedload(LecturerChange.course), *(one.options(lazyload(User.grants)) for one in people)
    )


def swappable_with(course: Course) -> Sequence[Course]:
    """The other lessons that are still to be given and have another lecturer, in their order."""
    return db.session.scalars(
        sa.select(Course)
        .where(
            Course.programme_id == course.programme_id,
            Course.id != course.id,
            Course.state.in_(UPCOMING),
            Course.lecturer_id.is_not(None),
            Course.lecturer_id != course.lecturer_id,
        )
        .order_by(Course.number)
        .options(NAMED)
    ).all()


def pause(number: int) -> RotaPause | None:
    """Somebody's pause."""
    return db.session.get(RotaPause, number)


# --- What to look at ------------------------------------------------------------------------------------------------


class DoubtKind(Labelled):
    """What a doubt is about; the order is that of the list."""

    twice = "twice", "重复"
    lecturer = "lecturer", "主讲人"
    answer = "answer", "确认"
    schedule = "schedule", "排期"
    release = "release", "发布"
    slides = "slides", "课件"
    plan = "plan", "计划"


@dataclass(frozen=True)
class Doubt:
    """Something the secretary should look at: what it is about, a sentence, and where to put it right."""

    kind: DoubtKind
    sentence: str
    url: str
    colour: str = "amber"


@dataclass(frozen=True)
class Plan:
    """A programme as it stands: its lessons in order, where and on which days they are to be given."""

    programme: CourseProgramme
    lessons: Sequence[Course]
    sittings: Mapping[int, Any]

    @property
    def days(self) -> dict[int, date]:
        """The day of each lesson, as far as it is known."""
        return _days(self.lessons, self.sittings)


# Later rooms know more of a plan: each adds a question that takes the plan and answers with further doubts.
doubters: list[Callable[[Plan], list[Doubt]]] = []


def plan_of(programme: CourseProgramme) -> Plan:
    """A programme with everything that planning asks about."""
    lessons = lessons_in(programme)
    return Plan(programme, lessons, sittings_of(lessons))


def doubts(plan: Plan) -> list[Doubt]:
    """Everything about a plan the secretary should look at, by what it is about and then by lesson."""
    found = [*_without_lecturer(plan), *_twice(plan), *(one for ask in doubters for one in ask(plan))]
    return sorted(found, key=lambda one: list(DoubtKind).index(one.kind))


def _without_lecturer(plan: Plan) -> list[Doubt]:
    found = []
    for one in plan.lessons:
        if one.is_over:
            continue
        if one.lecturer is None:
            found.append(Doubt(DoubtKind.lecturer, f"{one}还没有主讲人。", f"/courses/{one.id}/lecturer"))
        elif not one.lecturer.active:
            sentence = f"{one}的主讲人{one.lecturer.name}账号已停用，请另请他人。"
            found.append(Doubt(DoubtKind.lecturer, sentence, f"/courses/{one.id}/lecturer", "red"))
    return found


def _twice(plan: Plan) -> list[Doubt]:
    """Lecturers with more than one lesson ahead, fields taught twice within one month."""
    ahead: dict[int, list[Course]] = {}
    months: dict[tuple[int, date], list[Course]] = {}
    days = plan.days
    for one in plan.lessons:
        if one.lecturer_id is not None and not one.is_over:
            ahead.setdefault(one.lecturer_id, []).append(one)
        if (month := month_of(one, days)) and not (one.was_given and month < clock.today().replace(day=1)):
            months.setdefault((one.field_id, month), []).append(one)
    found = []
    for lessons in ahead.values():
        if len(lessons) > 1 and (lecturer := lessons[0].lecturer):
            booked = [days[one.id] for one in lessons if one.id in days]
            same_day = len(booked) > len(set(booked))
            word = "，其中有两讲在同一天" if same_day else ""
            sentence = f"{lecturer.titled}有 {len(lessons)} 讲待讲：{_numbers(lessons)}{word}。"
            url = f"/courses/{lessons[-1].id}/lecturer"
            found.append(Doubt(DoubtKind.twice, sentence, url, "red" if same_day else "amber"))
    for (_, month), lessons in months.items():
        if len(lessons) > 1:
            sentence = f"{lessons[0].field.name}在 {month.month} 月安排了 {len(lessons)} 讲：{_numbers(lessons)}。"
            found.append(Doubt(DoubtKind.twice, sentence, f"/courses/{lessons[-1].id}/edit"))
    return found


def _numbers(lessons: Iterable[Course]) -> str:
    return "、".join(f"第 {one.number} 讲" for one in lessons)
