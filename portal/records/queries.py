"""Questions about records, decisions and the tasks typed where they were said."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, lazyload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from portal import chain, clock, search
from portal.actions.models import ActionItem, ActionState
from portal.actions.queries import EXPORTED, READ_ALL, ROW
from portal.database import db
from portal.enterprises.models import Problem
from portal.meetings.models import AgendaItem, Attendance, Meeting, MeetingSeries, MeetingState
from portal.meetings.queries import has_part, visible_to
from portal.people.models import Part, Role, User
from portal.people.queries import departments, groups, member_ids, people_to_choose
from portal.people.rules import is_secretary
from portal.records.models import (
    Decision,
    Handout,
    LineKind,
    Phrase,
    Record,
    RecordEntry,
    RecordLine,
    RecordState,
)
from portal.records.reading import Directory
from portal.register import Document, Signature, SignatureState
from portal.search import SearchEntry

Said = TypeVar("Said", Decision, Handout, RecordLine)

_SCOPES, _DECIDED = "records.", "decided."


def sitting(number: int) -> Meeting | None:
    """A meeting with its people and agenda, as its record needs it: one statement."""
    rows = db.session.scalars(
        sa.select(Meeting)
        .where(Meeting.id == number)
        .options(
            joinedload(Meeting.series),
            _person(Meeting.chair),
            _person(Meeting.recorder),
            joinedload(Meeting.items).options(_person(AgendaItem.reporter)),
        )
    )
    return rows.unique().one_or_none()


def topic(number: int) -> AgendaItem | None:
    """An item of a meeting, as its record needs it; None while it is on no agenda."""
    return db.session.scalar(
        sa.select(AgendaItem)
        .join(AgendaItem.meeting)
        .where(AgendaItem.id == number)
        .options(contains_eager(AgendaItem.meeting), _person(AgendaItem.reporter))
    )


def _person(path: Any) -> Any:
    """Load a person beside a row, in the same statement and without the roles."""
    return joinedload(path).options(joinedload(User.department), lazyload(User.grants))


def record(number: int) -> Record | None:
    """One record with its meeting and its paper."""
    return db.session.scalar(
        sa.select(Record)
        .where(Record.id == number)
        .options(*_paper(), joinedload(Record.meeting).selectinload(Meeting.items))
    )


def record_of(meeting: Meeting) -> Record | None:
    """The record of a meeting, with its paper; None while nothing was written."""
    return db.session.scalar(sa.select(Record).where(Record.meeting_id == meeting.id).options(*_paper()))


def can_write(meeting: Meeting, record: Record | None) -> bool:
    """Whether the meeting has something to record and its record is still open."""
    sat = meeting.is_in_session or (meeting.is_over and not meeting.was_held_elsewhere)
    return bool(meeting.items) and sat and (record is None or record.is_open)


def record_with_entries(meeting: Meeting) -> tuple[Record | None, dict[int, RecordEntry]]:
    """The record of a meeting, and what was written under each item, by the item's number."""
    rows = db.session.scalars(
        sa.select(Record)
        .where(Record.meeting_id == meeting.id)
        .options(*_paper(), joinedload(Record.entries).options(_person(RecordEntry.saved_by)))
    )
    record = rows.unique().one_or_none()
    return record, {entry.item_id: entry for entry in record.entries} if record else {}


def record_on(document: Document) -> Record | None:
    """The record that is printed on a paper."""
    return db.session.scalar(
        sa.select(Record)
        .where(Record.document_id == document.id)
        .options(joinedload(Record.meeting).selectinload(Meeting.items))
    )


def _paper() -> tuple[Any, ...]:
    document = joinedload(Record.document)
    return (document.joinedload(Document.file), document.selectinload(Document.signatures))


def line(number: int) -> RecordLine | None:
    """One line with its item, its meeting and what became of it."""
    return db.session.scalar(
        sa.select(RecordLine)
        .where(RecordLine.id == number)
        .options(
            joinedload(RecordLine.item).joinedload(AgendaItem.meeting),
            joinedload(RecordLine.decision).selectinload(Decision.handouts),
            joinedload(RecordLine.handout).options(*_handout()),
            _person(RecordLine.typed_by),
        )
    )


def lines_under(item: AgendaItem) -> list[RecordLine]:
    """The lines of one item in their order, each beside its decision or task."""
    return _lines(AgendaItem.id == item.id).get(item.id, [])


def lines_of(meeting: Meeting) -> dict[int, list[RecordLine]]:
    """Every line of a meeting in order, by the item's number: three statements."""
    return _lines(AgendaItem.meeting_id == meeting.id)


