"""Deeds of the inbox: telling people, reading, and passing on what they were told on the office's channels."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import TypedDict, Unpack

import sqlalchemy as sa

from portal.db import calendar, clock, journal
from portal.db.concurrency import claim
from portal.db.engine import add, db, reading
from portal.errors import Refused
from portal.inbox import channels, messages, queries
from portal.inbox.models import Channel, ChannelSettings, Delivery, DeliveryState, Notice, Pace, Preference, not_failed
from portal.jobs import due as jobs_due
from portal.jobs import periodic
from portal.people.models.accounts import User

KEPT = timedelta(days=90)


def notify(users: Iterable[User], title: str, url: str, *, body: str = "", burst: str = "") -> None:
    """Tell people something, with the page to act on; an unread notice of the same `burst` is replaced.

    Leaves no journal entry of its own: it is part of the deed that people are told of.
    """
    numbers = list(dict.fromkeys(user.id for user in users if user.active))
    if not numbers:
        return
    if burst:
        db.session.execute(
            sa.delete(Notice).where(Notice.user_id.in_(numbers), Notice.burst == burst, Notice.read_at.is_(None))
        )
    moment = clock.now()
    db.session.execute(
        sa.insert(Notice),
        [
            {"user_id": number, "at": moment, "title": title, "body": body, "url": url, "burst": burst}
            for number in numbers
        ],
    )


def read(notice: Notice) -> Notice:
    """Note that a notice was read, and with it whatever else leads to the same page."""
    notice.read_at = notice.read_at or clock.now()
    db.session.flush()
    read_what_leads_to(notice.url, notice.user_id)
    return notice


def read_what_leads_to(url: str, user_id: int) -> None:
    """Note that a person has read whatever leads to one page: it was opened, or what it asks for was done there."""
    leading = (Notice.user_id == user_id, Notice.url == url, Notice.read_at.is_(None))
    db.session.execute(sa.update(Notice).where(*leading).values(read_at=clock.now()))


def read_all(user: User) -> None:
    """Note that everything was read."""
    db.session.execute(
        sa.update(Notice).where(Notice.user_id == user.id, Notice.read_at.is_(None)).values(read_at=clock.now())
    )


# ── passing on ─────────────────────────────────────────────────────────────────────────────────────────────────────


def pass_on() -> int:
    """The job's deed: put what people were told into messages on the channels they want; tell how many there are."""
    notices = queries.notices_to_pass_on()
    if not notices:
        return 0
    settings, now = queries.channel_settings(), clock.now()
    there = [channel for channel in Channel if channels.is_there(channel, settings)]
    wishes = queries.preferences_of({one.user_id for one in notices}) if there else {}
    open_now = queries.open_deliveries({one.user_id for one in notices}, now) if there else {}
    for notice in notices:
        notice.passed_on_at = now
        for channel in there:
            pace = pace_of(channel, wishes.get(notice.user_id), settings)
            if pace is not Pace.off and notice.read_at is None and channels.reaches(channel, notice.user):
                _put(notice, channel, due_at(pace, settings, now), open_now)
    db.session.flush()
    return len(notices)


def _put(notice: Notice, channel: Channel, due: datetime, open_now: dict[tuple[int, Channel], Delivery]) -> None:
    """Into the message that is not due yet, or into a new one."""
    key = (notice.user_id, channel)
    if key not in open_now:
        open_now[key] = Delivery(
            user_id=notice.user_id, channel=channel, notices=[], made_at=clock.now(), due_at=due, attempts=0
        )
        db.session.add(open_now[key])
    open_now[key].notices = [*open_now[key].notices, notice.id]


def pace_of(channel: Channel, wish: Preference | None, settings: ChannelSettings) -> Pace:
    """How soon a person is told on a channel: as they wish, else as the office has set it."""
    own: Pace | None = getattr(wish, channel.value, None)
    usual: Pace = getattr(settings, f"{channel.value}_pace")
    return own or usual


def due_at(pace: Pace, settings: ChannelSettings, now: datetime) -> datetime:
    """When a message begun now is to go out: after a burst, or with the next digest; never in the quiet hours."""
    if pace is Pace.daily:
        day = clock.local(now).date()
        if clock.local(now).time() >= settings.digest_at or not calendar.is_working(day):
            day = calendar.next_working(day)
        return _after_quiet(clock.moment(day, settings.digest_at), settings)
    return _after_quiet(now + timedelta(minutes=settings.burst_minutes), settings)


def _after_quiet(moment: datetime, settings: ChannelSettings) -> datetime:
    local = clock.local(moment)
    if not settings.is_quiet(local.time()):
        return moment
    until = clock.moment(local.date(), settings.quiet_until)
    return until if until > moment else clock.moment(local.date() + timedelta(days=1), settings.quiet_until)


