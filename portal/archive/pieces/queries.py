"""Questions about pieces, the dossiers they lie in, and what is still to be filed."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, lazyload, selectinload

from portal.archive.models.pieces import ArchivalRecord, ArchivalState
from portal.courses.models.courses import Course
from portal.courses.models.materials import Material, MaterialVersion
from portal.courses.models.slides import MaterialState
from portal.db.engine import db
from portal.documents.registry import Document, PaperKind
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.attendance import SignInScan
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.notices import MeetingNotice
from portal.meetings.models.series import MeetingSeries
from portal.meetings.series import queries as meetings
from portal.minutes.models.minutes import READABLE, Minutes
from portal.minutes.models.signoff import SignOffSheet
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.records.models import Record, RecordState

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


PAPERS = (
    PaperKind.notice.label, PaperKind.agenda.label, PaperKind.roll.label, PaperKind.record.label,
    PaperKind.minutes.label, PaperKind.earlier.label, PaperKind.sign_off.label, PaperKind.tasks.label,
    PaperKind.trail.label,
)  # fmt: skip
SLIDES, SCAN = "课件", "签到表扫描件"
# In this order they lie in the dossier of a meeting.
KINDS = (*PAPERS[:3], SCAN, SLIDES, *PAPERS[3:])
PRIVATE = (PaperKind.sign_off.label, PaperKind.trail.label)  # opinions, and who did what: for who deals with them


def record(number: int) -> ArchivalRecord | None:
    """One piece with its meeting, its paper and its newest check."""
    return db.session.scalar(
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.id == number)
        .options(
            joinedload(ArchivalRecord.meeting).options(
                joinedload(Meeting.series).joinedload(MeetingSeries.group), selectinload(Meeting.items)
            ),
            joinedload(ArchivalRecord.minutes),
            joinedload(ArchivalRecord.file),
            joinedload(ArchivalRecord.accepted_by).options(lazyload(User.grants)),
            *_paper(),
            joinedload(ArchivalRecord.last_check),
        )
    )


def _paper() -> tuple[Any, ...]:
    document = joinedload(ArchivalRecord.document)
    return (document.joinedload(Document.file), document.selectinload(Document.signatures))


def readable_by(user: User) -> sa.ColumnElement[bool]:
    """The condition under which a person may read a piece of a meeting: see `rules.see`."""
    if user.has(Role.archivist, Role.secretary):
        return sa.true()
    roles = (Meeting.chair_id, Meeting.recorder_id, Meeting.reviewer_id, Meeting.signatory_id)
    opinions = sa.or_(ArchivalRecord.kind.not_in(PRIVATE), *(column == user.id for column in roles))
    return sa.and_(meetings.visible_to(user), opinions)


def records_of(user: User) -> sa.Select[ArchivalRecord]:
    """All pieces this person may read."""
    return sa.select(ArchivalRecord).join(ArchivalRecord.meeting).join(Meeting.series).where(readable_by(user))


def list_options() -> tuple[Any, ...]:
    """What a list of pieces shows beside them."""
    return (contains_eager(ArchivalRecord.meeting).contains_eager(Meeting.series),)


def list_order() -> tuple[Any, ...]:
    """By meeting; read from the newest on, its pieces still stand as they are filed."""
    return (Meeting.day, ArchivalRecord.meeting_id, -ArchivalRecord.id)


def years_and_series() -> tuple[list[int], dict[int, str]]:
    """The years there are pieces of, newest first, and the series they come from, by rank: what a list filters by."""
    rows = db.session.execute(
        sa.select(ArchivalRecord.year, MeetingSeries.id, MeetingSeries.name, MeetingSeries.rank)
        .join(ArchivalRecord.meeting)
        .join(Meeting.series)
        .distinct()
        .order_by(MeetingSeries.rank, MeetingSeries.id)
    ).all()
    return sorted({row.year for row in rows}, reverse=True), {row.id: row.name for row in rows}


def dossier_of(meeting: Meeting) -> Sequence[ArchivalRecord]:
    """一会一档: the pieces of one meeting, in the order they lie in a dossier."""
    pieces = db.session.scalars(
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.meeting_id == meeting.id)
        .options(joinedload(ArchivalRecord.file), *_paper(), joinedload(ArchivalRecord.last_check))
        .order_by(ArchivalRecord.id)
    ).all()
    return sorted(pieces, key=lambda one: KINDS.index(one.kind) if one.kind in KINDS else len(KINDS))


def missing_from(pieces: Sequence[ArchivalRecord]) -> list[str]:
    """The papers every dossier has that are not among these pieces yet."""
    kinds = {one.kind for one in pieces}
    return [kind for kind in PAPERS if kind not in kinds]


def pieces_of(meeting: Meeting, user: User) -> Sequence[ArchivalRecord]:
    """The pieces of one meeting that this person may read, for a link from another page."""
    return db.session.scalars(
        sa.select(ArchivalRecord)
        .join(ArchivalRecord.meeting)
        .where(ArchivalRecord.meeting_id == meeting.id, readable_by(user))
        .order_by(ArchivalRecord.id)
    ).all()


def accepted() -> Sequence[ArchivalRecord]:
    """Every piece that was taken over, in the order of its number."""
    return db.session.scalars(
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.state == ArchivalState.accepted)
        .options(joinedload(ArchivalRecord.file), joinedload(ArchivalRecord.meeting).joinedload(Meeting.series))
        .order_by(ArchivalRecord.year, ArchivalRecord.retention, ArchivalRecord.piece)
    ).all()


def version_of(piece: ArchivalRecord) -> MaterialVersion | None:
    """The version of slides a piece is the original of."""
    return db.session.scalar(sa.select(MaterialVersion).where(MaterialVersion.file_id == piece.file_id).limit(1))


def meetings_to_accept(limit: int = 20) -> tuple[Sequence[tuple[Meeting, int]], int]:
    """Meetings with pieces that wait for the archivist, oldest first, with how many; and how many such meetings."""
    counted = (
        sa.select(ArchivalRecord.meeting_id, sa.func.count(ArchivalRecord.id).label("pieces"))
        .where(ArchivalRecord.state == ArchivalState.prepared)
        .group_by(ArchivalRecord.meeting_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(Meeting, counted.c.pieces, sa.func.count().over())
        .join(counted, counted.c.meeting_id == Meeting.id)
        .options(joinedload(Meeting.series))
        .order_by(Meeting.day, Meeting.id)
        .limit(limit)
    ).all()
    return [(row[0], row[1]) for row in rows], rows[0][2] if rows else 0


def piece_on(document: Document) -> ArchivalRecord | None:
    """The piece a paper was filed as, with its meeting."""
    return db.session.scalar(
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.document_id == document.id)
        .options(joinedload(ArchivalRecord.meeting).joinedload(Meeting.series).joinedload(MeetingSeries.group))
    )


def pieces_of_document(document: Document) -> Sequence[ArchivalRecord]:
    """The pieces a paper was filed as."""
    return db.session.scalars(sa.select(ArchivalRecord).where(ArchivalRecord.document_id == document.id)).all()
