"""How a list is narrowed: by words, by choice, by day."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from portal.db import clock
from portal.db.engine import Moment


@dataclass
class Filter:
    """One filter of a list: how it narrows the query, how it is drawn; its value lives in the URL."""

    name: str
    label: str
    narrow: Callable[[Any, Any], Any]
    kind: str = "text"  # text | choice | date
    choices: Sequence[tuple[str, str]] = ()
    value: str = ""


def contains(*columns: Any) -> Callable[[Any, str], Any]:
    """A filter by words: rows in which one of the columns contains the text."""

    def narrow(query: Any, text: str) -> Any:
        return query.where(sa.or_(*(column.contains(text, autoescape=True) for column in columns)))

    return narrow


def equals(column: Any) -> Callable[[Any, str], Any]:
    """A filter by choice: rows in which the column has the chosen value."""

    def narrow(query: Any, value: str) -> Any:
        kind = column.type
        if isinstance(kind, sa.Integer):
            return query.where(column == int(value))
        of_enum = isinstance(kind, sa.Enum) and kind.enum_class
        return query.where(column == (of_enum(value) if of_enum else value))

    return narrow


def since(column: Any) -> Callable[[Any, date], Any]:
    """A filter by date: on or after that day; of moments, from its beginning in Shanghai."""
    begun = clock.moment if isinstance(column.type, Moment) else (lambda day: day)
    return lambda query, day: query.where(column >= begun(day))


def until(column: Any) -> Callable[[Any, date], Any]:
    """A filter by date: on or before that day; of moments, to its end in Shanghai."""
    begun = clock.moment if isinstance(column.type, Moment) else (lambda day: day)
    return lambda query, day: query.where(column < begun(day + timedelta(days=1)))


def between(what: str, column: Any) -> tuple[Filter, Filter]:
    """Two filters: from a day, and to a day."""
    return (
        Filter("since", f"{what}（起）", since(column), "date"),
        Filter("until", f"{what}（止）", until(column), "date"),
    )


def choices_of(states: Iterable[Any]) -> list[tuple[str, str]]:
    """The members of a State as the choices of a filter."""
    return [(state.value, state.label) for state in states]
