"""Periodic jobs: listeners are asked for feedback."""

from datetime import timedelta

from portal.db import clock
from portal.inbox.queries import told
from portal.jobs import periodic
from portal.lessons.feedback import operations, queries

ASKED_FOR = timedelta(days=14)  # a lesson given longer ago is asked about no more


@periodic.job("lessons.ask_feedback", every=timedelta(hours=1), after=("meetings.adjourn",))
def ask_feedback() -> None:
    """Ask everybody who listened to a lesson, once, what they thought of it."""
    for course in queries.given_lately(clock.today() - ASKED_FOR):
        burst = f"feedback-{course.id}"
        operations.ask_feedback(course, told(burst), burst)
