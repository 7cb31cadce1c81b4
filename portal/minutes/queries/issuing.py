"""Whom issued minutes go to, who has opened them, and what corrects them."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload

from portal.database import db
from portal.meetings.models import Meeting
from portal.minutes.models import Minutes, MinutesReader, MinutesReading, MinutesState
from portal.minutes.queries.people import with_person
from portal.people.models import User
from portal.register import Document, DocumentState, PaperKind
from portal.store import StoredFile


def readers_of(minutes: Minutes) -> Sequence[MinutesReader]:
    """Whom issued minutes go to beyond the members of the series."""
    return db.session.scalars(
        sa.select(MinutesReader)
        .where(MinutesReader.minutes_id == minutes.id)
        .options(with_person(MinutesReader.user), joinedload(MinutesReader.department))
        .order_by(MinutesReader.id)
    ).all()


def named_readers(minutes: Minutes) -> Sequence[User]:
    """The people of that list, and those of the departments on it."""
    rows = sa.select(MinutesReader).where(MinutesReader.minutes_id == minutes.id).subquery()
    here = sa.or_(
        User.id.in_(sa.select(rows.c.user_id).where(rows.c.user_id.is_not(None))),
        User.department_id.in_(sa.select(rows.c.department_id).where(rows.c.department_id.is_not(None))),
    )
    query = sa.select(User).where(User.active, here).options(lazyload(User.grants)).order_by(User.rank, User.id)
    return db.session.scalars(query).all()


def is_named_reader(user: User, minutes: Minutes) -> bool:
    """Whether the minutes go to this person or this person's department."""
    return db.session.scalar(sa.select(is_named_in(user, minutes.id))) or False


def is_named_in(user: User, minutes_id: Any) -> sa.ColumnElement[bool]:
    """Whether the 印发范围 of some minutes names this person or this person's department."""
    mine = sa.or_(MinutesReader.user_id == user.id, MinutesReader.department_id == (user.department_id or 0))
    return sa.exists().where(MinutesReader.minutes_id == minutes_id, mine)


def readings_of(minutes: Minutes) -> Sequence[MinutesReading]:
    """Who has opened the minutes, latest first."""
    return db.session.scalars(
        sa.select(MinutesReading)
        .where(MinutesReading.minutes_id == minutes.id)
        .options(with_person(MinutesReading.user))
        .order_by(MinutesReading.last_at.desc(), MinutesReading.user_id)
    ).all()


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


def highest_number(series_id: int, year: int) -> int:
    """The highest number the minutes of a series have in a year, but for what was revoked."""
    revoked = sa.and_(Minutes.state == MinutesState.void, Minutes.entered_at.is_not(None))
    query = sa.select(sa.func.max(Minutes.number)).join(Minutes.meeting)
    return db.session.scalar(query.where(Meeting.series_id == series_id, Minutes.year == year, ~revoked)) or 0


def corrections_of(minutes: Minutes) -> Sequence[Minutes]:
    """The documents that replace this one or are to replace it, oldest first."""
    return [one for one in minutes.corrections if not one.is_void] if minutes.is_issued else ()


def correction_of(minutes: Minutes) -> Minutes | None:
    """The issued document that replaces this one."""
    return next((one for one in reversed(corrections_of(minutes)) if one.is_issued), None)
