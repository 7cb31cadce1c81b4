"""Removing the bytes of what two persons agreed to remove."""

from datetime import timedelta

from portal.archive.appraisal import operations, queries
from portal.jobs import due, periodic


@periodic.job("archive.erase", every=timedelta(hours=1), after=("archive.approve",))
def erase() -> None:
    """Remove the bytes of what two persons agreed to remove."""
    due.each(queries.to_erase(), operations.erase)
