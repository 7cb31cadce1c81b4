"""The paper of a record: what it says, and how it is laid out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.db import clock, journal
from portal.db.engine import db
from portal.db.office import office
from portal.documents import reading as documents_reading
from portal.documents import registry
from portal.documents.paper import codes, content, renderer
from portal.documents.pki import signing
from portal.meetings.attendance.queries import lists_of
from portal.meetings.models.series import ItemKind
from portal.meetings.review.queries import overview_of
from portal.records.lines import queries as lines_queries
from portal.records.models import Handout, LineKind, Record


@dataclass(frozen=True)
class LaidOut:
    """The paper of a record as it was laid out: its bytes, as what and in which field its signers sign, its code."""

    pdf: bytes
    places: list[tuple[str, str]]
    code: str


def lay_out(copy: Record) -> LaidOut:
    """The slow part of the job: the record as a PDF with a place for each signature, while no lock is held."""
    record, code = db.session.get_one(Record, copy.id), registry.new_code()
    page = replace(paper_of(record), qr=codes.qr(documents_reading.address_of(code)))
    of_record = (record.meeting.recorder, record.meeting.chair)
    boxes = [box for person, box in zip(of_record, page.signature_boxes, strict=True) if person is not None]
    places = [(box.label, box.anchor) for box in boxes]
    db.session.rollback()  # all is read
    pdf = renderer.render("record.html", made_at=clock.now(), paper=page)
    pdf = signing.prepare_fields(pdf, [signing.Field(field, role, anchor=field) for role, field in places])
    return LaidOut(pdf, places, code)


def paper_of(record: Record) -> content.RecordPaper:
    """What the paper of a record says."""
    meeting = record.meeting
    lines, lists = lines_queries.lines_of(meeting), lists_of(meeting, stays=True)
    overview = overview_of(meeting)
    opened = meeting.opened_at or meeting.starts
    adjourned = meeting.adjourned_at or meeting.ends
    return content.RecordPaper(
        title=f"{meeting.title}记录",
        date=meeting.day,
        time_text=f"（{clock.weekday(meeting.day)}）{clock.hm(opened)}至{clock.hm(adjourned)}",
        place=meeting.place,
        chair=meeting.chaired_by,
        recorder=meeting.recorder.name if meeting.recorder else "",
        items=[
            content.RecordItem(
                title=item.title,
                kind="" if item.kind is ItemKind.review else item.kind.label,  # its title says so already
                outcome=item.state.label,
                report=overview.sentences if overview and item.kind is ItemKind.review else (),
                table=overview.table if overview and item.kind is ItemKind.review else (),
                said=[(one.speaker, one.words) for one in lines.get(item.id, ()) if one.kind is LineKind.note],
                decisions=[one.decision.text for one in lines.get(item.id, ()) if one.decision],
                tasks=[sentence_of(one.handout) for one in lines.get(item.id, ()) if one.handout],
            )
            for item in meeting.items
        ],
        present=_attendees(lists.present),
        on_leave=_attendees(lists.on_leave),
        in_attendance=_attendees(lists.in_attendance),
        mark=office.mark,
        journal_head=journal.head()[1],
    )


def sentence_of(handout: Handout) -> str:
    """One task as papers say it."""
    support = f"，{handout.supporting}配合" if handout.supporting else ""
    urgent = "急办，" if handout.urgent else ""
    return f"{handout.title}（{urgent}{handout.lead}牵头{support}，{clock.zh_date(handout.due)}前完成）"


def _attendees(rows: Sequence[tuple[str, str]]) -> list[content.Attendee]:
    return [content.Attendee(department, name) for department, name in rows]
