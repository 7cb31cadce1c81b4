"""Questions about the items of an agenda."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.database import db
from portal.enterprises.models import Problem
from portal.meetings.models import AgendaItem, AgendaStep, ItemFile, ItemKind, Meeting, MeetingSeries, Review
from portal.meetings.queries.series import person


@dataclass(frozen=True)
class Slot:
    """One item with the time it is to begin."""

    item: AgendaItem
    begins: datetime


def timetable(meeting: Meeting) -> list[Slot]:
    """The agenda with clock times, one item after the other."""
    slots, at = [], meeting.starts
    for item in meeting.items:
        slots.append(Slot(item, at))
        at += timedelta(minutes=item.minutes)
    return slots


def minutes_by_kind(meeting: Meeting) -> list[tuple[str, int, str]]:
    """How the time is shared out, as the bar of the budget draws it: word, minutes, colour."""
    used = {kind: sum(item.minutes for item in meeting.items if item.kind is kind) for kind in ItemKind}
    return [(kind.label, minutes, kind.css) for kind, minutes in used.items() if minutes]


def item(number: int) -> AgendaItem | None:
    """One item with its series, its meeting, its people and its files."""
    rows = db.session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.id == number)
        .options(
            joinedload(AgendaItem.series).joinedload(MeetingSeries.group),
            joinedload(AgendaItem.meeting).options(
                joinedload(Meeting.review).joinedload(Review.rows), selectinload(Meeting.items)
            ),
            joinedload(AgendaItem.course),
            joinedload(AgendaItem.problem).joinedload(Problem.enterprise),
            joinedload(AgendaItem.merged_into),
            person(AgendaItem.reporter),
            person(AgendaItem.proposed_by),
            selectinload(AgendaItem.attached).joinedload(ItemFile.file),
        )
    )
    return rows.unique().one_or_none()


def chain(item: AgendaItem) -> list[AgendaItem]:
    """The topic's way through the meetings, oldest first: predecessors, the item itself, successors."""
    ids = sa.select(AgendaItem.id, AgendaItem.predecessor_id).where(AgendaItem.id == item.id).cte(recursive=True)
    back = ids.union(
        sa.select(AgendaItem.id, AgendaItem.predecessor_id).join(ids, AgendaItem.id == ids.c.predecessor_id)
    )
    start = sa.select(AgendaItem.id).where(AgendaItem.id == item.id).cte(recursive=True)
    forth = start.union(sa.select(AgendaItem.id).join(start, AgendaItem.predecessor_id == start.c.id))
    wanted = sa.or_(AgendaItem.id.in_(sa.select(back.c.id)), AgendaItem.id.in_(sa.select(forth.c.id)))
    return list(
        db.session.scalars(
            sa.select(AgendaItem)
            .where(wanted)
            .options(joinedload(AgendaItem.meeting), person(AgendaItem.reporter))
            .order_by(AgendaItem.id)
        )
    )


def item_file(number: int) -> ItemFile | None:
    """A file that goes with an item, with the item and what decides who sees it."""
    of_item = joinedload(ItemFile.item)
    return db.session.scalar(
        sa.select(ItemFile)
        .where(ItemFile.id == number)
        .options(
            joinedload(ItemFile.file),
            of_item.joinedload(AgendaItem.series).joinedload(MeetingSeries.group),
            of_item.joinedload(AgendaItem.meeting).selectinload(Meeting.items),
        )
    )


def last_step(meeting: Meeting) -> AgendaStep | None:
    """The last act of building the agenda that can be taken back."""
    return db.session.scalar(
        sa.select(AgendaStep).where(AgendaStep.meeting_id == meeting.id).order_by(AgendaStep.id.desc()).limit(1)
    )
