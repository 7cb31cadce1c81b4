"""What the meetings room does by itself."""

from datetime import timedelta

from portal import jobs
from portal.meetings import operations, queries, review
from portal.meetings.models import MeetingSeries


@jobs.chore("meetings.next", every=timedelta(minutes=15), after=("meetings.adjourn", "meetings.cancel"))
def next_sitting() -> None:
    """Every series that meets by itself has its next sitting ahead."""
    jobs.each(queries.series_without_next(), _schedule)


def _schedule(series: MeetingSeries) -> None:
    operations.schedule(series, queries.proposed_day(series), by=None)


@jobs.chore("meetings.freeze_review", every=timedelta(minutes=5), after=("meetings.postpone",))
def freeze_reviews() -> None:
    """From the cut-off on every meeting's report on the tasks stays as it is."""
    jobs.each(review.to_freeze(), operations.freeze_review)
