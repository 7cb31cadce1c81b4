"""Meetings that were not held in this portal: of another one, whose archive is kept here, or before it came."""

from datetime import date, time

import sqlalchemy as sa

from portal.db import journal
from portal.db.engine import add, db
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.meetings import Meeting, MeetingState
from portal.meetings.models.series import ItemKind, MeetingSeries, Recurrence
from portal.meetings.notices.notifying import reindex
from portal.people.models.accounts import User
from portal.people.models.groups import Group, GroupKind


def take_over(
    series: tuple[str, str, str],
    day: date,
    starts_at: time,
    minutes: int,
    *,
    place: str,
    numbered: tuple[int | None, int | None],
) -> Meeting:
    """接收移交：别的门户开过的会议，在这里只有档案；同一次会议只登记一次。

    `series` is its name, its short name and the heading of its papers, `numbered` year and number.
    """
    home = _series_of(series, starts_at, minutes)
    year, number = numbered
    there = db.session.scalar(
        sa.select(Meeting).where(
            Meeting.series_id == home.id, Meeting.day == day, Meeting.year == year, Meeting.number == number
        )
    )
    if there is not None:
        return there
    meeting: Meeting = add(
        Meeting(
            series=home, day=day, starts_at=starts_at, minutes=minutes, place=place, year=year, number=number,
            state=MeetingState.concluded,
        )
    )  # fmt: skip
    journal.record(None, "meetings.take_over", meeting, "登记移交的会议")
    return meeting


def enter_back(series: MeetingSeries, day: date, title: str) -> AgendaItem:
    """补录会议：门户启用之前开过的会议，只有一项议题，议定的和交办的都在这一项下；随它的纪要留痕。"""
    meeting = Meeting(
        series=series, day=day, starts_at=series.starts_at, minutes=series.minutes, place="",
        state=MeetingState.concluded,
    )  # fmt: skip
    item: AgendaItem = add(
        AgendaItem(
            series=series, meeting=meeting, state=ItemState.dealt_with, position=1, kind=ItemKind.other, title=title,
            minutes=series.minutes,
        )
    )  # fmt: skip
    reindex(meeting)
    return item


def amend_entry(meeting: Meeting, day: date, title: str) -> None:
    """修改补录的会议：哪一天开的，纪要叫什么；随它的纪要留痕。"""
    meeting.day = day
    for item in meeting.items:
        item.title = title
    reindex(meeting)


def take_back(meeting: Meeting, why: str, *, by: User) -> None:
    """撤销补录：补录的纪要作废了，会议随之撤销。"""
    meeting.lifecycle.fire(meeting, "take_back", by=by, why=why)
    meeting.reason = why
    db.session.flush()
    reindex(meeting)


def _series_of(called: tuple[str, str, str], starts_at: time, minutes: int) -> MeetingSeries:
    """A series nobody belongs to: its archive is for archivist and secretary."""
    name, short, heading = called
    there = db.session.scalar(sa.select(MeetingSeries).where(MeetingSeries.name == name))
    if there is not None:
        return there
    group: Group = add(Group(kind=GroupKind.theme, name=name, rank=999))
    series: MeetingSeries = add(
        MeetingSeries(
            name=name, short=short, rank=999, group=group, place="", recurrence=Recurrence.by_hand,
            automatic=False, starts_at=starts_at, minutes=minutes, cut_off_time=starts_at, cut_off_days=0,
            heading=heading,
        )
    )  # fmt: skip
    journal.record(None, "meetings.take_over_series", series, "登记移交的例会")
    return series
