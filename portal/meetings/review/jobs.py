"""Periodic job of the report on the tasks: it is frozen at the cut-off."""

from datetime import timedelta

from portal.jobs import due, periodic
from portal.meetings.review import operations, queries


@periodic.job("meetings.freeze_review", every=timedelta(minutes=5), after=("meetings.postpone",))
def freeze_reviews() -> None:
    """From the cut-off on every meeting's report on the tasks stays as it is."""
    due.each(queries.to_freeze(), operations.freeze_review)
