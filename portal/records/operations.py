"""Deeds of the record: writing, deciding, handing out, closing, signing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal import clock, journal, paper, papers, register, seal, search
from portal.actions import operations as actions
from portal.actions.models import ActionItem
from portal.database import add, claim, db, insert_unless_there
from portal.enterprises import operations as enterprises
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.meetings import operations as meetings
from portal.meetings.models import AgendaItem, ItemKind, ItemState, Meeting, MeetingState
from portal.meetings.queries import lists_of
from portal.meetings.review import overview_of
from portal.office import office
from portal.people import operations as people
from portal.people.models import Department, Group, User
from portal.records import checks, queries, reading
from portal.records.models import (
    Decision,
    Handout,
    HandoutSupport,
    HandoutSupportGroup,
    LineKind,
    Phrase,
    Record,
    RecordEntry,
    RecordLine,
    RecordState,
)

MOST_LINES = 200


def begin(meeting: Meeting) -> Record:
    """The chore's deed: a meeting at which nothing was written has an empty record, to be completed and signed."""
    return _open_record(meeting)


def write(item: AgendaItem, text: str, *, key: str = "", by: User) -> list[RecordLine]:
    """记录：写下一行或几行；议定和交办随即登记，没有写全的原样留下，等人补齐。

    `key` is given by the page: a text that is sent again because its answer was lost is written once.
    """
    meeting = _sitting(item)
    entry = _entry(_open_record(meeting), item)
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
        line = _new_line(item, one, key=_key(key, by, number), by=by)
        _settle(line, reading.read(one, directory, meeting.day), by)
        _tell_written(line, entry, by)
        lines.append(line)
    _renew(entry, by)
    return lines


def _key(key: str, by: User, number: int) -> str | None:
    return f"{by.id}.{key[:40]}.{number}" if key else None


def _begin_item(item: AgendaItem, meeting: Meeting, by: User) -> None:
    """Whoever writes under an item while none is being discussed has begun with it: its clock runs from here."""
    idle = meeting.is_in_session and not any(one.started_at for one in meeting.items)
    if idle and item.is_placed:
        meetings.turn_to(item, by=by)


def _tell_written(line: RecordLine, entry: RecordEntry, by: User) -> None:
    if line.decision:
        journal.record(by, "records.decide", line.decision, "写下议定事项")
    elif line.handout:
        due, lead = line.handout.due.isoformat(), line.handout.lead
        journal.record(by, "records.hand_out", line.handout, "写下交办事项", due=due, lead=lead)
    else:
        journal.record_once(by, "records.write", entry, "记录")


def edit_line(line: RecordLine, text: str, seen: int | None, *, by: User) -> RecordLine:
    """修改记录中的一行。"""
    return _rewrite(line, text, None, seen, by)


def turn_line(line: RecordLine, kind: LineKind, seen: int | None, *, by: User) -> RecordLine:
    """把一行改作发言、议定或交办；改回来时文字不变。"""
    if line.kind is kind:
        return line
    return _rewrite(line, reading.marked_as(kind, line), kind, seen, by)


def _rewrite(line: RecordLine, text: str, kind: LineKind | None, seen: int | None, by: User) -> RecordLine:
    meeting = _sitting(line.item)
    entry = _entry(_open_record(meeting), line.item)
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
    _renew(entry, by)
    if line.handout and was_unfinished:  # from here on it is handed out, so who waits for that is told
        _tell_written(line, entry, by)
    else:
        deed, words = ("turn_line", f"改作{line.kind.label}") if kind else ("edit_line", "修改记录")
        journal.record(by, f"records.{deed}", line, words, before=before)
    return line


def remove_line(line: RecordLine, *, by: User) -> AgendaItem:
    """删除记录中的一行，连同由它登记的议定或交办；已经交办出去的不能删。"""
    item = line.item
    entry = _entry(_open_record(_sitting(item)), item)
    _refuse_given_away(line)
    journal.record(by, "records.remove_line", line, "删除记录", text=line.text)
    decision, handout = line.decision, line.handout
    db.session.delete(line)
    db.session.flush()
    _drop(decision, handout)
    _renew(entry, by)
    return item


def _refuse_given_away(line: RecordLine) -> None:
    if line.handout is not None:
        _refuse_handed_out(line.handout)
    if line.decision is not None and any(one.action_id for one in line.decision.handouts):
        raise Refused("这条议定已经交办，不能再改，请到交办台账中处理。")


