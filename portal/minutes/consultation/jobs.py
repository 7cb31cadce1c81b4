"""Periodic job of 意见征求: end those whose time is over."""

from datetime import timedelta

from portal.jobs import due, periodic
from portal.minutes.consultation import operations, queries


@periodic.job("minutes.close", every=timedelta(minutes=2))
def close() -> None:
    """End every 意见征求 whose time is over."""
    due.each(queries.to_close(), operations.close)
