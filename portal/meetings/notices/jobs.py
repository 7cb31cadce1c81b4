"""Periodic job of notices: what was sent is laid out and kept."""

from datetime import timedelta

from portal.jobs import due, periodic
from portal.meetings.notices import operations, paper, queries


@periodic.job("meetings.lay_out_notices", every=timedelta(minutes=1))
def lay_out_notices() -> None:
    """Every notice that was sent is laid out as it was sent, and kept."""
    due.each_prepared(queries.notices_to_lay_out(), paper.pdf_of, operations.keep_notice)
