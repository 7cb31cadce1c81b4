"""Questions about what people were told."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.db import clock
from portal.db.engine import db
from portal.inbox.models import MOST_TRIES, Channel, ChannelSettings, Delivery, DeliveryState, Notice, Preference
from portal.people.models.accounts import User


def notices_of(user: User) -> sa.Select[Notice]:
    """Everything a person was told, as the question a list narrows."""
    return sa.select(Notice).where(Notice.user_id == user.id)


def only(query: Any, state: str) -> Any:
    """Those of a list of notices that are unread, or read."""
    return query.where(Notice.read_at.is_(None) if state == "unread" else Notice.read_at.is_not(None))


def unread_count(user: User) -> int:
    """How many notices a person has not read."""
    return db.session.scalar(sa.select(sa.func.count()).where(Notice.user_id == user.id, Notice.read_at.is_(None))) or 0


def newest_unread(user: User, limit: int) -> Sequence[Notice]:
    """What a person was told last and has not read."""
    newest = only(notices_of(user), "unread").order_by(Notice.at.desc(), Notice.id.desc())
    return db.session.scalars(newest.limit(limit)).all()


def notice(number: int) -> Notice | None:
    """One notice."""
    return db.session.get(Notice, number)


def told(burst: str) -> frozenset[int]:
    """Who was ever told of something, as ids."""
    return frozenset(db.session.scalars(sa.select(Notice.user_id).where(Notice.burst == burst)))


# ── channels ───────────────────────────────────────────────────────────────────────────────────────────────────────


def channel_settings() -> ChannelSettings:
    """What the office has set about its channels; the defaults while nobody has saved any."""
    return db.session.scalar(sa.select(ChannelSettings).order_by(ChannelSettings.id).limit(1)) or _defaults()


def _defaults() -> ChannelSettings:
    values = {
        column.key: column.default.arg
        for column in ChannelSettings.__table__.columns
        if isinstance(column.default, sa.ColumnDefault) and column.default.is_scalar
    }
    return ChannelSettings(**values)


def preference(user: User) -> Preference | None:
    """How this person wants to be told, where they have said it."""
    return db.session.get(Preference, user.id)


def preferences_of(user_ids: Iterable[int]) -> dict[int, Preference]:
    """How these people want to be told, by their ids; who has said nothing is missing."""
    rows = db.session.scalars(sa.select(Preference).where(Preference.user_id.in_(list(user_ids))))
    return {one.user_id: one for one in rows}


def notices_to_pass_on(limit: int = 2_000) -> Sequence[Notice]:
    """What the channels have not taken notice of yet, oldest first, with whom it is for."""
    return db.session.scalars(
        sa.select(Notice)
        .where(Notice.passed_on_at.is_(None))
        .options(joinedload(Notice.user).lazyload(User.grants))
        .order_by(Notice.id)
        .limit(limit)
    ).all()


def open_deliveries(user_ids: Iterable[int], after: datetime) -> dict[tuple[int, Channel], Delivery]:
    """The messages to these people that are not due yet and can still take something up."""
    rows = db.session.scalars(
        sa.select(Delivery).where(
            Delivery.user_id.in_(list(user_ids)),
            Delivery.state == DeliveryState.waiting,
            Delivery.attempts == 0,
            Delivery.trial.is_(False),
            Delivery.due_at > after,
        )
    )
    return {(one.user_id, one.channel): one for one in rows}


def deliveries_to_send() -> sa.Select[Delivery]:
    """The messages that are due and have not been tried too often."""
    return (
        sa.select(Delivery)
        .where(Delivery.state == DeliveryState.waiting, Delivery.due_at <= clock.now(), Delivery.attempts < MOST_TRIES)
        .options(joinedload(Delivery.user))
        .order_by(Delivery.id)
    )


def unread_of(delivery: Delivery) -> Sequence[Notice]:
    """What a message is to say: what is still there and was not read in the portal meanwhile, newest first."""
    return db.session.scalars(
        sa.select(Notice)
        .where(Notice.user_id == delivery.user_id, Notice.id.in_(delivery.notices), Notice.read_at.is_(None))
        .order_by(Notice.id.desc())
    ).all()


def failed_deliveries() -> sa.Select[Delivery]:
    """The messages that could not be sent, as the question a list narrows."""
    return sa.select(Delivery).where(Delivery.state == DeliveryState.waiting, Delivery.last_error.is_not(None))


def with_person() -> Any:
    """What a list of messages shows of each beside its own columns: for whom it is."""
    return joinedload(Delivery.user).lazyload(User.grants)


def latest_trials() -> dict[Channel, Delivery]:
    """The last trial of each channel."""
    rows = db.session.scalars(sa.select(Delivery).where(Delivery.trial).order_by(Delivery.id.desc()).limit(20)).all()
    return {one.channel: one for one in reversed(rows)}


def delivery(number: int) -> Delivery | None:
    """One message on a channel."""
    return db.session.scalar(sa.select(Delivery).where(Delivery.id == number).options(joinedload(Delivery.user)))


def waiting_count() -> int:
    """How many messages wait for their time."""
    return db.session.scalar(sa.select(sa.func.count()).where(Delivery.state == DeliveryState.waiting)) or 0
