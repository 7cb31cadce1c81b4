"""What every line stands on: the open record of a sitting meeting, and the entry of its item."""

import sqlalchemy as sa

from portal.db import clock, journal
from portal.db.concurrency import insert_unless_there
from portal.db.engine import db
from portal.errors import Refused
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User
from portal.records.lines import queries
from portal.records.models import LineKind, Record, RecordEntry, RecordLine, RecordState
from portal.records.search.operations import reindex
from portal.records.signing import queries as signing_queries


def note_written(line: RecordLine, entry: RecordEntry, by: User) -> None:
    """Enter in the journal what a line has become."""
    if line.decision:
        journal.record(by, "records.decide", line.decision, "写下议定事项")
    elif line.handout:
        due, lead = line.handout.due.isoformat(), line.handout.lead
        journal.record(by, "records.hand_out", line.handout, "写下交办事项", due=due, lead=lead)
    else:
        journal.record_once(by, "records.write", entry, "记录")


def new_line(item: AgendaItem, text: str, *, key: str | None = None, by: User) -> RecordLine:
    """A line below those an item has."""
    highest = sa.select(sa.func.coalesce(sa.func.max(RecordLine.position), 0)).where(RecordLine.item_id == item.id)
    return RecordLine(
        item=item, position=(db.session.scalar(highest) or 0) + 1, kind=LineKind.note, text=text, words=text, key=key,
        typed_at=clock.now(), typed_by=by,
    )  # fmt: skip


def renew(entry: RecordEntry, by: User) -> None:
    """Write the reading copy of an item anew: its notes, and what is not finished as it was typed."""
    db.session.flush()
    lines = queries.bare_lines(entry.item_id)
    notes = (
        line.as_said if line.kind is LineKind.note else line.text
        for line in lines
        if line.kind is LineKind.note or line.is_unfinished
    )
    entry.text, entry.saved_at, entry.saved_by = "\n".join(notes), clock.now(), by
    db.session.flush()
    reindex(entry, lines)


def entry_under(record: Record, item: AgendaItem) -> RecordEntry:
    """The entry of an item under a lock: two who write under it at once come one after the other."""
    query = sa.select(RecordEntry).where(RecordEntry.item_id == item.id).with_for_update()
    if entry := db.session.scalar(query):
        return entry
    insert_unless_there(RecordEntry, record_id=record.id, item_id=item.id, version=1)
    return db.session.scalars(query).one()


def sitting_of(item: AgendaItem) -> Meeting:
    """The meeting of an item, which must have begun."""
    meeting = item.meeting
    if meeting is None or not (meeting.is_in_session or meeting.is_over):
        raise Refused("会议还没有开始，不能记录。请先点“开会”。")
    if meeting.was_held_elsewhere:
        raise Refused("这次会议不是在本门户召开的，没有会议记录。")
    return meeting


def open_record(meeting: Meeting) -> Record:
    """The record of a meeting, begun where there is none; it must still be open."""
    record = signing_queries.record_of(meeting)
    if record is None:
        insert_unless_there(Record, meeting_id=meeting.id)
        record = db.session.scalars(sa.select(Record).where(Record.meeting_id == meeting.id)).one()
    if record.state is not RecordState.open:
        raise Refused("会议记录已经整理完毕，不能再改。")
    return record
