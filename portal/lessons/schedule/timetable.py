"""课程表: the released schedule of a programme on one sheet of A4."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.db import clock
from portal.db.office import office
from portal.documents.paper import pdf_pages, renderer
from portal.lessons.models.schedule import ReleasedLesson, ScheduleRelease

TIGHTEST = 2  # a long season is set closer, step by step, until it is on one sheet
NAMED = 8  # lessons without a day that are named; of more it is only said how many


@dataclass(frozen=True)
class Line:
    """One lesson of the sheet."""

    number: int
    day: str
    hour: str
    topic: str
    field: str
    lecturer: str
    unit: str
    place: str


@dataclass(frozen=True, kw_only=True)
class TimetablePaper:
    """Everything the sheet says."""

    title: str
    version: str
    lines: Sequence[Line]
    open: str  # which lessons have no day yet, in a sentence, or nothing
    issuer: str
    mark: str | None


def name_of(programme: CourseProgramme) -> str:
    """The file's name without its ending, and the sheet's title."""
    return f"{programme.title.replace('课程计划', '').strip()}课程表"


def paper_of(
    programme: CourseProgramme, release: ScheduleRelease, lessons: Sequence[ReleasedLesson], without: Sequence[Course]
) -> TimetablePaper:
    """What was released last, as it was released; `without` are the lessons that have no day in it."""
    return TimetablePaper(
        title=name_of(programme),
        version=f"第 {release.number} 版，{clock.zh_date(clock.local(release.at).date())}发布",
        lines=[_line(one) for one in lessons],
        open=_still_open(without),
        issuer=office.organisation,
        mark=office.mark,
    )


def _line(one: ReleasedLesson) -> Line:
    series = f"{one.meeting.series.short}，" if one.meeting else ""
    return Line(
        number=one.course.number,
        day=f"{one.day.month}月{one.day.day}日（{clock.weekday(one.day)[-1]}）" if one.day else "",
        hour=clock.hm(one.starts_at) if one.starts_at else "",
        topic=one.course.topic,
        field=one.course.field.name,
        lecturer=one.lecturer.name if one.lecturer else "待定",
        unit=one.lecturer.department.short if one.lecturer and one.lecturer.department else "",
        place=f"{series}{one.place}",
    )


def _still_open(lessons: Sequence[Course]) -> str:
    if not lessons:
        return ""
    if len(lessons) > NAMED:
        return f"另有 {len(lessons)} 讲的时间待定。"
    return f"时间待定：{'、'.join(str(one) for one in lessons)}。"


def pdf_of(page: TimetablePaper) -> bytes:
    """The sheet as PDF; slow, for a job."""
    pdf, made_at = b"", clock.now()
    for tightness in range(TIGHTEST + 1):
        pdf = renderer.render("timetable.html", made_at=made_at, paper=page, tightness=tightness)
        if pdf_pages.page_count(pdf) == 1:
            break
    return pdf
