"""What happens by itself around lessons: reminders before slides are due, and the listeners' feedback asked for."""

from datetime import date, timedelta

from portal import clock, jobs, workdays
from portal.courses.queries import slides_due
from portal.inbox.queries import told
from portal.lessons import operations, queries, study
from portal.office import office

FROM_HOUR, UNTIL_HOUR = 8, 20  # nobody is reminded at night
ASKED_FOR = timedelta(days=14)  # a lesson given longer ago is asked about no more


@jobs.chore("lessons.remind", every=timedelta(minutes=30))
def remind() -> None:
    """Remind lecturers whose slides are missing: some working days before they are due, and on the day."""
    if not FROM_HOUR <= clock.local(clock.now()).hour < UNTIL_HOUR:
        return
    for course, meeting in queries.lessons_without_slides():
        due = slides_due(meeting.day)
        stage = _stage(due)
        burst = f"slides-{course.id}-{due.isoformat()}-{stage}"
        if stage and course.lecturer_id not in told(burst):
            operations.remind_by_itself(course, queries.Missing(course, due), burst)


def _stage(due: date) -> str:
    today = clock.today()
    if today == due:
        return "today"
    return "soon" if workdays.add_working(due, -office.slides_reminder_days) <= today < due else ""


@jobs.chore("lessons.ask_feedback", every=timedelta(hours=1), after=("meetings.adjourn",))
def ask_feedback() -> None:
    """Ask everybody who listened to a lesson, once, what they thought of it."""
    for course in study.given_lately(clock.today() - ASKED_FOR):
        burst = f"feedback-{course.id}"
        operations.ask_feedback(course, told(burst), burst)
