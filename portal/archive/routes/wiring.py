"""What earlier rooms' pages ask about the archive."""

from collections.abc import Callable, Sequence

from flask import Flask

from portal import papers
from portal.access import me
from portal.archive import compiling, queries, rules
from portal.archive.models import ArchivalRecord
from portal.archive.routes.verifying import ask_status, limit_what_is_brought
from portal.meetings.models import Meeting
from portal.people.models import User
from portal.register import Document


def _of_meeting(meeting: Meeting) -> Sequence[ArchivalRecord]:
    return queries.pieces_of(meeting, me())


def _may_read_filed(user: User, document: Document) -> bool:
    piece = queries.piece_on(document)
    return piece is not None and rules.see(user, piece)


def _or_taken_over(rule: Callable[[User, Document], bool]) -> Callable[[User, Document], bool]:
    """A paper of another portal belongs to nothing but its piece."""
    return lambda user, document: rule(user, document) or (not _is_ours(document) and _may_read_filed(user, document))


def _is_ours(document: Document) -> bool:
    piece = queries.piece_on(document)
    return piece is None or not piece.origin


def init_app(app: Flask) -> None:
    """Let the pages of a meeting and its minutes ask for what was filed, and papers be read that were laid out here."""
    papers.readers |= dict.fromkeys(compiling.KINDS, _may_read_filed)
    papers.readers |= {kind: _or_taken_over(rule) for kind, rule in papers.readers.items()}
    app.jinja_env.globals["archive_of_meeting"] = _of_meeting
    app.extensions["csrf"].exempt(ask_status)  # programs ask it, and nothing is changed
    app.before_request_funcs.setdefault(None, []).insert(0, limit_what_is_brought)
