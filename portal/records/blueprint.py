"""What all routes of records share: the blueprint, ways back, who reads the papers, what earlier pages ask."""

from flask import Blueprint, Flask, url_for

from portal.actions.ledger.queries import ORIGINS, Origin
from portal.actions.models.action_items import ActionItem
from portal.documents import readership
from portal.documents.registry import Document, PaperKind
from portal.errors import Refused
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.rules import see as see_meeting
from portal.people.models.accounts import User
from portal.records import rules
from portal.records.decisions import origins
from portal.records.decisions import queries as decisions_queries
from portal.records.desk import queries as desk_queries
from portal.records.lines import queries as lines_queries
from portal.records.signing import queries as signing_queries
from portal.web import responses, timeline
from portal.web.guards import loads, me

bp = Blueprint("records", __name__)
timeline.KINDS["decision"] = timeline.Kind(
    "议定事项", decisions_queries.decision_titles, "/decisions/{id}", {"records.decide": "议定"}
)
timeline.connect(decisions_queries.links)
loads("sitting")(desk_queries.sitting)
loads("topic")(desk_queries.topic)
loads("record")(signing_queries.record)
loads("line")(lines_queries.line)
loads("live")(desk_queries.live)
loads("phrase")(lines_queries.phrase)
loads("handout")(decisions_queries.handout)
loads("decision")(decisions_queries.decision)
ORIGINS["series"] = Origin(
    "例会", ActionItem.of_series, origins.series_to_choose, origins.places_of_series, origins.names_of_series
)
ORIGINS["meeting"] = Origin(
    "会议", ActionItem.of_meeting, origins.meetings_to_choose, origins.places_of_meetings, origins.names_of_meetings
)


def meeting_of(item: AgendaItem) -> Meeting:
    """The meeting an item stands on; the routes let in no other items."""
    if item.meeting is None:
        raise Refused("这个议题还没有列入会议。")
    return item.meeting


def desk_url(item: AgendaItem, anchor: str = "") -> str:
    """The recorder's desk at an item."""
    return url_for("records.show", sitting=item.meeting_id, item=item.id, _anchor=anchor or None)


def may_read(user: User, document: Document) -> bool:
    """Whether this person may read the paper of a record."""
    record = signing_queries.record_on(document)
    return record is not None and rules.see(user, record)


def origin_of(action: ActionItem) -> list[tuple[str, str]]:
    """Where a task was said, as its page shows it: meeting, item, decision, each with its address."""
    handout = decisions_queries.origin_of(action)
    if handout is None or handout.item.meeting is None or not see_meeting(me(), handout.item.meeting):
        return []
    meeting, item, decision = handout.item.meeting, handout.item, handout.decision
    way = [(meeting.title, url_for("meetings.show", meeting=meeting.id))]
    if not meeting.was_held_elsewhere:
        way.append((item.title, desk_url(item, f"item-{item.id}")))
    if decision is not None:
        page = url_for("records.show_decision", decision=decision)
        opens = rules.see_decision(me(), decision)
        way.append((f"议定：{decision.text}", page if opens else desk_url(item, responses.dom_id(decision))))
    return way


def init_app(app: Flask) -> None:
    """Say who may read the papers of this feature, and let earlier rooms' pages ask about records."""
    readership.readers[PaperKind.record] = may_read
    app.jinja_env.globals.update(
        record_of_meeting=signing_queries.record_of,
        words_of_items=decisions_queries.words_of_items,
        origin_of=origin_of,
    )
