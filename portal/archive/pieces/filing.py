"""Filing (预归档): what is final becomes a piece."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.archive.checking import inspection
from portal.archive.models.pieces import ArchivalRecord, Check, Retention
from portal.archive.pieces import compiling, queries
from portal.archive.search.operations import reindex
from portal.courses.models.materials import Material
from portal.db import clock, journal, search
from portal.db.engine import add, db
from portal.db.office import office
from portal.documents import registry
from portal.documents.paper import pdf_pages
from portal.documents.registry import Document
from portal.errors import Refused
from portal.files import store
from portal.files.store import StoredFile
from portal.meetings.agenda.queries import meeting_of_course
from portal.meetings.models.attendance import SignInScan
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.notices import MeetingNotice
from portal.minutes.models.minutes import Minutes
from portal.minutes.models.signoff import SignOffSheet
from portal.minutes.text import queries as minutes_room
from portal.records.models import Record


def prepare_minutes(minutes: Minutes) -> ArchivalRecord:
    """预归档：会议纪要；补录的按原件，内容是另行读出的。"""
    document = _paper(minutes.document)
    if not document.is_brought:
        return _prepare_paper(document, minutes.meeting, minutes)
    return prepare(
        minutes.meeting, kind=document.kind.label, title=document.title, file=document.file,
        responsible=office.organisation, pages=document.pages or None, document=document, minutes=minutes,
        text=minutes_room.words(minutes), day=clock.local(minutes.issued_at or document.rendered_at).date(),
    )  # fmt: skip


def renew(record: ArchivalRecord) -> None:
    """补录的纪要在接收之前有改动：著录随之改过来；作废的，撤回预归档。"""
    minutes, document = record.minutes, record.document
    if minutes is None or document is None:
        return
    if minutes.is_void:
        journal.record(None, "archive.withdraw", record, "撤回预归档", why="补录的纪要已作废")
        search.forget(ArchivalRecord.__tablename__, record.id)
        db.session.execute(sa.delete(Check).where(Check.record_id == record.id))
        db.session.delete(record)
    else:
        record.title = document.title
        record.day = clock.local(minutes.issued_at or record.prepared_at).date()
        record.year, record.check_due_at = record.day.year, clock.now()
        journal.record(None, "archive.renew", record, "更新著录")
        reindex(record)
    db.session.flush()


def prepare_sheet(sheet: SignOffSheet) -> ArchivalRecord:
    """预归档：审签单；排版时还没有编号的，题名里写明。"""
    document = _paper(sheet.document)
    title = f"{document.title}（{document.number}）"
    return _prepare_paper(document, sheet.minutes.meeting, sheet.minutes, title=title)


def prepare_record(record: Record) -> ArchivalRecord:
    """预归档：会议记录。"""
    return _prepare_paper(_paper(record.document), record.meeting, None)


def prepare_notice(notice: MeetingNotice) -> ArchivalRecord:
    """预归档：会议通知，按发出时的样子。"""
    return _prepare_paper(_paper(notice.document), notice.meeting, None, clock.local(notice.drawn_at).date())


def prepare_scan(scan: SignInScan) -> ArchivalRecord:
    """预归档：现场签到表的扫描件。"""
    pages = pdf_pages.page_count(store.read(scan.file)) if scan.file.media_type == inspection.PDF else 1
    return prepare(
        scan.meeting, kind=queries.SCAN, title=f"{scan.meeting.title}签到表（扫描件）", file=scan.file, pages=pages,
        responsible=office.organisation,
    )  # fmt: skip


@dataclass(frozen=True)
class LaidOut:
    """A paper that was laid out for a dossier, and the code that is printed on it."""

    pdf: bytes
    code: str


def file_compiled(kind: registry.PaperKind, meeting: Meeting, laid_out: LaidOut) -> ArchivalRecord:
    """预归档：议程、签到表、交办事项清单和过程记录，由系统整理成文件。"""
    title = compiling.title_of(kind, meeting)
    document = registry.enter(kind, title, "", laid_out.pdf, [], by=None, code=laid_out.code)
    # What a meeting left is of its day, whenever it was laid out; what was done goes on until it is.
    return _prepare_paper(document, meeting, None, None if kind is registry.PaperKind.trail else meeting.day)


def prepare_material(material: Material) -> ArchivalRecord | None:
    """预归档：讲业务课件的定稿。"""
    meeting, version = meeting_of_course(material.course), material.approved
    if meeting is None or version is None:
        return None
    lecturer = material.course.lecturer
    return prepare(
        meeting, kind=queries.SLIDES, title=material.title, file=version.file, pages=version.pages_total or None,
        responsible=lecturer.name if lecturer else office.organisation,
    )  # fmt: skip


def _paper(document: Document | None) -> Document:
    if document is None:
        raise Refused("文件还没有生成。")
    return document


def _prepare_paper(
    document: Document, meeting: Meeting, minutes: Minutes | None, day: date | None = None, title: str = ""
) -> ArchivalRecord:
    content = store.read(document.file)
    return prepare(
        meeting, kind=document.kind.label, title=title or document.title, file=document.file,
        responsible=office.organisation, pages=pdf_pages.page_count(content), document=document, minutes=minutes,
        text=_words(content), day=day or clock.local(document.rendered_at).date(),
    )  # fmt: skip


def _words(content: bytes) -> str:
    """What a paper says, without the breaks of its lines, so that a word is found across them."""
    return "".join(line.strip() for line in pdf_pages.words(content).splitlines())


def prepare(
    meeting: Meeting,
    *,
    kind: str,
    title: str,
    file: StoredFile,
    responsible: str,
    pages: int | None,
    day: date | None = None,
    **links: Any,
) -> ArchivalRecord:
    """预归档：登记一件文件，随后检测。"""
    day = day or meeting.day
    record: ArchivalRecord = add(
        ArchivalRecord(
            meeting=meeting, kind=kind, title=title, file=file, responsible=responsible, pages=pages, day=day,
            year=day.year, retention=usual_retention(), prepared_at=clock.now(), check_due_at=clock.now(),
            **links,
        )
    )  # fmt: skip
    journal.record(None, "archive.prepare", record, "预归档")
    reindex(record)
    return record


def usual_retention() -> Retention:
    """The retention the office has set for what is not appraised otherwise."""
    return next((one for one in Retention if one.label == office.retention), Retention.thirty)
