"""What the room does by itself: preparing what is final, checking what is kept."""

from datetime import timedelta

from portal import clock, jobs
from portal.archive import operations, queries

CHECK_EVERY = timedelta(days=30)


@jobs.chore(
    "archive.prepare",
    every=timedelta(minutes=5),
    after=("minutes.issue", "minutes.render_sheet", "records.complete"),
)
def prepare() -> None:
    """Prepare every piece that issued minutes bring along."""
    jobs.each(queries.minutes_to_prepare(), operations.prepare_minutes)
    jobs.each(queries.sheets_to_prepare(), operations.prepare_sheet)
    jobs.each(queries.records_to_prepare(), operations.prepare_record)
    jobs.each(queries.materials_to_prepare(), operations.prepare_material)


@jobs.chore("archive.check", every=timedelta(hours=6))
def check() -> None:
    """Check a few of the pieces that were not checked for a month."""
    jobs.each(queries.to_check(clock.today() - CHECK_EVERY).limit(50), operations.check)
