"""Search: things are indexed, and found by whoever may find them, with the places to mark."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import sqlalchemy as sa

from portal.db.engine import db
from portal.db.search_index import SearchEntry, backend
from portal.db.search_words import fold, phrases_of

MOST_CHARACTERS = 400_000

SNIPPET = 120
SNIPPET_LEAD = 30


@dataclass(frozen=True)
class Hit:
    """One thing found, with the places to mark."""

    entry: SearchEntry
    title: list[tuple[str, bool]]
    snippet: list[tuple[str, bool]]


@dataclass(frozen=True)
class Hits:
    """One page of what was found, the best first, and how many there are in all."""

    rows: list[Hit]
    total: int


@dataclass(frozen=True)
class Findable:
    """What search is to know of one thing."""

    thing_id: int
    title: str
    text: str
    url: str
    label: str
    day: date | None
    scope: str


def index(
    thing_type: str,
    thing_id: int,
    *,
    title: str,
    text: str,
    url: str,
    label: str,
    day: date | None,
    scope: str,
) -> None:
    """Index a thing for search, or replace what was indexed. Of very long texts the first 400 000 characters count."""
    index_all(thing_type, [Findable(thing_id, title, text, url, label, day, scope)])


def index_all(thing_type: str, things: Iterable[Findable]) -> None:
    """Index many things of one type for search, with a few statements however many they are."""
    wanted = {one.thing_id: one for one in things}
    known = sa.select(SearchEntry).where(SearchEntry.thing_type == thing_type, SearchEntry.thing_id.in_(list(wanted)))
    entries = {entry.thing_id: entry for entry in db.session.scalars(known)}
    before = [entry.id for entry in entries.values()]
    for number, one in wanted.items():
        entry = entries.setdefault(number, SearchEntry(thing_type=thing_type, thing_id=number))
        entry.title, entry.text = one.title, one.text[:MOST_CHARACTERS]
        entry.url, entry.label, entry.day, entry.scope = one.url, one.label, one.day, one.scope
    db.session.add_all(entries.values())
    db.session.flush()
    backend().replace(list(entries.values()), before)


def forget(thing_type: str, thing_id: int) -> None:
    """Take a thing out of the index."""
    entry = _entry(thing_type, thing_id)
    if entry is not None:
        backend().remove([entry.id])
        db.session.delete(entry)
        db.session.flush()


def forget_everything() -> None:
    """Empty the index, before everything is entered anew."""
    db.session.execute(sa.delete(backend().table))
    db.session.execute(sa.delete(SearchEntry))


def scopes(prefix: str, ids: "sa.Select[int]") -> "sa.Select[str]":
    """The scopes of some things, a scope to each, asked for within the search itself, however many there are."""
    number = ids.subquery().c[0]
    return sa.select(sa.literal(prefix).concat(sa.cast(number, sa.String)))


def find(
    words: str,
    scopes: Collection["str | sa.Select[str]"],
    *,
    page: int = 1,
    per_page: int = 20,
    label: str | None = None,
    year: int | None = None,
) -> Hits:
    """The things of these scopes in which every phrase occurs: hits in the title first, then the newest.

    A scope is named, or a statement tells several.
    Blanks part phrases; a phrase is found only as it stands, and punctuation in it says nothing.
    """
    phrases = phrases_of(words)
    if not phrases or not scopes:
        return Hits([], 0)
    # SQLite's planner would rather ask the index again for every entry than ask it once.
    matched = backend().matched(phrases).prefix_with("MATERIALIZED", dialect="sqlite")
    query = sa.select(SearchEntry).join(matched, matched.c.id == SearchEntry.id).where(_within(scopes))
    if label:
        query = query.where(SearchEntry.label == label)
    if year:
        query = query.where(SearchEntry.day.between(date(year, 1, 1), date(year, 12, 31)))
    ranked = query.order_by(matched.c.in_title.desc(), SearchEntry.day.desc().nulls_last(), SearchEntry.id.desc())
    counted = ranked.add_columns(sa.func.count().over()).limit(per_page).offset((page - 1) * per_page)
    rows = db.session.execute(counted).all()
    if not rows and page > 1:  # past the end there is no row to tell how many there are
        return Hits([], find(words, scopes, per_page=1, label=label, year=year).total)
    return Hits([_hit(entry, phrases) for entry, _ in rows], rows[0][1] if rows else 0)


def _within(scopes: Collection["str | sa.Select[str]"]) -> sa.ColumnElement[bool]:
    named = SearchEntry.scope.in_(sorted(one for one in scopes if isinstance(one, str)))
    asked = [one for one in scopes if not isinstance(one, str)]
    return sa.or_(named, SearchEntry.scope.in_(sa.union_all(*asked))) if asked else named


def ids_of(thing_type: str, words: str) -> "sa.Select[int]":
    """The things of one type in which every phrase occurs, as ids: what a list is narrowed by."""
    ids = sa.select(SearchEntry.thing_id).where(SearchEntry.thing_type == thing_type)
    phrases = phrases_of(words)
    return ids.where(SearchEntry.id.in_(backend().ids(phrases)) if phrases else sa.false())


def _hit(entry: SearchEntry, phrases: list[tuple[str, ...]]) -> Hit:
    title = _marks(entry.title, phrases, len(entry.title))
    text = _marks(entry.text, phrases, SNIPPET)
    start = max(0, text[0][0] - SNIPPET_LEAD) if text else 0
    snippet = _parts(entry.text, text, start, start + SNIPPET)
    if start:
        snippet.insert(0, ("…", False))
    if start + SNIPPET < len(entry.text):
        snippet.append(("…", False))
    return Hit(entry, _parts(entry.title, title, 0, len(entry.title)), snippet)


def _marks(text: str, phrases: list[tuple[str, ...]], reach: int) -> list[tuple[int, int]]:
    """Where phrases stand in a text, in order and without overlap, up to `reach` characters after the first."""
    folded, places = fold(text)
    pattern = _pattern(phrases)
    first = pattern.search(folded)
    if first is None:
        return []
    spans = (found.span(1) for found in pattern.finditer(folded, first.start(), first.end() + reach))
    return _merged([span if places is None else (places[span[0]], places[span[1] - 1] + 1) for span in spans])


def _pattern(phrases: list[tuple[str, ...]]) -> re.Pattern[str]:
    """Finds every phrase wherever it begins, also inside another; between its tokens there may be punctuation."""
    ways = "|".join(
        r"[\W_]*".join(_whole(word) for word in phrase) for phrase in sorted(phrases, key=len, reverse=True)
    )
    return re.compile(f"(?=({ways}))")


def _whole(word: str) -> str:
    return f"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if word.isascii() else re.escape(word)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _parts(text: str, marks: list[tuple[int, int]], start: int, end: int) -> list[tuple[str, bool]]:
    """A stretch of a text, cut where marks begin and end."""
    cuts = sorted({start, min(end, len(text)), *(place for mark in marks for place in mark if start < place < end)})
    return [(text[a:b], any(first <= a < last for first, last in marks)) for a, b in pairwise(cuts)]


def _entry(thing_type: str, thing_id: int) -> SearchEntry | None:
    return db.session.scalar(
        sa.select(SearchEntry).where(SearchEntry.thing_type == thing_type, SearchEntry.thing_id == thing_id)
    )
