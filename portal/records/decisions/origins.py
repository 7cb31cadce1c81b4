"""The series and meetings by which tasks are filtered and grouped in the ledger."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from portal.actions.assignment.queries import READ_ALL
from portal.actions.models.action_items import ActionItem
from portal.db.engine import db
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import MeetingSeries
from portal.meetings.series.queries import visible_to
from portal.people.models.accounts import User


def _read_by(user: User) -> sa.ColumnElement[bool]:
    """Meetings whose tasks this person reads: their own, and for who watches every task all of them."""
    return sa.true() if user.has(*READ_ALL) else visible_to(user)


def meetings_to_choose(user: User, chosen: int) -> sa.Select[int, str, int]:
    """The latest meetings that handed out tasks, and the chosen one: number, words, place."""
    gave = sa.exists().where(ActionItem.of_meeting == Meeting.id)
    latest = sa.select(Meeting.id).join(Meeting.series).where(_read_by(user), gave)
    latest = latest.order_by(Meeting.day.desc(), Meeting.id).limit(100)
    words = MeetingSeries.short + " " + sa.cast(Meeting.day, sa.String)
    wanted = sa.or_(Meeting.id == chosen, Meeting.id.in_(sa.select(latest.subquery().c[0])))
    return sa.select(Meeting.id, words, -Meeting.id).join(Meeting.series).where(_read_by(user), wanted)


def series_to_choose(user: User, _chosen: int) -> sa.Select[int, str, int]:
    """The series this person reads: number, words, place."""
    return sa.select(MeetingSeries.id, MeetingSeries.short, MeetingSeries.rank).where(_has_read(user))


def _has_read(user: User) -> sa.ColumnElement[bool]:
    return sa.exists().where(Meeting.series_id == MeetingSeries.id, _read_by(user))


def places_of_series(user: User) -> "sa.Select[int, int]":
    """The series this person reads: number and rank."""
    return sa.select(MeetingSeries.id, MeetingSeries.rank).where(_has_read(user))


def places_of_meetings(user: User) -> "sa.Select[int, int, int, date]":
    """The meetings this person reads: number, and what puts them by series and day."""
    series = (MeetingSeries.rank, MeetingSeries.id.label("series"))
    return sa.select(Meeting.id, *series, Meeting.day).join(Meeting.series).where(_read_by(user))


def names_of_series(user: User, numbers: Collection[int]) -> dict[int, str]:
    """The names of some series, as far as this person reads them."""
    named = sa.select(MeetingSeries.id, MeetingSeries.name).where(MeetingSeries.id.in_(numbers), _has_read(user))
    return dict(db.session.execute(named).all())


def names_of_meetings(user: User, numbers: Collection[int]) -> dict[int, str]:
    """Some meetings by series and day, as far as this person reads them."""
    words = MeetingSeries.name + " " + sa.cast(Meeting.day, sa.String)
    named = sa.select(Meeting.id, words).join(Meeting.series).where(Meeting.id.in_(numbers), _read_by(user))
    return dict(db.session.execute(named).all())
