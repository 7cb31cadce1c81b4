"""Operations on a meeting's report on the tasks: it is drawn once, and stays as it is."""

from portal.db import clock, journal
from portal.db.engine import db
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.review import Review
from portal.meetings.review import queries


def freeze_review(meeting: Meeting) -> Review | None:
    """The job's deed: at the cut-off the meeting's report on the tasks is drawn, and stays as it is."""
    drawn = draw_review(meeting)
    journal.record(
        None, "meetings.freeze_review", meeting, "固定交办事项落实情况", tasks=len(drawn.rows) if drawn else 0
    )
    return drawn


def draw_review(meeting: Meeting) -> Review | None:
    """The first to ask, the cut-off, the notice or the opening, has the report drawn; the others find it there."""
    if queries.has_review(meeting) and meeting.review is None:
        rows = queries.rows_now(meeting.series)
        meeting.review = Review(frozen_at=clock.now(), rows=rows)
        db.session.flush()
    return meeting.review
