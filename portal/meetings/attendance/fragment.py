"""The roll's fragment: what it names, and the answer to everything that changes it."""

from typing import Any

from flask import Response, url_for

from portal.meetings import rules
from portal.meetings.attendance import queries
from portal.meetings.blueprint import whole
from portal.meetings.models.meetings import Meeting
from portal.web import responses
from portal.web.guards import me


def roll_of(meeting: Meeting) -> dict[str, Any]:
    """What the roll's fragment names."""
    return {
        "meeting": meeting,
        "tally": queries.tally(meeting),
        "checks": rules.keep_attendance(me(), meeting) and meeting.takes_roll,
        "answers": rules.answer_leave(me(), meeting),
        "decides": rules.answer_leave(me(), meeting) and meeting.takes_roll,
    }


def roll_done(meeting: Meeting, sentence: str) -> Response:
    """The answer to everything that changes the roll."""
    address = url_for("meetings.attendance", meeting=meeting.id)
    if not responses.is_fragment_request():
        return responses.done(from_place() or address, sentence)
    return responses.done(address, sentence, fragment="meetings/attendance/_roll.html", **roll_of(whole(meeting)))


def from_place() -> str | None:
    """The page of one person's place, for who came from there."""
    came = responses.back()
    return came if came and came.startswith("/attendances/") else None
