"""What a person is told, and the channels on which it goes on."""

from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered, Versioned
from portal.db.labelled import Labelled
from portal.db.lifecycle import State
from portal.jobs.due import Retryable
from portal.people.models.accounts import User

MOST_TRIES = 12  # about a day with the waits of portal/jobs/due.py


class Channel(Labelled):
    """A way on which a message leaves the portal; the inbox in the portal is always there."""

    mail = "mail", "邮件"
    webhook = "webhook", "消息机器人"


class Pace(Labelled):
    """How soon somebody wants to be told on a channel."""

    at_once = "at_once", "即时"
    daily = "daily", "每天汇总一次"
    off = "off", "不发"


class Notice(Base, Numbered):
    """One message to one person, with the page to act on; an unread one of the same `burst` is replaced."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    at: Mapped[datetime]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    url: Mapped[str]
    burst: Mapped[str] = mapped_column(default="", index=True)
    read_at: Mapped[datetime | None]
    passed_on_at: Mapped[datetime | None] = mapped_column(index=True)  # when the channels took notice of it

    user: Mapped[User] = relationship()

    __table_args__ = (sa.Index("ix_notice_unread", "user_id", "read_at"),)

    def __str__(self) -> str:
        return f"消息“{self.title}”"


class Preference(Base):
    """How one person wants to be told beside the inbox; who has none is told as the office has set it."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    mail: Mapped[Pace]
    webhook: Mapped[Pace]

    user: Mapped[User] = relationship()

    def __str__(self) -> str:
        return "消息设置"


class ChannelSettings(Base, Numbered, Versioned):
    """What the office has set about its channels: one row, made when somebody first saves it."""

    webhook_url: Mapped[str] = mapped_column(default="")
    webhook_secret: Mapped[str] = mapped_column(default="")
    webhook_template: Mapped[str] = mapped_column(default="")
    mail_pace: Mapped[Pace] = mapped_column(default=Pace.at_once)
    webhook_pace: Mapped[Pace] = mapped_column(default=Pace.off)
    says_all: Mapped[bool] = mapped_column(default=False)
    burst_minutes: Mapped[int] = mapped_column(default=3)
    digest_at: Mapped[time] = mapped_column(default=time(8, 30))
    quiet_from: Mapped[time] = mapped_column(default=time(21))
    quiet_until: Mapped[time] = mapped_column(default=time(7, 30))

    def __str__(self) -> str:
        return "消息渠道"

    def is_quiet(self, at: time) -> bool:
        """Whether nobody is to be disturbed at that time of day; the hours may pass midnight."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until


class DeliveryState(State):
    """Where one message on a channel stands."""

    waiting = "waiting", "待发", "amber"
    sent = "sent", "已发出", "green"
    needless = "needless", "无需发送", ""


class Delivery(Base, Numbered, Retryable):
    """One message on one channel to one person: everything they were told within a burst or a day."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    channel: Mapped[Channel]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.waiting)
    notices: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    trial: Mapped[bool] = mapped_column(default=False)  # sent by an administrator to try the channel
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()

    __table_args__ = (sa.Index("ix_delivery_due", "state", "due_at"),)

    def __str__(self) -> str:
        return f"发给{self.user.name}的{self.channel.label}"

    @property
    def is_waiting(self) -> bool:
        """Not sent yet."""
        return self.state is DeliveryState.waiting

    @property
    def is_given_up(self) -> bool:
        """Tried so often that the portal does not try any more by itself."""
        return self.is_waiting and self.attempts >= MOST_TRIES


def not_failed(delivery: Delivery) -> str | None:
    """Why there is nothing to send again, or None."""
    return None if delivery.is_waiting and delivery.last_error else "这条消息没有发送失败，不用重发。"
