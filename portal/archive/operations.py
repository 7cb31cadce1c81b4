"""Deeds of the archive: preparing, numbering, accepting, checking."""

import hashlib
from collections.abc import Sequence
from datetime import date
from tempfile import NamedTemporaryFile
from typing import Any

from portal import clock, journal, store
from portal.archive import queries
from portal.archive.models import ArchivalRecord, ArchivalState, Check, Retention
from portal.courses.models import Material
from portal.database import add, claim, db, next_number
from portal.errors import Refused
from portal.meetings.models import Meeting
from portal.meetings.queries import meeting_of_course
from portal.minutes import operations as minutes_room
from portal.minutes.models import Minutes, MinutesState, SignOffSheet
from portal.office import office
from portal.people.models import User
from portal.people.queries import authority
from portal.records.models import Record
from portal.register import Document
from portal.store import StoredFile

SOUND = "通过"
PDF = "application/pdf"


def prepare_minutes(minutes: Minutes) -> ArchivalRecord:
    """预归档：会议纪要。"""
    return _prepare_paper(_paper(minutes.document), minutes.meeting, minutes)


def prepare_sheet(sheet: SignOffSheet) -> ArchivalRecord:
    """预归档：审签单。"""
    return _prepare_paper(_paper(sheet.document), sheet.minutes.meeting, sheet.minutes)


def prepare_record(record: Record) -> ArchivalRecord:
    """预归档：会议记录。"""
    return _prepare_paper(_paper(record.document), record.meeting, None)


def prepare_material(material: Material) -> ArchivalRecord | None:
    """预归档：讲业务课件的定稿。"""
    meeting = meeting_of_course(material.course)
    if meeting is None:
        return None
    return _prepare(
        meeting, kind="课件", title=material.title, file=material.latest.file,
        responsible=material.course.lecturer.name if material.course.lecturer else office.organisation,
    )  # fmt: skip


def _paper(document: Document | None) -> Document:
    if document is None:
        raise Refused("文件还没有生成。")
    return document


def _prepare_paper(document: Document, meeting: Meeting, minutes: Minutes | None) -> ArchivalRecord:
    return _prepare(
        meeting, kind=document.kind.label, title=document.title, file=document.file, responsible=office.organisation,
        document=document, minutes=minutes, day=clock.local(document.rendered_at).date(),
    )  # fmt: skip


def _prepare(
    meeting: Meeting,
    *,
    kind: str,
    title: str,
    file: StoredFile,
    responsible: str,
    day: date | None = None,
    **links: Any,
) -> ArchivalRecord:
    day = day or meeting.day
    record: ArchivalRecord = add(
        ArchivalRecord(
            meeting=meeting, kind=kind, title=title, file=file, responsible=responsible, day=day, year=day.year,
            retention=_retention(office.retention), prepared_at=clock.now(), **links,
        )
    )  # fmt: skip
    journal.record(None, "archive.prepare", record, "预归档")
    return record


def _retention(label: str) -> Retention:
    return next((one for one in Retention if one.label == label), Retention.thirty)


def accept(record: ArchivalRecord, retention: Retention, seen: int | None = None, *, by: User) -> ArchivalRecord:
    """接收归档：检测合格后定保管期限，编档号。"""
    claim(record, seen)
    if obstacle := record.lifecycle.obstacle(record, "accept"):
        raise Refused(obstacle)
    found = check(record, by=by)
    if not found.passed:
        raise Refused(f"四性检测没有通过，不能接收：{_trouble(found)}")
    record.retention = retention
    record.piece = next_number(f"archive/{record.year}/{retention.value}")
    record.archival_number = (
        f"{office.fonds}-WS·{record.year}-{retention.value}-{office.archive_unit}-{record.piece:04d}"
    )
    record.accepted_at, record.accepted_by = clock.now(), by
    record.lifecycle.take(record, "accept", by=by, number=record.archival_number)
    db.session.flush()
    if record.minutes is not None:
        _conclude(record.minutes, by=by)
    return record


