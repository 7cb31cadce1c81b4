"""Where an item stands on an agenda, and what that means for the problem it is about."""

from collections.abc import Sequence

from portal.db.engine import db
from portal.enterprises.problems import operations as enterprises
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind, MeetingSeries
from portal.people.models.accounts import User


def put(item: AgendaItem, meeting: Meeting, at: int | None = None) -> None:
    """Put an item on an agenda, at a place or where its kind belongs in the order of the series."""
    rows = [one for one in meeting.items if one is not item]
    rows.insert(_place_of_kind(item.kind, rows, meeting.series) if at is None else at, item)
    if item not in meeting.items:
        meeting.items.append(item)
    for position, one in enumerate(rows, 1):
        if one.position != position:
            one.position = position
    meeting.items.sort(key=lambda one: one.position)


def _place_of_kind(kind: ItemKind, rows: Sequence[AgendaItem], series: MeetingSeries) -> int:
    """Behind the last item of the same kind; where there is none, before the first whose kind comes later."""
    rank = series.kinds.index
    same = [place for place, one in enumerate(rows) if one.kind is kind]
    if same:
        return same[-1] + 1
    return next((place for place, one in enumerate(rows) if rank(one.kind) > rank(kind)), len(rows))


def free(item: AgendaItem) -> None:
    """Take an item off its agenda."""
    if item.meeting is not None:
        item.meeting.items.remove(item)
    item.position, item.changed = 0, False
    db.session.flush()


def raise_problem(item: AgendaItem, by: User) -> None:
    """The enterprise's problem an item is about counts as put on an agenda."""
    if item.problem is not None and item.problem.lifecycle.is_open(item.problem, "put_on_agenda"):
        enterprises.put_on_agenda(item.problem, by=by)


def lower_problem(item: AgendaItem, by: User) -> None:
    """The enterprise's problem an item is about counts as taken off the agenda."""
    if item.problem is not None and item.problem.lifecycle.is_open(item.problem, "take_off_agenda"):
        enterprises.take_off_agenda(item.problem, by=by)
