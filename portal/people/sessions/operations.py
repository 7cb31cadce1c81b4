"""Signing in and out, and passwords."""

import secrets
from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.db import clock, journal
from portal.db.engine import add, db
from portal.errors import Refused
from portal.people.accounts import queries as accounts_queries
from portal.people.models.accounts import User
from portal.people.models.sessions import FailedTry, LoginSession
from portal.people.sessions import queries
from portal.web.transaction import afterwards

if TYPE_CHECKING:
    from argon2 import PasswordHasher


# Without letters and digits that are easily mistaken for each other when a slip of paper is read.
LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
WRONG = "账号或密码不正确，请重新输入。"


class TooManyTries(Refused):
    """Locked for a while after too many wrong passwords."""

    status = 429


class WrongSecret(Refused):
    """A wrong password or signing PIN."""

    status = 422


def sign_in(username: str, password: str, *, address: str, agent: str = "") -> tuple[User, str]:
    """Begin a sign-in by password; returns the person and the token for the cookie."""
    account = username.strip().casefold()
    _ask_for_patience(account, address)
    user = accounts_queries.by_username(account)
    if not _is_right(user, password) or user is None or not user.active:
        _note_failed_try(account, address)
        journal.record_afterwards(None, "people.sign_in", user or "不存在的账号", "登录失败", refused=True, why=WRONG)
        raise WrongSecret(WRONG)
    db.session.execute(sa.delete(FailedTry).where(FailedTry.account == account))
    return user, open_session(user, address=address, agent=agent)


def open_session(user: User, *, address: str = "", agent: str = "") -> str:
    """Begin a sign-in; returns the token for the cookie, which is stored only as its hash."""
    token = _new_session(user, address, agent)
    journal.record(user, "people.sign_in", user, "登录")
    return token


def close_session(token: str, *, by: User) -> None:
    """End one sign-in."""
    db.session.execute(sa.delete(LoginSession).where(LoginSession.token_hash == queries.hash_of(token)))
    journal.record(by, "people.sign_out", by, "退出")


def close_other_sessions(user: User, *, keep: str, by: User) -> User:
    """End every sign-in of a person but the one with the token `keep`."""
    end_sessions(user, keep=keep)
    journal.record(by, "people.close_other_sessions", user, "退出其他设备")
    return user


def prove(user: User, password: str, *, address: str) -> User:
    """Ask for the account's password again before something weighty."""
    _ask_for_patience(user.username, address)
    if not _is_right(user, password):
        _note_failed_try(user.username, address)
        journal.record_afterwards(user, "people.prove", user, "密码错误", refused=True, why=WRONG)
        raise WrongSecret("当前密码不正确，请重新输入。")
    return user


def change_password(user: User, password: str, *, address: str = "", agent: str = "") -> str:
    """Set one's own new password; every sign-in ends, and the token of a fresh one is returned."""
    if _is_right(user, password):
        raise Refused("新密码不能与当前密码相同，请换一个。")
    set_password(user, password, by=user)
    return _new_session(user, address, agent)


def set_password(user: User, password: str, *, by: User | None, label: str = "修改密码") -> User:
    """Set a password for good; every sign-in of the person ends."""
    if user.username in password.casefold():
        raise Refused("密码中不能包含账号，请换一个。")
    user.password_hash = hashed(password)
    user.must_change_password = False
    end_sessions(user)
    journal.record(by, "people.set_password", user, label)
    db.session.flush()
    return user


def reset_password(user: User, *, by: User | None) -> str:
    """Give a person a password for the next sign-in only; it is returned once and stored nowhere."""
    password = fresh_password()
    set_password(user, password, by=by, label="重置密码")
    user.must_change_password = True
    db.session.execute(sa.delete(FailedTry).where(FailedTry.account == user.username))
    return password


def _new_session(user: User, address: str, agent: str) -> str:
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    add(
        LoginSession(
            token_hash=queries.hash_of(token), user_id=user.id, created_at=moment, seen_at=moment,
            address=address, agent=agent[:200],
        )
    )  # fmt: skip
    return token


def end_sessions(user: User, *, keep: str = "") -> None:
    """End every sign-in of a person, but for the one with the token `keep`."""
    kept = queries.hash_of(keep) if keep else ""
    db.session.execute(sa.delete(LoginSession).where(LoginSession.user_id == user.id, LoginSession.token_hash != kept))


def _ask_for_patience(account: str, address: str) -> None:
    if queries.is_locked(account, address):
        raise TooManyTries(f"尝试次数太多，请在 {queries.LOCKED_MINUTES} 分钟后再试；忘记密码请联系系统管理员。")


def _note_failed_try(account: str, address: str) -> None:
    moment = clock.now()

    def write(session: Session) -> None:
        session.add(FailedTry(account=account[:64], address=address, at=moment))

    afterwards(write)


def _is_right(user: User | None, password: str) -> bool:
    """Compare a password; somebody without an account takes as long as somebody with one."""
    from argon2.exceptions import InvalidHashError, VerificationError

    stand_in = _hash_of_nobody()
    try:
        return _hasher().verify((user.password_hash if user else "") or stand_in, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def hashed(password: str) -> str:
    """A password as it is stored."""
    return _hasher().hash(password)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    return _hasher().hash(secrets.token_bytes(16))


def fresh_password() -> str:
    """A password that is easily read off a slip of paper."""
    return "-".join("".join(secrets.choice(LEGIBLE) for _ in range(4)) for _ in range(3))
