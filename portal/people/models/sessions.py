"""Sign-ins and failed tries."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered
from portal.people.models.accounts import User

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
