"""What a meeting left besides its signed papers, as papers for its dossier: agenda, sign-in, tasks, what was done.

Reads only; the paper is laid out and entered by a job.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from portal.actions.models.action_items import ActionItem
from portal.db import clock, journal
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.db.office import office
from portal.documents.paper.content import FilingPaper, FilingTable
from portal.documents.registry import PaperKind
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.attendance import Attendance
from portal.meetings.models.meetings import Meeting
from portal.minutes.reading import queries as minutes
from portal.records.decisions import queries as decisions_queries
from portal.records.signing import queries as signing_queries


def compiled(kind: PaperKind, meeting: Meeting) -> FilingPaper:
    """The paper of one kind that belongs to a meeting's dossier."""
    tables, notes = _TABLES[kind](meeting)
    return FilingPaper(
        kind=kind.label,
        title=title_of(kind, meeting),
        facts=_facts(meeting),
        tables=tables,
        notes=notes,
        mark=office.mark,
        journal_head=journal.head()[1],
    )


def title_of(kind: PaperKind, meeting: Meeting) -> str:
    """专班例会2026年第1次会议议程: the word 会议 is not said twice."""
    twice = "会议" if kind.label.startswith("会议") else ""
    return f"{meeting.title.removesuffix(twice)}{kind.label}"


def _facts(meeting: Meeting) -> list[tuple[str, str]]:
    opened, closed = meeting.opened_at or meeting.starts, meeting.adjourned_at or meeting.ends
    day = f"{clock.zh_date(meeting.day)}（{clock.weekday(meeting.day)}）"
    return [
        ("时间", f"{day}{clock.hm(opened)}至{clock.hm(closed)}"),
        ("地点", meeting.place),
        ("主持人", meeting.chair.name if meeting.chair else ""),
        ("记录人", meeting.recorder.name if meeting.recorder else ""),
    ]


Tables = tuple[list[FilingTable], list[str]]


def _agenda(meeting: Meeting) -> Tables:
    rows = [
        (str(number), item.title, item.kind.label, _reporter(item), f"{item.minutes} 分钟", item.state.label)
        for number, item in enumerate(meeting.items, 1)
    ]
    columns = [("序号", 12), ("议题", 0), ("类别", 24), ("汇报人", 20), ("时长", 18), ("结果", 18)]
    approved = meeting.agenda_approved_at
    notes = [f"议程于{clock.zh_datetime(approved)}审定。"] if approved else []
    return [FilingTable("", columns, rows)], [*notes, *(f"发出通知后的变动：{change}" for change in meeting.changes)]


def _reporter(item: AgendaItem) -> str:
    return item.reporter.name if item.reporter else ""


def _roll(meeting: Meeting) -> Tables:
    columns = [("序号", 12), ("单位", 36), ("姓名", 28), ("职务", 40), ("签到", 16), ("备注", 0)]
    members = [one for one in meeting.attendances if one.member]
    others = [one for one in meeting.attendances if not one.member]
    present = sum(one.is_present for one in members)
    tables = [
        FilingTable("例会成员", columns, [_place(number, one) for number, one in enumerate(members, 1)]),
        FilingTable("列席人员", columns, [_place(number, one) for number, one in enumerate(others, 1)]),
    ]
    return tables, [f"应到 {len(members)} 人，实到 {present} 人。"]


def _place(number: int, one: Attendance) -> tuple[str, ...]:
    signed = clock.hm(one.checked_in_at) if one.checked_in_at else ""
    stay = "请假" if one.is_on_leave else one.stay if one.is_present else "未到"
    return (str(number), one.unit_name, one.printed_name, one.post, signed, stay)


def _tasks(meeting: Meeting) -> Tables:
    columns = [("编号", 22), ("事项", 0), ("牵头", 30), ("配合", 28), ("时限", 33)]
    rows = [
        (one.number, one.title, one.lead, "、".join(line.name for line in one.support), clock.zh_date(one.original_due))
        for one in decisions_queries.actions_of(meeting)
    ]
    return [FilingTable("", columns, rows, "这次会议没有交办事项。")], ["办理过程和结果见交办台账。"] if rows else []


def _trail(meeting: Meeting) -> Tables:
    columns = [("序号", 13), ("时间", 35), ("办理人", 18), ("办理", 24), ("对象", 0), ("校验值", 32)]
    rows = [
        (str(one.seq), clock.zh_datetime(one.at), one.actor, one.label, one.thing, f"{one.hash[:12]}…")
        for one in _entries(meeting)
    ]
    note = "摘自门户的操作日志；日志逐条相连，末条的校验值印在下方，完整的日志由审计员查阅。"
    return [FilingTable("", columns, rows)], [note]


def _entries(meeting: Meeting) -> list[JournalEntry]:
    """What was done to a meeting, its items, record, minutes and tasks, in the order of the journal."""
    papers = minutes.of_meeting(meeting)
    record = signing_queries.record_of(meeting)
    things: dict[str, list[int]] = {
        Meeting.__tablename__: [meeting.id],
        AgendaItem.__tablename__: [one.id for one in meeting.items],
        "record": [record.id] if record else [],
        "minutes": [one.id for one in papers],
        ActionItem.__tablename__: [one.id for one in decisions_queries.actions_of(meeting)],
    }
    about = [
        sa.and_(JournalEntry.thing_type == kind, JournalEntry.thing_id.in_(ids)) for kind, ids in things.items() if ids
    ]
    return list(
        db.session.scalars(
            sa.select(JournalEntry)
            .where(sa.or_(*about), JournalEntry.refused.is_(False))
            .order_by(JournalEntry.seq)
            .limit(MOST_ENTRIES)
        )
    )


MOST_ENTRIES = 400
_TABLES: dict[PaperKind, Callable[[Any], Tables]] = {
    PaperKind.agenda: _agenda,
    PaperKind.roll: _roll,
    PaperKind.tasks: _tasks,
    PaperKind.trail: _trail,
}
KINDS = tuple(_TABLES)