def _new_line(item: AgendaItem, text: str, *, key: str | None = None, by: User) -> RecordLine:
    highest = sa.select(sa.func.coalesce(sa.func.max(RecordLine.position), 0)).where(RecordLine.item_id == item.id)
    return RecordLine(
        item=item, position=(db.session.scalar(highest) or 0) + 1, kind=LineKind.note, text=text, words=text, key=key,
        typed_at=clock.now(), typed_by=by,
    )  # fmt: skip


def _settle(line: RecordLine, said: reading.Read, by: User) -> None:
    """Make a line, and the decision or the task that stands behind it, say what was read from its text."""
    line.kind, line.speaker, line.words, line.lacks = said.kind, said.speaker, said.words, "；".join(said.missing)
    decision, handout = line.decision, line.handout
    line.decision = _decision_for(line, said) if said.kind is LineKind.decision and said.is_complete else None
    line.handout = _handout_for(line, said) if said.kind is LineKind.task and said.is_complete else None
    db.session.add(line)
    db.session.flush()
    _drop(decision if line.decision is None else None, handout if line.handout is None else None)


def _decision_for(line: RecordLine, said: reading.Read) -> Decision:
    decision = line.decision
    if decision is None:
        highest = sa.select(sa.func.coalesce(sa.func.max(Decision.position), 0))
        position = (db.session.scalar(highest.where(Decision.item_id == line.item.id)) or 0) + 1
        decision = Decision(item=line.item, position=position)
    elif decision.text != said.words:
        claim(decision, None)
    decision.text = said.words
    return decision


def _handout_for(line: RecordLine, said: reading.Read) -> Handout:
    if said.lead_person is None or said.due is None:
        raise Refused("请写明承办人和时限。")
    handout = line.handout
    if handout is None:
        handout = Handout(item=line.item, decision=queries.decision_before(line))
    else:
        claim(handout, None)
    handout.title, handout.due, handout.urgent = said.words, said.due, said.urgent
    handout.lead_person, handout.lead_department, handout.lead_group = (
        said.lead_person, said.lead_department, said.lead_group,
    )  # fmt: skip
    handout.support = [one for one in said.support if isinstance(one, Department)]
    handout.support_groups = [one for one in said.support if isinstance(one, Group)]
    return handout


def _drop(decision: Decision | None, handout: Handout | None) -> None:
    if decision is not None:
        for task in list(decision.handouts):
            task.decision = None
        db.session.flush()
        search.forget(Decision.__tablename__, decision.id)
        db.session.delete(decision)
    if handout is not None:
        for support in (HandoutSupport, HandoutSupportGroup):
            db.session.execute(sa.delete(support).where(support.handout_id == handout.id))
        db.session.expire(handout, ["support", "support_groups"])
        db.session.delete(handout)
    db.session.flush()


def _renew(entry: RecordEntry, by: User) -> None:
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
    let_be_found(entry, lines)


def let_be_found(entry: RecordEntry, lines: Sequence[RecordLine] | None = None) -> None:
    """Let what was said under an item be found by whoever may read the record: every line as it was typed.

    What was decided under it is found apart, by whoever may read the decisions.
    """
    lines = queries.bare_lines(entry.item_id) if lines is None else lines
    if any(line.kind is LineKind.decision for line in lines):
        search.index_all(Decision.__tablename__, map(_findable, queries.decided_under(entry.item)))
    if not lines:
        search.forget(RecordEntry.__tablename__, entry.id)
        return
    item = entry.item
    search.index(
        RecordEntry.__tablename__, entry.id, title=item.title, text="\n".join(line.text for line in lines),
        url=f"/meetings/{item.meeting_id}/record?item={item.id}#item-{item.id}", label="会议记录",
        day=item.meeting.day if item.meeting else None, scope=queries.scope_of(entry.record_id),
    )  # fmt: skip


def let_decision_be_found(decision: Decision) -> None:
    """Let a decision be found by whoever may read it."""
    search.index_all(Decision.__tablename__, [_findable(decision)])


