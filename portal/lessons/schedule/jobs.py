"""Periodic jobs: lecturers are reminded before slides are due."""

from datetime import date, timedelta

from portal.courses.materials.queries import slides_due
from portal.db import calendar, clock
from portal.db.office import office
from portal.inbox.queries import told
from portal.jobs import periodic
from portal.lessons.schedule import missing, operations

FROM_HOUR, UNTIL_HOUR = 8, 20  # nobody is reminded at night


@periodic.job("lessons.remind", every=timedelta(minutes=30))
def remind() -> None:
    """Remind lecturers whose slides are missing: some working days before they are due, and on the day."""
    if not FROM_HOUR <= clock.local(clock.now()).hour < UNTIL_HOUR:
        return
    for course, meeting in missing.lessons_without_slides():
        due = slides_due(meeting.day)
        stage = _stage(due)
        burst = f"slides-{course.id}-{due.isoformat()}-{stage}"
        if stage and course.lecturer_id not in told(burst):
            operations.remind_by_itself(course, missing.Missing(course, due), burst)


def _stage(due: date) -> str:
    today = clock.today()
    if today == due:
        return "today"
    return "soon" if calendar.add_working(due, -office.slides_reminder_days) <= today < due else ""
