"""Questions about the call for items: the backlog, and the proposals."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.db.engine import db
from portal.enterprises.models.problems import Problem
from portal.meetings.agenda.queries import open_problems
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.meetings import UPCOMING, Meeting
from portal.meetings.models.series import MeetingSeries
from portal.meetings.series.queries import person
from portal.people.models.accounts import User


def backlog(series: MeetingSeries) -> list[AgendaItem]:
    """The accepted items that wait for a meeting: those that come back first, then by age."""
    return [item for item in call_of(series) if item.is_waiting]


def call_of(series: MeetingSeries) -> Sequence[AgendaItem]:
    """What stands on no agenda yet, accepted or only proposed: those that come back first, then by age."""
    return db.session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.series_id == series.id, AgendaItem.state.in_((ItemState.accepted, ItemState.proposed)))
        .options(person(AgendaItem.proposed_by), joinedload(AgendaItem.problem))
        .order_by(AgendaItem.predecessor_id.is_(None), AgendaItem.id)
    ).all()


def proposals(series: MeetingSeries | None = None) -> Sequence[AgendaItem]:
    """The proposed items the secretary has to decide on, oldest first."""
    query = (
        sa.select(AgendaItem)
        .where(AgendaItem.state == ItemState.proposed)
        .options(joinedload(AgendaItem.series), person(AgendaItem.proposed_by), joinedload(AgendaItem.problem))
        .order_by(AgendaItem.proposed_at, AgendaItem.id)
    )
    return db.session.scalars(query.where(AgendaItem.series_id == series.id) if series else query).all()


def ready_for(meeting: Meeting) -> list[AgendaItem]:
    """The items of the backlog that wait for this meeting: accepted, and not kept back until later."""
    return [item for item in backlog(meeting.series) if item.waits_for(meeting.day)]


def can_take_in(item: AgendaItem) -> Sequence[AgendaItem]:
    """The items of the same series a proposal can be merged into: waiting, or on an agenda that is to come."""
    ahead = sa.select(Meeting.id).where(Meeting.state.in_(UPCOMING))
    return db.session.scalars(
        sa.select(AgendaItem)
        .where(
            AgendaItem.series_id == item.series_id,
            AgendaItem.id != item.id,
            sa.or_(
                AgendaItem.state == ItemState.accepted,
                sa.and_(AgendaItem.state == ItemState.placed, AgendaItem.meeting_id.in_(ahead)),
            ),
        )
        .order_by(AgendaItem.id)
    ).all()


def proposals_by(user: User, limit: int = 10) -> Sequence[AgendaItem]:
    """What this person proposed, newest first."""
    return db.session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.proposed_by_id == user.id)
        .options(joinedload(AgendaItem.series), joinedload(AgendaItem.meeting))
        .order_by(AgendaItem.id.desc())
        .limit(limit)
    ).all()


def problems_of(user: User) -> Sequence[Problem]:
    """This person's own problems that could be proposed for a meeting."""
    return [one for one in open_problems() if one.reporter_id == user.id]
