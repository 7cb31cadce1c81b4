"""Periodic job of tasks: hand them out when a meeting has adjourned."""

from datetime import timedelta

from portal.jobs import due, periodic
from portal.records.decisions import operations, queries


@periodic.job(
    "records.pass_on",
    every=timedelta(minutes=5),
    after=("meetings.adjourn", "records.hand_out", "records.turn_line"),
)
def pass_on() -> None:
    """Hand out what was said at meetings that have adjourned."""
    due.each(queries.to_hand_out(), operations.pass_on)
