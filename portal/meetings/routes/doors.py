"""What the doors of the room share: the blueprint, who asks, reasons typed, and ways back."""

from flask import Blueprint, Response, request, url_for

from portal import chain, navigation, pages
from portal.access import finds
from portal.errors import Refused
from portal.meetings import queries
from portal.meetings.models import Meeting

bp = Blueprint("meetings", __name__)
chain.STATIONS["agenda_item"] = chain.Station(
    "议题", queries.item_titles, "/items/{id}",
    {"meetings.propose": "", "meetings.place_item": "", "meetings.add_item": "列入议程", "meetings.mark_dealt_with": "",
     "meetings.mark_deferred": "", "meetings.mark_not_reached": "", "meetings.return_item": ""},
)  # fmt: skip
chain.STATIONS["meeting"] = chain.Station("会议", queries.titles, "/meetings/{id}", {"meetings.open": "通报落实情况"})
chain.hang(queries.links)
navigation.offer("会议", "meetings.index", "/meetings", "/series", "/items", "/attendances", "/check-in")
finds("series")(queries.series)
finds("meeting")(queries.meeting)
finds("item")(queries.item)
finds("item_file")(queries.item_file)
finds("attendance")(queries.attendance)
finds("scan")(queries.scan)
finds("meeting_notice")(queries.notice)


def typed_reason(longest: int = 500) -> str:
    """The reason of a one-field form; the lifecycle refuses an empty one."""
    from portal.forms import clean_text

    why = clean_text(request.form.get("why"))
    if len(why) > longest:
        raise Refused(f"理由请不要超过 {longest} 个字。")
    return why


def back_to(meeting: Meeting, sentence: str) -> Response:
    """Where the button was pressed, or the meeting's page."""
    return pages.done(pages.back() or url_for("meetings.show", meeting=meeting.id), sentence)


def whole(meeting: Meeting) -> Meeting:
    """The meeting with everything its page shows; a plain browser is sent there and needs none of it."""
    return (pages.is_fragment_request() and queries.meeting(meeting.id)) or meeting
