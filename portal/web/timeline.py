"""One line of events over things that belong together: a problem, its items, decisions and tasks, the minutes.

A feature says what it keeps in the timeline and what belongs to what; the journal tells what happened to each:

    timeline.KINDS["decision"] = Kind("议定事项", rows=…, url="/…", deeds={"records.decide": ""})
    timeline.connect(links)   # found ids by kind → selects of (kind, id) that hang on them

A page draws `events_of(thing, user)` with `ui.timeline`; however long it is, it takes four statements. Where a page
has loaded what belongs to its thing anyway, `events_among(thing, names)` takes one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry

Found = Mapping[str, set[int]]
STEPS = 2  # from a task to its item, and from there to the problem and the minutes
MOST_THINGS = 200
MOST_EVENTS = 300


@dataclass(frozen=True)
class Kind:
    """One kind of thing in the chain.

    `rows` answers, of some ids, those a person may read: id, title, and the number its address is made with; `deeds`
    names what is told of it on the line of another thing, by the journal's deed, with its word or "" for the journal's.
    """

    label: str
    rows: Callable[[Any, set[int]], "sa.Select[Any, Any, Any]"]
    url: str
    deeds: Mapping[str, str]


KINDS: dict[str, Kind] = {}
LINKS: list[Callable[[Found], Iterable["sa.Select[Any]"]]] = []


@dataclass(frozen=True)
class Event:
    """One event, ready for `ui.timeline`."""

    at: Any
    what: str
    who: str
    note: str
    deed: str
    facts: Mapping[str, Any]
    own: bool
    url: str = ""
    colour: str = ""


def connect(links: Callable[[Found], Iterable["sa.Select[Any]"]]) -> None:
    """Let a room say what hangs on what; said again, as by a second application, it counts once."""
    if links not in LINKS:
        LINKS.append(links)


def link(kind: str, column: Any, *conditions: Any) -> "sa.Select[Any]":
    """The things of one kind whose ids a column holds, as a link of the chain."""
    return sa.select(sa.literal(kind), column).where(column.is_not(None), *conditions)


def events_of(thing: Any, user: Any) -> list[Event]:
    """What happened to a thing and to whatever belongs to it, the newest first, as far as a person may read it."""
    kind, number = thing.__tablename__, thing.id
    others = _reached(kind, number)
    names = _named(others, user)
    return [_event(entry, (kind, number), names) for entry in _entries(kind, number, names)]


def events_among(thing: Any, names: Mapping[tuple[str, int], tuple[str, int]]) -> list[Event]:
    """What happened to a thing and to others that its page names, the newest first; names are title and place."""
    key = (thing.__tablename__, thing.id)
    return [_event(entry, key, names) for entry in _entries(*key, names)]


def _reached(kind: str, number: int) -> dict[str, set[int]]:
    """Everything within a few steps, but for the thing itself."""
    found: dict[str, set[int]] = defaultdict(set, {kind: {number}})
    fresh: Found = {kind: {number}}
    for _ in range(STEPS):
        selects = [one for links in LINKS for one in links(fresh)]
        if not selects or sum(map(len, found.values())) > MOST_THINGS:
            break
        reached: dict[str, set[int]] = defaultdict(set)
        for of, one in db.session.execute(sa.union_all(*selects)):
            if one not in found[of]:
                reached[of].add(one)
                found[of].add(one)
        fresh = reached
    found[kind].discard(number)
    return {of: ids for of, ids in found.items() if ids and of in KINDS}


def _named(others: Found, user: Any) -> dict[tuple[str, int], tuple[str, int]]:
    """Title and place of whatever a person may read of the things that were reached."""
    parts = []
    for kind, ids in others.items():
        rows = KINDS[kind].rows(user, ids).subquery()
        parts.append(sa.select(sa.literal(kind), *rows.c))
    if not parts:
        return {}
    return {(kind, number): (title, place) for kind, number, title, place in db.session.execute(sa.union_all(*parts))}


def _entries(kind: str, number: int, names: Mapping[tuple[str, int], Any]) -> Iterable[JournalEntry]:
    by_kind: dict[str, list[int]] = defaultdict(list)
    for of, one in names:
        by_kind[of].append(one)
    told = [sa.and_(JournalEntry.thing_type == kind, JournalEntry.thing_id == number)]
    for of, ids in by_kind.items():
        here = (JournalEntry.thing_type == of, JournalEntry.thing_id.in_(ids))
        told.append(sa.and_(*here, JournalEntry.deed.in_(KINDS[of].deeds)))
    query = sa.select(JournalEntry).where(sa.or_(*told), JournalEntry.refused.is_(False))
    return db.session.scalars(query.order_by(JournalEntry.seq.desc()).limit(MOST_EVENTS))


def _event(entry: JournalEntry, start: tuple[str, int], names: Mapping[tuple[str, int], tuple[str, int]]) -> Event:
    key = (entry.thing_type, entry.thing_id or 0)
    if key == start:
        return Event(entry.at, entry.label, entry.actor, _note(entry), entry.deed, entry.facts, own=True)
    station, (title, place) = KINDS[entry.thing_type], names[key]
    word = station.deeds[entry.deed] or entry.label
    url = station.url.format(id=key[1], place=place)
    return Event(entry.at, f"{station.label}：{word}", entry.actor, title, entry.deed, entry.facts, own=False, url=url)


def _note(entry: JournalEntry) -> str:
    """Why it was done, what was chosen, and the due day where it is about one."""
    day = str(entry.facts.get("new_due", ""))
    until = f"时限：{clock.zh_date(date.fromisoformat(day))}" if day else ""
    return "\n".join(words for words in (entry.facts.get("words"), entry.why, until) if words)
