"""Questions about series and the people of their meetings."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal.database import db
from portal.meetings.models import MeetingSeries, StandingItem
from portal.people.models import Department, GroupMember, User
from portal.people.rules import is_secretary

PARTS = ("chair", "recorder", "reviewer", "signatory")


def person(path: Any) -> Any:
    """Load a person beside a row, in the same statement and without the roles."""
    return joinedload(path).options(joinedload(User.department), lazyload(User.grants))


def all_series() -> Sequence[MeetingSeries]:
    """All series with their groups, by rank."""
    return db.session.scalars(
        sa.select(MeetingSeries)
        .options(joinedload(MeetingSeries.group), person(MeetingSeries.chair))
        .order_by(MeetingSeries.rank, MeetingSeries.id)
    ).all()


def series_of(user: User) -> list[MeetingSeries]:
    """The series this person belongs to; a secretary works for all of them."""
    return [one for one in all_series() if is_secretary(user) or one.group_id in user.group_ids]


def series(number: int) -> MeetingSeries | None:
    """One series with its group, its people and its default agenda."""
    return db.session.scalar(
        sa.select(MeetingSeries)
        .where(MeetingSeries.id == number)
        .options(
            joinedload(MeetingSeries.group),
            selectinload(MeetingSeries.standing_items).options(person(StandingItem.reporter)),
            *(person(getattr(MeetingSeries, name)) for name in PARTS),
        )
    )


def members(series: MeetingSeries) -> Sequence[User]:
    """Everybody active in the series' group, by rank of department and person."""
    return db.session.scalars(
        sa.select(User)
        .join(GroupMember, GroupMember.user_id == User.id)
        .outerjoin(User.department)
        .where(GroupMember.group_id == series.group_id, User.active)
        .options(lazyload(User.grants))
        .order_by(Department.rank.asc().nulls_last(), User.rank, User.id)
    ).all()


def people_by_rank() -> Sequence[User]:
    """Everybody with an active account for a picker, by rank, without their roles."""
    return db.session.scalars(
        sa.select(User)
        .outerjoin(User.department)
        .where(User.active)
        .options(lazyload(User.grants))
        .order_by(Department.rank.asc().nulls_last(), User.rank, User.id)
    ).all()
