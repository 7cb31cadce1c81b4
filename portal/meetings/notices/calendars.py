"""Meetings in people's own calendars: one as a file, all of one person as an address a calendar asks again."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from flask import current_app

from portal.db.office import office
from portal.documents.reading import portal_address
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.notices import CalendarFeed
from portal.meetings.notices import paper, queries

ASK_AGAIN = "PT1H"


def file_of(meeting: Meeting) -> bytes:
    """One meeting as a calendar file; a later one with the same UID replaces it in people's calendars."""
    calendar = _calendar("CANCEL" if meeting.is_cancelled else "PUBLISH")
    calendar.add_component(_event(meeting, "\n".join(paper.agenda_lines(meeting))))
    return bytes(calendar.to_ical())


def feed_of(meetings: Sequence[Meeting]) -> bytes:
    """All meetings of one person; what is said there stays on this side of the sign-in: no agenda, no names."""
    calendar = _calendar("PUBLISH")
    calendar.add("name", office.name)
    calendar.add("x-wr-calname", office.name)
    calendar.add("refresh-interval;value=duration", ASK_AGAIN)
    calendar.add("x-published-ttl", ASK_AGAIN)
    for meeting in meetings:
        calendar.add_component(_event(meeting, "议程和材料请登录门户查看。"))
    return bytes(calendar.to_ical())


def _calendar(method: str) -> Any:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//portal//meetings//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(meeting: Meeting, description: str) -> Any:
    from icalendar import Event

    event = Event()
    event.add("uid", f"meeting-{meeting.id}@portal")
    event.add("dtstamp", paper.made_at(meeting).astimezone(UTC))
    event.add("sequence", meeting.sequence)
    event.add("status", "CANCELLED" if meeting.is_cancelled else "CONFIRMED")
    event.add("dtstart", meeting.starts.astimezone(UTC))
    event.add("dtend", meeting.ends.astimezone(UTC))
    event.add("summary", f"（已取消）{meeting.title}" if meeting.is_cancelled else meeting.title)
    event.add("location", meeting.place)
    event.add("description", description)
    event.add("url", f"{portal_address()}/meetings/{meeting.id}")
    event.add("class", "PRIVATE")
    return event


# ── the address ────────────────────────────────────────────────────────────────────────────────────────────────────


def token_of(feed: CalendarFeed) -> str:
    """What stands in the address: whose it is, and a secret that ends with the nonce it is drawn from."""
    key = str(current_app.secret_key).encode()
    secret = hmac.new(key, f"calendar {feed.user_id} {feed.nonce}".encode(), hashlib.sha256).hexdigest()
    return f"{feed.user_id}-{secret[:40]}"


def feed_with(token: str) -> CalendarFeed | None:
    """The feed a token belongs to, if it is still good and its person may sign in."""
    number = token.partition("-")[0]
    feed = queries.calendar_feed(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    good = feed is not None and feed.user.active and hmac.compare_digest(token_of(feed).encode(), _plain(token))
    return feed if good else None


def _plain(token: str) -> bytes:
    return token.encode("utf-8", "replace")


def address_of(feed: CalendarFeed) -> str:
    """The whole address, as it is put into a calendar."""
    return f"{portal_address()}/feeds/{token_of(feed)}.ics"


def tag_of(content: bytes) -> str:
    """Changes whenever the calendar would."""
    return hashlib.sha256(content).hexdigest()[:32]
