"""Meetings of another portal, whose archive is kept here."""

from datetime import date, time

import sqlalchemy as sa

from portal import journal
from portal.database import add, db
from portal.meetings.models import Meeting, MeetingSeries, MeetingState, Recurrence
from portal.people.models import Group, GroupKind


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
