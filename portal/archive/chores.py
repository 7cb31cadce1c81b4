"""What the room does by itself: preparing what is final, checking what is kept, verifying what was brought."""

from datetime import timedelta

from portal import jobs, seal, store, verify
from portal.archive import operations, queries
from portal.archive.models import ArchivalRecord, Examination
from portal.database import db
from portal.people.queries import authority
from portal.register import Document

CHECKED_AT_ONCE = 50


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


def _inspected(copy: ArchivalRecord) -> operations.Findings:
    return operations.inspect(copy, _registered, deep=True)


def _proven(copy: Document) -> seal.Proof:
    return seal.prove(store.read(copy.file), authority())


def _judged(copy: Examination) -> verify.Verdict:
    return operations.judge(copy, _registered)


def _registered(sha256: str) -> verify.Registered | None:
    found = queries.registered(sha256)
    db.session.rollback()  # all is read: judging signatures is slow and must hold no lock
    return found