def _lines(where: sa.ColumnElement[bool]) -> dict[int, list[RecordLine]]:
    decisions, handouts = _decided(where)
    said = {one.id: one for of_item in decisions.values() for one in of_item}
    given = {one.id: one for of_item in handouts.values() for one in of_item}
    rows = db.session.scalars(
        sa.select(RecordLine)
        .join(RecordLine.item)
        .where(where)
        .order_by(RecordLine.item_id, RecordLine.position, RecordLine.id)
        .options(contains_eager(RecordLine.item), _person(RecordLine.typed_by))
    ).all()
    for one in rows:
        set_committed_value(one, "decision", said.get(one.decision_id or 0))
        set_committed_value(one, "handout", given.get(one.handout_id or 0))
    return _by_item(rows)


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


def live(number: int) -> Meeting | None:
    """A meeting alone, for a page that asks again every few seconds."""
    return db.session.scalar(sa.select(Meeting).where(Meeting.id == number).options(joinedload(Meeting.series)))


def stamp_of_item(item: AgendaItem) -> str:
    """Changes whenever something is written under an item, or becomes of it: one statement."""
    return _stamp(
        item.version, item.state.value, item.started_at, item.ended_at, *_written(RecordLine.item_id == item.id)
    )


def stamp_of(meeting: Meeting) -> str:
    """Changes whenever the live page of a meeting would look different: two statements."""
    columns = (
        AgendaItem.id, AgendaItem.title, AgendaItem.position, AgendaItem.state, AgendaItem.minutes,
        AgendaItem.started_at, AgendaItem.ended_at, AgendaItem.seconds_away,
    )  # fmt: skip
    items = db.session.execute(
        sa.select(*columns).where(AgendaItem.meeting_id == meeting.id).order_by(AgendaItem.position, AgendaItem.id)
    ).all()
    of_meeting = sa.select(AgendaItem.id).where(AgendaItem.meeting_id == meeting.id)
    late = [_is_late(*row[4:]) for row in items]
    facts = [tuple(row) for row in items]
    shown = sa.and_(RecordLine.item_id.in_(of_meeting), RecordLine.kind != LineKind.note)
    return _stamp(meeting.id, meeting.opened_at, meeting.version, meeting.state.value, facts, late, *_written(shown))


def _is_late(minutes: int, started: datetime | None, ended: datetime | None, away: int) -> bool:
    since = started + timedelta(seconds=away) if started and not ended else None
    return since is not None and clock.now() - since > timedelta(minutes=minutes)


def _written(where: sa.ColumnElement[bool]) -> tuple[int | None, ...]:
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


def _stamp(*facts: object) -> str:
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
        .options(_person(RecordEntry.saved_by))
    )
    return {entry.item_id: entry for entry in rows}


def entry_of(item: AgendaItem) -> RecordEntry | None:
    """What was written under one item."""
    return db.session.scalar(
        sa.select(RecordEntry).where(RecordEntry.item_id == item.id).options(_person(RecordEntry.saved_by))
    )


def decisions_of(meeting: Meeting) -> dict[int, list[Decision]]:
    """The decisions of a meeting in their order, with their tasks, by the item's number."""
    return _decided(AgendaItem.meeting_id == meeting.id)[0]


def handouts_of(meeting: Meeting) -> dict[int, list[Handout]]:
    """Every task said at a meeting, by the item's number."""
    return _handed_out(AgendaItem.meeting_id == meeting.id)


def words_of(meeting: Meeting) -> tuple[dict[int, list[Decision]], dict[int, list[Handout]]]:
    """Decisions and tasks of a meeting together: two statements."""
    return _decided(AgendaItem.meeting_id == meeting.id)


def words_of_items(items: Iterable[AgendaItem]) -> tuple[dict[int, list[Decision]], dict[int, list[Handout]]]:
    """Decisions and tasks of some items, by the item's number: two statements, however many items they are."""
    return _decided(AgendaItem.id.in_([item.id for item in items]))


def decisions_under(item: AgendaItem) -> Sequence[Decision]:
    """The decisions of one item, for a picker."""
    return db.session.scalars(
        sa.select(Decision).where(Decision.item_id == item.id).order_by(Decision.position, Decision.id)
    ).all()


def words_under(item: AgendaItem) -> tuple[list[Decision], list[Handout]]:
    """Decisions and tasks of one item."""
    decisions, handouts = _decided(AgendaItem.id == item.id)
    return decisions.get(item.id, []), handouts.get(item.id, [])


