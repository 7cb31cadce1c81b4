"""Questions about earlier minutes: which numbers and which files are known."""

from collections.abc import Collection

import sqlalchemy as sa

from portal.db.engine import db
from portal.documents.registry import Document, DocumentState, PaperKind
from portal.files.store import StoredFile
from portal.meetings.models.meetings import Meeting
from portal.minutes.models.minutes import Minutes, MinutesState


def numbered(series_id: int, year: int, number: int) -> Minutes | None:
    """The minutes of a series that have this number, or had it and keep it though void; what was revoked has none."""
    revoked = sa.and_(Minutes.state == MinutesState.void, Minutes.entered_at.is_not(None))
    return db.session.scalar(
        sa.select(Minutes)
        .join(Minutes.meeting)
        .where(Meeting.series_id == series_id, Minutes.year == year, Minutes.number == number, ~revoked)
        .limit(1)
    )


def numbers_taken() -> dict[tuple[int, int, int], str]:
    """Every number that was given, by series, year and number, with the title of its minutes."""
    revoked = sa.and_(Minutes.state == MinutesState.void, Minutes.entered_at.is_not(None))
    rows = db.session.execute(
        sa.select(Meeting.series_id, Minutes.year, Minutes.number, Minutes.title)
        .join(Minutes.meeting)
        .where(Minutes.year.is_not(None), Minutes.number.is_not(None), ~revoked)
    )
    return {(series, year, number): title for series, year, number, title in rows if year and number}


def files_known(hashes: Collection[str]) -> dict[str, str]:
    """Of some files those the register holds, by their hash, and as what; not those that were brought and revoked."""
    gone = sa.and_(Document.kind == PaperKind.earlier, Document.withdrawn)
    rows = db.session.execute(
        sa.select(DocumentState.sha256, Document)
        .join(Document, Document.id == DocumentState.document_id)
        .where(DocumentState.sha256.in_(hashes), ~gone)
    )
    return {sha: str(document) for sha, document in rows}


def batch(number: int) -> StoredFile | None:
    """A ZIP file somebody brought."""
    file = db.session.get(StoredFile, number)
    return file if file is not None and file.name.lower().endswith(".zip") else None
