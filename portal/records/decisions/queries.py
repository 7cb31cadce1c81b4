"""Questions about decisions and the tasks said under them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, lazyload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from portal.actions.models.action_items import ActionItem
from portal.db.engine import db
from portal.db.search_index import SearchEntry
from portal.enterprises.models.problems import Problem
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting, MeetingState
from portal.meetings.series.queries import has_part, visible_to
from portal.people.models.accounts import User
from portal.people.rules import is_secretary
from portal.records.loading import with_person
from portal.records.models import Decision, Handout, RecordLine
from portal.web import timeline

Said = TypeVar("Said", Decision, Handout, RecordLine)


def decisions_of(meeting: Meeting) -> dict[int, list[Decision]]:
    """The decisions of a meeting in their order, with their tasks, by the item's number."""
    return decided_where(AgendaItem.meeting_id == meeting.id)[0]


def handouts_of(meeting: Meeting) -> dict[int, list[Handout]]:
    """Every task said at a meeting, by the item's number."""
    return _handed_out(AgendaItem.meeting_id == meeting.id)


def words_of(meeting: Meeting) -> tuple[dict[int, list[Decision]], dict[int, list[Handout]]]:
    """Decisions and tasks of a meeting together: two statements."""
    return decided_where(AgendaItem.meeting_id == meeting.id)


def words_of_items(items: Iterable[AgendaItem]) -> tuple[dict[int, list[Decision]], dict[int, list[Handout]]]:
    """Decisions and tasks of some items, by the item's number: two statements, however many items they are."""
    return decided_where(AgendaItem.id.in_([item.id for item in items]))


def decisions_under(item: AgendaItem) -> Sequence[Decision]:
    """The decisions of one item, for a picker."""
    return db.session.scalars(
        sa.select(Decision).where(Decision.item_id == item.id).order_by(Decision.position, Decision.id)
    ).all()


def words_under(item: AgendaItem) -> tuple[list[Decision], list[Handout]]:
    """Decisions and tasks of one item."""
    decisions, handouts = decided_where(AgendaItem.id == item.id)
    return decisions.get(item.id, []), handouts.get(item.id, [])


def decided_where(where: sa.ColumnElement[bool]) -> tuple[dict[int, list[Decision]], dict[int, list[Handout]]]:
    """Decisions and tasks of the items that meet a condition, by the item's number: two statements."""
    handouts = _handed_out(where)
    rows = db.session.scalars(
        sa.select(Decision)
        .join(Decision.item)
        .where(where)
        .order_by(Decision.item_id, Decision.position, Decision.id)
        .options(contains_eager(Decision.item), lazyload(Decision.handouts))
    ).all()
    for one in rows:
        of_item = handouts.get(one.item_id, ())
        set_committed_value(one, "handouts", [task for task in of_item if task.decision_id == one.id])
    return by_item(rows), handouts


def _handed_out(where: sa.ColumnElement[bool]) -> dict[int, list[Handout]]:
    rows = db.session.scalars(
        sa.select(Handout)
        .join(Handout.item)
        .where(where)
        .order_by(Handout.item_id, Handout.id)
        .options(contains_eager(Handout.item), *handout_parts())
    ).unique()
    return by_item(rows)


def handout_parts() -> tuple[Any, ...]:
    """What is loaded beside a task: who leads, who supports, what became of it."""
    return (
        joinedload(Handout.lead_department),
        joinedload(Handout.lead_group),
        with_person(Handout.lead_person),
        joinedload(Handout.action).joinedload(ActionItem.support),
        joinedload(Handout.support),
        joinedload(Handout.support_groups),
    )


def by_item(rows: Iterable[Said]) -> dict[int, list[Said]]:
    """Some rows by the number of their item."""
    found: dict[int, list[Said]] = {}
    for row in rows:
        found.setdefault(row.item_id, []).append(row)
    return found


def decision(number: int) -> Decision | None:
    """One decision with its item, meeting and tasks, of which there are few: one statement."""
    item = joinedload(Decision.item)
    query = sa.select(Decision).where(Decision.id == number)
    query = query.options(
        item.joinedload(AgendaItem.meeting).joinedload(Meeting.series),
        item.joinedload(AgendaItem.problem).joinedload(Problem.enterprise),
        joinedload(Decision.handouts).options(*handout_parts()),
    )
    return db.session.scalars(query).unique().one_or_none()


