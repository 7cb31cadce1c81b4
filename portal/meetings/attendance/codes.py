"""The short-lived code on the room's screen by which people check in."""

import hashlib
import hmac
import unicodedata

import sqlalchemy as sa
from flask import current_app

from portal.db import clock
from portal.db.engine import db
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User
from portal.people.models.sessions import FailedTry

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
