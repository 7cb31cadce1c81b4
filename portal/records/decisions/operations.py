"""Operations on decisions and tasks: handing out, changing, passing on to the ledger."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.actions.assignment import operations as assignment
from portal.actions.models.action_items import ActionItem
from portal.actions.progress import operations as progress
from portal.db import journal, search
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.enterprises.problems import operations as enterprises
from portal.errors import Refused
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import MeetingState
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group
from portal.records.decisions import queries
from portal.records.lines import queries as lines_queries
from portal.records.lines import reading
from portal.records.lines.entries import entry_under, new_line, note_written, open_record, renew, sitting_of
from portal.records.models import Decision, Handout, HandoutSupport, HandoutSupportGroup, LineKind, RecordLine
from portal.records.search.operations import findable, reindex


def decision_for(line: RecordLine, said: reading.Read) -> Decision:
    """The decision a line says, new or changed."""
    decision = line.decision
    if decision is None:
        highest = sa.select(sa.func.coalesce(sa.func.max(Decision.position), 0))
        position = (db.session.scalar(highest.where(Decision.item_id == line.item.id)) or 0) + 1
        decision = Decision(item=line.item, position=position)
    elif decision.text != said.words:
        claim(decision, None)
    decision.text = said.words
    return decision


def handout_for(line: RecordLine, said: reading.Read) -> Handout:
    """The task a line says, new or changed."""
    if said.lead_person is None or said.due is None:
        raise Refused("请写明承办人和时限。")
    handout = line.handout
    if handout is None:
        handout = Handout(item=line.item, decision=lines_queries.decision_before(line))
    else:
        claim(handout, None)
    handout.title, handout.due, handout.urgent = said.words, said.due, said.urgent
    handout.lead_person, handout.lead_department, handout.lead_group = (
        said.lead_person, said.lead_department, said.lead_group,
    )  # fmt: skip
    handout.support = [one for one in said.support if isinstance(one, Department)]
    handout.support_groups = [one for one in said.support if isinstance(one, Group)]
    return handout


def drop(decision: Decision | None, handout: Handout | None) -> None:
    """Delete a decision or a task that no line says any more."""
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
    meeting = sitting_of(item)
    entry = entry_under(open_record(meeting), item)
    if due < meeting.day:
        raise Refused("办理时限不能早于开会日期。")
    handout: Handout = add(
        Handout(
            item=item, decision=decision, title=title, lead_department=lead_department, lead_group=lead_group,
            lead_person=lead_person, due=due, evidence=evidence, urgent=urgent, support=list(support),
            support_groups=list(support_groups),
        )
    )  # fmt: skip
    line = new_line(item, "", by=by)
    _say_task(line, handout)
    reindex(entry)
    note_written(line, entry, by)
    return handout


def edit_handout(handout: Handout, seen: int | None, *, by: User, **facts: Any) -> Handout:
    """修改会上交办的事项；散会后已交办的，在交办事项中修改。"""
    meeting = sitting_of(handout.item)
    entry = entry_under(open_record(meeting), handout.item)
    refuse_handed_out(handout)
    if facts.get("due", handout.due) < meeting.day:
        raise Refused("办理时限不能早于开会日期。")
    claim(handout, seen)
    for name, value in facts.items():
        setattr(handout, name, value)
    if handout.line is not None:
        claim(handout.line, None)
        _say_task(handout.line, handout)
        reindex(entry)
    journal.record(by, "records.edit_handout", handout, "修改交办事项")
    db.session.flush()
    return handout


def finish_line(line: RecordLine, seen: int | None, *, by: User, **facts: Any) -> Handout:
    """补齐一条没有写全的交办。"""
    meeting = sitting_of(line.item)
    entry = entry_under(open_record(meeting), line.item)
    if line.handout is not None:
        raise Refused("这条交办已经写全，请直接修改。")
    if facts["due"] < meeting.day:
        raise Refused("办理时限不能早于开会日期。")
    claim(line, seen)
    handout: Handout = add(Handout(item=line.item, **facts))
    _say_task(line, handout)
    renew(entry, by)
    note_written(line, entry, by)
    return handout


def _say_task(line: RecordLine, handout: Handout) -> None:
    """Let a line say a task that was filled in as a form, in the words somebody would have typed."""
    directory = lines_queries.directory_for(sitting_of(handout.item))
    line.kind, line.words, line.lacks, line.handout = LineKind.task, handout.title, "", handout
    line.text = reading.typed(handout, directory)
    db.session.add(line)
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
    search.index_all(Decision.__tablename__, map(findable, said))


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
    search.index_all(Decision.__tablename__, map(findable, queries.words_under(item)[0]))


def take_back(item: AgendaItem, why: str, *, by: User) -> None:
    """撤销补录：还没有办完的交办事项终止，议定事项不再被搜索到；已销号的留在台账。"""
    decisions, handouts = queries.words_under(item)
    for action in (one.action for one in handouts if one.action and not one.action.is_ended):
        if obstacle := action.lifecycle.obstacle(action, "terminate"):
            raise Refused(f"《{action.title}》还没有办完，不能作废这份纪要。{obstacle}")
        progress.terminate(action, why, by=by)
    for one in decisions:
        search.forget(Decision.__tablename__, one.id)


def pass_on(handout: Handout) -> ActionItem:
    """The job's deed: a task that was said becomes an action item, 拟交办 until the minutes are issued."""
    meeting = handout.item.meeting
    if meeting is None or (giver := meeting.recorder or meeting.chair) is None:
        raise Refused("会议没有主持人和记录人，无法交办。")
    problem = handout.item.problem
    handout.action = assignment.assign(
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


def refuse_handed_out(handout: Handout) -> None:
    """Refuse to change a task that is in the ledger already."""
    if handout.action_id is not None:
        raise Refused("这一项已经交办，请到交办台账中处理。")
