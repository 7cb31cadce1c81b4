"""Index records and decisions for search."""

from collections.abc import Sequence

from portal.db import search
from portal.records.decisions import queries as decisions_queries
from portal.records.lines import queries as lines_queries
from portal.records.models import Decision, LineKind, RecordEntry, RecordLine
from portal.records.search import queries


def reindex(entry: RecordEntry, lines: Sequence[RecordLine] | None = None) -> None:
    """Index what was said under an item for search by whoever may read the record: every line as it was typed.

    What was decided under it is found apart, by whoever may read the decisions.
    """
    lines = lines_queries.bare_lines(entry.item_id) if lines is None else lines
    if any(line.kind is LineKind.decision for line in lines):
        search.index_all(Decision.__tablename__, map(findable, decisions_queries.decided_under(entry.item)))
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
    """Index a decision for search by whoever may read it."""
    search.index_all(Decision.__tablename__, [findable(decision)])


def findable(decision: Decision) -> search.Findable:
    """A decision as search takes it."""
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
