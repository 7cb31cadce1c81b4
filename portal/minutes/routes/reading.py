"""The list, one document, and who opened it."""

from collections.abc import Sequence
from typing import Any

from flask.typing import ResponseReturnValue

from portal import chain, clock, pages
from portal.access import me, needs
from portal.actions.models import ActionItem
from portal.meetings import queries as meetings
from portal.meetings.models import Meeting, MeetingSeries
from portal.minutes import queries, rules
from portal.minutes.anchors import placed
from portal.minutes.models import Minutes, MinutesState
from portal.minutes.routes.doors import bp, note_reading, text_of, url
from portal.records import queries as records
from portal.register import Document

COLUMNS = [
    pages.Column("编号", lambda one: one.number_text, 16),
    pages.Column("标题", lambda one: one.title, 44),
    pages.Column("例会", lambda one: one.meeting.series.name, 20),
    pages.Column("会议日期", lambda one: one.meeting.day, 14),
    pages.Column("状态", lambda one: one.state.label, 10),
    pages.Column("签发时间", lambda one: one.signed_at, 18),
    pages.Column("印发时间", lambda one: one.issued_at, 18),
    pages.Column("分送单位", lambda one: one.distribution, 40),
    pages.Column("补录", lambda one: "补录" if one.is_back_entered else "", 8),
]


@bp.get("/minutes")
@needs(rules.browse)
def index() -> ResponseReturnValue:
    """会议纪要。"""
    series = meetings.all_series() if rules.reads_all(me()) else meetings.series_of(me())
    listing = pages.Listing(
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
            pages.Filter("text", "标题或正文", queries.saying),
            pages.Filter(
                "series", "例会", pages.equals(Meeting.series_id), "choice",
                [(str(one.id), one.name) for one in series],
            ),
            pages.Filter("year", "年度", _of_year, "choice", [(str(year), f"{year}年") for year in meetings.years()]),
            pages.Filter("state", "状态", pages.equals(Minutes.state), "choice", pages.choices_of(MinutesState)),
        ],
        options=queries.ROW,
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("会议纪要", COLUMNS)
    return pages.show("minutes/index.html", listing=listing, awaiting=queries.awaiting(me()))


def _of_year(query: Any, year: str) -> Any:
    return query.where(Meeting.day.between(clock.parse_day(f"{year}-01-01"), clock.parse_day(f"{year}-12-31")))


@bp.get("/minutes/<thing:minutes>")
@needs(rules.see)
def show(minutes: Minutes) -> ResponseReturnValue:
    """一份会议纪要：正文，办到哪一步，意见、交办事项和档案。"""
    if pages.is_fragment_request() and not minutes.is_waited_for:
        return pages.done(url(minutes))  # the paper it waited for is there, and with it other buttons
    drafts = rules.see_drafts(me(), minutes)
    said = _said_about(minutes, show=drafts and not minutes.is_frozen)
    if minutes.is_issued:
        note_reading(minutes)
    actions = records.actions_of(minutes.meeting)
    if minutes.is_back_entered:
        return _show_entered(minutes, actions, drafts=drafts)
    return pages.show(
        "minutes/show.html",
        fragment="minutes/_waiting.html",
        meeting=minutes.meeting,
        steps=minutes.steps,
        drafts=drafts,
        **said,
        readings=queries.readings_of(minutes) if minutes.is_issued and rules.see_readings(me(), minutes) else None,
        hindrance=_hindrance(minutes),
        **_opinions(minutes),
        corrections=[one for one in queries.corrections_of(minutes) if drafts or one.is_issued],
        actions=actions,
        line=_line(minutes, actions, drafts=drafts),
        **text_of(minutes, queries.words(minutes)),
    )


def _show_entered(minutes: Minutes, actions: Sequence[ActionItem], *, drafts: bool) -> ResponseReturnValue:
    """One that was issued before the portal came: the file as it was brought, and what became of it."""
    return pages.show(
        "minutes/entered.html",
        meeting=minutes.meeting,
        decisions=[one for said in records.decisions_of(minutes.meeting).values() for one in said],
        readings=queries.readings_of(minutes) if minutes.is_issued and rules.see_readings(me(), minutes) else None,
        actions=actions,
        line=_line(minutes, actions, drafts=drafts),
        **text_of(minutes, queries.words(minutes)),
    )


def _line(minutes: Minutes, actions: Sequence[ActionItem], *, drafts: bool) -> list[chain.Event]:
    """What happened to the minutes, their tasks, and what they correct; their making is told who works on them."""
    others = [one for one in (minutes.corrects, *minutes.corrections) if one and (drafts or one.is_issued)]
    names = {("action_item", one.id): (one.title, one.id) for one in actions}
    names |= {("minutes", one.id): (one.title, one.id) for one in others}
    told = chain.STATIONS["minutes"].deeds
    return [one for one in chain.line_among(minutes, names) if drafts or not one.own or one.deed in told]


def _opinions(minutes: Minutes) -> dict[str, Any]:
    """What the fragment of the 审签单 names."""
    if not rules.see_opinions(me(), minutes):
        return {"opinions": [], "rounds": []}
    return {"opinions": minutes.sheet.opinions, "rounds": minutes.sheet.rounds}


def note_download(document: Document) -> None:
    """Who takes the file along has opened the minutes too."""
    minutes = queries.minutes_with(document)
    if minutes is not None and minutes.is_issued:
        note_reading(minutes)


def _said_about(minutes: Minutes, *, show: bool) -> dict[str, Any]:
    """Comments and what those who attended were asked, for whoever works on the text; later the 审签单 tells of it."""
    if not show:
        return {"comments": [], "consultations": []}
    return {
        "comments": placed(queries.comments_on(minutes), queries.words(minutes)),
        "consultations": queries.consultations_on(minutes),
    }


def _hindrance(minutes: Minutes) -> str | None:
    """What has still to be done before the next step, for whoever takes that step."""
    if minutes.is_drafted and rules.submit(me(), minutes):
        return minutes.lifecycle.obstacle(minutes, "submit")
    if minutes.is_reviewed and rules.review(me(), minutes):
        return minutes.lifecycle.obstacle(minutes, "pass_")
    return None
