"""Search: one token per Han character, so that any two that stand side by side are found."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Numbered, db

INDEX = "search_index"
MOST_CHARACTERS = 400_000
LONGEST_WORD = 64
MOST_PHRASES = 8
SNIPPET = 120
SNIPPET_LEAD = 30

_HAN = (
    r"\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U0001f000-\U0001faff\U00020000-\U0003ffff\u2600-\u27bf"
)
_TOKEN = re.compile(rf"[{_HAN}]|(?:(?![{_HAN}])[^\W_]){{1,{LONGEST_WORD}}}")


class SearchEntry(Base, Numbered):
    """What search knows of one thing, and who may find it."""

    thing_type: Mapped[str] = mapped_column(sa.String(40))
    thing_id: Mapped[int]
    title: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    url: Mapped[str] = mapped_column(sa.String(200))
    label: Mapped[str] = mapped_column(sa.String(40), index=True)
    day: Mapped[date | None]
    scope: Mapped[str] = mapped_column(sa.String(80), index=True)

    __table_args__ = (sa.UniqueConstraint("thing_type", "thing_id"),)


class Token(NamedTuple):
    """One Han character or one word, folded, and where it stands in the text."""

    word: str
    start: int
    end: int


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
    """Let a thing be found, or be found as it is now. Of very long texts the first 400 000 characters count."""
    index_all(thing_type, [Findable(thing_id, title, text, url, label, day, scope)])


def index_all(thing_type: str, things: Iterable[Findable]) -> None:
    """Let many things of one type be found, with a few statements however many they are."""
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
    _backend().replace(list(entries.values()), before)


def forget(thing_type: str, thing_id: int) -> None:
    """Let a thing be found no longer."""
    entry = _entry(thing_type, thing_id)
    if entry is not None:
        _backend().remove([entry.id])
        db.session.delete(entry)
        db.session.flush()


def forget_everything() -> None:
    """Let nothing be found, before everything is entered anew."""
    db.session.execute(sa.delete(_backend().table))
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
    matched = _backend().matched(phrases).prefix_with("MATERIALIZED", dialect="sqlite")
    query = (
        sa.select(SearchEntry)
        .join(matched, matched.c.id == SearchEntry.id)
        .where(_within(scopes))
    )
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
    return ids.where(SearchEntry.id.in_(_backend().ids(phrases)) if phrases else sa.false())


# --- Words -----------------------------------------------------------------------------------------------


def tokens(text: str) -> Iterator[Token]:
    """Every Han character and every word of a text, in order, folded to one width and case."""
    folded, places = _folded(text)
    for found in _TOKEN.finditer(folded):
        start, end = (
            (found.start(), found.end()) if places is None else (places[found.start()], places[found.end() - 1] + 1)
        )
        yield Token(found[0], start, end)


def phrases_of(words: str) -> list[tuple[str, ...]]:
    """What a person typed, as phrases of tokens."""
    parts = (tuple(token.word for token in tokens(part)) for part in words[:200].split())
    return list(dict.fromkeys(part for part in parts if part))[:MOST_PHRASES]


class _Fold(dict[int, str]):
    """Each character in the one width and case that search knows, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = unicodedata.normalize("NFKC", chr(code)).lower()
        return self[code]


_FOLD = _Fold()


def _folded(text: str) -> tuple[str, list[int] | None]:
    """The text folded; where that makes it longer also the place each character came from."""
    folded = text.translate(_FOLD)
    if len(folded) == len(text):  # no character folds to nothing, so each stands where it stood
        return folded, None
    return folded, [place for place, character in enumerate(text) for _ in _FOLD[ord(character)]]


def _line(text: str) -> str:
    """The tokens of a text, each between blanks; a phrase occurs if its own line is a part of this one.

    Only ASCII goes into the index, so that no tokenizer's idea of Unicode matters.
    """
    return f" {' '.join(_ascii(token.word) for token in tokens(text))} "


def _ascii(word: str) -> str:
    return word if word.isascii() else "z" + "z".join(f"{ord(character):x}" for character in word)


def _phrase_line(phrase: tuple[str, ...]) -> str:
    return " ".join(_ascii(word) for word in phrase)


# --- What is shown ---------------------------------------------------------------------------------------


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
    folded, places = _folded(text)
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


# --- Where it is kept ------------------------------------------------------------------------------------


class _Sqlite:
    """An FTS5 table beside the entries."""

    table = sa.table(INDEX, sa.column("rowid"), sa.column("title"), sa.column("text"), sa.column(INDEX))
    ddl = (f"CREATE VIRTUAL TABLE {INDEX} USING fts5(title, text, tokenize='ascii')",)

    def replace(self, entries: Sequence[SearchEntry], before: Collection[int]) -> None:
        self.remove(before)
        rows = [{"rowid": one.id, "title": _line(one.title), "text": _line(one.text)} for one in entries]
        if rows:
            db.session.execute(sa.insert(self.table), rows)

    def remove(self, keys: Collection[int]) -> None:
        if keys:
            db.session.execute(sa.delete(self.table).where(self.table.c.rowid.in_(keys)))

    def ids(self, phrases: list[tuple[str, ...]]) -> "sa.Select[int]":
        wanted = " AND ".join(f'"{_phrase_line(phrase)}"' for phrase in phrases)
        return sa.select(self.table.c.rowid.label("id")).where(sa.literal_column(INDEX).op("MATCH")(wanted))

    def matched(self, phrases: list[tuple[str, ...]]) -> sa.CTE:
        in_title = _in_title(sa.func.instr, self.table.c.title, phrases)
        return self.ids(phrases).add_columns(in_title).cte("matched")


