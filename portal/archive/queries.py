"""Questions about archival records, and about papers that are brought for verification."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.archive.models import ArchivalRecord, ArchivalState, Check
from portal.courses.models import Course, Material, MaterialState, MaterialVersion
from portal.database import db
from portal.meetings.models import AgendaItem, ItemState, Meeting, MeetingSeries
from portal.minutes.models import Minutes, MinutesState, SignOffSheet
from portal.records.models import Record, RecordState
from portal.register import Document, DocumentState
from portal.verify import ExpectedSigner, Registered


def record(number: int) -> ArchivalRecord | None:
    """One piece with its meeting, paper and checks."""
    return db.session.scalar(
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.id == number)
        .options(
            joinedload(ArchivalRecord.meeting).joinedload(Meeting.series).joinedload(MeetingSeries.group),
            joinedload(ArchivalRecord.minutes),
            joinedload(ArchivalRecord.file),
            joinedload(ArchivalRecord.accepted_by),
            joinedload(ArchivalRecord.document).selectinload(Document.signatures),
            selectinload(ArchivalRecord.checks),
        )
    )


def records() -> sa.Select[ArchivalRecord]:
    """All pieces, with what a list of them shows."""
    return sa.select(ArchivalRecord).join(ArchivalRecord.meeting).join(Meeting.series)


def list_options() -> tuple[sa.orm.interfaces.ORMOption, ...]:
    """What a list of pieces loads beside them."""
    return (
        joinedload(ArchivalRecord.meeting).joinedload(Meeting.series),
        joinedload(ArchivalRecord.file),
        selectinload(ArchivalRecord.checks.and_(Check.passed.is_(False))),
    )


def dossier_of(meeting: Meeting) -> Sequence[ArchivalRecord]:
    """一会一档: the pieces of one meeting, in the order they are filed."""
    return db.session.scalars(
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.meeting_id == meeting.id)
        .options(
            joinedload(ArchivalRecord.file), joinedload(ArchivalRecord.document), selectinload(ArchivalRecord.checks)
        )
        .order_by(ArchivalRecord.id)
    ).all()


def prepared_count() -> int:
    """How many pieces wait for the archivist."""
    query = sa.select(sa.func.count(ArchivalRecord.id)).where(ArchivalRecord.state == ArchivalState.prepared)
    return db.session.scalar(query) or 0


def meetings_to_accept(limit: int = 20) -> Sequence[tuple[Meeting, int]]:
    """Meetings with pieces that wait for the archivist, oldest first, and how many."""
    counted = (
        sa.select(ArchivalRecord.meeting_id, sa.func.count(ArchivalRecord.id).label("pieces"))
        .where(ArchivalRecord.state == ArchivalState.prepared)
        .group_by(ArchivalRecord.meeting_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(Meeting, counted.c.pieces)
        .join(counted, counted.c.meeting_id == Meeting.id)
        .order_by(Meeting.day, Meeting.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def failed_checks() -> Sequence[ArchivalRecord]:
    """Pieces whose newest check found something wrong."""
    newest = sa.select(sa.func.max(Check.id)).group_by(Check.record_id).scalar_subquery()
    return db.session.scalars(
        sa.select(ArchivalRecord)
        .join(Check, Check.record_id == ArchivalRecord.id)
        .where(Check.id.in_(newest), Check.passed.is_(False))
        .options(selectinload(ArchivalRecord.checks))
        .order_by(ArchivalRecord.id)
    ).all()


def to_check(before: date) -> sa.Select[ArchivalRecord]:
    """Accepted pieces whose last check lies before a day."""
    checked = sa.exists().where(Check.record_id == ArchivalRecord.id, sa.func.date(Check.at) >= before.isoformat())
    return sa.select(ArchivalRecord).where(ArchivalRecord.state == ArchivalState.accepted, ~checked)


# What is owed to the archive: everything final that belongs to issued minutes and has no piece yet.
_ISSUED = Minutes.state.in_([MinutesState.issued, MinutesState.archived])


def minutes_to_prepare() -> sa.Select[Minutes]:
    """Issued minutes whose paper is no piece yet."""
    return _without_piece(sa.select(Minutes).where(_ISSUED, Minutes.document_id.is_not(None)), Minutes.document_id)


def sheets_to_prepare() -> sa.Select[SignOffSheet]:
    """Sign-off sheets of issued minutes that are no piece yet."""
    query = sa.select(SignOffSheet).join(SignOffSheet.minutes).where(_ISSUED, SignOffSheet.document_id.is_not(None))
    return _without_piece(query, SignOffSheet.document_id)


def records_to_prepare() -> sa.Select[Record]:
    """Signed 会议记录 of meetings with issued minutes that are no piece yet."""
    issued = sa.exists().where(Minutes.meeting_id == Record.meeting_id, _ISSUED)
    return _without_piece(sa.select(Record).where(Record.state == RecordState.signed, issued), Record.document_id)


def materials_to_prepare() -> sa.Select[Material]:
    """Passed slides of lessons given at meetings with issued minutes that are no piece yet."""
    given = (
        sa.select(AgendaItem.course_id)
        .join(Minutes, Minutes.meeting_id == AgendaItem.meeting_id)
        .where(_ISSUED, AgendaItem.state == ItemState.dealt_with, AgendaItem.course_id.is_not(None))
    )
    filed = sa.exists().where(
        ArchivalRecord.file_id == MaterialVersion.file_id, MaterialVersion.material_id == Material.id
    )
    return (
        sa.select(Material)
        .join(Material.course)
        .where(Material.state.in_([MaterialState.approved, MaterialState.final]), Course.id.in_(given), ~filed)
    )


def _without_piece(query: sa.Select[Any], document_id: Any) -> sa.Select[Any]:
    return query.where(~sa.exists().where(ArchivalRecord.document_id == document_id))


def registered(sha256: str) -> Registered | None:
    """What the register holds about the paper that has, or once had, this hash."""
    document = document_with(sha256)
    if document is None:
        return None
    *earlier, latest = document.states
    return Registered(
        sha256=latest.sha256,
        kind=document.kind.label,
        title=document.title,
        number=document.number,
        signers=[ExpectedSigner(one.field, one.name, one.serial) for one in document.signatures],
        states=[one.sha256 for one in earlier],
    )


def document_with(sha256: str) -> Document | None:
    """The registered paper that has, or once had, this hash."""
    return db.session.scalar(
        sa.select(Document)
        .join(DocumentState, DocumentState.document_id == Document.id)
        .where(DocumentState.sha256 == sha256)
        .options(selectinload(Document.states), selectinload(Document.signatures))
    )