def _findable(decision: Decision) -> search.Findable:
    item, meeting = decision.item, decision.item.meeting
    tasks = (
        " ".join([one.title, one.lead, one.lead_person.name, *(unit.name for unit in one.supporters)])
        for one in decision.handouts
    )
    reporter = item.reporter.name if item.reporter else ""
    text = "\n".join([item.title, meeting.title if meeting else "", reporter, *tasks])
    return search.Findable(
        decision.id, title=decision.text, text=text,
        url=f"/decisions/{decision.id}", label="议定事项", day=meeting.day if meeting else None,
        scope=queries.scope_of_decision(decision),
    )  # fmt: skip


def _entry(record: Record, item: AgendaItem) -> RecordEntry:
    """The entry of an item under a lock: two who write under it at once come one after the other."""
    query = sa.select(RecordEntry).where(RecordEntry.item_id == item.id).with_for_update()
    if entry := db.session.scalar(query):
        return entry
    insert_unless_there(RecordEntry, record_id=record.id, item_id=item.id, version=1)
    return db.session.scalars(query).one()


def decide(item: AgendaItem, text: str, *, by: User) -> Decision:
    """议定：在议题下写下一条议定事项。"""
    (line,) = write(item, f"议定：{' '.join(reading.lines_of(text))}", by=by)
    if line.decision is None:
        raise Refused(f"请写明议定的内容，不超过 {reading.LONGEST_DECISION} 个字。")
    return line.decision


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
    support_groups: Iterable[Group] = (),
    evidence: str = "",
    urgent: bool = False,
    by: User,
) -> Handout:
    """交办：登记会上交办的事项；散会后自动交给牵头单位。"""
    meeting = _sitting(item)
    entry = _entry(_open_record(meeting), item)
    if due < meeting.day:
        raise Refused("办理时限不能早于开会日期。")
    handout: Handout = add(
        Handout(
            item=item, decision=decision, title=title, lead_department=lead_department, lead_group=lead_group,
            lead_person=lead_person, due=due, evidence=evidence, urgent=urgent, support=list(support),
            support_groups=list(support_groups),
        )
    )  # fmt: skip
    line = _new_line(item, "", by=by)
    _say_task(line, handout)
    let_be_found(entry)
    _tell_written(line, entry, by)
    return handout


def edit_handout(handout: Handout, seen: int | None, *, by: User, **facts: Any) -> Handout:
    """修改会上交办的事项；散会后已交办的，在交办事项中修改。"""
    meeting = _sitting(handout.item)
    entry = _entry(_open_record(meeting), handout.item)
    _refuse_handed_out(handout)
    if facts.get("due", handout.due) < meeting.day:
        raise Refused("办理时限不能早于开会日期。")
    claim(handout, seen)
    for name, value in facts.items():
        setattr(handout, name, value)
    if handout.line is not None:
        claim(handout.line, None)
        _say_task(handout.line, handout)
        let_be_found(entry)
    journal.record(by, "records.edit_handout", handout, "修改交办事项")
    db.session.flush()
    return handout


def finish_line(line: RecordLine, seen: int | None, *, by: User, **facts: Any) -> Handout:
    """补齐一条没有写全的交办。"""
    meeting = _sitting(line.item)
    entry = _entry(_open_record(meeting), line.item)
    if line.handout is not None:
        raise Refused("这条交办已经写全，请直接修改。")
    if facts["due"] < meeting.day:
        raise Refused("办理时限不能早于开会日期。")
    claim(line, seen)
    handout: Handout = add(Handout(item=line.item, **facts))
    _say_task(line, handout)
    _renew(entry, by)
    _tell_written(line, entry, by)
    return handout


def _say_task(line: RecordLine, handout: Handout) -> None:
    """Let a line say a task that was filled in as a form, in the words somebody would have typed."""
    directory = queries.directory_for(_sitting(handout.item))
    line.kind, line.words, line.lacks, line.handout = LineKind.task, handout.title, "", handout
    line.text = reading.typed(handout, directory)
    db.session.add(line)
    db.session.flush()


def move_on(item: AgendaItem, *, by: User) -> AgendaItem:
    """转到下一项：这一项还没有登记结果的记为已议，下一项开始讨论。已是最后一项的留在原处。"""
    meeting = _sitting(item)
    at = meeting.items.index(item)
    following = meeting.items[at + 1] if at + 1 < len(meeting.items) else item
    if not meeting.is_in_session or not (item.is_running or not any(one.is_running for one in meeting.items)):
        return following
    if item.is_placed:
        meetings.mark_item(item, ItemState.dealt_with, by=by)
    if following is not item:
        meetings.turn_to(following, by=by)
    return following


