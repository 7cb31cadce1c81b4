"""Periodic job of signing: lay out the records that are closed."""

from datetime import timedelta

from portal.jobs import due, periodic
from portal.records.signing import operations, paper, queries


@periodic.job("records.render", every=timedelta(minutes=5), after=("records.close",))
def render() -> None:
    """Lay out the records that are closed."""
    due.each_prepared(queries.to_render(), paper.lay_out, operations.render)
