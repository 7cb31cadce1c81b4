"""Questions about people and their accounts."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import lazyload, selectinload

from portal.db.engine import db
from portal.people.models.accounts import User, UserRole
from portal.people.models.departments import Department
from portal.people.models.roles import Role


def by_username(username: str) -> User | None:
    """The account with this name."""
    return db.session.scalar(sa.select(User).where(User.username == username))


def person(number: int) -> User | None:
    """One person, with department and roles."""
    return db.session.get(User, number)


def people() -> sa.Select[User]:
    """Everybody with their roles, as the question a list narrows."""
    return sa.select(User).outerjoin(User.department).options(selectinload(User.grants))


def active_people() -> Sequence[User]:
    """Everybody with an active account, by rank of department and person."""
    return db.session.scalars(by_rank(sa.select(User).where(User.active))).all()


def people_to_choose(kept: Collection[int] = ()) -> Sequence[User]:
    """Everybody active and those with the ids to keep, by rank, without their roles: the rows of a picker."""
    query = sa.select(User).where(sa.or_(User.active, User.id.in_(kept)))
    return db.session.scalars(by_rank(query).options(lazyload(User.grants))).all()


def people_with(numbers: Collection[int]) -> Sequence[User]:
    """The people with these ids, by rank."""
    return db.session.scalars(by_rank(sa.select(User).where(User.id.in_(numbers)))).all() if numbers else []


def named_like(query: sa.Select[User], text: str) -> sa.Select[User]:
    """Those of a list of people whose name, account or post holds a text, or whose name begins so in pinyin."""
    word = text.casefold().replace(" ", "")
    spelt = [(" " + column).contains(" " + word, autoescape=True) for column in (User.pinyin, User.initials)]
    written = [column.contains(text, autoescape=True) for column in (User.name, User.username, User.post)]
    return query.where(sa.or_(*written, *spelt))


def holding(query: sa.Select[User], role: str) -> sa.Select[User]:
    """Those of a list of people who hold a role."""
    return query.where(User.id.in_(sa.select(UserRole.user_id).where(UserRole.role == Role[role])))


def only(query: sa.Select[User], state: str) -> sa.Select[User]:
    """Those of a list of people whose account is open, or closed."""
    return query.where(User.active.is_(state == "active"))


def by_rank(query: sa.Select[User]) -> sa.Select[User]:
    """A list of people in the order of departments and ranks."""
    return query.outerjoin(User.department).order_by(Department.rank, User.rank, User.id)
