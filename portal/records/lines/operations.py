"""Operations on the lines of a record: writing, changing, removing; and the turns of phrase."""

import sqlalchemy as sa

from portal.db import journal
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.errors import Refused
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.sitting import operations as meetings
from portal.people.models.accounts import User
from portal.records.decisions.operations import decision_for, drop, handout_for, refuse_handed_out
from portal.records.lines import queries, reading
from portal.records.lines.entries import entry_under, new_line, note_written, open_record, renew, sitting_of
from portal.records.models import Decision, LineKind, Phrase, RecordLine

MOST_LINES = 200


def write(item: AgendaItem, text: str, *, key: str = "", by: User) -> list[RecordLine]:
    """记录：写下一行或几行；议定和交办随即登记，没有写全的原样留下，等人补齐。

    `key` is given by the page: a text that is sent again because its answer was lost is written once.
    """
    meeting = sitting_of(item)
    entry = entry_under(open_record(meeting), item)
    if key and (first := queries.line_with(_key(key, by, 0))):
        return [first]
    texts = reading.lines_of(text)
    if not texts:
        raise Refused("请先填写内容。")
    if len(texts) > MOST_LINES:
        raise Refused(f"一次最多记 {MOST_LINES} 行，请分几次粘贴。")
    directory = queries.directory_of(meeting)
    _begin_item(item, meeting, by)
    lines = []
    for number, one in enumerate(texts):
        line = new_line(item, one, key=_key(key, by, number), by=by)
        _settle(line, reading.read(one, directory, meeting.day), by)
        note_written(line, entry, by)
        lines.append(line)
    renew(entry, by)
    return lines


def _key(key: str, by: User, number: int) -> str | None:
    return f"{by.id}.{key[:40]}.{number}" if key else None


def _begin_item(item: AgendaItem, meeting: Meeting, by: User) -> None:
    """Whoever writes under an item while none is being discussed has begun with it: its clock runs from here."""
    idle = meeting.is_in_session and not any(one.started_at for one in meeting.items)
    if idle and item.is_placed:
        meetings.turn_to(item, by=by)


def edit_line(line: RecordLine, text: str, seen: int | None, *, by: User) -> RecordLine:
    """修改记录中的一行。"""
    return _rewrite(line, text, None, seen, by)


def turn_line(line: RecordLine, kind: LineKind, seen: int | None, *, by: User) -> RecordLine:
    """把一行改作发言、议定或交办；改回来时文字不变。"""
    if line.kind is kind:
        return line
    return _rewrite(line, reading.marked_as(kind, line), kind, seen, by)


def _rewrite(line: RecordLine, text: str, kind: LineKind | None, seen: int | None, by: User) -> RecordLine:
    meeting = sitting_of(line.item)
    entry = entry_under(open_record(meeting), line.item)
    _refuse_given_away(line)
    text = " ".join(reading.lines_of(text))
    if not text:
        raise Refused("请先写下内容；不要这一行时，请点“删除”。")
    if text == line.text and kind is None:
        return line
    claim(line, seen)
    before, was_unfinished = line.text, line.is_unfinished
    speaker = line.speaker if kind else ""
    line.text = text
    _settle(line, reading.read(text, queries.directory_of(meeting), meeting.day, kind), by)
    line.speaker = line.speaker or speaker
    renew(entry, by)
    if line.handout and was_unfinished:  # from here on it is handed out, so who waits for that is told
        note_written(line, entry, by)
    else:
        deed, words = ("turn_line", f"改作{line.kind.label}") if kind else ("edit_line", "修改记录")
        journal.record(by, f"records.{deed}", line, words, before=before)
    return line


def remove_line(line: RecordLine, *, by: User) -> AgendaItem:
    """删除记录中的一行，连同由它登记的议定或交办；已经交办出去的不能删。"""
    item = line.item
    entry = entry_under(open_record(sitting_of(item)), item)
    _refuse_given_away(line)
    journal.record(by, "records.remove_line", line, "删除记录", text=line.text)
    decision, handout = line.decision, line.handout
    db.session.delete(line)
    db.session.flush()
    drop(decision, handout)
    renew(entry, by)
    return item


def _refuse_given_away(line: RecordLine) -> None:
    if line.handout is not None:
        refuse_handed_out(line.handout)
    if line.decision is not None and any(one.action_id for one in line.decision.handouts):
        raise Refused("这条议定已经交办，不能再改，请到交办台账中处理。")


def _settle(line: RecordLine, said: reading.Read, by: User) -> None:
    """Make a line, and the decision or the task that stands behind it, say what was read from its text."""
    line.kind, line.speaker, line.words, line.lacks = said.kind, said.speaker, said.words, "；".join(said.missing)
    decision, handout = line.decision, line.handout
    line.decision = decision_for(line, said) if said.kind is LineKind.decision and said.is_complete else None
    line.handout = handout_for(line, said) if said.kind is LineKind.task and said.is_complete else None
    db.session.add(line)
    db.session.flush()
    drop(decision if line.decision is None else None, handout if line.handout is None else None)


def decide(item: AgendaItem, text: str, *, by: User) -> Decision:
    """议定：在议题下写下一条议定事项。"""
    (line,) = write(item, f"议定：{' '.join(reading.lines_of(text))}", by=by)
    if line.decision is None:
        raise Refused(f"请写明议定的内容，不超过 {reading.LONGEST_DECISION} 个字。")
    return line.decision


def add_phrase(text: str, *, by: User) -> Phrase:
    """添加一条常用语。"""
    if any(one.text == text for one in queries.phrases()):
        raise Refused("已经有这条常用语。")
    highest = sa.select(sa.func.coalesce(sa.func.max(Phrase.position), 0))
    phrase: Phrase = add(Phrase(position=(db.session.scalar(highest) or 0) + 1, text=text))
    journal.record(by, "records.add_phrase", phrase, "添加常用语")
    return phrase


def remove_phrase(phrase: Phrase, *, by: User) -> None:
    """删除一条常用语。"""
    journal.record(by, "records.remove_phrase", phrase, "删除常用语", text=phrase.text)
    db.session.delete(phrase)
    db.session.flush()