class _Postgresql:
    """A table of the grams (one and two tokens) under a GIN index, rechecked against the whole line of tokens.

    The grams are a text array: a tsvector ends at 1 MB, and Debian's PostgreSQL has no Chinese parser to feed it.
    """

    table = sa.table(
        INDEX, sa.column("id"), sa.column("title"), sa.column("text"), sa.column("grams", sa.ARRAY(sa.Text))
    )
    ddl = (
        f"""CREATE TABLE {INDEX} (
            id INTEGER PRIMARY KEY REFERENCES search_entry (id) ON DELETE CASCADE,
            title TEXT NOT NULL, text TEXT NOT NULL, grams TEXT[] NOT NULL)""",
        f"CREATE INDEX ix_{INDEX}_grams ON {INDEX} USING gin (grams) WITH (fastupdate = off)",
    )

    def replace(self, entries: Sequence[SearchEntry], before: Collection[int]) -> None:
        self.remove(before)
        if entries:
            db.session.execute(sa.insert(self.table), [self._row(one) for one in entries])

    def _row(self, entry: SearchEntry) -> dict[str, Any]:
        title, text = _line(entry.title), _line(entry.text)
        grams = sorted(_grams(title.split(), alone=True) | _grams(text.split(), alone=True))
        return {"id": entry.id, "title": title, "text": text, "grams": grams}

    def remove(self, keys: Collection[int]) -> None:
        if keys:
            db.session.execute(sa.delete(self.table).where(self.table.c.id.in_(keys)))

    def ids(self, phrases: list[tuple[str, ...]]) -> "sa.Select[int]":
        lines = [_phrase_line(phrase) for phrase in phrases]
        wanted = sorted(set().union(*(_grams(line.split(), alone=False) for line in lines)))
        query = sa.select(self.table.c.id).where(self.table.c.grams.op("@>")(sa.literal(wanted, sa.ARRAY(sa.Text))))
        for line in lines:
            if len(line.split()) > 2:  # up to two tokens the grams themselves are exact
                query = query.where(sa.or_(_stands_in(self.table.c.title, line), _stands_in(self.table.c.text, line)))
        return query

    def matched(self, phrases: list[tuple[str, ...]]) -> sa.CTE:
        # The planner believes a scan to be cheap: it does not see that every row's grams lie apart from the table.
        db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        return self.ids(phrases).add_columns(_in_title(sa.func.strpos, self.table.c.title, phrases)).cte("matched")


def _grams(words: list[str], *, alone: bool) -> set[str]:
    """Every pair of neighbours; single words too where asked for or where there is no pair."""
    pairs = {f"{first} {second}" for first, second in pairwise(words)}
    return pairs | set(words) if alone or not pairs else pairs


def _stands_in(column: sa.ColumnElement[str], line: str) -> sa.ColumnElement[bool]:
    return sa.func.strpos(column, f" {line} ") > 0


def _in_title(place_of: Any, title: sa.ColumnElement[str], phrases: list[tuple[str, ...]]) -> sa.Label[bool]:
    return sa.and_(*(place_of(title, f" {_phrase_line(phrase)} ") > 0 for phrase in phrases)).label("in_title")


def _backend() -> _Sqlite | _Postgresql:
    return _BACKENDS[db.engine.dialect.name]


_BACKENDS: dict[str, _Sqlite | _Postgresql] = {"sqlite": _Sqlite(), "postgresql": _Postgresql()}


def _entry(thing_type: str, thing_id: int) -> SearchEntry | None:
    return db.session.scalar(
        sa.select(SearchEntry).where(SearchEntry.thing_type == thing_type, SearchEntry.thing_id == thing_id)
    )


def make_index(connection: Connection) -> None:
    """Make the index beside the table of entries; for migrations, and done by `create_all` by itself."""
    for statement in _BACKENDS[connection.dialect.name].ddl:
        connection.exec_driver_sql(statement)


def drop_index(connection: Connection) -> None:
    """Drop the index."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {INDEX}")


def is_index_table(name: str) -> bool:
    """Whether a table belongs to the index (FTS5 keeps several), so that migrations are not compared with it."""
    return name == INDEX or name.startswith(f"{INDEX}_")


@event.listens_for(SearchEntry.__table__, "after_create")
def _after_create(_table: sa.Table, connection: Connection, **_options: Any) -> None:
    make_index(connection)


@event.listens_for(SearchEntry.__table__, "before_drop")
def _before_drop(_table: sa.Table, connection: Connection, **_options: Any) -> None:
    drop_index(connection)
