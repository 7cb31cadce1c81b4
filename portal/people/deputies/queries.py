"""Questions about deputies."""

from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.db import clock
from portal.db.engine import db
from portal.people.models.accounts import User
from portal.people.models.deputies import Deputy
from portal.people.models.roles import Part


def deputy(number: int) -> Deputy | None:
    """One deputyship with its people."""
    return db.session.scalar(sa.select(Deputy).where(Deputy.id == number).options(*_DEPUTY))


_DEPUTY = tuple(joinedload(one).lazyload(User.grants) for one in (Deputy.person, Deputy.deputy, Deputy.named_by))


def present_deputies(part: Part) -> list[Deputy]:
    """Who stands in today for whom in some part."""
    return [one for one in _standing(Deputy.starts <= clock.today()) if one.covers(part)]


def deputies_of(user: User) -> Sequence[Deputy]:
    """Who stands in for a person, or will, and for whom this person does; the nearest first."""
    return _standing(sa.or_(Deputy.person_id == user.id, Deputy.deputy_id == user.id))


def deputies() -> Sequence[Deputy]:
    """Everybody who stands in for somebody, or will; the nearest first."""
    return _standing()


def deputies_between(person: User, starts: date, ends: date) -> Sequence[Deputy]:
    """Who stands in for a person on any of these days."""
    return _standing(Deputy.person_id == person.id, Deputy.starts <= ends, Deputy.ends >= starts)


def _standing(*conditions: sa.ColumnElement[bool]) -> Sequence[Deputy]:
    query = sa.select(Deputy).where(Deputy.ended_at.is_(None), Deputy.ends >= clock.today(), *conditions)
    return db.session.scalars(query.order_by(Deputy.starts, Deputy.id).options(*_DEPUTY)).all()


def with_deputies(users: Iterable[User], part: Part) -> list[User]:
    """People, and after them whoever stands in for one of them today: who is to be told of what concerns them."""
    told = {one.id: one for one in users}
    for one in present_deputies(part):
        if one.person_id in told:
            told.setdefault(one.deputy_id, one.deputy)
    return list(told.values())
