"""In the meeting's room: the short-lived code people check in by, and what the screen shows."""

import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import contains_eager, joinedload

from portal import clock
from portal.database import db
from portal.meetings.models import AgendaItem, Attendance, ItemKind, Meeting, MeetingState
from portal.meetings.queries import Tally, tally
from portal.meetings.review import frozen_overview_of
from portal.people.models import FailedTry, User

SECONDS = 60  # a code is on the screen for so long, and accepted for as long again
MOST_TRIES = 5
TRIES_WITHIN = 5 * SECONDS


def turn() -> int:
    """Which code it is the turn of."""
    return int(clock.now().timestamp()) // SECONDS


def is_current(at: int) -> bool:
    """Whether the code of a turn is on the screen, or was until a moment ago."""
    return turn() - at in (0, 1)


def digits(meeting: Meeting, at: int) -> str:
    """The four digits of a turn."""
    return f"{int.from_bytes(_secret(meeting, at)[:8]) % 10_000:04d}"


def token(meeting: Meeting, at: int) -> str:
    """What the QR code of a turn carries: too long to be guessed."""
    return _secret(meeting, at)[8:20].hex()


def fits(meeting: Meeting, typed: str) -> bool:
    """Whether a code is on this meeting's screen, or was until a moment ago."""
    plain = unicodedata.normalize("NFKC", typed).replace(" ", "").encode("utf-8", "replace")
    known = [word(meeting, at).encode() for at in (turn(), turn() - 1) for word in (digits, token)]
    return any(hmac.compare_digest(one, plain) for one in known)


def _secret(meeting: Meeting, at: int) -> bytes:
    key = str(current_app.secret_key).encode()
    return hmac.new(key, f"check-in {meeting.id} {at}".encode(), hashlib.sha256).digest()


def places_open_to(user: User) -> Sequence[Attendance]:
    """This person's places at meetings that sit now, or are to sit today: those under way first."""
    return db.session.scalars(
        sa.select(Attendance)
        .join(Attendance.meeting)
        .where(
            Attendance.user_id == user.id,
            sa.or_(
                Meeting.state == MeetingState.in_session,
                sa.and_(Meeting.state == MeetingState.announced, Meeting.day == clock.today()),
            ),
        )
        .options(contains_eager(Attendance.meeting).joinedload(Meeting.series), joinedload(Attendance.department))
        .order_by(Meeting.state.desc(), Meeting.starts_at, Meeting.id)
    ).all()


def tries_of(user: User) -> str:
    """The name under which a person's wrong codes are counted."""
    return f"check-in {user.id}"


def has_tried_too_often(user: User) -> bool:
    """Whether a person typed too many wrong codes of late."""
    since = clock.now().timestamp() - TRIES_WITHIN
    rows = db.session.scalars(
        sa.select(FailedTry.at)
        .where(FailedTry.account == tries_of(user))
        .order_by(FailedTry.id.desc())
        .limit(MOST_TRIES)
    )
    return sum(at.timestamp() > since for at in rows) >= MOST_TRIES


# Later rooms say what is on the screen beside an item: the slides of a lesson.
beside: list[Callable[[AgendaItem], Any]] = []


@dataclass(frozen=True)
class Screen:
    """What the room's screen shows at this moment."""

    meeting: Meeting
    at: int
    tally: Tally
    current: AgendaItem | None
    following: AgendaItem | None
    report: Sequence[str]  # on the tasks, where the item under way is about them
    slide: Any = None  # what a later room puts beside the item under way

    @property
    def code(self) -> str:
        """The four digits."""
        return digits(self.meeting, self.at)

    @property
    def clock(self) -> str:
        """How long the item under way has taken, as the page's clock goes on to count it."""
        return clock.lapsed(self.current.runs_since if self.current else None)

    @property
    def tag(self) -> str:
        """Changes whenever the screen would look different."""
        items = [
            (item.id, item.title, item.minutes, item.state.value, item.runs_since, item.ended_at, item.is_over_time)
            for item in self.meeting.items
        ]
        beside = self.slide and self.slide.tag
        facts = (self.meeting.title, self.meeting.place, self.meeting.state.value, self.at, self.tally, items, beside)
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:20]


def screen_of(meeting: Meeting) -> Screen:
    """The screen of a meeting: its code, who has come, the item under way and the next."""
    running = [item for item in meeting.items if item.is_running] if meeting.is_in_session else []
    current = next(iter(running), None)
    after = meeting.items[meeting.items.index(current) + 1 :] if current else meeting.items
    following = next((item for item in after if item.is_placed), None)
    overview = frozen_overview_of(meeting) if current and current.kind is ItemKind.review else None
    report = overview.sentences if overview else ()
    slide = next((found for ask in beside if current and (found := ask(current))), None)
    return Screen(meeting, turn(), tally(meeting), current, following, report, slide)