def send(copy: Delivery) -> DeliveryState:
    """The slow part of the job: hand the message over, unless nothing is left to say."""
    with reading():
        settings = queries.channel_settings()
        message = _message_of(copy, settings)
        db.session.expunge_all()
        db.session.rollback()  # the other side may take its time: no transaction waits for it
    if message is None:
        return DeliveryState.needless
    channels.send(copy, message, settings)
    return DeliveryState.sent


def _message_of(copy: Delivery, settings: ChannelSettings) -> messages.Message | None:
    if copy.trial:
        return messages.trial_message()
    notices = queries.unread_of(copy) if channels.reaches(copy.channel, copy.user) else ()
    return messages.message_of(notices, says_all=settings.says_all) if notices else None


def settle(delivery: Delivery, state: DeliveryState) -> None:
    """Note that a message went out, or that nothing was left to say."""
    delivery.state, delivery.settled_at, delivery.last_error = state, clock.now(), None
    db.session.flush()


def forget_old() -> None:
    """Forget what went out three months ago."""
    db.session.execute(sa.delete(Delivery).where(Delivery.made_at < clock.now() - KEPT))


# ── what people and the office want ────────────────────────────────────────────────────────────────────────────────


class ChannelFacts(TypedDict):
    """What is typed about the channels; an empty secret leaves the one that is set."""

    webhook_url: str
    webhook_secret: str
    webhook_template: str
    mail_pace: Pace
    webhook_pace: Pace
    says_all: bool
    burst_minutes: int
    digest_at: time
    quiet_from: time
    quiet_until: time


def change_channels(
    seen: int | None, *, forget_secret: bool = False, by: User, **facts: Unpack[ChannelFacts]
) -> ChannelSettings:
    """修改消息渠道；日志只记改了哪几项，不记密钥。"""
    settings = queries.channel_settings()
    if settings.id is None:
        db.session.add(settings)
        db.session.flush()
    else:
        claim(settings, seen)
    secret = facts["webhook_secret"] or ("" if forget_secret else settings.webhook_secret)
    values: dict[str, object] = {**facts, "webhook_secret": secret}
    changed = [name for name, value in values.items() if getattr(settings, name) != value]
    for name, value in values.items():
        setattr(settings, name, value)
    db.session.flush()
    journal.record(by, "inbox.change_channels", settings, "修改消息渠道", changed=changed)
    return settings


def prefer(*, mail: Pace, webhook: Pace, by: User) -> Preference:
    """修改自己的消息设置。"""
    wish = queries.preference(by) or Preference(user_id=by.id, mail=mail, webhook=webhook)
    wish.mail, wish.webhook = mail, webhook
    add(wish)
    journal.record(by, "inbox.prefer", by, "修改消息设置", mail=mail.value, webhook=webhook.value)
    return wish


def try_channel(channel: Channel, *, by: User) -> Delivery:
    """给自己发一条测试消息。"""
    if not channels.is_there(channel, queries.channel_settings()):
        raise Refused(f"还没有配置{channel.label}，请先配置后再测试。")
    if not channels.reaches(channel, by):
        raise Refused("您的账号没有登记邮箱，请先在人员资料中登记。")
    now = clock.now()
    trial: Delivery = add(Delivery(user=by, channel=channel, notices=[], trial=True, made_at=now, due_at=now))
    journal.record(by, "inbox.try_channel", trial, "测试消息渠道", channel=channel.value)
    periodic.prompt("inbox.send")
    return trial


def send_again(delivery: Delivery, *, by: User) -> Delivery:
    """重新发送一条没有发出的消息。"""
    if obstacle := not_failed(delivery):
        raise Refused(obstacle)
    journal.record(by, "inbox.send_again", delivery, "重新发送消息")
    jobs_due.try_again(delivery)
    periodic.prompt("inbox.send")
    return delivery


def send_all_again(*, by: User) -> Sequence[Delivery]:
    """重新发送所有没有发出的消息。"""
    failed = db.session.scalars(queries.failed_deliveries()).all()
    if not failed:
        raise Refused("没有发送失败的消息。")
    for delivery in failed:
        jobs_due.try_again(delivery)
    journal.record(by, "inbox.send_all_again", None, "重新发送全部失败的消息", count=len(failed))
    periodic.prompt("inbox.send")
    return failed


def drop(delivery: Delivery, *, by: User) -> Delivery:
    """不再发送一条没有发出的消息；门户里的消息不受影响。"""
    if obstacle := not_failed(delivery):
        raise Refused(obstacle)
    settle(delivery, DeliveryState.needless)
    journal.record(by, "inbox.drop", delivery, "不再发送消息")
    return delivery
