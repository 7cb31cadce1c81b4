"""Whom issued minutes go to, who has opened them, and what corrects them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload

from portal.db.engine import db
from portal.meetings.models.meetings import Meeting
from portal.minutes.loading import with_person
from portal.minutes.models.minutes import Minutes, MinutesState
from portal.minutes.models.reader import MinutesReader, MinutesReading
from portal.people.models.accounts import User


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
