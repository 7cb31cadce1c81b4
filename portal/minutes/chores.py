"""What the room does by itself: drafting, laying out what was passed, ending what was asked, reading old files."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from portal import jobs, paper, papers, preview, register, search, store
from portal.database import db
from portal.examine import Kind
from portal.minutes import operations, queries
from portal.minutes.models import Minutes, SignOffSheet


@jobs.chore("minutes.draft", every=timedelta(minutes=5), after=("meetings.adjourn",))
def draft() -> None:
    """Draft the minutes of meetings that have adjourned."""
    jobs.each(queries.to_draft(), operations.draft)


@jobs.chore("minutes.render", every=timedelta(minutes=2), after=("minutes.pass_", "minutes.redo"))
def render() -> None:
    """Lay out the minutes that wait to be signed."""
    jobs.each_prepared(queries.to_render(), _laid_out, operations.enter_paper)


@jobs.chore("minutes.render_sheet", every=timedelta(minutes=2), after=("minutes.submit", "minutes.redo"))
def render_sheet() -> None:
    """Lay out the 审签单 of minutes that were submitted, before anybody opines."""
    jobs.each_prepared(queries.sheets_to_render(), _sheet_laid_out, operations.enter_sheet)


@jobs.chore("minutes.close", every=timedelta(minutes=2))
def close() -> None:
    """End every 意见征求 whose time is over."""
    jobs.each(queries.to_close(), operations.close)


@jobs.chore("minutes.read_back", every=timedelta(minutes=5), after=("minutes.enter_back",))
def read_back() -> None:
    """Read the files of minutes that were brought in, so that search finds what they say."""
    jobs.each_prepared(queries.to_read(), _read, operations.read_back)


def _read(copy: Minutes) -> operations.Contents:
    if copy.document is None:
        return operations.Contents()
    with TemporaryDirectory(prefix="portal-minutes-") as folder:
        source = Path(folder) / "source.pdf"
        with store.open(copy.document.file) as content, source.open("wb") as target:
            shutil.copyfileobj(content, target, store.BLOCK)
        try:
            return operations.Contents(*preview.read(source, Kind.PDF, Path(folder), search.MOST_CHARACTERS))
        except preview.PreviewFailed:  # it is kept as it was brought, and can be downloaded
            return operations.Contents()


def _laid_out(copy: Minutes) -> operations.LaidOut:
    minutes = cast(Minutes, queries.minutes(copy.id))
    code = register.new_code()
    page = replace(operations.paper_of(minutes), qr=paper.qr(papers.address_of(code)))
    version, content, places = minutes.version, operations.data_of(minutes), operations.places_of(minutes)
    db.session.rollback()  # all is read: laying out is slow and must hold no lock
    return operations.LaidOut(version, operations.print_minutes(page, content, places), code, places)


def _sheet_laid_out(copy: SignOffSheet) -> operations.SheetLaidOut:
    code = register.new_code()
    sheet = cast(Minutes, queries.minutes(copy.minutes_id)).sheet
    page, places = operations.sheet_page(sheet)
    page = replace(page, qr=paper.qr(papers.address_of(code)))
    db.session.rollback()
    return operations.SheetLaidOut(page, operations.print_sheet(page, places), code, places)
