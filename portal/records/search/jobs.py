"""Periodic job of search: index what was said and decided before search knew of it."""

from datetime import timedelta

from portal.jobs import due, periodic
from portal.records.decisions import queries as decisions_queries
from portal.records.search import operations, queries


@periodic.job("records.let_be_found", every=timedelta(hours=1))
def reindex() -> None:
    """Enter for search what was said and decided before search knew of it."""
    due.each(queries.not_to_be_found_yet(), operations.reindex)
    due.each(decisions_queries.decisions_not_to_be_found_yet(), operations.let_decision_be_found)
