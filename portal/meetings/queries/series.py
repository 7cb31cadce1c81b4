"""Questions about series and the people of their meetings."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal.database import db
from portal.meetings.models import Meeting, MeetingSeries, StandingItem
from portal.people.models import Department, GroupMember, Part, User
from portal.people.queries import deputies_between
from portal.people.rules import is_secretary

# the four parts in every meeting, and what a deputy of who has one stands in for
PARTS = {"chair": Part.chair, "recorder": Part.record, "reviewer": Part.review, "signatory": Part.sign}


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


def from_outside(meeting: Meeting) -> list[User]:
    """Who reports at a meeting, or chairs it as a deputy, without being a member of its series; each once."""
    members_ids = {one.id for one in members(meeting.series)}
    found = [meeting.acting_chair, *(item.reporter for item in meeting.items)]
    guests = {one.id: one for one in found if one is not None and one.active and one.id not in members_ids}
    return list(guests.values())


def deputy_on(day: date, person: User | None, part: Part) -> User | None:
    """Who stands in for a person in some part on a day, where somebody does."""
    if person is None or not person.active:
        return None
    standing = (one for one in deputies_between(person, day, day) if one.covers(part) and one.deputy.active)
    return next((one.deputy for one in standing), None)


def people_by_rank() -> Sequence[User]:
    """Everybody with an active account for a picker, by rank, without their roles."""
    return db.session.scalars(
        sa.select(User)
        .outerjoin(User.department)
        .where(User.active)
        .options(lazyload(User.grants))
        .order_by(Department.rank.asc().nulls_last(), User.rank, User.id)
    ).all()
