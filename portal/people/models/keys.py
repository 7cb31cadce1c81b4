"""Signing keys."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered
from portal.db.lifecycle import State
from portal.people.models.accounts import User


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
