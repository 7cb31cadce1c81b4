"""A list that filters, sorts, pages, keeps all of it in the URL, and exports what is shown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Response, request

from portal.db import clock
from portal.db.engine import db
from portal.web.filters import Filter
from portal.web.spreadsheet import EXCEL_ROWS, Column, excel
from portal.web.wording import visible

PER_PAGE = 30

PRINTED_ROWS = 2_000
GROUPS_AT_ONCE = 50  # so many parts of a grouped list are asked for in one statement


@dataclass(frozen=True)
class Grouping:
    """How a list is parted: the keys of its parts in their order with the number of rows each, and what a key means."""

    sizes: Callable[[Any], Sequence[tuple[Any, int]]]
    where: Callable[[Any], Any]


@dataclass(frozen=True)
class Stretch:
    """What is wanted of one part: the part, how many of its rows come before, how many are taken, of how many."""

    where: Any
    skipped: int
    taken: int
    size: int


def wants_export() -> bool:
    """Whether this request asks for a list as an Excel file."""
    return request.args.get("export") == "xlsx"


def wants_print() -> bool:
    """Whether this request asks for every row of a list, to print."""
    return request.args.get("print") == "all"


@dataclass
class Listing:
    """A list that filters, sorts, pages, keeps all of it in the URL, and exports what is shown."""

    query: Any
    sorts: dict[str, Any]
    sort: str
    descending: bool = False
    filters: list[Filter] = field(default_factory=list)
    per_page: int = PER_PAGE
    options: tuple[Any, ...] = ()
    known: Callable[["Listing"], int | None] | None = None  # how many there are, where the page has counted them anyway
    grouping: Grouping | None = None
    groups: Sequence[tuple[Any, int]] = field(init=False, default=())
    rows: list[Any] = field(init=False, default_factory=list)
    total: int = field(init=False, default=0)
    page: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        arguments = request.args
        for one in self.filters:
            one.value = visible(arguments.get(one.name, "")).strip()[:200]
            narrowed = self._narrow(one)
            if narrowed is not None:
                self.query = narrowed
        self.default_sort, self.default_descending = self.sort, self.descending
        if arguments.get("sort") in self.sorts:
            self.sort = arguments["sort"]
            self.descending = False
        if arguments.get("order") in {"asc", "desc"}:
            self.descending = arguments["order"] == "desc"
        self.groups = self.grouping.sizes(self.query) if self.grouping else ()
        known = self.known(self) if self.known and not self.groups else None
        self.total = sum(size for _, size in self.groups) or (self._count() if known is None else known)
        wanted = arguments.get("page", "1")
        self.page = min(
            max(int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 8 else 1, 1), self.pages
        )
        if self.wants_print:
            self.rows = self._from_the_top(PRINTED_ROWS)
        elif not self.wants_export:
            self.rows = self._of_page()

    def _count(self) -> int:
        return db.session.scalar(sa.select(sa.func.count()).select_from(self.query.order_by(None).subquery())) or 0

    def _from_the_top(self, most: int) -> list[Any]:
        if not self.groups:
            return self._fetch(self._ordered().limit(most))
        return [row for query in self._of_groups(0, most) for row in self._fetch(query)]

    def _of_page(self) -> list[Any]:
        """The rows of the page; one in the second half is reached from the end, and only keys are walked over."""
        start = (self.page - 1) * self.per_page
        size = min(self.per_page, self.total - start)
        if self.groups:
            return [row for query in self._of_groups(start, size) for row in self._fetch(query)]
        backwards = start * 2 > self.total
        ordered = self._ordered(backwards=backwards)
        offset = max(self.total - start - size, 0) if backwards else start
        if offset and (key := self._key()) is not None:
            keys = ordered.with_only_columns(key).limit(size).offset(offset)
            rows = self._fetch(ordered.where(key.in_(sa.select(keys.subquery().c[0]))))
        else:
            rows = self._fetch(ordered.limit(size).offset(offset))
        return rows[::-1] if backwards else rows

    def _of_groups(self, start: int, size: int) -> Iterator[Any]:
        """The rows of a grouped list from one place on, asked of each group alone: no group is sorted into another."""
        touched = self._touched(start, size)
        for begin in range(0, len(touched), GROUPS_AT_ONCE):
            part = touched[begin : begin + GROUPS_AT_ONCE]
            keys = sa.union_all(*(sa.select(self._walk(one).subquery()) for one in part)).subquery()
            place = sa.case(*((one.where, place) for place, one in enumerate(part)), else_=len(part))
            wanted = self.query.where(self._key().in_(sa.select(keys.c[0])))
            yield wanted.order_by(None).order_by(place, *self._sorted_by())

    def _walk(self, one: Stretch) -> Any:
        """The keys of what is wanted of one group, from whichever of its ends is nearer."""
        backwards = one.skipped * 2 > one.size
        offset = one.size - one.skipped - one.taken if backwards else one.skipped
        walked = self._ordered(backwards=backwards).where(one.where)
        return walked.with_only_columns(self._key()).limit(one.taken).offset(offset)

    def _touched(self, start: int, size: int) -> list[Stretch]:
        """What is wanted of each group for so many rows from one place on."""
        grouping, touched, passed = cast(Grouping, self.grouping), [], 0
        for key, number in reversed(self.groups) if self.descending else self.groups:
            skipped = max(start - passed, 0)
            taken = min(number, start + size - passed) - skipped
            if taken > 0:
                touched.append(Stretch(grouping.where(key), skipped, taken, number))
            passed += number
        return touched

    def _key(self) -> Any:
        """The id of what is listed, where it is one thing a row."""
        described = self.query.column_descriptions
        return getattr(described[0]["entity"], "id", None) if len(described) == 1 else None

    def _narrow(self, one: Filter) -> Any:
        if not one.value:
            return None
        if one.kind == "choice" and one.value not in {key for key, _ in one.choices}:
            one.value = ""
            return None
        value: Any = one.value
        if one.kind == "date":
            try:
                value = clock.parse_day(one.value)
            except ValueError:
                one.value = ""
                return None
        return one.narrow(self.query, value)

    def _ordered(self, *, backwards: bool = False) -> Any:
        return self.query.order_by(None).order_by(*self._sorted_by(backwards=backwards))

    def _sorted_by(self, *, backwards: bool = False) -> list[Any]:
        keys = self.sorts[self.sort]
        falling = self.descending is not backwards
        return [key.desc() if falling else key.asc() for key in (keys if isinstance(keys, tuple) else (keys,))]

    def _fetch(self, query: Any) -> list[Any]:
        result = db.session.execute(query.options(*self.options))
        return list(result.scalars().unique() if len(result.keys()) == 1 else result.all())

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(-(-self.total // self.per_page), 1)

    @property
    def nearby(self) -> list[int]:
        """The pages one can turn to at once: the first, the last and those around this one."""
        around = range(max(self.page - 2, 1), min(self.page + 2, self.pages) + 1)
        return sorted({1, self.pages, *around})

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return any(one.value for one in self.filters)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return self.total == 0

    def url(self, **changes: Any) -> str:
        """This list's address with some arguments changed; None takes one away, a new sort starts at page one."""
        arguments = self.chosen
        if (self.sort, self.descending) != (self.default_sort, self.default_descending):
            arguments |= {"sort": self.sort, "order": "desc" if self.descending else "asc"}
        if self.page > 1:
            arguments["page"] = str(self.page)
        for name, value in changes.items():
            if value is None:
                arguments.pop(name, None)
            else:
                arguments[name] = str(value)
        if "sort" in changes or "order" in changes:
            arguments.pop("page", None)
        return request.path + (f"?{urlencode(arguments)}" if arguments else "")

    def sort_url(self, key: str) -> str:
        """The address that sorts by a column, and the other way round when it already does."""
        return self.url(sort=key, order="desc" if self.sort == key and not self.descending else "asc")

    @property
    def export_url(self) -> str:
        """The address of the same list as Excel."""
        return self.url(export="xlsx", page=None)

    @property
    def wants_export(self) -> bool:
        """Whether the Excel file is asked for."""
        return wants_export()

    @property
    def print_url(self) -> str:
        """The address of the same list with every row on one page, to print."""
        return self.url(print="all", page=None)

    @property
    def wants_print(self) -> bool:
        """Whether every row is asked for, to print."""
        return wants_print()

    @property
    def chosen(self) -> dict[str, str]:
        """The filters that are set, as they stand in the address."""
        return {one.name: one.value for one in self.filters if one.value}

    @property
    def narrowed_by(self) -> list[tuple[str, str]]:
        """The filters that are set, in words."""
        return [(one.label, dict(one.choices).get(one.value, one.value)) for one in self.filters if one.value]

    def numbers(self, most: int) -> list[int]:
        """The ids of the first so many rows the filters leave, in the order shown."""
        return list(db.session.scalars(self._ordered().with_only_columns(self._key()).limit(most)))

    def excel(self, title: str, columns: Sequence[Column]) -> Response:
        """Everything the filters leave, in the order shown, as an Excel file."""
        return excel(title, columns, self._from_the_top(EXCEL_ROWS))

    def portions(self, size: int = 500) -> Iterator[list[Any]]:
        """Everything the filters leave, in the order shown, a portion at a time; the ids are fixed at the beginning."""
        key = self._key()
        whole = self._of_groups(0, self.total) if self.groups else (self._ordered(),)
        ids = [number for query in whole for number in db.session.scalars(query.with_only_columns(key))]
        for start in range(0, len(ids), size):
            part = ids[start : start + size]
            rows = {row.id: row for row in self._fetch(self.query.order_by(None).where(key.in_(part)))}
            yield [rows[number] for number in part if number in rows]
            db.session.expunge_all()
