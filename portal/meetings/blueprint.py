"""What the routes of the feature share: the blueprint, loaders, typed reasons, ways back; what other pages ask."""

from flask import Blueprint, Flask, Response, request, url_for

from portal.documents import readership
from portal.documents.registry import Document, PaperKind
from portal.enterprises.problems.queries import also_readers
from portal.errors import Refused
from portal.meetings import rules
from portal.meetings.agenda import queries as agenda_queries
from portal.meetings.attendance import queries as attendance_queries
from portal.meetings.models.meetings import Meeting
from portal.meetings.notices import queries as notices_queries
from portal.meetings.series import queries as series_queries
from portal.people.models.accounts import User
from portal.web import navigation, responses, timeline
from portal.web.guards import loads

bp = Blueprint("meetings", __name__)
timeline.KINDS["agenda_item"] = timeline.Kind(
    "议题", agenda_queries.item_titles, "/items/{id}",
    {"meetings.propose": "", "meetings.place_item": "", "meetings.add_item": "列入议程", "meetings.mark_dealt_with": "",
     "meetings.mark_deferred": "", "meetings.mark_not_reached": "", "meetings.return_item": ""},
)  # fmt: skip
timeline.KINDS["meeting"] = timeline.Kind(
    "会议", series_queries.titles, "/meetings/{id}", {"meetings.open": "通报落实情况"}
)
timeline.connect(agenda_queries.links)
navigation.offer("会议", "meetings.index", "/meetings", "/series", "/items", "/attendances", "/check-in")
loads("series")(series_queries.series)
loads("meeting")(series_queries.meeting)
loads("item")(agenda_queries.item)
loads("item_file")(agenda_queries.item_file)
loads("attendance")(attendance_queries.attendance)
loads("scan")(attendance_queries.scan)
loads("meeting_notice")(notices_queries.notice)


def typed_reason(longest: int = 500) -> str:
    """The reason of a one-field form; the lifecycle refuses an empty one."""
    from portal.web.fields import clean_text

    why = clean_text(request.form.get("why"))
    if len(why) > longest:
        raise Refused(f"理由请不要超过 {longest} 个字。")
    return why


def back_to(meeting: Meeting, sentence: str) -> Response:
    """Where the button was pressed, or the meeting's page."""
    return responses.done(responses.back() or url_for("meetings.show", meeting=meeting.id), sentence)


def whole(meeting: Meeting) -> Meeting:
    """The meeting with everything its page shows; a plain browser is sent there and needs none of it."""
    return (responses.is_fragment_request() and series_queries.meeting(meeting.id)) or meeting


def may_read_notice(user: User, document: Document) -> bool:
    """Whether a person may read a notice in the register."""
    meeting = notices_queries.meeting_of_notice(document)
    return meeting is not None and rules.see(user, meeting)


def init_app(app: Flask) -> None:
    """Let earlier rooms' pages ask about meetings, and the members read the problems on their agendas."""
    app.jinja_env.globals.update(
        meeting_of_course=agenda_queries.meeting_of_course,
        meetings_of_courses=agenda_queries.meetings_of_courses,
        items_of_problem=agenda_queries.items_of_problem,
    )
    readership.readers[PaperKind.notice] = may_read_notice
    if agenda_queries.problems_read_by not in also_readers:
        also_readers.append(agenda_queries.problems_read_by)
