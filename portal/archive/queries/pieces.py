"""Questions about pieces and the dossiers they lie in."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, lazyload, selectinload

from portal.archive.models import ArchivalRecord, ArchivalState
from portal.courses.models import MaterialVersion
from portal.database import db
from portal.meetings import queries as meetings
from portal.meetings.models import Meeting, MeetingSeries
from portal.people.models import Role, User
from portal.register import Document, PaperKind

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
