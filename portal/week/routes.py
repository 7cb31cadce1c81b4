"""Routes of the week."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import MeetingSeries
from portal.meetings.rules import see, see_series
from portal.web import navigation, responses
from portal.web.guards import me, requires
from portal.week import operations, queries, rules

bp = Blueprint("week", __name__)
navigation.offer("本周会务", "week.index", "/week")


@bp.get("/week")
@requires(rules.keep_week)
def index() -> ResponseReturnValue:
    """本周会务：各次会议齐备了什么，还缺什么，谁还欠着。"""
    return responses.show(
        "week/index.html", weeks=queries.weeks(me()), series=None, without_next=queries.series_without_next(), me=me()
    )


@bp.get("/series/<model:series>/week")
@requires(see_series, rules.keep_week)
def of_series(series: MeetingSeries) -> ResponseReturnValue:
    """一个例会的会务。"""
    without = [one for one in queries.series_without_next() if one.id == series.id]
    weeks = queries.weeks(me(), series)
    return responses.show("week/index.html", weeks=weeks, series=series, without_next=without, me=me())


@bp.post("/meetings/<model:meeting>/reminders")
@requires(see, rules.keep_week)
def remind(meeting: Meeting) -> ResponseReturnValue:
    """提醒还欠着的人。"""
    line = request.form.get("line", "")
    count = operations.remind(meeting, line if line in {one.name for one in queries.LINES} else "", by=me())
    return responses.done(responses.back() or url_for("week.index"), f"已提醒 {count} 人。")