def accept_all(meeting: Meeting, retention: Retention, *, by: User) -> Sequence[ArchivalRecord]:
    """整档接收：这次会议所有待接收的文件，按顺序编号。"""
    waiting = [one for one in queries.dossier_of(meeting) if one.state is ArchivalState.prepared]
    if not waiting:
        raise Refused("这次会议没有待接收的文件。")
    return [accept(one, retention, by=by) for one in waiting]


def _conclude(minutes: Minutes, *, by: User) -> None:
    pieces = [one for one in queries.dossier_of(minutes.meeting) if one.minutes_id == minutes.id]
    complete = {one.document_id for one in pieces if one.state is ArchivalState.accepted}
    wanted = {minutes.document_id, minutes.sheet.document_id if minutes.sheet else None}
    if minutes.state is MinutesState.issued and wanted <= complete:
        minutes_room.archive(minutes, by=by)


def check(record: ArchivalRecord, *, by: User | None = None) -> Check:
    """四性检测：真实性、完整性、可用性、安全性，结果留存。"""
    content = _content(record)
    result = Check(
        record=record,
        at=clock.now(),
        authentic=_authentic(record, content),
        complete=_complete(record, content),
        usable=_usable(record, content),
        safe=_safe(record, content),
        passed=True,
    )
    result.passed = {result.authentic, result.complete, result.usable, result.safe} == {SOUND}
    add(result)
    if by is not None or not result.passed:
        journal.record(by, "archive.check", record, "四性检测", passed=result.passed, found=_trouble(result))
    return result


def _trouble(found: Check) -> str:
    return "".join(text for text in (found.authentic, found.complete, found.usable, found.safe) if text != SOUND)


def _content(record: ArchivalRecord) -> bytes | None:
    try:
        return store.read(record.file)
    except OSError:
        return None


def _authentic(record: ArchivalRecord, content: bytes | None) -> str:
    if content is None:
        return "文件不在了，无法证明真实。"
    if hashlib.sha256(content).hexdigest() != record.file.sha256:
        return f"文件“{record.title}”的内容与登记的校验值不一致。"
    if record.document is None or not record.document.signatures:
        return SOUND
    from portal import verify

    verdict = verify.examine(content, trust=authority(), registered=queries.registered)
    return SOUND if verdict.word is verify.Word.VALID else f"签名核验：{verdict.word.value}。{verdict.reasons[0]}"


def _complete(record: ArchivalRecord, content: bytes | None) -> str:
    if content is None:
        return "文件不在了。"
    if len(content) != record.file.size:
        return "文件大小与登记的不一致。"
    missing = [
        word
        for word, value in (("题名", record.title), ("责任者", record.responsible), ("保管期限", record.retention))
        if not value
    ]
    return f"著录不全，缺少：{'、'.join(missing)}。" if missing else SOUND


def _usable(record: ArchivalRecord, content: bytes | None) -> str:
    if content is None:
        return "文件不在了，无法打开。"
    if record.file.media_type != PDF:
        return SOUND
    from portal import paper

    try:
        pages = paper.page_count(content)
    except Exception:  # noqa: BLE001 - whatever the reader stumbles over, the piece cannot be read
        return "文件打不开。"
    return SOUND if pages else "文件没有页面。"


def _safe(record: ArchivalRecord, content: bytes | None) -> str:
    if content is None:
        return "文件不在了，无法检查。"
    if record.document is not None:
        return SOUND  # made by the portal itself, and unchanged as 真实性 says
    from pathlib import Path

    from portal import examine

    with NamedTemporaryFile() as copy:
        copy.write(content)
        copy.flush()
        try:
            examine.examine(Path(copy.name), record.file.name, frozenset(examine.Kind))
        except Refused as refusal:
            return str(refusal)
    return SOUND
