"""Answering whoever brought a file, lengthening proof, publishing the revocation list, tidying up."""

from datetime import timedelta

from portal.archive.models.examinations import Examination
from portal.archive.packages import queries as packages_queries
from portal.archive.verifying import operations, queries
from portal.archive.verifying.operations import looked_up
from portal.db.engine import db
from portal.documents import verdicts
from portal.documents.pki import proof
from portal.documents.registry import Document
from portal.files import store
from portal.jobs import due, periodic
from portal.people.keys.queries import authority


@periodic.job("archive.lengthen", every=timedelta(days=1))
def lengthen() -> None:
    """Renew the authority's certificates, then lengthen the proof of every paper it is a year old of."""
    operations.renew_certificates()
    db.session.commit()
    due.each_prepared(queries.to_lengthen(), _proven, operations.lengthen)


@periodic.job("archive.publish", every=timedelta(days=1))
def publish() -> None:
    """Make the revocation list that other programs download, valid for a month."""
    authority().publish()


@periodic.job("archive.verify", every=timedelta(minutes=1), after=("archive.bring",))
def verify_brought() -> None:
    """Answer whoever brought a file."""
    due.each_prepared(queries.to_examine(), _judged, operations.answer)


@periodic.job("archive.tidy", every=timedelta(days=1))
def tidy() -> None:
    """Remove uploads that were never answered."""
    operations.tidy()


def _proven(copy: Document) -> proof.Proof:
    return proof.prove(store.read(copy.file), authority())


def _judged(copy: Examination) -> verdicts.Verdict:
    foreign = packages_queries.foreign_authorities()
    db.session.rollback()
    return operations.judge(copy, looked_up, foreign)
