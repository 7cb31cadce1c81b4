"""Questions about what is found by whom."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.actions.assignment import queries as actions
from portal.archive.models.pieces import ArchivalRecord
from portal.archive.pieces.queries import PRIVATE
from portal.courses.rules import scopes_of as courses_found_by
from portal.enterprises.problems import queries as enterprises
from portal.meetings.series import queries as series_queries
from portal.minutes.reading import queries as reading_queries
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.records.search import queries as records

LABELS = (
    "会议", "会议记录", "议定事项", "会议纪要", "交办事项", "企业问题", "企业", "项目", "讲业务", "课件", "课堂问答",
    "政策资料", "政策原文", "档案",
)  # fmt: skip
KEPT_APART = "archive"  # in which scope of search the sheets with opinions are found


def meeting_years() -> Sequence[int]:
    """The years there were meetings in, newest first."""
    return series_queries.years()


def scope_of(piece: ArchivalRecord) -> str:
    """In which scope of search a piece is found: where the minutes are, but opinions only by who keeps them."""
    return KEPT_APART if piece.kind in PRIVATE else reading_queries.scope_of(piece.meeting.series_id)


def scopes_of(user: User) -> "set[str | sa.Select[str]]":
    """Every scope of search in which this person may find something."""
    kept_apart: set[str | sa.Select[str]] = {KEPT_APART} if user.has(Role.archivist, Role.secretary) else set()
    features = (series_queries, records, actions, enterprises, reading_queries)
    return kept_apart.union(courses_found_by(user), *(feature.scopes_of(user) for feature in features))


def to_be_found() -> sa.Select[ArchivalRecord]:
    """All pieces, to be entered for search."""
    return sa.select(ArchivalRecord).options(joinedload(ArchivalRecord.meeting)).order_by(ArchivalRecord.id)
