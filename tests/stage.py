"""A series with the cast's people, and meetings in every state, for the tests of this room."""

from datetime import date, time, timedelta

from fixed_clock import MONDAY, NINE
from states import kept

from portal.db import clock
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance_operations
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind, MeetingSeries, Recurrence
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.series import operations as series_operations
from portal.meetings.sitting import operations as sitting

BEFORE = clock.moment(MONDAY - timedelta(days=7), 10)  # a week before, on a working day


@kept
def new_series(people, **changes) -> MeetingSeries:
    facts = {
        "name": "专班例会", "short": "专班", "rank": 1, "group": people.task_force, "chair": people.chair,
        "recorder": people.recorder, "reviewer": people.reviewer, "signatory": people.signatory,
        "place": "第一会议室", "recurrence": Recurrence.weekly, "weekday": 0, "starts_at": NINE, "minutes": 90,
        "cut_off_days": 2, "cut_off_time": time(17, 0), "heading": "首席服务官周例会纪要",
        "standing": [(ItemKind.review, "上次交办事项落实情况", 10)],
    } | changes  # fmt: skip
    return series_operations.add_series(by=people.secretary, **facts)


@kept
def prepared(people, series=None, day=MONDAY, items=("研判用地问题", "部署下周工作")) -> Meeting:
    meeting = preparing.schedule(series or new_series(people), day, by=people.secretary)
    for title in items:
        agenda.add_item(meeting, ItemKind.problem, title, 20, reporter=people.officer, by=people.secretary)
    return meeting


@kept
def announced(people, series=None, day=MONDAY, **more) -> Meeting:
    meeting = prepared(people, series, day, **more)
    preparing.approve_agenda(meeting, chair=people.chair, by=people.secretary)
    return notices.announce(meeting, why="已知悉", by=people.secretary)


@kept
def in_session(people, series=None, day=MONDAY, **more) -> Meeting:
    return sitting.open(announced(people, series, day, **more), by=people.secretary)


@kept
def adjourned(people, series=None, day=MONDAY, outcome=ItemState.dealt_with, **more) -> Meeting:
    meeting = in_session(people, series, day, **more)
    for attendance in meeting.attendances[:3]:
        attendance_operations.check_in(attendance, by=people.secretary)
    for item in meeting.items:
        sitting.mark_item(item, outcome, by=people.secretary)
    return sitting.adjourn(meeting, by=people.secretary)


@kept
def concluded(people, series=None, day=MONDAY, **more) -> Meeting:
    return sitting.conclude(adjourned(people, series, day, **more), by=None)


def next_week(day: date = MONDAY) -> date:
    return day + timedelta(days=7)