def _decided(where: sa.ColumnElement[bool]) -> tuple[dict[int, list[Decision]], dict[int, list[Handout]]]:
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
    return _by_item(rows), handouts


def _handed_out(where: sa.ColumnElement[bool]) -> dict[int, list[Handout]]:
    rows = db.session.scalars(
        sa.select(Handout)
        .join(Handout.item)
        .where(where)
        .order_by(Handout.item_id, Handout.id)
        .options(contains_eager(Handout.item), *_handout())
    ).unique()
    return _by_item(rows)


def _handout() -> tuple[Any, ...]:
    return (
        joinedload(Handout.lead_department),
        joinedload(Handout.lead_group),
        _person(Handout.lead_person),
        joinedload(Handout.action).joinedload(ActionItem.support),
        joinedload(Handout.support),
        joinedload(Handout.support_groups),
    )


def _by_item(rows: Iterable[Said]) -> dict[int, list[Said]]:
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
        joinedload(Decision.handouts).options(*_handout()),
    )
    return db.session.scalars(query).unique().one_or_none()


def handout(number: int) -> Handout | None:
    """One task as it was said, with its item and meeting."""
    return db.session.scalar(
        sa.select(Handout)
        .where(Handout.id == number)
        .options(joinedload(Handout.item).joinedload(AgendaItem.meeting), *_handout())
    )


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
    decided = sa.select(Meeting.id).where(_reads_decisions_of(user))
    said = sa.select(Record.id).join(Record.meeting).where(readable_by(user))
    return {search.scopes(_SCOPES, said), search.scopes(_DECIDED, decided)}


def scope_of_decision(decision: Decision) -> str:
    """The scope of search a decision is found in: that of its meeting, since its readers change with its state."""
    return f"{_DECIDED}{decision.item.meeting_id}"


def _reads_decisions_of(user: User) -> sa.ColumnElement[bool]:
    """The condition that a person may read what a meeting decided: see `rules.see_decision`."""
    told = sa.or_(Meeting.state == MeetingState.concluded, has_part(user))
    return sa.true() if is_secretary(user) else sa.and_(told, visible_to(user))


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


