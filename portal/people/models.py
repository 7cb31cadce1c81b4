"""People, departments, groups, roles, sessions and signing keys."""

import enum
from datetime import datetime

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

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
        """Whether the account holds one of these roles."""
        return not self.roles.isdisjoint(roles)

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
