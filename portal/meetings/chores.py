"""What the meetings room does by itself."""

from datetime import timedelta

from portal import jobs
from portal.meetings import operations, queries, review

_MAKE_ROOM = ("meetings.adjourn", "meetings.cancel", "meetings.edit_series")


@jobs.chore("meetings.next", every=timedelta(minutes=15), after=_MAKE_ROOM)
def next_sitting() -> None:
    """Every series that meets by itself has its next sitting ahead."""
    jobs.each(queries.series_without_next(), operations.schedule_next)


@jobs.chore("meetings.freeze_review", every=timedelta(minutes=5), after=("meetings.postpone",))
def freeze_reviews() -> None:
    """From the cut-off on every meeting's report on the tasks stays as it is."""
    jobs.each(review.to_freeze(), operations.freeze_review)
