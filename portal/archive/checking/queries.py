"""Questions about 四性检测."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload, selectinload

from portal.archive.checking.findings import Known
from portal.archive.models.pieces import ArchivalRecord, ArchivalState, Check
from portal.archive.packages.queries import foreign_authorities
from portal.db import clock, journal
from portal.db.engine import db
from portal.documents.registry import Document, SignatureState
from portal.documents.verdicts import Register
from portal.files.store import StoredFile
from portal.people.keys.queries import authority


def failed_checks(limit: int = 10) -> tuple[Sequence[tuple[ArchivalRecord, Check]], int]:
    """Pieces whose newest check found something wrong, and that check; and how many such pieces there are."""
    rows = db.session.execute(
        sa.select(ArchivalRecord, Check, sa.func.count().over())
        .join(Check, Check.record_id == ArchivalRecord.id)
        .where(Check.id.in_(_newest_checks()), Check.passed.is_(False), ArchivalRecord.state != ArchivalState.removed)
        .order_by(ArchivalRecord.id)
        .limit(limit)
    ).all()
    return [(row[0], row[1]) for row in rows], rows[0][2] if rows else 0


def _newest_checks() -> sa.Select[int]:
    return sa.select(sa.func.max(Check.id)).group_by(Check.record_id)


CHECKED = {"passed": "合格", "failed": "不合格", "none": "待检测"}


def checked(query: sa.Select[Any], found: str) -> sa.Select[Any]:
    """A list of pieces, narrowed to what their newest check found."""
    if found == "none":
        return query.where(~ArchivalRecord.checks.any())
    passed = Check.passed if found == "passed" else ~Check.passed
    kept = sa.select(Check.record_id).where(Check.id.in_(_newest_checks()), passed)
    return query.where(ArchivalRecord.id.in_(kept), ArchivalRecord.state != ArchivalState.removed)


def checks_of(piece: ArchivalRecord) -> sa.Select[Check]:
    """Every 四性检测 of a piece, without what each looked at."""
    return sa.select(Check).where(Check.record_id == piece.id).options(defer(Check.details))


def check_of(piece: ArchivalRecord, number: int) -> Check | None:
    """One 四性检测 of a piece."""
    return db.session.scalar(sa.select(Check).where(Check.record_id == piece.id, Check.id == number))


def count_of_checks(piece: ArchivalRecord) -> int:
    """How often a piece was checked."""
    return db.session.scalar(sa.select(sa.func.count(Check.id)).where(Check.record_id == piece.id)) or 0


def known_about(piece: ArchivalRecord, register: Register) -> Known:
    """What the database knows about a piece before it is looked at."""
    document = piece.document_id and db.session.scalar(
        sa.select(Document)
        .where(Document.id == piece.document_id)
        .options(selectinload(Document.states), selectinload(Document.signatures))
    )
    notes = journal.history(piece)
    known = Known(
        register, authority(), foreign=foreign_authorities(), twins=_twins_of(piece), gap=_has_gap(piece),
        noted=any(one.deed in HOW_IT_CAME for one in notes), chained=all(one.hash == one.digest() for one in notes),
    )  # fmt: skip
    if not document:
        return known
    return replace(
        known,
        withdrawn=document.withdrawn,
        state_known=document.states[-1].sha256 == piece.file.sha256,
        awaited=[one.name for one in document.signatures if one.state is not SignatureState.made],
        proven_until=document.proven_until,
    )


HOW_IT_CAME = ("archive.prepare", "archive.take_over")


def _twins_of(piece: ArchivalRecord) -> int:
    other = sa.select(sa.func.count(ArchivalRecord.id)).join(ArchivalRecord.file).where(
        ArchivalRecord.id != piece.id, ArchivalRecord.meeting_id == piece.meeting_id,
        StoredFile.sha256 == piece.file.sha256,
    )  # fmt: skip
    return db.session.scalar(other) or 0


def _has_gap(piece: ArchivalRecord) -> bool:
    """Whether an earlier number of its year and retention is missing; what was taken over came as it was chosen."""
    if piece.piece is None or piece.origin:
        return False
    earlier = sa.select(sa.func.count(sa.distinct(ArchivalRecord.piece))).where(
        ArchivalRecord.year == piece.year, ArchivalRecord.retention == piece.retention, ArchivalRecord.origin == "",
        ArchivalRecord.piece < piece.piece,
    )  # fmt: skip
    return (db.session.scalar(earlier) or 0) != piece.piece - 1


def to_check() -> sa.Select[ArchivalRecord]:
    """Pieces whose check is due, the longest due first."""
    return (
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.check_due_at <= clock.now(), ArchivalRecord.state != ArchivalState.removed)
        .options(
            joinedload(ArchivalRecord.file, innerjoin=True),
            joinedload(ArchivalRecord.document).selectinload(Document.signatures),
        )
        .order_by(ArchivalRecord.check_due_at, ArchivalRecord.id)
    )


def to_check_now() -> sa.Select[ArchivalRecord]:
    """Those of them that were never checked, or that somebody asked for."""
    return to_check().where(sa.or_(ArchivalRecord.check_asked, ~ArchivalRecord.checks.any()))
