"""Questions about what is found by whom."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.actions import queries as actions
from portal.archive.models import ArchivalRecord
from portal.archive.queries.pieces import PRIVATE
from portal.courses.rules import scopes_of as courses_found_by
from portal.enterprises import queries as enterprises
from portal.meetings import queries as meetings
from portal.minutes import queries as minutes
from portal.people.models import Role, User
from portal.records import queries as records

LABELS = (
    "会议", "会议记录", "议定事项", "会议纪要", "交办事项", "企业问题", "企业", "项目", "讲业务", "课件", "课堂问答",
    "政策资料", "政策原文", "档案",
)  # fmt: skip
KEPT_APART = "archive"  # in which scope of search the sheets with opinions are found


def meeting_years() -> Sequence[int]:
    """The years there were meetings in, newest first."""
    return meetings.years()


def scope_of(piece: ArchivalRecord) -> str:
    """In which scope of search a piece is found: where the minutes are, but opinions only by who keeps them."""
    return KEPT_APART if piece.kind in PRIVATE else minutes.scope_of(piece.meeting.series_id)


def scopes_of(user: User) -> "set[str | sa.Select[str]]":
    """Every scope of search in which this person may find something."""
    kept_apart: set[str | sa.Select[str]] = {KEPT_APART} if user.has(Role.archivist, Role.secretary) else set()
    rooms = (meetings, records, actions, enterprises, minutes)
    return kept_apart.union(courses_found_by(user), *(room.scopes_of(user) for room in rooms))


def to_be_found() -> sa.Select[ArchivalRecord]:
    """All pieces, to be entered for search."""
    return sa.select(ArchivalRecord).options(joinedload(ArchivalRecord.meeting)).order_by(ArchivalRecord.id)
