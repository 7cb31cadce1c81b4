"""Planning: how a programme covers its fields and months, and what the secretary should look at."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.courses.course.sittings import days_among, sittings_of
from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme, PolicyField
from portal.courses.programme.queries import fields, lessons_in
from portal.db import clock
from portal.db.labelled import Labelled


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
        return days_among(self.lessons, self.sittings)


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
