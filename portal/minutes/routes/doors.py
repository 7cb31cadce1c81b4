"""What the doors of the room share: the blueprint, ways back, and what their fragments name."""

from typing import Any

from flask import Blueprint, Response, url_for

from portal import chain, navigation, pages, paper
from portal.access import finds, me
from portal.errors import Refused
from portal.forms import Form
from portal.meetings.models import Meeting
from portal.minutes import operations, queries
from portal.minutes.models import Minutes
from portal.records import queries as records
from portal.request_end import afterwards

bp = Blueprint("minutes", __name__)
_TOLD = ("minutes.sign", "minutes.issue", "minutes.enter_back", "minutes.archive")  # to whoever reads them
chain.STATIONS["minutes"] = chain.Station(
    "会议纪要", queries.titles, "/minutes/{id}", dict.fromkeys(_TOLD, "")
)
chain.hang(queries.links)
navigation.offer("纪要", "minutes.index", "/minutes")
finds("minutes")(queries.minutes)
finds("comment")(queries.comment)


def url(minutes: Minutes) -> str:
    """The page of one document."""
    return url_for("minutes.show", minutes=minutes.id)


def refuse(obstacle: str | None) -> None:
    """Refuse with the obstacle, where there is one."""
    if obstacle:
        raise Refused(obstacle)


def text_of(minutes: Minutes, text: str) -> dict[str, Any]:
    """What the fragment of the text names."""
    return {"minutes": minutes, "paragraphs": paper.lines(text)}


def recorded_at(meeting: Meeting) -> dict[str, Any]:
    """What the fragment of the record names."""
    decisions, handouts = records.words_of(meeting)
    return {
        "meeting": meeting,
        "said": queries.said_at(meeting),
        "decisions": decisions,
        "handouts": handouts,
    }


def note_reading(minutes: Minutes) -> None:
    """The reading log: who opened issued minutes and when, written when the page has been sent on its way."""
    numbers = minutes.id, me().id
    afterwards(lambda session: operations.note_reading(session, *numbers))


def act(minutes: Minutes, form: Form, title: str, word: str, hint: str = "") -> Response:
    """The page of a deed that needs a form of its own."""
    trail = [("会议纪要", url_for("minutes.index")), (minutes.title, url(minutes)), (title, "")]
    return pages.show("act.html", form=form, title=title, word=word, hint=hint, about=minutes.title, trail=trail)
