"""Periodic job of the 审签单: lay it out once minutes are submitted."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

from portal.db.engine import db
from portal.documents import reading, registry
from portal.documents.paper import codes
from portal.jobs import due, periodic
from portal.minutes.models.minutes import Minutes
from portal.minutes.models.signoff import SignOffSheet
from portal.minutes.reading import queries as reading_queries
from portal.minutes.signoff import queries
from portal.minutes.signoff import sheet as signoff_sheet


@periodic.job("minutes.render_sheet", every=timedelta(minutes=2), after=("minutes.submit", "minutes.redo"))
def render_sheet() -> None:
    """Lay out the 审签单 of minutes that were submitted, before anybody opines."""
    due.each_prepared(queries.sheets_to_render(), _sheet_laid_out, signoff_sheet.enter_sheet)


def _sheet_laid_out(copy: SignOffSheet) -> signoff_sheet.SheetLaidOut:
    code = registry.new_code()
    sheet = cast(Minutes, reading_queries.minutes(copy.minutes_id)).sheet
    page, places = signoff_sheet.sheet_page(sheet)
    page = replace(page, qr=codes.qr(reading.address_of(code)))
    db.session.rollback()
    return signoff_sheet.SheetLaidOut(page, signoff_sheet.print_sheet(page, places), code, places)
