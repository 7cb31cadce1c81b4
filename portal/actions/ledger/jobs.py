"""Background task of the ledger: its export."""

from collections.abc import Iterator

from flask import current_app, g

from portal.actions.ledger.listing import LEDGER_COLUMNS, narrowed_ledger
from portal.actions.models.action_items import ActionItem
from portal.db import clock
from portal.jobs import background
from portal.people.accounts import queries as people
from portal.web import spreadsheet


@background.task("actions.export", "导出交办台账")
def write_ledger(errand: background.BackgroundTask, progress: background.Progress) -> background.Made:
    """The ledger as one person saw it, written a portion at a time."""
    draft = background.fresh_draft()
    with current_app.test_request_context(f"/actions?{errand.facts['query']}"):
        g._login_user = people.person(errand.asked_by_id)  # noqa: SLF001 - whose ledger it is
        listing, _ = narrowed_ledger()

        def rows() -> Iterator[ActionItem]:
            done = 0
            for portion in listing.portions():
                yield from portion
                done += len(portion)
                progress(done, listing.total)

        written = spreadsheet.write_excel(draft, "交办台账", LEDGER_COLUMNS, rows())
    name = f"交办台账{clock.today():%Y%m%d}.xlsx"
    return background.Made(f"已导出 {written} 项。", draft=draft, name=name, media_type=spreadsheet.EXCEL_TYPE)