def adjourn(meeting: Meeting, outcomes: Mapping[int, ItemState], why: str, *, by: User) -> Meeting:
    """散会：先给还没有结果的议题登记结果；检查发现的问题要写明理由才能略过。"""
    for item in sorted(meeting.items, key=lambda one: one.is_running):  # the one under way last: it takes none up
        if not item.has_outcome and item.id in outcomes:
            meetings.mark_item(item, outcomes[item.id], by=by)
    found = checks.before_adjourning(checks.Before(meeting, queries.lines_of(meeting)))
    doubts = [one.name for one in found if one.asks]
    if doubts and not why.strip():
        raise Refused(f"请先处理，或写明理由后散会：{'、'.join(doubts)}。")
    return meetings.adjourn(meeting, why=why, despite=doubts, by=by)


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


def enter_back(item: AgendaItem, decisions: Sequence[str], tasks: Sequence[tuple[ActionItem, int | None]]) -> None:
    """补录：门户启用之前的议定事项，和已经进了台账的交办事项；`tasks` 各写明办理第几项议定。"""
    said = [Decision(item=item, position=place, text=text) for place, text in enumerate(decisions, 1)]
    db.session.add_all(said)
    for action, place in tasks:
        units = [one.department or one.group for one in action.support]
        handout = Handout(
            item=item, decision=said[place - 1] if place else None, title=action.title,
            lead_department=action.lead_department, lead_group=action.lead_group, lead_person=action.lead_person,
            due=action.original_due, action=action, support=[one for one in units if isinstance(one, Department)],
            support_groups=[one for one in units if isinstance(one, Group)],
        )  # fmt: skip
        db.session.add(handout)
    db.session.flush()
    search.index_all(Decision.__tablename__, map(_findable, said))


def amend_decisions(item: AgendaItem, texts: Sequence[str]) -> None:
    """修改补录的议定事项：没有改的留在原处，改了的改文字，多出的添上；有交办事项的不能删。"""
    left = list(queries.words_under(item)[0])
    kept = {text: one for text in texts for one in left if one.text == text}
    left = [one for one in left if one not in kept.values()]
    for place, text in enumerate(texts, 1):
        one = kept.get(text) or (left.pop(0) if left else add(Decision(item=item, position=place, text=text)))
        if (one.position, one.text) != (place, text):
            one.position, one.text = place, text
    for one in left:
        if one.handouts:
            raise Refused(f"议定事项“{one.text[:40]}”下有交办事项，不能删除。")
        search.forget(Decision.__tablename__, one.id)
        db.session.delete(one)
    db.session.flush()
    search.index_all(Decision.__tablename__, map(_findable, queries.words_under(item)[0]))


def take_back(item: AgendaItem, why: str, *, by: User) -> None:
    """撤销补录：还没有办完的交办事项终止，议定事项不再被搜索到；已销号的留在台账。"""
    decisions, handouts = queries.words_under(item)
    for action in (one.action for one in handouts if one.action and not one.action.is_ended):
        if obstacle := action.lifecycle.obstacle(action, "terminate"):
            raise Refused(f"《{action.title}》还没有办完，不能作废这份纪要。{obstacle}")
        actions.terminate(action, why, by=by)
    for one in decisions:
        search.forget(Decision.__tablename__, one.id)


