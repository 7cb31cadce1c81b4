"""Deeds of the record: writing, deciding, handing out, closing, signing."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal import clock, journal, paper, papers, register, seal
from portal.actions import operations as actions
from portal.actions.models import ActionItem
from portal.database import add, claim, db, insert_unless_there
from portal.enterprises import operations as enterprises
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.meetings.models import AgendaItem, ItemKind, Meeting, MeetingState
from portal.meetings.queries import lists_of
from portal.meetings.review import overview_of
from portal.office import office
from portal.people import operations as people
from portal.people.models import Department, Group, User
from portal.records import queries
from portal.records.models import Decision, Handout, HandoutSupport, Record, RecordEntry, RecordState


def begin(meeting: Meeting) -> Record:
    """The chore's deed: a meeting at which nothing was written has an empty record, to be completed and signed."""
    return _open_record(meeting)


def write(item: AgendaItem, text: str, seen: int | None, *, by: User) -> RecordEntry:
    """记录：保存一项议题的发言内容。`seen` is the version the text was opened on (0 or None: nothing was there).

    The same text sent again by the same person is the repeat of a save whose answer was lost, not a conflict.
    """
    record = _open_record(_sitting(item))
    entry = _entry(record, item)
    if entry.saved_by_id == by.id and entry.text == text:
        return entry
    claim(entry, seen or 0)
    entry.text, entry.saved_at, entry.saved_by = text, clock.now(), by
    journal.record_once(by, "records.write", entry, "记录")
    db.session.flush()
    return entry


def _entry(record: Record, item: AgendaItem) -> RecordEntry:
    """The entry of an item; two who begin it in the same moment get the same one."""
    if entry := queries.entry_of(item):
        return entry
    insert_unless_there(RecordEntry, record_id=record.id, item_id=item.id, version=0)
    return db.session.scalars(sa.select(RecordEntry).where(RecordEntry.item_id == item.id)).one()


def decide(item: AgendaItem, text: str, *, by: User) -> Decision:
    """议定：在议题下写下一条议定事项。"""
    _open_record(_sitting(item))
    highest = sa.select(sa.func.coalesce(sa.func.max(Decision.position), 0)).where(Decision.item_id == item.id)
    decision: Decision = add(Decision(item=item, position=(db.session.scalar(highest) or 0) + 1, text=text))
    journal.record(by, "records.decide", decision, "写下议定事项")
    return decision


def edit_decision(decision: Decision, text: str, seen: int | None, *, by: User) -> Decision:
    """修改议定事项。"""
    _open_record(_sitting(decision.item))
    claim(decision, seen)
    before, decision.text = decision.text, text
    journal.record(by, "records.edit_decision", decision, "修改议定事项", before=before)
    db.session.flush()
    return decision


def remove_decision(decision: Decision, *, by: User) -> AgendaItem:
    """删去议定事项：已经交办出去的不能删。"""
    item = decision.item
    _open_record(_sitting(item))
    if any(one.action_id for one in decision.handouts):
        raise Refused("这条议定事项的任务已经交办出去，不能删去。请在交办事项中处理。")
    journal.record(by, "records.remove_decision", decision, "删去议定事项", text=decision.text)
    for handout in list(decision.handouts):
        handout.decision = None
    db.session.delete(decision)
    db.session.flush()
    return item


def hand_out(  # noqa: PLR0913 - a task is said with all its parts
    item: AgendaItem,
    *,
    title: str,
    lead_person: User,
    due: date,
    decision: Decision | None = None,
    lead_department: Department | None = None,
    lead_group: Group | None = None,
    support: Iterable[Department] = (),
    evidence: str = "",
    by: User,
) -> Handout:
    """交办：写下会上交办的任务；散会后自动交给牵头单位。"""
    meeting = _sitting(item)
    _open_record(meeting)
    if due < meeting.day:
        raise Refused("办理时限不能早于开会日期。")
    handout: Handout = add(
        Handout(
            item=item, decision=decision, title=title, lead_department=lead_department, lead_group=lead_group,
            lead_person=lead_person, due=due, evidence=evidence, support=list(support),
        )
    )  # fmt: skip
    journal.record(by, "records.hand_out", handout, "写下交办事项", due=due.isoformat(), lead=handout.lead)
    return handout


def edit_handout(handout: Handout, seen: int | None, *, by: User, **facts: Any) -> Handout:
    """修改会上交办的任务；散会后已交办的，在交办事项中修改。"""
    meeting = _sitting(handout.item)
    _open_record(meeting)
    _refuse_handed_out(handout)
    if facts.get("due", handout.due) < meeting.day:
        raise Refused("办理时限不能早于开会日期。")
    claim(handout, seen)
    for name, value in facts.items():
        setattr(handout, name, value)
    journal.record(by, "records.edit_handout", handout, "修改交办事项")
    db.session.flush()
    return handout


def remove_handout(handout: Handout, *, by: User) -> AgendaItem:
    """删去会上交办的任务；散会后已交办的不能删。"""
    item = handout.item
    _open_record(_sitting(item))
    _refuse_handed_out(handout)
    journal.record(by, "records.remove_handout", handout, "删去交办事项")
    db.session.execute(sa.delete(HandoutSupport).where(HandoutSupport.handout_id == handout.id))
    db.session.expire(handout, ["support"])
    db.session.delete(handout)
    db.session.flush()
    return item


