"""Questions about packages, and about the authorities of those who handed them over."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from cryptography import x509
from sqlalchemy.orm import Session, contains_eager, joinedload, lazyload, load_only, selectinload

from portal.archive.models.packages import ForeignAuthority, Package, PackageState
from portal.archive.models.pieces import ArchivalRecord, ArchivalState
from portal.db.engine import db
from portal.documents.registry import Document, DocumentState
from portal.documents.verdicts import Foreign
from portal.jobs.background import BackgroundTask
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User


def foreign_authorities() -> list[Foreign]:
    """The authorities of portals whose packages were taken over here."""
    return [
        Foreign(x509.load_pem_x509_certificates((one.root + one.chain).encode()), list(map(bytes.fromhex, one.lists)))
        for one in db.session.scalars(sa.select(ForeignAuthority).order_by(ForeignAuthority.id))
    ]


def trusted_authorities() -> Sequence[ForeignAuthority]:
    """The same, to be shown: by name and since when."""
    query = sa.select(ForeignAuthority).options(load_only(*_SHOWN))
    return db.session.scalars(query.order_by(ForeignAuthority.id)).all()


_SHOWN = (ForeignAuthority.fingerprint, ForeignAuthority.name, ForeignAuthority.trusted_at)


def foreign_authority(fingerprint: str) -> ForeignAuthority | None:
    """The authority with this root, where it is known already."""
    return db.session.scalar(sa.select(ForeignAuthority).where(ForeignAuthority.fingerprint == fingerprint))


def to_export(numbers: Sequence[int] | None = None, year: int | None = None) -> Sequence[ArchivalRecord]:
    """Accepted pieces with everything a package says of them, in no session: some, those of a year, or all."""
    query = (
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.state == ArchivalState.accepted)
        .options(
            joinedload(ArchivalRecord.file),
            joinedload(ArchivalRecord.accepted_by).options(lazyload(User.grants)),
            joinedload(ArchivalRecord.meeting).options(
                joinedload(Meeting.series), joinedload(Meeting.chair), selectinload(Meeting.items)
            ),
            joinedload(ArchivalRecord.document).options(
                selectinload(Document.states), selectinload(Document.signatures)
            ),
            joinedload(ArchivalRecord.last_check),
        )
        .order_by(ArchivalRecord.year, ArchivalRecord.retention, ArchivalRecord.piece)
    )
    if year is not None:
        query = query.where(ArchivalRecord.year == year)
    with Session(db.engine) as session:  # one of its own: they outlast every transaction of a long export
        return session.scalars(query if numbers is None else query.where(ArchivalRecord.id.in_(numbers))).all()


def accepted_among(query: sa.Select[Any]) -> list[int]:
    """The numbers of the accepted pieces a list holds."""
    numbers = query.where(ArchivalRecord.state == ArchivalState.accepted).order_by(None)
    return list(db.session.scalars(numbers.with_only_columns(ArchivalRecord.id, maintain_column_froms=True)))


def exports_of(user: User) -> sa.Select[BackgroundTask]:
    """The packages this person asked for."""
    return sa.select(BackgroundTask).where(
        BackgroundTask.kind == "archive.export", BackgroundTask.asked_by_id == user.id
    )


def package(number: int) -> Package | None:
    """One package somebody brought."""
    return db.session.scalar(
        sa.select(Package)
        .where(Package.id == number)
        .options(joinedload(Package.file), joinedload(Package.brought_by).options(lazyload(User.grants)))
    )


def packages() -> sa.Select[Package]:
    """The packages that were brought."""
    return sa.select(Package).join(Package.file)


PACKAGE_ROW = (contains_eager(Package.file), joinedload(Package.brought_by).options(lazyload(User.grants)))
FROM = Package.found["organisation"].as_string()


def in_package_state(query: sa.Select[Any], state: str) -> sa.Select[Any]:
    """A list of packages, narrowed to those that have come so far: see `Package.state`."""
    taken, inspected = Package.taken_over_at.is_not(None), Package.inspected_at.is_not(None)
    sound = Package.found["troubles"].as_string() == "[]"
    return query.where(
        {
            PackageState.taken_over: taken,
            PackageState.inspecting: ~taken & ~inspected,
            PackageState.ready: ~taken & inspected & sound,
            PackageState.failed: ~taken & inspected & ~sound,
        }[next(one for one in PackageState if one.value == state)]
    )


def to_inspect() -> sa.Select[Package]:
    """Packages that were not inspected yet."""
    query = sa.select(Package).where(Package.inspected_at.is_(None)).options(joinedload(Package.file, innerjoin=True))
    return query.order_by(Package.id)


def here_already(numbers: Sequence[str], codes: Sequence[str], hashes: Sequence[str]) -> list[str]:
    """Which of these 档号, papers and states are known here already, in words."""
    known = db.session.scalars(
        sa.select(ArchivalRecord.archival_number).where(ArchivalRecord.archival_number.in_(numbers))
    ).all()
    papers = db.session.scalars(
        sa.select(Document.title)
        .outerjoin(DocumentState)
        .where(sa.or_(Document.code.in_(codes), DocumentState.sha256.in_(hashes)))
        .distinct()
    ).all()
    return [*(f"档号{one}" for one in known), *(f"《{one}》" for one in papers)]
