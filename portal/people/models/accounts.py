"""People with an account, their roles, and requests for guarded roles."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered, Versioned
from portal.people.models.departments import Department
from portal.people.models.roles import OFFICES, Part, Role

if TYPE_CHECKING:
    from portal.people.models.deputies import Deputy
    from portal.people.models.groups import GroupMember


class User(Base, Numbered, Versioned, UserMixin):
    """A person with an account."""

    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    pinyin: Mapped[str] = mapped_column(default="", index=True)
    initials: Mapped[str] = mapped_column(default="")
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"), index=True)
    post: Mapped[str] = mapped_column(default="")
    rank: Mapped[int] = mapped_column(default=0)
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str] = mapped_column(default="")
    must_change_password: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)

    department: Mapped[Department | None] = relationship(lazy="joined")
    grants: Mapped[list["UserRole"]] = relationship(back_populates="user", cascade="all, delete-orphan")
    memberships: Mapped[list["GroupMember"]] = relationship(back_populates="user", cascade="all, delete-orphan")
    # for whom this person acts as deputy; loaded with the sign-in, see queries.login_session
    deputyships: Mapped[list["Deputy"]] = relationship(
        primaryjoin="and_(User.id == foreign(Deputy.deputy_id), Deputy.ended_at.is_(None))",
        order_by="Deputy.id",
        viewonly=True,
    )

    _counted = None  # type: frozenset[int] | None  # while rules are asked with some of the deputyships only

    session_token = ""  # of the sign-in this object was loaded for; see queries.user_of_session

    # Flask-Login compares what get_id() gives, and two people who are not signed in would be the same.
    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Flask-Login's word for an account that may sign in."""
        return self.active

    def get_id(self) -> str:
        """What the cookie holds: a session token, never the account's number."""
        return self.session_token

    @property
    def roles(self) -> frozenset[Role]:
        """The account's roles."""
        return frozenset(grant.role for grant in self.grants)

    def has(self, *roles: Role) -> bool:
        """Whether the person holds one of these roles, or stands in today for somebody who does.

        Of many people ask `roles`: who acts as deputy is loaded with the person at the screen only.
        """
        return not self.roles.isdisjoint(roles) or any(
            OFFICES[part] in roles and OFFICES[part] in one.person.roles
            for one in self.present_deputyships
            for part in OFFICES
            if one.covers(part)
        )

    @property
    def present_deputyships(self) -> "list[Deputy]":
        """Where this person acts as deputy today."""
        return [
            one for one in self.deputyships if one.is_present and (self._counted is None or one.id in self._counted)
        ]

    def ids_for(self, part: Part) -> frozenset[int]:
        """This person and everybody this person stands in for today in some part, as ids."""
        return frozenset({self.id, *(one.person_id for one in self.present_deputyships if one.covers(part))})

    def acts_for(self, number: int | None, part: Part) -> bool:
        """Whether this is the person of that number, or stands in today for that person in some part."""
        return number is not None and (number == self.id or number in self.ids_for(part))

    def is_close_to(self, number: int | None) -> bool:
        """Whether this is the person of that number or stands in there for anything: no judge of the own case."""
        return number == self.id or any(one.person_id == number for one in self.present_deputyships)

    def stand_in_for(self, passes: Callable[[], bool]) -> "Deputy | None":
        """As whose deputy this person does what `passes` allows; None where the own right is enough."""
        for counted in (frozenset[int](), *(frozenset({one.id}) for one in self.present_deputyships)):
            with self._counting(counted):
                if passes():
                    return next((one for one in self.deputyships if one.id in counted), None)
        return None

    @contextmanager
    def _counting(self, numbers: frozenset[int]) -> "Iterator[None]":
        self._counted = numbers
        try:
            yield
        finally:
            self._counted = None

    @property
    def group_ids(self) -> frozenset[int]:
        """The groups this person belongs to."""
        return frozenset(one.group_id for one in self.memberships)

    @property
    def titled(self) -> str:
        """市工信局 张某某, as people are named in lists."""
        return f"{self.department.short} {self.name}" if self.department else self.name


class UserRole(Base):
    """An account's role."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(primary_key=True)

    user: Mapped[User] = relationship(back_populates="grants")


class RoleRequest(Base, Numbered):
    """A guarded role that one administrator asked for and a second one is to grant."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    role: Mapped[Role]
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    granted: Mapped[bool | None]

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])

    def __str__(self) -> str:
        return f"{self.user.name}的{self.role.label}角色"
