"""What the room does by itself: handing tasks out when a meeting adjourns, laying out records that are closed."""

from datetime import timedelta

from portal import jobs
from portal.records import operations, queries


@jobs.chore("records.begin", every=timedelta(minutes=5), after=("meetings.adjourn",))
def begin() -> None:
    """Give every meeting that has adjourned its record."""
    jobs.each(queries.without_record(), operations.begin)


@jobs.chore(
    "records.pass_on",
    every=timedelta(minutes=5),
    after=("meetings.adjourn", "records.hand_out", "records.turn_line"),
)
def pass_on() -> None:
    """Hand out what was said at meetings that have adjourned."""
    jobs.each(queries.to_hand_out(), operations.pass_on)


@jobs.chore("records.render", every=timedelta(minutes=5), after=("records.close",))
def render() -> None:
    """Lay out the records that are closed."""
    jobs.each_prepared(queries.to_render(), operations.lay_out, operations.render)


@jobs.chore("records.let_be_found", every=timedelta(hours=1))
def let_be_found() -> None:
    """Enter for search what was said and decided before search knew of it."""
    jobs.each(queries.not_to_be_found_yet(), operations.let_be_found)
    jobs.each(queries.decisions_not_to_be_found_yet(), operations.let_decision_be_found)
