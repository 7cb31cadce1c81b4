"""What other rooms' pages ask about minutes."""

from collections.abc import Callable

from flask import Flask
from flask_login import current_user

from portal import papers
from portal.meetings.models import Meeting
from portal.minutes import queries, rules
from portal.minutes.models import Minutes
from portal.minutes.routes.reading import note_download
from portal.office import office
from portal.people.models import User
from portal.register import Document, PaperKind


def _of_meeting(meeting: Meeting) -> Minutes | None:
    """The newest minutes of a meeting that the person at the screen may see."""
    visible = [one for one in queries.of_meeting(meeting) if not one.is_void and rules.see(current_user, one)]
    return visible[-1] if visible else None


def _reader(rule: Callable[[User, Minutes], bool]) -> Callable[[User, Document], bool]:
    def read(user: User, document: Document) -> bool:
        minutes = queries.minutes_with(document)
        return minutes is not None and rule(user, minutes)

    return read


def phrases() -> list[str]:
    """常用语, as the office has set them."""
    return [phrase.strip() for phrase in str(office.minutes_phrases).split("；") if phrase.strip()]


def init_app(app: Flask) -> None:
    """Say who reads the papers of this room, and let the meeting's page ask for its minutes."""
    papers.readers[PaperKind.minutes] = _reader(rules.see)
    papers.opened[PaperKind.minutes] = note_download
    papers.readers[PaperKind.earlier] = _reader(rules.see)
    papers.opened[PaperKind.earlier] = note_download
    papers.readers[PaperKind.sign_off] = _reader(rules.see_opinions)
    app.jinja_env.globals.update(minutes_of_meeting=_of_meeting, phrases=phrases)
