"""Indexing pieces for search, and rebuilding the whole index."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from portal.actions.assignment import notifying as actions_room
from portal.actions.models.action_items import ActionItem
from portal.archive.models.pieces import ArchivalRecord
from portal.archive.search import queries
from portal.courses.course import indexing
from portal.courses.materials import operations as materials
from portal.courses.models.courses import Course
from portal.courses.models.materials import Material
from portal.courses.models.policies import Policy
from portal.courses.policies import operations as library_room
from portal.db import search, search_index
from portal.db.engine import db
from portal.enterprises.models.enterprises import Enterprise
from portal.enterprises.models.problems import Problem
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register
from portal.lessons.classroom import operations as podium_room
from portal.lessons.models.classroom import Question
from portal.meetings.models.meetings import Meeting
from portal.meetings.notices import notifying as meetings_room
from portal.minutes.issue import operations as minutes_room
from portal.minutes.reading import queries as minutes_queries
from portal.records.models import Decision
from portal.records.search import operations as records_room
from portal.records.search import queries as records_queries


def reindex(record: ArchivalRecord) -> None:
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
        (sa.select(Enterprise), register.let_enterprise_be_found),
        (sa.select(Problem), problems.reindex),
        (sa.select(ActionItem), actions_room.reindex),
        (sa.select(Course), indexing.let_course_be_found),
        (sa.select(Material), materials.let_slides_be_found),
        (sa.select(Meeting), meetings_room.reindex),
        (sa.select(Policy), library_room.reindex),
        (sa.select(Question), podium_room.reindex),
        (records_queries.entries(), records_room.reindex),
        (sa.select(Decision), records_room.let_decision_be_found),
        (minutes_queries.issued(), minutes_room.reindex),
        (queries.to_be_found(), reindex),
    )
    for things, enter in sources:
        for thing in db.session.scalars(things).all():
            enter(thing)
    return db.session.scalar(sa.select(sa.func.count(search_index.SearchEntry.id))) or 0
