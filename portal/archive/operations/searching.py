"""Deeds of letting things be found."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from portal import search
from portal.actions import operations as actions_room
from portal.actions.models import ActionItem
from portal.archive import queries
from portal.archive.models import ArchivalRecord
from portal.courses import operations as courses_room
from portal.courses.models import Course, Material
from portal.database import db
from portal.enterprises import operations as enterprises_room
from portal.enterprises.models import Enterprise, Problem
from portal.library import operations as library_room
from portal.library.models import Policy
from portal.meetings import operations as meetings_room
from portal.meetings.models import Meeting
from portal.minutes import operations as minutes_room
from portal.minutes import queries as minutes_queries
from portal.podium import operations as podium_room
from portal.podium.models import Question
from portal.records import operations as records_room
from portal.records import queries as records_queries


def let_be_found(record: ArchivalRecord) -> None:
    """Enter a piece in the search index, for those who may read it."""
    search.index(
        ArchivalRecord.__tablename__,
        record.id,
        title=record.title,
        text="\n".join([record.kind, record.archival_number or record.state.label, record.responsible, record.text]),
        url=f"/archive/{record.id}",
        label="档案",
        day=record.day,
        scope=queries.scope_of(record),
    )


def rebuild_search() -> int:
    """重建搜索索引，不改动任何业务内容。"""
    search.forget_everything()
    sources: tuple[tuple[Any, Callable[[Any], None]], ...] = (
        (sa.select(Enterprise), enterprises_room.let_enterprise_be_found),
        (sa.select(Problem), enterprises_room.let_be_found),
        (sa.select(ActionItem), actions_room.let_be_found),
        (sa.select(Course), courses_room.let_course_be_found),
        (sa.select(Material), courses_room.let_slides_be_found),
        (sa.select(Meeting), meetings_room.let_be_found),
        (sa.select(Policy), library_room.let_be_found),
        (sa.select(Question), podium_room.let_be_found),
        (records_queries.entries(), records_room.let_be_found),
        (minutes_queries.issued(), minutes_room.let_be_found),
        (queries.to_be_found(), let_be_found),
    )
    for things, enter in sources:
        for thing in db.session.scalars(things).all():
            enter(thing)
    return db.session.scalar(sa.select(sa.func.count(search.SearchEntry.id))) or 0
