"""People, departments, groups, roles, sessions and signing keys."""

import enum
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal import clock
from portal.database import Base, Numbered, Versioned
from portal.lifecycle import State


class Labelled(enum.Enum):
    """An enum whose members carry the word on screen."""

    label: str

    def __new__(cls, code: str, label: str) -> "Labelled":
        member = object.__new__(cls)
        member._value_ = code
        member.label = label
        return member


class Role(Labelled):
    """What an account may do everywhere; chair, lecturer and the like are roles in one meeting or course."""

    secretary = "secretary", "会议秘书"
    officer = "officer", "首席服务官"
    leader = "leader", "市级领导"
    supervisor = "supervisor", "督查员"
    archivist = "archivist", "档案员"
    auditor = "auditor", "审计员"
    administrator = "administrator", "系统管理员"


# Granting one of these needs a second administrator as soon as two exist.
GUARDED_ROLES = frozenset({Role.secretary, Role.leader, Role.auditor})


class Part(Labelled):
    """What a deputy stands in for: an office, or a part in one meeting or task."""

    tasks = "tasks", "承办和配合交办事项"
    chair = "chair", "主持会议、审定议程"
    record = "record", "会议记录、登记签到"
    review = "review", "审核会议纪要"
    sign = "sign", "签发和签字"
    secretary = "secretary", "会议秘书的工作"
    supervisor = "supervisor", "督查员的工作"
    leader = "leader", "市级领导的工作"
    archivist = "archivist", "档案员的工作"


OFFICES = {
    Part.secretary: Role.secretary,
    Part.supervisor: Role.supervisor,
    Part.leader: Role.leader,
    Part.archivist: Role.archivist,
}
# A signature, and an office that needs two administrators to be granted, only the person can put into other hands.
OWN_TO_GIVE = frozenset({Part.sign, *(part for part, role in OFFICES.items() if role in GUARDED_ROLES)})


class GroupKind(Labelled):
    """What a group is."""

    task_force = "task_force", "工作专班"
    team = "team", "小组"
    theme = "theme", "专题组"


class Department(Base, Numbered, Versioned):
    """A department; `rank` is its place in every printed list."""

    name: Mapped[str] = mapped_column(unique=True)
    short: Mapped[str]
    rank: Mapped[int] = mapped_column(default=0)

    def __str__(self) -> str:
        return self.name


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


class Deputy(Base, Numbered):
    """代: who acts for whom, from which day to which, in which parts."""

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    starts: Mapped[date]
    ends: Mapped[date]
    parts: Mapped[list[str]]
    reason: Mapped[str] = mapped_column(default="")
    named_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    named_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[User] = relationship(foreign_keys=[person_id])
    deputy: Mapped[User] = relationship(foreign_keys=[deputy_id])
    named_by: Mapped[User] = relationship(foreign_keys=[named_by_id])

    def __str__(self) -> str:
        return f"{self.deputy.name}代{self.person.name}"

    @property
    def is_present(self) -> bool:
        """Whether it counts today."""
        return self.ended_at is None and self.starts <= clock.today() <= self.ends and self.person.active

    @property
    def is_over(self) -> bool:
        """Whether it has passed or was ended."""
        return self.ended_at is not None or self.ends < clock.today()

    @property
    def words(self) -> str:
        """The parts, as one reads them."""
        return "、".join(part.label for part in Part if part.value in self.parts)

    def covers(self, part: Part) -> bool:
        """Whether the deputy stands in for this part."""
        return part.value in self.parts


def is_over(deputy: Deputy) -> str | None:
    """Why a deputyship cannot be ended any more, or None."""
    return "这项代办已经结束。" if deputy.is_over else None


class Group(Base, Numbered, Versioned):
    """A task force, a team or a theme group."""

    kind: Mapped[GroupKind]
    name: Mapped[str] = mapped_column(unique=True)
    about: Mapped[str] = mapped_column(default="")
    rank: Mapped[int] = mapped_column(default=0)
    lead_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    lead: Mapped[User | None] = relationship(foreign_keys=[lead_id])
    members: Mapped[list["GroupMember"]] = relationship(back_populates="group", cascade="all, delete-orphan")

    def __str__(self) -> str:
        return self.name


class GroupMember(Base):
    """A person's place in a group."""

    group_id: Mapped[int] = mapped_column(sa.ForeignKey("group.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True, index=True)

    group: Mapped[Group] = relationship(back_populates="members")
    user: Mapped[User] = relationship(back_populates="memberships")


# the first mark that is found names it: Edge also calls itself Chrome, and Chrome calls itself Safari
SYSTEMS = (
    ("HarmonyOS", "鸿蒙"), ("OpenHarmony", "鸿蒙"), ("Android", "安卓"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
BROWSERS = (
    ("MicroMessenger", "微信"), ("360", "360 浏览器"), ("QQBrowser", "QQ 浏览器"), ("Edg", "Edge 浏览器"),
    ("Firefox", "火狐浏览器"), ("Chrome", "Chrome 浏览器"), ("Safari", "Safari 浏览器"),
)  # fmt: skip


class LoginSession(Base):
    """One sign-in; kept under the hash of its token, so that a copied database opens no session."""

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str]
    agent: Mapped[str]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    @property
    def device(self) -> str:
        """The system and the browser in plain words, as far as they are known by name."""
        system = next((name for mark, name in SYSTEMS if mark in self.agent), "")
        browser = next((name for mark, name in BROWSERS if mark in self.agent), "")
        return "，".join(filter(None, (system, browser))) or "未知设备"


class FailedTry(Base, Numbered):
    """A wrong password or PIN; too many of them by account or by address lock for a while."""

    account: Mapped[str] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class KeyState(State):
    """Whether a signing key can be used."""

    ready = "ready", "可用", "green"
    locked = "locked", "已锁定", "red"
    replaced = "replaced", "已停用", ""


class SigningKey(Base, Numbered):
    """A person's key under the portal's authority, sealed by the person's own signing PIN."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    state: Mapped[KeyState] = mapped_column(default=KeyState.ready)
    p12: Mapped[bytes]
    certificate: Mapped[str]
    serial: Mapped[str] = mapped_column(unique=True)
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    made_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)

    user: Mapped[User] = relationship()

    def __str__(self) -> str:
        return f"{self.user.name}的签名证书"
