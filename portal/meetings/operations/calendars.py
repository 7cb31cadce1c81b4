"""Deeds with a person's own calendar address."""

from secrets import token_hex

from portal import clock, journal
from portal.database import db
from portal.errors import Refused
from portal.meetings import queries
from portal.meetings.models import CalendarFeed
from portal.people.models import User


def subscribe(*, by: User) -> CalendarFeed:
    """开通日历订阅；已经开通的换一个新地址，旧地址立即失效。"""
    feed = queries.calendar_feed(by.id)
    if feed is None:
        feed = CalendarFeed(user_id=by.id, user=by, nonce="", made_at=clock.now())
        db.session.add(feed)
    feed.nonce, feed.made_at = token_hex(16), clock.now()
    db.session.flush()
    journal.record(by, "meetings.subscribe", by, "开通日历订阅")
    return feed


def unsubscribe(*, by: User) -> None:
    """停用日历订阅：原来的地址立即失效。"""
    feed = queries.calendar_feed(by.id)
    if feed is None:
        raise Refused("没有开通日历订阅。")
    db.session.delete(feed)
    journal.record(by, "meetings.unsubscribe", by, "停用日历订阅")
    db.session.flush()
