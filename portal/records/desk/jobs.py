"""Periodic job of the desk: give every meeting that has adjourned its record."""

from datetime import timedelta

from portal.jobs import due, periodic
from portal.records.desk import operations, queries


@periodic.job("records.begin", every=timedelta(minutes=5), after=("meetings.adjourn",))
def begin() -> None:
    """Give every meeting that has adjourned its record."""
    due.each(queries.without_record(), operations.begin)
