"""Routes of reading: the list, and one document."""

from collections.abc import Sequence
from typing import Any

from flask.typing import ResponseReturnValue

from portal.actions.models.action_items import ActionItem
from portal.db import clock
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import MeetingSeries
from portal.meetings.series import queries as meetings
from portal.minutes import loading, rules
from portal.minutes.blueprint import bp, note_reading, text_of, url
from portal.minutes.consultation import queries as consultation_queries
from portal.minutes.consultation.anchors import placed
from portal.minutes.issue import queries as issue_queries
from portal.minutes.models.minutes import Minutes, MinutesState
from portal.minutes.reading import queries
from portal.minutes.text import queries as text_queries
from portal.records.decisions import queries as records
from portal.web import filters, responses, spreadsheet, timeline
from portal.web import listing as web_listing
from portal.web.guards import me, requires

COLUMNS = [
    spreadsheet.Column("编号", lambda one: one.number_text, 16),
    spreadsheet.Column("标题", lambda one: one.title, 44),
    spreadsheet.Column("例会", lambda one: one.meeting.series.name, 20),
    spreadsheet.Column("会议日期", lambda one: one.meeting.day, 14),
    spreadsheet.Column("状态", lambda one: one.state.label, 10),
    spreadsheet.Column("签发时间", lambda one: one.signed_at, 18),
    spreadsheet.Column("印发时间", lambda one: one.issued_at, 18),
    spreadsheet.Column("分送单位", lambda one: one.distribution, 40),
    spreadsheet.Column("补录", lambda one: "补录" if one.is_back_entered else "", 8),
]


@bp.get("/minutes")
@requires(rules.browse)
def index() -> ResponseReturnValue:
    """会议纪要。"""
    series = meetings.all_series() if rules.reads_all(me()) else meetings.series_of(me())
    listing = web_listing.Listing(
        queries.readable_by(me()),
        {
            "day": (Meeting.day, Minutes.id),
            "number": (Minutes.year, Minutes.number, Minutes.id),
            "series": (MeetingSeries.rank, Meeting.day, Minutes.id),
            "state": (Minutes.state, Meeting.day, Minutes.id),
        },
        "day",
        descending=True,
        filters=[
            filters.Filter("text", "标题或正文", queries.saying),
            filters.Filter(
                "series", "例会", filters.equals(Meeting.series_id), "choice",
                [(str(one.id), one.name) for one in series],
            ),
            filters.Filter("year", "年度", _of_year, "choice", [(str(year), f"{year}年") for year in meetings.years()]),
            filters.Filter("state", "状态", filters.equals(Minutes.state), "choice", filters.choices_of(MinutesState)),
        ],
        options=loading.ROW,
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("会议纪要", COLUMNS)
    return responses.show("minutes/reading/index.html", listing=listing, awaiting=queries.awaiting(me()))


def _of_year(query: Any, year: str) -> Any:
    return query.where(Meeting.day.between(clock.parse_day(f"{year}-01-01"), clock.parse_day(f"{year}-12-31")))


@bp.get("/minutes/<model:minutes>")
@requires(rules.see)
def show(minutes: Minutes) -> ResponseReturnValue:
    """一份会议纪要：正文，办到哪一步，意见、交办事项和档案。"""
    if responses.is_fragment_request() and not minutes.is_waited_for:
        return responses.done(url(minutes))  # the paper it waited for is there, and with it other buttons
    drafts = rules.see_drafts(me(), minutes)
    said = _said_about(minutes, show=drafts and not minutes.is_frozen)
    if minutes.is_issued:
        note_reading(minutes)
    actions = records.actions_of(minutes.meeting)
    if minutes.is_back_entered:
        return _show_entered(minutes, actions, drafts=drafts)
    return responses.show(
        "minutes/reading/show.html",
        fragment="minutes/reading/_waiting.html",
        meeting=minutes.meeting,
        steps=minutes.steps,
        drafts=drafts,
        **said,
        readings=issue_queries.readings_of(minutes)
        if minutes.is_issued and rules.see_readings(me(), minutes)
        else None,
        hindrance=_hindrance(minutes),
        **_opinions(minutes),
        corrections=[one for one in issue_queries.corrections_of(minutes) if drafts or one.is_issued],
        actions=actions,
        line=_line(minutes, actions, drafts=drafts),
        **text_of(minutes, text_queries.words(minutes)),
    )


def _show_entered(minutes: Minutes, actions: Sequence[ActionItem], *, drafts: bool) -> ResponseReturnValue:
    """One that was issued before the portal came: the file as it was brought, and what became of it."""
    return responses.show(
        "minutes/back_entry/entered.html",
        meeting=minutes.meeting,
        decisions=[one for said in records.decisions_of(minutes.meeting).values() for one in said],
        readings=issue_queries.readings_of(minutes)
        if minutes.is_issued and rules.see_readings(me(), minutes)
        else None,
        actions=actions,
        line=_line(minutes, actions, drafts=drafts),
        **text_of(minutes, text_queries.words(minutes)),
    )


def _line(minutes: Minutes, actions: Sequence[ActionItem], *, drafts: bool) -> list[timeline.Event]:
    """What happened to the minutes, their tasks, and what they correct; their making is told who works on them."""
    others = [one for one in (minutes.corrects, *minutes.corrections) if one and (drafts or one.is_issued)]
    names = {("action_item", one.id): (one.title, one.id) for one in actions}
    names |= {("minutes", one.id): (one.title, one.id) for one in others}
    told = timeline.KINDS["minutes"].deeds
    return [one for one in timeline.events_among(minutes, names) if drafts or not one.own or one.deed in told]


def _opinions(minutes: Minutes) -> dict[str, Any]:
    """What the fragment of the 审签单 names."""
    if not rules.see_opinions(me(), minutes):
        return {"opinions": [], "rounds": []}
    return {"opinions": minutes.sheet.opinions, "rounds": minutes.sheet.rounds}


def _said_about(minutes: Minutes, *, show: bool) -> dict[str, Any]:
    """Comments and what those who attended were asked, for whoever works on the text; later the 审签单 tells of it."""
    if not show:
        return {"comments": [], "consultations": []}
    return {
        "comments": placed(consultation_queries.comments_on(minutes), text_queries.words(minutes)),
        "consultations": consultation_queries.consultations_on(minutes),
    }


def _hindrance(minutes: Minutes) -> str | None:
    """What has still to be done before the next step, for whoever takes that step."""
    if minutes.is_drafted and rules.submit(me(), minutes):
        return minutes.lifecycle.obstacle(minutes, "submit")
    if minutes.is_reviewed and rules.review(me(), minutes):
        return minutes.lifecycle.obstacle(minutes, "pass_")
    return None
