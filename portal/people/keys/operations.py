"""Operations on signing keys and their PINs."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from portal.db import clock, journal
from portal.db.engine import add, db
from portal.documents.pki import errors, keys
from portal.errors import Refused
from portal.people.keys import queries
from portal.people.models.accounts import User
from portal.people.models.keys import KeyState, SigningKey
from portal.people.sessions.operations import WrongSecret
from portal.web.transaction import afterwards

Opened = TypeVar("Opened")

MOST_PIN_TRIES = 5


def make_key(user: User, pin: str, *, by: User) -> SigningKey:
    """Make a person's signing key under their PIN; an older one is withdrawn, what it signed stays good."""
    authority, moment = queries.authority(), clock.now()
    older = queries.signing_key(user)
    made = authority.issue_person(user.name, user.username, pin, not_before=moment)
    if older is not None:
        older.state = KeyState.replaced
        authority.revoke(older.serial, at=moment)
    certificate = queries.certificate_of(made.certificate_pem)
    key: SigningKey = add(
        SigningKey(
            user_id=user.id, p12=made.p12, certificate=made.certificate_pem.decode("ascii"),
            serial=made.serial, not_before=certificate.not_valid_before_utc, not_after=certificate.not_valid_after_utc,
            made_at=moment, tries=0, state=KeyState.ready,
        )
    )  # fmt: skip
    journal.record(by, "people.make_key", key, "设置签名", serial=key.serial)
    return key


def change_pin(user: User, old: str, new: str, *, by: User) -> SigningKey:
    """Put the signing key under a new PIN."""
    key = usable_key(user)
    key.p12 = with_pin(key, user, key, lambda: keys.change_pin(key.p12, old, new))
    key.tries = 0
    journal.record(by, "people.change_pin", key, "修改签名口令")
    db.session.flush()
    return key


def usable_key(user: User) -> SigningKey:
    """The person's key; Refused where there is none, or it is locked or has expired."""
    key = queries.signing_key(user, lock=True)
    if key is None:
        raise Refused("您还没有设置签名。请先打开“我的账号”，在“我的签名”中设置签名口令。")
    if key.state is KeyState.locked:
        raise Refused("签名口令连续输错，签名已锁定。请在“我的账号”中重新设置签名。")
    if key.not_after <= clock.now():
        raise Refused("您的签名证书已到期。请在“我的账号”中重新设置签名。")
    return key


def with_pin(key: SigningKey, user: User, thing: object, opening: Callable[[], Opened]) -> Opened:
    """Do what needs the PIN; a wrong one is counted apart from this transaction, and the last one locks the key."""
    try:
        return opening()
    except errors.WrongPin:
        left = MOST_PIN_TRIES - key.tries - 1
        afterwards(_count_pin_try(key.id))
        journal.record_afterwards(user, "people.try_pin", thing, "签名口令错误", refused=True, why="签名口令不正确。")
        locked = "签名口令连续输错，签名已锁定。请在“我的账号”中重新设置签名。"
        raise WrongSecret(f"签名口令不正确，还可以再试 {left} 次。" if left > 0 else locked) from None


def _count_pin_try(number: int) -> Callable[[Session], None]:
    def write(session: Session) -> None:
        key = session.get(SigningKey, number, with_for_update=True)
        if key is not None:
            key.tries += 1
            if key.tries >= MOST_PIN_TRIES:
                key.state = KeyState.locked

    return write
