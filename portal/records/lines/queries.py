"""Questions about the lines of a record, and the turns of phrase."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from portal.db.engine import db
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.attendance import Attendance
from portal.meetings.models.meetings import Meeting
from portal.people.accounts.queries import people_to_choose
from portal.people.departments.queries import departments, groups, member_ids
from portal.records.decisions.queries import by_item, decided_where, handout_parts
from portal.records.lines.directory import Directory
from portal.records.loading import with_person
from portal.records.models import Decision, Handout, LineKind, Phrase, RecordEntry, RecordLine


def line(number: int) -> RecordLine | None:
    """One line with its item, its meeting and what became of it."""
    return db.session.scalar(
        sa.select(RecordLine)
        .where(RecordLine.id == number)
        .options(
            joinedload(RecordLine.item).joinedload(AgendaItem.meeting),
            joinedload(RecordLine.decision).selectinload(Decision.handouts),
            joinedload(RecordLine.handout).options(*handout_parts()),
            with_person(RecordLine.typed_by),
        )
    )


def lines_under(item: AgendaItem) -> list[RecordLine]:
    """The lines of one item in their order, each beside its decision or task."""
    return _lines(AgendaItem.id == item.id).get(item.id, [])


def lines_of(meeting: Meeting) -> dict[int, list[RecordLine]]:
    """Every line of a meeting in order, by the item's number: three statements."""
    return _lines(AgendaItem.meeting_id == meeting.id)


def _lines(where: sa.ColumnElement[bool]) -> dict[int, list[RecordLine]]:
    decisions, handouts = decided_where(where)
    said = {one.id: one for of_item in decisions.values() for one in of_item}
    given = {one.id: one for of_item in handouts.values() for one in of_item}
    rows = db.session.scalars(
        sa.select(RecordLine)
        .join(RecordLine.item)
        .where(where)
        .order_by(RecordLine.item_id, RecordLine.position, RecordLine.id)
        .options(contains_eager(RecordLine.item), with_person(RecordLine.typed_by))
    ).all()
    for one in rows:
        set_committed_value(one, "decision", said.get(one.decision_id or 0))
        set_committed_value(one, "handout", given.get(one.handout_id or 0))
    return by_item(rows)


def decision_before(line: RecordLine) -> Decision | None:
    """The decision a task was said after, under the same item."""
    return db.session.scalar(
        sa.select(Decision)
        .join(RecordLine, RecordLine.decision_id == Decision.id)
        .where(RecordLine.item_id == line.item.id, RecordLine.position < line.position)
        .order_by(RecordLine.position.desc())
        .limit(1)
    )


def line_with(key: str | None) -> RecordLine | None:
    """The line the page gave this key."""
    return db.session.scalar(sa.select(RecordLine).where(RecordLine.key == key))


def stamp_of_item(item: AgendaItem) -> str:
    """Changes whenever something is written under an item, or becomes of it: one statement."""
    return stamp(
        item.version, item.state.value, item.started_at, item.ended_at, *written_where(RecordLine.item_id == item.id)
    )


def written_where(where: sa.ColumnElement[bool]) -> tuple[int | None, ...]:
    """What every line that is added, changed or removed leaves different."""
    row = db.session.execute(
        sa.select(
            sa.func.count(RecordLine.id), sa.func.max(RecordLine.id), sa.func.sum(RecordLine.version),
            sa.func.count(RecordLine.handout_id), sa.func.count(Handout.action_id),
        )
        .outerjoin(Handout, Handout.id == RecordLine.handout_id)
        .where(where)
    ).one()  # fmt: skip
    return tuple(row)


def stamp(*facts: object) -> str:
    """A short text that changes with any of these facts."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:20]


def unfinished_of(meeting: Meeting) -> Sequence[RecordLine]:
    """The lines of a meeting that say too little to become a decision or a task."""
    return db.session.scalars(
        sa.select(RecordLine)
        .join(RecordLine.item)
        .where(
            AgendaItem.meeting_id == meeting.id,
            RecordLine.kind != LineKind.note,
            RecordLine.decision_id.is_(None),
            RecordLine.handout_id.is_(None),
        )
        .order_by(AgendaItem.position, RecordLine.position)
        .options(contains_eager(RecordLine.item))
    ).all()


def directory_for(meeting: Meeting) -> Directory:
    """Everybody and every unit that a line of this meeting's record can name: four statements."""
    guests = sa.select(Attendance.name).where(Attendance.meeting_id == meeting.id)
    return Directory(
        departments(),
        groups(),
        people_to_choose(),
        member_ids(meeting.series.group),
        db.session.scalars(guests).all(),
    )


def directory_of(meeting: Meeting) -> Callable[[], Directory]:
    """The directory for a meeting, loaded when it is first asked for."""
    return cache(lambda: directory_for(meeting))


def phrase(number: int) -> Phrase | None:
    """One turn of phrase."""
    return db.session.get(Phrase, number)


def phrases() -> Sequence[Phrase]:
    """The office's turns of phrase, in their order."""
    return db.session.scalars(sa.select(Phrase).order_by(Phrase.position, Phrase.id)).all()


def bare_lines(item_id: int) -> Sequence[RecordLine]:
    """The lines under an item in their order, with nothing beside them."""
    return db.session.scalars(
        sa.select(RecordLine)
        .where(RecordLine.item_id == item_id)
        .order_by(RecordLine.position, RecordLine.id)
        .options(lazyload("*"))
    ).all()


def entries_of(meeting: Meeting) -> dict[int, RecordEntry]:
    """What was written under each item of a meeting, by the item's number."""
    rows = db.session.scalars(
        sa.select(RecordEntry)
        .join(RecordEntry.item)
        .where(AgendaItem.meeting_id == meeting.id)
        .options(with_person(RecordEntry.saved_by))
    )
    return {entry.item_id: entry for entry in rows}


def entry_of(item: AgendaItem) -> RecordEntry | None:
    """What was written under one item."""
    return db.session.scalar(
        sa.select(RecordEntry).where(RecordEntry.item_id == item.id).options(with_person(RecordEntry.saved_by))
    )
