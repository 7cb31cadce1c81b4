"""Routes of the series, and the list of meetings."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.db import clock
from portal.meetings import rules
from portal.meetings.blueprint import bp
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.meetings import MeetingState as S
from portal.meetings.models.series import MeetingSeries
from portal.meetings.series import forms, operations, queries
from portal.people.departments.queries import groups
from portal.web import filters, responses
from portal.web.filters import Filter
from portal.web.guards import me, requires
from portal.web.listing import Listing
from portal.web.spreadsheet import Column

COLUMNS = [
    Column("会议", lambda one: one.title, 36),
    Column("日期", lambda one: one.day, 14),
    Column("时间", lambda one: clock.hm(one.starts_at), 10),
    Column("地点", lambda one: one.place, 24),
    Column("主持人", lambda one: one.chaired_by, 14),
    Column("状态", lambda one: one.state.label, 12),
]


@bp.route("/meetings")
@requires(rules.attend)
def index() -> ResponseReturnValue:
    """会议。"""
    series = queries.series_of(me())
    listing = Listing(
        queries.meetings_of(me()).join(Meeting.series),
        {
            "plan": queries.plan_order(),
            "day": (Meeting.day, Meeting.starts_at, Meeting.id),
            "series": (MeetingSeries.rank, Meeting.day, Meeting.id),
        },
        "plan",
        filters=[
            Filter("text", "地点或例会", filters.contains(Meeting.place, MeetingSeries.name)),
            Filter(
                "series", "例会", filters.equals(Meeting.series_id), "choice",
                [(str(one.id), one.name) for one in series],
            ),
            Filter("year", "年度", _of_year, "choice", [(str(year), f"{year}年") for year in queries.years()]),
            Filter("state", "状态", filters.equals(Meeting.state), "choice", filters.choices_of(S)),
        ],
        options=queries.list_options(),
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("会议", COLUMNS)
    return responses.show("meetings/series/index.html", listing=listing, series=series)


def _of_year(query: Any, year: str) -> Any:
    first, last = clock.parse_day(f"{year}-01-01"), clock.parse_day(f"{year}-12-31")
    return query.where(Meeting.day.between(first, last))


@bp.route("/series")
@requires(rules.attend)
def all_series() -> ResponseReturnValue:
    """例会一览。"""
    return responses.show("meetings/series/all_series.html", series=queries.series_of(me()))


@bp.route("/series/new", methods=["GET", "POST"])
@requires(rules.add_series)
def add_series() -> ResponseReturnValue:
    """新设例会。"""
    form = forms.SeriesForm(groups(), queries.people_by_rank())
    if form.ready():
        made = form.attempt(operations.add_series, standing=form.chosen_standing(), by=me(), **form.facts())
        if made is not None:
            return responses.done(url_for("meetings.show_series", series=made.id), "例会已新设。")
    return responses.show("meetings/series/series_form.html", form=form, series=None)


@bp.route("/series/<model:series>")
@requires(rules.see_series)
def show_series(series: MeetingSeries) -> ResponseReturnValue:
    """一个例会。"""
    return responses.show(
        "meetings/series/series.html",
        series=series,
        meetings=queries.latest_of(series),
        members=queries.members(series),
    )


@bp.route("/series/<model:series>/edit", methods=["GET", "POST"])
@requires(rules.see_series, rules.edit_series)
def edit_series(series: MeetingSeries) -> ResponseReturnValue:
    """修改例会。"""
    form = forms.SeriesForm(groups(), queries.people_by_rank(), thing=series)
    if form.ready():
        standing = form.chosen_standing()
        if form.attempt(operations.edit_series, series, form.seen, standing=standing, by=me(), **form.facts()):
            return responses.done(url_for("meetings.show_series", series=series.id), "例会已保存。")
    return responses.show("meetings/series/series_form.html", form=form, series=series)
