"""Periodic job of the text: draft minutes after a meeting."""

from datetime import timedelta

from portal.jobs import due, periodic
from portal.minutes.text import operations, queries


@periodic.job("minutes.draft", every=timedelta(minutes=5), after=("meetings.adjourn",))
def draft() -> None:
    """Draft the minutes of meetings that have adjourned."""
    due.each(queries.to_draft(), operations.draft)
