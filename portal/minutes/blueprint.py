"""What all routes of minutes share: the blueprint, ways back, the context of common fragments, who reads the papers."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, url_for
from flask_login import current_user

from portal.db.office import office
from portal.documents import readership
from portal.documents.paper import text as paper_text
from portal.documents.registry import Document, PaperKind
from portal.errors import Refused
from portal.meetings.models.meetings import Meeting
from portal.minutes import rules
from portal.minutes.consultation import queries as consultation_queries
from portal.minutes.issue import operations as issue
from portal.minutes.models.minutes import Minutes
from portal.minutes.reading import queries as reading_queries
from portal.minutes.text import queries as text_queries
from portal.people.models.accounts import User
from portal.records.decisions import queries as records
from portal.web import navigation, responses, timeline
from portal.web.forms import Form
from portal.web.guards import loads, me
from portal.web.transaction import afterwards


def _of_meeting(meeting: Meeting) -> Minutes | None:
    """The newest minutes of a meeting that the person at the screen may see."""
    visible = [one for one in reading_queries.of_meeting(meeting) if not one.is_void and rules.see(current_user, one)]
    return visible[-1] if visible else None


def _reader(rule: Callable[[User, Minutes], bool]) -> Callable[[User, Document], bool]:
    def read(user: User, document: Document) -> bool:
        minutes = reading_queries.minutes_with(document)
        return minutes is not None and rule(user, minutes)

    return read


def phrases() -> list[str]:
    """常用语, as the office has set them."""
    return [phrase.strip() for phrase in str(office.minutes_phrases).split("；") if phrase.strip()]


def init_app(app: Flask) -> None:
    """Say who reads the papers of this feature, and let the meeting's page ask for its minutes."""
    readership.readers[PaperKind.minutes] = _reader(rules.see)
    readership.opened[PaperKind.minutes] = note_download
    readership.readers[PaperKind.earlier] = _reader(rules.see)
    readership.opened[PaperKind.earlier] = note_download
    readership.readers[PaperKind.sign_off] = _reader(rules.see_opinions)
    app.jinja_env.globals.update(minutes_of_meeting=_of_meeting, phrases=phrases)


def note_download(document: Document) -> None:
    """Who takes the file along has opened the minutes too."""
    minutes = reading_queries.minutes_with(document)
    if minutes is not None and minutes.is_issued:
        note_reading(minutes)


bp = Blueprint("minutes", __name__)
_TOLD = ("minutes.sign", "minutes.issue", "minutes.enter_back", "minutes.archive")  # to whoever reads them
timeline.KINDS["minutes"] = timeline.Kind("会议纪要", reading_queries.titles, "/minutes/{id}", dict.fromkeys(_TOLD, ""))
timeline.connect(reading_queries.links)
navigation.offer("纪要", "minutes.index", "/minutes")
loads("minutes")(reading_queries.minutes)
loads("comment")(consultation_queries.comment)


def url(minutes: Minutes) -> str:
    """The page of one document."""
    return url_for("minutes.show", minutes=minutes.id)


def refuse(obstacle: str | None) -> None:
    """Refuse with the obstacle, where there is one."""
    if obstacle:
        raise Refused(obstacle)


def text_of(minutes: Minutes, text: str) -> dict[str, Any]:
    """What the fragment of the text names."""
    return {"minutes": minutes, "paragraphs": paper_text.lines(text)}


def recorded_at(meeting: Meeting) -> dict[str, Any]:
    """What the fragment of the record names."""
    decisions, handouts = records.words_of(meeting)
    return {
        "meeting": meeting,
        "said": text_queries.said_at(meeting),
        "decisions": decisions,
        "handouts": handouts,
    }


def note_reading(minutes: Minutes) -> None:
    """The reading log: who opened issued minutes and when, written when the page has been sent on its way."""
    numbers = minutes.id, me().id
    afterwards(lambda session: issue.note_reading(session, *numbers))


def act(minutes: Minutes, form: Form, title: str, word: str, hint: str = "") -> Response:
    """The page of a deed that needs a form of its own."""
    trail = [("会议纪要", url_for("minutes.index")), (minutes.title, url(minutes)), (title, "")]
    return responses.show("act.html", form=form, title=title, word=word, hint=hint, about=minutes.title, trail=trail)