def pass_on(handout: Handout) -> ActionItem:
    """The chore's deed: a task that was said becomes an action item, 拟交办 until the minutes are issued."""
    meeting = handout.item.meeting
    if meeting is None or (giver := meeting.recorder or meeting.chair) is None:
        raise Refused("会议没有主持人和记录人，无法交办。")
    problem = handout.item.problem
    handout.action = actions.assign(
        title=handout.title, text=handout.decision.text if handout.decision else "", evidence=handout.evidence,
        lead_department=handout.lead_department, lead_group=handout.lead_group, lead_person=handout.lead_person,
        support=tuple(handout.supporters), due=handout.due, audience=meeting.series.group, problem=problem,
        said_at=(meeting.series_id, meeting.id), urgent=handout.urgent,
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
    if unfinished := queries.unfinished_of(record.meeting):
        first = unfinished[0]
        raise Refused(
            f"还有 {len(unfinished)} 条没有写全，请先补齐或改作发言：《{first.item.title}》“{first.text[:60]}”"
            f"还缺{first.lacks}。"
        )
    record.lifecycle.take(record, "close", by=by)
    record.closed_at = clock.now()
    db.session.flush()
    return record


@dataclass(frozen=True)
class LaidOut:
    """The paper of a record as it was laid out: its bytes, as what and in which field its signers sign, its code."""

    pdf: bytes
    places: list[tuple[str, str]]
    code: str


def lay_out(copy: Record) -> LaidOut:
    """The slow part of the chore: the record as a PDF with a place for each signature, while no lock is held."""
    record, code = db.session.get_one(Record, copy.id), register.new_code()
    page = replace(paper_of(record), qr=paper.qr(papers.address_of(code)))
    of_record = (record.meeting.recorder, record.meeting.chair)
    boxes = [box for person, box in zip(of_record, page.signature_boxes, strict=True) if person is not None]
    places = [(box.label, box.anchor) for box in boxes]
    db.session.rollback()  # all is read
    pdf = paper.render("record.html", made_at=clock.now(), paper=page)
    pdf = seal.prepare_fields(pdf, [seal.Field(field, role, anchor=field) for role, field in places])
    return LaidOut(pdf, places, code)


def render(record: Record, made: LaidOut) -> register.Document:
    """The chore's deed: enter what was laid out in the register, and tell who signs first."""
    signers = [
        register.Signer(person, role, field)
        for person, (role, field) in zip(_signers(record), made.places, strict=True)
    ]
    record.document = register.enter(
        register.PaperKind.record, str(record), "", made.pdf, signers, by=None, code=made.code
    )
    db.session.flush()
    address = f"/meetings/{record.meeting_id}/record/paper"
    inbox.tell([signers[0].user], f"请签字：{record}", address, burst=f"record-{record.id}")
    return record.document


def _signers(record: Record) -> list[User]:
    """Who signs a record, in this order."""
    return [person for person in (record.meeting.recorder, record.meeting.chair) if person is not None]


def begin_signing(record: Record, pin: str, *, by: User) -> people.Signing:
    """Open the signer's key; what comes of `made()` goes to `sign`, and nobody waits meanwhile."""
    if obstacle := record.lifecycle.obstacle(record, "sign"):
        raise Refused(obstacle)
    if record.document is None:
        raise Refused("会议记录还在排版，请稍后刷新再签。")
    return people.begin_signing(record.document, pin=pin, by=by)


def sign(record: Record, signed: people.Signed | str, *, by: User) -> Record:
    """签字：先记录人，后主持人；都签完即告完成。

    `signed` is what `begin_signing` came to; where nobody else waits, the PIN alone will do.
    """
    if isinstance(signed, str):
        signed = begin_signing(record, signed, by=by).made()
    record.lifecycle.take(record, "sign", by=by)
    if record.document is None:
        raise Refused("会议记录还在排版，请稍后刷新再签。")
    people.keep_signed(record.document, signed, by=by)
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
    lines, lists = queries.lines_of(meeting), lists_of(meeting, stays=True)
    overview = overview_of(meeting)
    opened = meeting.opened_at or meeting.starts
    adjourned = meeting.adjourned_at or meeting.ends
    return paper.RecordPaper(
        title=f"{meeting.title}记录",
        date=meeting.day,
        time_text=f"（{clock.weekday(meeting.day)}）{clock.hm(opened)}至{clock.hm(adjourned)}",
        place=meeting.place,
        chair=meeting.chaired_by,
        recorder=meeting.recorder.name if meeting.recorder else "",
        items=[
            paper.RecordItem(
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


def _attendees(rows: Sequence[tuple[str, str]]) -> list[paper.Attendee]:
    return [paper.Attendee(department, name) for department, name in rows]


def _sitting(item: AgendaItem) -> Meeting:
    meeting = item.meeting
    if meeting is None or not (meeting.is_in_session or meeting.is_over):
        raise Refused("会议还没有开始，不能记录。请先点“开会”。")
    if meeting.was_held_elsewhere:
        raise Refused("这次会议不是在本门户召开的，没有会议记录。")
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
        raise Refused("这一项已经交办，请到交办台账中处理。")