def pass_on(handout: Handout) -> ActionItem:
    """The chore's deed: a task that was said becomes an action item, 拟交办 until the minutes are issued."""
    meeting = handout.item.meeting
    if meeting is None or (giver := meeting.recorder or meeting.chair) is None:
        raise Refused("会议没有记录人和主持人，任务无法交办。")
    problem = handout.item.problem
    handout.action = actions.assign(
        title=handout.title, text=handout.decision.text if handout.decision else "", evidence=handout.evidence,
        lead_department=handout.lead_department, lead_group=handout.lead_group, lead_person=handout.lead_person,
        support=tuple(handout.support), due=handout.due, audience=meeting.series.group, problem=problem,
        provisional=meeting.state is not MeetingState.concluded, by=giver,
    )  # fmt: skip
    if problem is not None and problem.lifecycle.is_open(problem, "assign"):
        enterprises.assign(problem, by=giver)
    db.session.flush()
    return handout.action


def close(record: Record, *, by: User) -> Record:
    """整理完毕：记录不再改动，排版后由记录人和主持人签字。"""
    if not record.meeting.is_over:
        raise Refused("会议还没有散会，散会后才能确认记录整理完毕。")
    record.lifecycle.take(record, "close", by=by)
    record.closed_at = clock.now()
    db.session.flush()
    return record


def render(record: Record) -> register.Document:
    """The chore's deed: lay the record out once, with a place for each signature, and enter it in the register."""
    meeting = record.meeting
    code = register.new_code()
    page = replace(paper_of(record), qr=paper.qr(papers.address_of(code)))
    signers = [
        register.Signer(person, box.label, box.anchor)
        for person, box in zip((meeting.recorder, meeting.chair), page.signature_boxes, strict=True)
        if person is not None
    ]
    pdf = paper.render("record.html", made_at=clock.now(), paper=page)
    pdf = seal.prepare_fields(pdf, [seal.Field(one.field, one.role, anchor=one.field) for one in signers])
    record.document = register.enter(register.PaperKind.record, str(record), "", pdf, signers, by=None, code=code)
    db.session.flush()
    inbox.tell(
        [signers[0].user], f"请签字：{record}", f"/meetings/{meeting.id}/record/paper", burst=f"record-{record.id}"
    )
    return record.document


def sign(record: Record, pin: str, *, by: User) -> Record:
    """签字：先记录人，后主持人；都签完即告完成。"""
    record.lifecycle.take(record, "sign", by=by)
    if record.document is None:
        raise Refused("会议记录还在排版，请稍后刷新再签。")
    people.sign_paper(record.document, pin=pin, by=by)
    if record.document.is_complete:
        record.lifecycle.take(record, "complete", by=None)
    elif (turn := record.document.next_signature) is not None:
        person = db.session.get_one(User, turn.user_id)
        address = f"/meetings/{record.meeting_id}/record/paper"
        inbox.tell([person], f"请签字：{record}", address, burst=f"record-{record.id}")
    db.session.flush()
    return record


def paper_of(record: Record) -> paper.RecordPaper:
    """What the paper of a record says."""
    meeting = record.meeting
    entries, decisions = queries.entries_of(meeting), queries.decisions_of(meeting)
    handouts, lists = queries.handouts_of(meeting), lists_of(meeting)
    overview = overview_of(meeting)
    opened = meeting.opened_at or meeting.starts
    adjourned = meeting.adjourned_at or meeting.ends
    return paper.RecordPaper(
        title=f"{meeting.title}记录",
        date=meeting.day,
        time_text=f"（{clock.weekday(meeting.day)}）{clock.hm(opened)}至{clock.hm(adjourned)}",
        place=meeting.place,
        chair=meeting.chair.name if meeting.chair else "",
        recorder=meeting.recorder.name if meeting.recorder else "",
        items=[
            paper.RecordItem(
                title=item.title,
                kind="" if item.kind is ItemKind.review else item.kind.label,  # its title says so already
                outcome=item.state.label,
                report=overview.sentences if overview and item.kind is ItemKind.review else (),
                table=overview.table if overview and item.kind is ItemKind.review else (),
                said=[("", entries[item.id].text)] if item.id in entries and entries[item.id].text else (),
                decisions=[one.text for one in decisions.get(item.id, ())],
                tasks=[sentence_of(one) for one in handouts.get(item.id, ())],
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
    support = f"，{'、'.join(one.short for one in handout.support)}配合" if handout.support else ""
    return f"{handout.title}（{handout.lead}牵头{support}，{clock.zh_date(handout.due)}前完成）"


def _attendees(rows: Sequence[tuple[str, str]]) -> list[paper.Attendee]:
    return [paper.Attendee(department, name) for department, name in rows]


def _sitting(item: AgendaItem) -> Meeting:
    meeting = item.meeting
    if meeting is None or not (meeting.is_in_session or meeting.is_over):
        raise Refused("会议还没有开始，不能记录。请先点“开会”。")
    return meeting


def _open_record(meeting: Meeting) -> Record:
    record = queries.record_of(meeting)
    if record is None:
        insert_unless_there(Record, meeting_id=meeting.id)
        record = db.session.scalars(sa.select(Record).where(Record.meeting_id == meeting.id)).one()
    if record.state is not RecordState.open:
        raise Refused("会议记录已经整理完毕，不能再改。")
    return record


def _refuse_handed_out(handout: Handout) -> None:
    if handout.action_id is not None:
        raise Refused("这项任务已经交办出去，请在交办事项中处理。")
