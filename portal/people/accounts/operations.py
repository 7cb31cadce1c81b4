"""Accounts: adding, changing, closing and opening them."""

from collections.abc import Iterable

from portal.db import journal, pinyin
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.errors import Refused
from portal.people.accounts import queries
from portal.people.models.accounts import User, UserRole
from portal.people.models.departments import Department
from portal.people.models.roles import Role
from portal.people.roles import queries as roles_queries
from portal.people.roles.operations import keep_apart, keep_one_administrator
from portal.people.sessions.operations import end_sessions, fresh_password, hashed


def add_user(  # noqa: PLR0913 - a person has this many facts
    username: str,
    name: str,
    department: Department | None,
    post: str = "",
    rank: int = 0,
    phone: str = "",
    email: str = "",
    roles: Iterable[Role] = (),
    password: str | None = None,
    *,
    by: User | None,
) -> tuple[User, str]:
    """Add a person; without a password one is made that must be changed at the first sign-in. Returns both.

    With an empty password nobody gets in by this account until an administrator gives it one.
    """
    username, roles = username.strip().casefold(), list(dict.fromkeys(roles))
    if queries.by_username(username):
        raise Refused(f"账号“{username}”已经有人使用，请换一个。")
    keep_apart(frozenset(roles))
    full, initials = pinyin.spell(name)
    secret = fresh_password() if password is None else password
    user: User = add(
        User(
            username=username, name=name, pinyin=full, initials=initials, department=department, post=post, rank=rank,
            phone=phone, email=email, password_hash=hashed(secret) if secret else "",
            must_change_password=password is None, active=True,
            grants=[UserRole(role=role) for role in roles], memberships=[],
        )
    )  # fmt: skip
    journal.record(by, "people.add_user", user, "添加人员", username=username, roles=[role.value for role in roles])
    return user, secret


def edit_user(
    user: User,
    seen: int | None,
    *,
    name: str,
    department: Department | None,
    post: str,
    rank: int,
    phone: str,
    email: str,
    by: User,
) -> User:
    """Change what is known of a person."""
    claim(user, seen)
    user.name, user.department, user.post, user.rank = name, department, post, rank
    user.phone, user.email = phone, email
    user.pinyin, user.initials = pinyin.spell(name)
    journal.record(by, "people.edit_user", user, "修改人员")
    db.session.flush()
    return user


def disable(user: User, *, by: User) -> User:
    """Close an account; its sign-ins end at once."""
    if not user.active:
        raise Refused("这个账号已经停用。")
    keep_one_administrator(user)
    user.active = False
    end_sessions(user)
    journal.record(by, "people.disable", user, "停用账号")
    db.session.flush()
    return user


def enable(user: User, *, by: User) -> User:
    """Open a closed account again."""
    if user.active:
        raise Refused("这个账号没有停用。")
    user.active = True
    journal.record(by, "people.enable", user, "启用账号")
    db.session.flush()
    return user


def first_administrator() -> tuple[User, str] | None:
    """Make the first administrator, with a password for the first sign-in; None where there is one."""
    if roles_queries.holders(Role.administrator):
        return None
    username = next(name for name in _admin_names() if queries.by_username(name) is None)
    return add_user(username, "系统管理员", None, roles=[Role.administrator], by=None)


def _admin_names() -> Iterable[str]:
    yield "admin"
    for number in range(2, 1000):
        yield f"admin{number}"
