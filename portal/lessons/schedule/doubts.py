"""What the meetings know of a programme that the secretary should look at."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload

from portal.courses.models.courses import Course
from portal.courses.programme import planning
from portal.db import calendar, clock
from portal.db.engine import db
from portal.db.office import office
from portal.lessons.models.schedule import PendingPlacement, ReleasedLesson
from portal.lessons.schedule.board import change_of
from portal.lessons.schedule.missing import missing_slides
from portal.lessons.schedule.queries import Sitting
from portal.people.models.accounts import User

NEAR = 10  # working days before a lesson within which everything about it should be settled


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
        if one.is_late or calendar.working_between(clock.today(), one.due) <= office.slides_reminder_days
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
        if pending is not None or change_of(one, then, released):
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
    near = calendar.working_between(clock.today(), meeting.day) <= NEAR
    if course.lecturer and not course.is_confirmed and near:
        word = "还没有答复邀请" if course.is_invited else "还没有收到邀请"
        sentence = f"{course.lecturer.name}{word}，{course}{clock.zh_date(meeting.day)}就要讲。"
        found.append(planning.Doubt(kinds.answer, sentence, page))
    if course.minutes > meeting.minutes:
        sentence = f"{course}要 {course.minutes} 分钟，会议只有 {meeting.minutes} 分钟。"
        found.append(planning.Doubt(kinds.schedule, sentence, f"/meetings/{meeting.id}"))
    return found
