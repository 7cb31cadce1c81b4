"""What the meetings room does by itself."""

from datetime import timedelta

from portal import jobs
from portal.meetings import operations, queries
from portal.meetings.models import MeetingSeries


@jobs.chore("meetings.next", every=timedelta(minutes=15), after=("meetings.adjourn", "meetings.cancel"))
def next_sitting() -> None:
    """Every series that meets by itself has its next sitting ahead."""
    jobs.each(queries.series_without_next(), _schedule)


def _schedule(series: MeetingSeries) -> None:
    operations.schedule(series, queries.proposed_day(series), by=None)