def handout(number: int) -> Handout | None:
    """One task as it was said, with its item and meeting."""
    return db.session.scalar(
        sa.select(Handout)
        .where(Handout.id == number)
        .options(joinedload(Handout.item).joinedload(AgendaItem.meeting), *handout_parts())
    )


def reads_decisions_of(user: User) -> sa.ColumnElement[bool]:
    """The condition that a person may read what a meeting decided: see `rules.see_decision`."""
    told = sa.or_(Meeting.state == MeetingState.concluded, has_part(user))
    return sa.true() if is_secretary(user) else sa.and_(told, visible_to(user))


def decisions() -> sa.Select[Decision]:
    """Everything that was decided, to be entered for search."""
    item = joinedload(Decision.item)
    return sa.select(Decision).options(
        item.joinedload(AgendaItem.meeting).joinedload(Meeting.series), item.joinedload(AgendaItem.reporter),
        selectinload(Decision.handouts).options(*handout_parts()),
    ).order_by(Decision.id)  # fmt: skip


def decided_under(item: AgendaItem) -> Sequence[Decision]:
    """The same of one item, as it stands now."""
    of_item = decisions().where(Decision.item_id == item.id).execution_options(populate_existing=True)
    return db.session.scalars(of_item).all()


def decisions_not_to_be_found_yet() -> sa.Select[Decision]:
    """What was decided before search knew of decisions."""
    known = sa.exists().where(SearchEntry.thing_type == Decision.__tablename__, SearchEntry.thing_id == Decision.id)
    return decisions().where(~known)


def decision_titles(user: User, numbers: set[int]) -> "sa.Select[Any, Any, Any]":
    """Of some decisions those a person may read: id, title and meeting, for the chain; drafts only who keeps them."""
    query = sa.select(Decision.id, Decision.text, AgendaItem.meeting_id)
    query = query.join(Decision.item).join(AgendaItem.meeting).where(Decision.id.in_(numbers))
    return query.where(reads_decisions_of(user))


def links(found: timeline.Found) -> "Iterator[sa.Select[Any]]":
    """From an item to its decisions and tasks, from a decision to its item and tasks, from a task to both."""
    if ids := found.get("agenda_item"):
        yield timeline.link("decision", Decision.id, Decision.item_id.in_(ids))
        yield timeline.link("action_item", Handout.action_id, Handout.item_id.in_(ids))
    if ids := found.get("decision"):
        yield timeline.link("agenda_item", Decision.item_id, Decision.id.in_(ids))
        yield timeline.link("action_item", Handout.action_id, Handout.decision_id.in_(ids))
    if ids := found.get("action_item"):
        yield timeline.link("agenda_item", Handout.item_id, Handout.action_id.in_(ids))
        yield timeline.link("decision", Handout.decision_id, Handout.action_id.in_(ids))


def origin_of(action: ActionItem) -> Handout | None:
    """Where a task was said: its handout with decision, item and meeting."""
    return db.session.scalar(
        sa.select(Handout)
        .where(Handout.action_id == action.id)
        .options(
            joinedload(Handout.decision),
            joinedload(Handout.item).joinedload(AgendaItem.meeting).joinedload(Meeting.series),
        )
    )


def actions_of(meeting: Meeting) -> Sequence[ActionItem]:
    """The tasks a meeting handed out."""
    return (
        db.session.scalars(
            sa.select(ActionItem)
            .join(Handout, Handout.action_id == ActionItem.id)
            .join(Handout.item)
            .where(AgendaItem.meeting_id == meeting.id)
            .order_by(ActionItem.id)
            .options(joinedload(ActionItem.support))
        )
        .unique()
        .all()
    )


def to_hand_out() -> sa.Select[Handout]:
    """Tasks said at meetings that have adjourned, and not handed out."""
    return (
        sa.select(Handout)
        .join(Handout.item)
        .join(AgendaItem.meeting)
        .where(Handout.action_id.is_(None), Meeting.state.in_([MeetingState.adjourned, MeetingState.concluded]))
        .order_by(Handout.id)
    )
