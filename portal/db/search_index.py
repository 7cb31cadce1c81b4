"""The search index as tables: FTS5 on SQLite, grams under a GIN index on PostgreSQL."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.engine import Base, Numbered, db
from portal.db.search_words import line_of_phrase, line_of_tokens

INDEX = "search_index"


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


class _Sqlite:
    """An FTS5 table beside the entries."""

    table = sa.table(INDEX, sa.column("rowid"), sa.column("title"), sa.column("text"), sa.column(INDEX))
    ddl = (f"CREATE VIRTUAL TABLE {INDEX} USING fts5(title, text, tokenize='ascii')",)

    def replace(self, entries: Sequence[SearchEntry], before: Collection[int]) -> None:
        self.remove(before)
        rows = [
            {"rowid": one.id, "title": line_of_tokens(one.title), "text": line_of_tokens(one.text)} for one in entries
        ]
        if rows:
            db.session.execute(sa.insert(self.table), rows)

    def remove(self, keys: Collection[int]) -> None:
        if keys:
            db.session.execute(sa.delete(self.table).where(self.table.c.rowid.in_(keys)))

    def ids(self, phrases: list[tuple[str, ...]]) -> "sa.Select[int]":
        wanted = " AND ".join(f'"{line_of_phrase(phrase)}"' for phrase in phrases)
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
        title, text = line_of_tokens(entry.title), line_of_tokens(entry.text)
        grams = sorted(_grams(title.split(), alone=True) | _grams(text.split(), alone=True))
        return {"id": entry.id, "title": title, "text": text, "grams": grams}

    def remove(self, keys: Collection[int]) -> None:
        if keys:
            db.session.execute(sa.delete(self.table).where(self.table.c.id.in_(keys)))

    def ids(self, phrases: list[tuple[str, ...]]) -> "sa.Select[int]":
        lines = [line_of_phrase(phrase) for phrase in phrases]
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
    return sa.and_(*(place_of(title, f" {line_of_phrase(phrase)} ") > 0 for phrase in phrases)).label("in_title")


def backend() -> _Sqlite | _Postgresql:
    """The index of the database at hand."""
    return _BACKENDS[db.engine.dialect.name]


_BACKENDS: dict[str, _Sqlite | _Postgresql] = {"sqlite": _Sqlite(), "postgresql": _Postgresql()}


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
