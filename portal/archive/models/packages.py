"""Packages that were brought to be taken over, and the authorities of those who handed them over."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered, Versioned
from portal.db.lifecycle import State
from portal.files.store import StoredFile
from portal.jobs.due import Retryable
from portal.people.models.accounts import User


class PackageState(State):
    """How far a package that was brought has come; follows from what is known of it."""

    inspecting = "inspecting", "正在检测"
    ready = "ready", "待接收", "amber"
    failed = "failed", "不合格", "red"
    taken_over = "taken_over", "已接收", "green"


class Package(Base, Numbered, Versioned, Retryable):
    """A package somebody brought to be taken over: what was found about it, and whether it was taken over."""

    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    brought_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    brought_at: Mapped[datetime]
    inspected_at: Mapped[datetime | None] = mapped_column(index=True)
    found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    taken_over_at: Mapped[datetime | None]

    file: Mapped[StoredFile] = relationship()
    brought_by: Mapped[User] = relationship()

    def __str__(self) -> str:
        return f"封装包《{self.file.name}》"

    @property
    def state(self) -> PackageState:
        """How far it has come."""
        if self.taken_over_at is not None:
            return PackageState.taken_over
        if self.inspected_at is None:
            return PackageState.inspecting
        return PackageState.failed if self.found.get("troubles") else PackageState.ready

    @property
    def not_ready(self) -> str | None:
        """Why it cannot be taken over now, or None."""
        return {
            PackageState.taken_over: "这个封装包已经接收过了。",
            PackageState.inspecting: "封装包还在检测，请稍候。",
            PackageState.failed: "封装包的四性检测不合格，不能接收。请与移交单位核对后重新移交。",
        }.get(self.state)


class ForeignAuthority(Base, Numbered):
    """The certificates of a portal whose package was taken over: by them its signatures are judged here."""

    fingerprint: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str]
    root: Mapped[str]
    chain: Mapped[str]
    lists: Mapped[list[str]]  # in hexadecimal
    trusted_at: Mapped[datetime]

    def __str__(self) -> str:
        return f"{self.name}的证书"
