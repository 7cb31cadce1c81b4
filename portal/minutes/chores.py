"""What the room does by itself: drafting after a meeting, laying out what was passed and what was issued."""

from datetime import timedelta

from portal import jobs
from portal.minutes import operations, queries


@jobs.chore("minutes.draft", every=timedelta(minutes=5), after=("meetings.adjourn",))
def draft() -> None:
    """Draft the minutes of meetings that have adjourned."""
    jobs.each(queries.to_draft(), operations.draft)


@jobs.chore("minutes.render", every=timedelta(minutes=2), after=("minutes.pass_",))
def render() -> None:
    """Lay out the minutes that wait to be signed."""
    jobs.each(queries.to_render(), operations.render)


@jobs.chore("minutes.render_sheet", every=timedelta(minutes=5), after=("minutes.issue",))
def render_sheet() -> None:
    """Lay out the sign-off sheets of issued minutes."""
    jobs.each(queries.sheets_to_render(), operations.render_sheet)
