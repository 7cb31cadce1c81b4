"""Accepting pieces (接收归档): a piece that passes its check gets its number."""

from collections.abc import Sequence
from datetime import date

from portal.archive.checking.operations import keep, looked_at
from portal.archive.models.pieces import ArchivalRecord, ArchivalState, Check, Occasion, Retention
from portal.archive.pieces import queries
from portal.archive.search.operations import reindex
from portal.db import clock
from portal.db.concurrency import claim
from portal.db.engine import db
from portal.db.numbers import next_number
from portal.db.office import office
from portal.errors import Refused
from portal.meetings.models.meetings import Meeting
from portal.minutes.issue import operations as minutes_room
from portal.minutes.models.minutes import Minutes
from portal.people.models.accounts import User


def accept(record: ArchivalRecord, retention: Retention, seen: int | None = None, *, by: User) -> Check:
    """接收归档：检测合格才定保管期限、编档号；不合格的不接收，检测结果照样留存。

    What was found is returned rather than refused: a refusal would take the evidence of the failure back.
    """
    claim(record, seen)
    if record.is_stale:
        raise Refused("这份补录的纪要刚刚改过或已作废，著录正在更新，请稍后刷新再接收。")
    if obstacle := record.lifecycle.obstacle(record, "accept"):
        raise Refused(obstacle)
    # The signatures were judged when the piece was prepared; that the bytes are still the same is all that can change.
    found = keep(record, looked_at(record, deep=record.last_check is None), Occasion.acceptance, by=by)
    if not found.passed:
        return found
    record.retention = retention
    record.piece = next_number(f"archive/{record.year}/{retention.value}")
    record.archival_number = (
        f"{office.fonds}-WS·{record.year}-{retention.value}-{office.archive_unit}-{record.piece:04d}"
    )
    record.accepted_at, record.accepted_by = clock.now(), by
    record.kept_until = end_of(record.year, retention)
    record.lifecycle.fire(record, "accept", by=by, number=record.archival_number)
    db.session.flush()
    reindex(record)
    if record.minutes is not None:
        _conclude(record.minutes, by=by)
    return found


def accept_all(meeting: Meeting, retention: Retention, *, by: User) -> Sequence[Check]:
    """整档接收：这次会议所有待接收的文件，按顺序编号；检测不合格的留下。"""
    waiting = [one for one in queries.dossier_of(meeting) if not one.is_accepted]
    if not waiting:
        raise Refused("这次会议没有待接收的文件。")
    return [accept(one, retention, by=by) for one in waiting]


def _conclude(minutes: Minutes, *, by: User) -> None:
    pieces = [one for one in queries.dossier_of(minutes.meeting) if one.minutes_id == minutes.id]
    complete = {one.document_id for one in pieces if one.state is ArchivalState.accepted}
    wanted = {minutes.document_id, minutes.sheet.document_id if minutes.sheet else None}
    if minutes.is_back_entered:
        wanted = {minutes.document_id}  # nobody opined on it here
    if minutes.lifecycle.is_open(minutes, "archive") and wanted <= complete:
        minutes_room.archive(minutes, by=by)


def end_of(year: int, retention: Retention) -> date | None:
    """Until when a piece is kept: the years of its retention after the year it belongs to; None for ever."""
    return date(year + retention.years, 12, 31) if retention.years else None
