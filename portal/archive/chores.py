"""What the room does by itself: preparing what is final, checking what is kept, verifying what was brought."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from portal import clock, jobs, paper, papers, register, seal, store, verify
from portal.archive import compiling, inspecting, operations, queries
from portal.archive.inspecting import Findings
from portal.archive.models import ArchivalRecord, Examination
from portal.database import db
from portal.meetings.models import Meeting
from portal.people.queries import authority
from portal.register import Document, PaperKind

CHECKED_AT_ONCE, COMPILED_AT_ONCE = 50, 8


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
    jobs.each(queries.notices_to_prepare(), operations.prepare_notice)
    jobs.each(queries.scans_to_prepare(), operations.prepare_scan)


@jobs.chore("archive.compile", every=timedelta(minutes=5))
def compile_papers() -> None:
    """Lay out what else belongs to the dossiers of meetings whose minutes were issued, a few at a time."""
    for kind in compiling.KINDS:
        jobs.each_prepared(
            queries.meetings_to_compile(kind, COMPILED_AT_ONCE),
            partial(_compiled, kind),
            partial(operations.file_compiled, kind),
        )


@jobs.chore("archive.check", every=timedelta(hours=1), after=("archive.prepare", "archive.ask_check"))
def check() -> None:
    """Check what was prepared, what somebody asked for, and some of what was not checked for a month."""
    jobs.each_prepared(queries.to_check().limit(CHECKED_AT_ONCE), _inspected, operations.keep_findings)


@jobs.chore("archive.lengthen", every=timedelta(days=1))
def lengthen() -> None:
    """Renew the authority's certificates, then lengthen the proof of every paper it is a year old of."""
    operations.renew_certificates()
    db.session.commit()
    jobs.each_prepared(queries.to_lengthen(), _proven, operations.lengthen)


@jobs.chore("archive.verify", every=timedelta(minutes=1), after=("archive.bring",))
def verify_brought() -> None:
    """Answer whoever brought a file."""
    jobs.each_prepared(queries.to_examine(), _judged, operations.answer)


@jobs.chore("archive.tidy", every=timedelta(days=1))
def tidy() -> None:
    """Remove uploads that were never answered."""
    operations.tidy()


def _compiled(kind: PaperKind, copy: Meeting) -> operations.LaidOut:
    code = register.new_code()
    page = compiling.compiled(kind, db.session.get_one(Meeting, copy.id))
    page = replace(page, qr=paper.qr(papers.address_of(code)))
    db.session.rollback()  # all is read: laying out is slow and must hold no lock
    return operations.LaidOut(paper.render("filing.html", made_at=clock.now(), paper=page), code)


def _inspected(copy: ArchivalRecord) -> Findings:
    known = queries.known_about(copy, _registered)
    db.session.rollback()
    return inspecting.inspect(copy, known, deep=True)


def _proven(copy: Document) -> seal.Proof:
    return seal.prove(store.read(copy.file), authority())


def _judged(copy: Examination) -> verify.Verdict:
    return operations.judge(copy, _registered)


def _registered(sha256: str) -> verify.Registered | None:
    found = queries.registered(sha256)
    db.session.rollback()  # all is read: judging signatures is slow and must hold no lock
    return found
