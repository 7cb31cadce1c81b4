"""The agenda's fragment: what it names, and the answer to everything that changes it."""

from typing import Any

from flask import Response, request, url_for

from portal.meetings import rules
from portal.meetings.agenda import forms, queries
from portal.meetings.blueprint import whole
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind
from portal.meetings.series import queries as series_queries
from portal.web import responses
from portal.web.guards import me


def agenda_of(meeting: Meeting, form: forms.AgendaLine | None = None) -> dict[str, Any]:
    """What the agenda's fragment names: who may build is asked once, however many rows there are."""
    may_build = rules.build_agenda(me(), meeting) and meeting.is_upcoming
    builds = may_build and _is_open_to_build(meeting)
    if builds and form is None:
        form = _line(meeting)
    return {
        "meeting": meeting,
        "may_build": may_build,
        "last_step": meeting.last_step if builds and meeting.is_preparing else None,
        "slots": queries.timetable(meeting),
        "parts": queries.minutes_by_kind(meeting),
        "builds": builds,
        "marks": meeting.is_in_session and _may_mark(meeting),
        "form": form,
    }


def _is_open_to_build(meeting: Meeting) -> bool:
    """A fixed agenda shows its tools only to who says that it is to be changed."""
    return not meeting.is_frozen or request.method == "POST" or "change" in request.args or "next" in request.args


def _line(meeting: Meeting, kind: ItemKind | None = None, after: int | None = None) -> forms.AgendaLine:
    """An empty line for the next item: behind an item where that is asked for, of the kind that stands there."""
    asked = request.args.get("after", type=int)
    before = next((item for item in meeting.items if item.id in {after, asked}), None)
    same = before.kind if before and before.kind is not ItemKind.review else ItemKind.problem
    kind = kind or same
    data = {"kind": kind, "minutes": 10, "after": before.id if before else ""}
    return forms.AgendaLine(series_queries.people_by_rank(), formdata=None, data=data)


def _may_mark(meeting: Meeting) -> bool:
    return any(rules.mark_item(me(), item) for item in meeting.items[:1])


def agenda_done(
    meeting: Meeting, sentence: str, *, focus: bool = False, kind: ItemKind | None = None, after: int | None = None
) -> Response:
    """The answer to everything that changes the agenda; a line typed in its midst is followed by another there."""
    change = 1 if meeting.is_frozen and meeting.is_upcoming else None
    address = url_for("meetings.show", meeting=meeting.id, next=1 if focus else None, change=change, after=after)
    if not responses.is_fragment_request():
        return responses.done(f"{address}#title" if focus else f"{address}#agenda", sentence)
    builds = rules.build_agenda(me(), meeting) and meeting.is_upcoming
    context = agenda_of(meeting, _line(meeting, kind, after) if builds else None)
    return responses.done(address, sentence, fragment="meetings/_agenda.html", focus=focus, **context)


def after_item(item: AgendaItem, sentence: str) -> Response:
    """Back to the agenda the item stands on, or to the item's own page."""
    if item.meeting is not None:
        return agenda_done(whole(item.meeting), sentence)
    return responses.done(url_for("meetings.show_item", item=item.id), sentence)
