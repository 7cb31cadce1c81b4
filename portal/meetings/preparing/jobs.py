"""Periodic jobs of preparing: the next sitting makes itself, and who stands in for the chair is settled."""

from datetime import timedelta

from portal.jobs import due, periodic
from portal.meetings.preparing import operations, queries
from portal.meetings.series import rhythm

_MAKE_ROOM = ("meetings.adjourn", "meetings.cancel", "meetings.edit_series")


@periodic.job("meetings.next", every=timedelta(minutes=15), after=_MAKE_ROOM)
def next_sitting() -> None:
    """Every series that meets by itself has its next sitting ahead."""
    due.each(rhythm.series_without_next(), operations.schedule_next)


@periodic.job(
    "meetings.settle_chairs",
    every=timedelta(hours=1),
    after=("people.name_deputy", "people.end_deputy", "meetings.schedule", "meetings.edit_meeting"),
)
def settle_chairs() -> None:
    """Every meeting to come says who stands in for its chair on the day."""
    due.each(queries.chairs_to_settle(), operations.settle_chair)
