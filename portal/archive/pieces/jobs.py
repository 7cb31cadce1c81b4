"""Preparing every piece that issued minutes bring along, and compiling the other papers of a dossier."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from portal.archive.checking.jobs import COMPILED_AT_ONCE
from portal.archive.pieces import compiling, filing, queries
from portal.db import clock
from portal.db.engine import db
from portal.documents import reading, registry
from portal.documents.paper import codes, renderer
from portal.documents.registry import PaperKind
from portal.jobs import due, periodic
from portal.meetings.models.meetings import Meeting


@periodic.job(
    "archive.prepare",
    every=timedelta(minutes=5),
    after=("minutes.issue", "records.complete"),
)
def prepare() -> None:
    """Prepare every piece that issued minutes bring along."""
    due.each(queries.minutes_to_prepare(), filing.prepare_minutes)
    due.each(queries.sheets_to_prepare(), filing.prepare_sheet)
    due.each(queries.records_to_prepare(), filing.prepare_record)
    due.each(queries.materials_to_prepare(), filing.prepare_material)
    due.each(queries.notices_to_prepare(), filing.prepare_notice)
    due.each(queries.scans_to_prepare(), filing.prepare_scan)


@periodic.job("archive.renew", every=timedelta(minutes=5), after=("minutes.amend", "minutes.revoke"))
def renew() -> None:
    """Let prepared pieces of minutes that were brought in say what their minutes say now."""
    due.each(queries.pieces_to_renew(), filing.renew)


@periodic.job("archive.compile", every=timedelta(minutes=5))
def compile_papers() -> None:
    """Lay out what else belongs to the dossiers of meetings whose minutes were issued, a few at a time."""
    for kind in compiling.KINDS:
        due.each_prepared(
            queries.meetings_to_compile(kind, COMPILED_AT_ONCE),
            partial(_compiled, kind),
            partial(filing.file_compiled, kind),
        )


def _compiled(kind: PaperKind, copy: Meeting) -> filing.LaidOut:
    code = registry.new_code()
    page = compiling.compiled(kind, db.session.get_one(Meeting, copy.id))
    page = replace(page, qr=codes.qr(reading.address_of(code)))
    db.session.rollback()  # all is read: laying out is slow and must hold no lock
    return filing.LaidOut(renderer.render("filing.html", made_at=clock.now(), paper=page), code)
