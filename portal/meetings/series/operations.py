"""Operations on series."""

from collections.abc import Sequence
from datetime import time
from typing import NotRequired, TypedDict, Unpack

import sqlalchemy as sa

from portal.db import journal
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.errors import Refused
from portal.meetings.models.series import ItemKind, MeetingSeries, Recurrence, StandingItem
from portal.people.models.accounts import User
from portal.people.models.groups import Group

StandingFacts = tuple[ItemKind, str, int] | tuple[ItemKind, str, int, User | None]  # the last: who reports it


class SeriesFacts(TypedDict):
    """What is typed about a series."""

    name: str
    short: str
    rank: int
    group: Group
    chair: User | None
    recorder: User | None
    reviewer: User | None
    signatory: User | None
    place: str
    recurrence: Recurrence
    weekday: int
    starts_at: time
    minutes: int
    cut_off_days: int
    cut_off_time: time
    heading: str
    nth: NotRequired[int]
    automatic: NotRequired[bool]
    kind_order: NotRequired[list[str]]


def add_series(*, standing: Sequence[StandingFacts] = (), by: User, **facts: Unpack[SeriesFacts]) -> MeetingSeries:
    """新设例会。"""
    _refuse_second_series(facts["name"])
    series = MeetingSeries(**facts, standing_items=_standing_items(standing))
    add(series)
    journal.record(by, "meetings.add_series", series, "新设例会")
    return series


def edit_series(
    series: MeetingSeries,
    seen: int | None,
    *,
    standing: Sequence[StandingFacts],
    by: User,
    **facts: Unpack[SeriesFacts],
) -> MeetingSeries:
    """修改例会；已经建好的会议不变。"""
    _refuse_second_series(facts["name"], series)
    claim(series, seen)
    for name, value in facts.items():
        setattr(series, name, value)
    series.standing_items = _standing_items(standing)
    db.session.flush()
    journal.record(by, "meetings.edit_series", series, "修改例会")
    return series


def _refuse_second_series(name: str, series: MeetingSeries | None = None) -> None:
    other = db.session.scalar(sa.select(MeetingSeries.id).where(MeetingSeries.name == name))
    if other is not None and (series is None or other != series.id):
        raise Refused(f"已经有名为“{name}”的例会，请换一个名称。")


def _standing_items(standing: Sequence[StandingFacts]) -> list[StandingItem]:
    return [
        StandingItem(position=position, kind=kind, title=title, minutes=minutes, reporter=next(iter(reporter), None))
        for position, (kind, title, minutes, *reporter) in enumerate(standing, 1)
    ]
