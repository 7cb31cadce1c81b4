"""Questions about what is owed to the archive."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from portal.archive.models import ArchivalRecord, ArchivalState
from portal.courses.models import Course, Material, MaterialState, MaterialVersion
from portal.database import db
from portal.meetings.models import AgendaItem, ItemState, Meeting, MeetingNotice, SignInScan
from portal.minutes.models import READABLE, Minutes, SignOffSheet
from portal.records.models import Record, RecordState
from portal.register import Document, PaperKind

# What is owed to the archive: everything final that belongs to issued minutes and has no piece yet.
_ISSUED = Minutes.state.in_(READABLE)


def minutes_to_prepare() -> sa.Select[Minutes]:
    """Issued minutes whose paper is no piece yet."""
    unread = sa.and_(Document.kind == PaperKind.earlier, Document.pages.is_(None))
    return _without_piece(sa.select(Minutes).join(Minutes.document).where(_ISSUED, ~unread), Minutes.document_id)


def pieces_to_renew() -> sa.Select[ArchivalRecord]:
    """Prepared pieces of minutes that were brought in, whose facts were changed since or that were revoked."""
    waiting = db.session.scalars(
        sa.select(ArchivalRecord)
        .join(ArchivalRecord.minutes)
        .where(ArchivalRecord.state == ArchivalState.prepared, Minutes.entered_at.is_not(None))
        .options(contains_eager(ArchivalRecord.minutes), joinedload(ArchivalRecord.document))
    )
    stale = [one.id for one in waiting if one.is_stale]
    return sa.select(ArchivalRecord).where(ArchivalRecord.id.in_(stale)).order_by(ArchivalRecord.id)


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


def notices_to_prepare() -> sa.Select[MeetingNotice]:
    """Notices of meetings with issued minutes that are no piece yet: the first and every later one, as sent."""
    issued = sa.exists().where(Minutes.meeting_id == MeetingNotice.meeting_id, _ISSUED)
    query = sa.select(MeetingNotice).where(MeetingNotice.document_id.is_not(None), issued)
    return _without_piece(query, MeetingNotice.document_id)


def scans_to_prepare() -> sa.Select[SignInScan]:
    """Scanned sign-in sheets of meetings with issued minutes that are no piece yet."""
    issued = sa.exists().where(Minutes.meeting_id == SignInScan.meeting_id, _ISSUED)
    filed = sa.exists().where(ArchivalRecord.file_id == SignInScan.file_id)
    return sa.select(SignInScan).where(issued, ~filed)


def meetings_to_compile(kind: PaperKind, limit: int) -> sa.Select[Meeting]:
    """Meetings held here with issued minutes, without a piece of this kind."""
    issued = sa.exists().where(Minutes.meeting_id == Meeting.id, _ISSUED, Minutes.entered_at.is_(None))
    there = sa.exists().where(ArchivalRecord.meeting_id == Meeting.id, ArchivalRecord.kind == kind.label)
    return sa.select(Meeting).where(issued, ~there).order_by(Meeting.id.desc()).limit(limit)


def _without_piece(query: sa.Select[Any], document_id: Any) -> sa.Select[Any]:
    return query.where(~sa.exists().where(ArchivalRecord.document_id == document_id))