def decisions() -> sa.Select[Decision]:
    """Everything that was decided, to be entered for search."""
    item = joinedload(Decision.item)
    return sa.select(Decision).options(
        item.joinedload(AgendaItem.meeting).joinedload(Meeting.series), item.joinedload(AgendaItem.reporter),
        selectinload(Decision.handouts).options(*_handout()),
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
    return query.where(_reads_decisions_of(user))


def links(found: chain.Found) -> "Iterator[sa.Select[Any]]":
    """From an item to its decisions and tasks, from a decision to its item and tasks, from a task to both."""
    if ids := found.get("agenda_item"):
        yield chain.link("decision", Decision.id, Decision.item_id.in_(ids))
        yield chain.link("action_item", Handout.action_id, Handout.item_id.in_(ids))
    if ids := found.get("decision"):
        yield chain.link("agenda_item", Decision.item_id, Decision.id.in_(ids))
        yield chain.link("action_item", Handout.action_id, Handout.decision_id.in_(ids))
    if ids := found.get("action_item"):
        yield chain.link("agenda_item", Handout.item_id, Handout.action_id.in_(ids))
        yield chain.link("decision", Handout.decision_id, Handout.action_id.in_(ids))


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


def bulletin(meeting: Meeting) -> Sequence[ActionItem]:
    """The tasks a meeting handed out, with everything its bulletin tells of them."""
    return db.session.scalars(
        sa.select(ActionItem)
        .where(ActionItem.of_meeting == meeting.id)
        .order_by(ActionItem.id)
        .options(*ROW, *EXPORTED)
    ).all()


@dataclass(frozen=True)
class Share:
    """How many of a meeting's tasks were agreed, done, late; tasks that were terminated do not count as done."""

    agreed: int
    done: int
    late: int

    @property
    def percent(self) -> str:
        """The share that is done, as a bulletin prints it."""
        return f"{100 * self.done / self.agreed:.1f}%" if self.agreed else "—"

    @property
    def sentence(self) -> str:
        """The bulletin in one sentence."""
        if not self.agreed:
            return "没有交办事项。"
        late = f"，逾期 {self.late} 项" if self.late else ""
        return f"交办 {self.agreed} 项，销号 {self.done} 项，销号率 {self.percent}{late}。"


def share_of(actions: Sequence[ActionItem]) -> Share:
    """What a bulletin counts."""
    done = sum(one.state is ActionState.closed for one in actions)
    return Share(len(actions), done, sum(one.is_overdue for one in actions))


def _read_by(user: User) -> sa.ColumnElement[bool]:
    """Meetings whose tasks this person reads: their own, and for who watches every task all of them."""
    return sa.true() if user.has(*READ_ALL) else visible_to(user)


def meetings_to_choose(user: User, chosen: int) -> sa.Select[int, str, int]:
    """The latest meetings that handed out tasks, and the chosen one: number, words, place."""
    gave = sa.exists().where(ActionItem.of_meeting == Meeting.id)
    latest = sa.select(Meeting.id).join(Meeting.series).where(_read_by(user), gave)
    latest = latest.order_by(Meeting.day.desc(), Meeting.id).limit(100)
    words = MeetingSeries.short + " " + sa.cast(Meeting.day, sa.String)
    wanted = sa.or_(Meeting.id == chosen, Meeting.id.in_(sa.select(latest.subquery().c[0])))
    return sa.select(Meeting.id, words, -Meeting.id).join(Meeting.series).where(_read_by(user), wanted)


def series_to_choose(user: User, _chosen: int) -> sa.Select[int, str, int]:
    """The series this person reads: number, words, place."""
    return sa.select(MeetingSeries.id, MeetingSeries.short, MeetingSeries.rank).where(_has_read(user))


def _has_read(user: User) -> sa.ColumnElement[bool]:
    return sa.exists().where(Meeting.series_id == MeetingSeries.id, _read_by(user))


def places_of_series(user: User) -> "sa.Select[int, int]":
    """The series this person reads: number and rank."""
    return sa.select(MeetingSeries.id, MeetingSeries.rank).where(_has_read(user))


def places_of_meetings(user: User) -> "sa.Select[int, int, int, date]":
    """The meetings this person reads: number, and what puts them by series and day."""
    series = (MeetingSeries.rank, MeetingSeries.id.label("series"))
    return sa.select(Meeting.id, *series, Meeting.day).join(Meeting.series).where(_read_by(user))


def names_of_series(user: User, numbers: Collection[int]) -> dict[int, str]:
    """The names of some series, as far as this person reads them."""
    named = sa.select(MeetingSeries.id, MeetingSeries.name).where(MeetingSeries.id.in_(numbers), _has_read(user))
    return dict(db.session.execute(named).all())


def names_of_meetings(user: User, numbers: Collection[int]) -> dict[int, str]:
    """Some meetings by series and day, as far as this person reads them."""
    words = MeetingSeries.name + " " + sa.cast(Meeting.day, sa.String)
    named = sa.select(Meeting.id, words).join(Meeting.series).where(Meeting.id.in_(numbers), _read_by(user))
    return dict(db.session.execute(named).all())


def without_record() -> sa.Select[Meeting]:
    """Meetings that have ended here and at which nothing was written: they too are to be closed and signed."""
    return (
        sa.select(Meeting)
        .where(
            Meeting.adjourned_at.is_not(None),
            Meeting.state.in_([MeetingState.adjourned, MeetingState.concluded]),
            ~sa.exists().where(Record.meeting_id == Meeting.id),
        )
        .order_by(Meeting.id)
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


def to_render() -> sa.Select[Record]:
    """Records that are closed and have no paper yet."""
    return sa.select(Record).where(Record.state == RecordState.closed, Record.document_id.is_(None)).order_by(Record.id)


def to_close_by(user: User) -> Sequence[Record]:
    """Records of adjourned meetings this person keeps and has not closed."""
    return db.session.scalars(
        sa.select(Record)
        .join(Record.meeting)
        .where(
            Record.state == RecordState.open,
            Meeting.recorder_id.in_(user.ids_for(Part.record)),
            Meeting.state.in_([MeetingState.adjourned, MeetingState.concluded]),
        )
        .options(joinedload(Record.meeting))
        .order_by(Meeting.day)
    ).all()


def to_sign_by(user: User) -> Sequence[Record]:
    """Records that wait for this person's signature, and for nobody's before."""
    earlier = sa.orm.aliased(Signature)
    return db.session.scalars(
        sa.select(Record)
        .join(Signature, Signature.document_id == Record.document_id)
        .where(
            Record.state == RecordState.closed,
            Signature.user_id.in_(user.ids_for(Part.sign)),
            Signature.state == SignatureState.awaited,
            ~sa.exists().where(
                earlier.document_id == Signature.document_id,
                earlier.position < Signature.position,
                earlier.state == SignatureState.awaited,
            ),
        )
        .options(joinedload(Record.meeting))
        .order_by(Record.id)
    ).all()
