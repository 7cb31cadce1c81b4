"""In which scope of search a record is found, and what search does not know yet."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.db import search
from portal.db.search_index import SearchEntry
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.series.queries import has_part, visible_to
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.rules import is_secretary
from portal.records.decisions.queries import reads_decisions_of
from portal.records.models import Decision, Record, RecordEntry, RecordLine, RecordState

_SCOPES, _DECIDED = "records.", "decided."


def readable_by(user: User) -> sa.ColumnElement[bool]:
    """The condition that a record may be read by this person, joined with its meeting: see `rules.see`."""
    if is_secretary(user):
        return sa.true()
    may = [has_part(user), sa.and_(Record.state != RecordState.open, visible_to(user))]
    if user.has(Role.archivist):
        may.append(Record.state == RecordState.signed)
    return sa.or_(*may)


def scope_of(record_id: int) -> str:
    """The scope of search a record is found in: one of its own, since its readers change with its state."""
    return f"{_SCOPES}{record_id}"


def scopes_of(user: User) -> "set[sa.Select[str]]":
    """The scopes of search in which a person may find what was said at meetings."""
    decided = sa.select(Meeting.id).where(reads_decisions_of(user))
    said = sa.select(Record.id).join(Record.meeting).where(readable_by(user))
    return {search.scopes(_SCOPES, said), search.scopes(_DECIDED, decided)}


def scope_of_decision(decision: Decision) -> str:
    """The scope of search a decision is found in: that of its meeting, since its readers change with its state."""
    return f"{_DECIDED}{decision.item.meeting_id}"


def entries() -> sa.Select[RecordEntry]:
    """Everything that was said, item by item, to be entered for search."""
    of_meeting = joinedload(RecordEntry.item).joinedload(AgendaItem.meeting)
    return sa.select(RecordEntry).options(of_meeting).order_by(RecordEntry.id)


def not_to_be_found_yet() -> sa.Select[RecordEntry]:
    """What was said before search knew of records."""
    known = sa.exists().where(
        SearchEntry.thing_type == RecordEntry.__tablename__, SearchEntry.thing_id == RecordEntry.id
    )
    said = sa.exists().where(RecordLine.item_id == RecordEntry.item_id)
    return entries().where(said, ~known)
