"""Checking what was prepared, what somebody asked for, and what was not checked for a month."""

from datetime import timedelta

from portal.archive.checking import inspection, operations, queries
from portal.archive.checking.findings import Findings
from portal.archive.models.pieces import ArchivalRecord
from portal.archive.verifying.operations import looked_up
from portal.db.engine import db
from portal.jobs import due, periodic

CHECKED_AT_ONCE, COMPILED_AT_ONCE = 50, 8


@periodic.job("archive.check", every=timedelta(hours=1), after=("archive.prepare", "archive.ask_check"))
def check() -> None:
    """Check what was prepared and what somebody asked for, which does not wait behind the monthly round."""
    due.each_prepared(queries.to_check_now().limit(CHECKED_AT_ONCE), _inspected, operations.keep_findings)


@periodic.job("archive.recheck", every=timedelta(hours=1))
def recheck() -> None:
    """Check some of what was not checked for a month."""
    due.each_prepared(queries.to_check().limit(CHECKED_AT_ONCE), _inspected, operations.keep_findings)


def _inspected(copy: ArchivalRecord) -> Findings:
    known = queries.known_about(copy, looked_up)
    db.session.rollback()
    return inspection.inspect(copy, known, deep=True)
