"""How pages, fragments, lists and answers are made."""

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

import sqlalchemy as sa
from flask import Flask, Response, flash, g, make_response, redirect, render_template, request
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock, workdays
from portal.database import Base, Moment, db, insert_unless_there

PER_PAGE = 30
LONGEST_CELL = 32_767
EXCEL_ROWS = 20_000
PRINTED_ROWS = 2_000
GROUPS_AT_ONCE = 50  # so many parts of a grouped list are asked for in one statement
EXCEL_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class RequestOnce(Base):
    """A form that was already posted: the same one-time id gets the same answer, not a second object."""

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    user_id: Mapped[int]
    at: Mapped[datetime]
    location: Mapped[str | None]


def is_fragment_request() -> bool:
    """Whether htmx asked for a piece of the page (boosted and history-restore requests want the whole)."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
        and headers.get("HX-Request-Type", "partial") != "full"
    )


def show(page: str, *, fragment: str | None = None, status: int | None = None, **context: Any) -> Response:
    """Render a page, or its fragment alone when htmx asks. A form with errors makes it a 422 (409 for a refusal)."""
    if status is None:
        status = getattr(context.get("form"), "status", None) or 200
    template = fragment if fragment and is_fragment_request() else page
    return make_response(render_template(template, **context), status)


def unless_known(tag: str, page: Callable[[], Response]) -> Response:
    """A fragment that is asked for again and again: 304 without making it while its tag is the one the page has."""
    answer = Response(status=304) if request.if_none_match.contains_weak(tag) else page()
    answer.set_etag(tag, weak=True)
    return answer


def done(to: str, sentence: str = "", *, fragment: str | None = None, **context: Any) -> Response:
    """Answer a deed: the fragment for htmx (the sentence goes to the message region), a 303 for a plain browser."""
    if is_fragment_request():
        if fragment is None:
            if sentence:
                flash(sentence)
            answer = Response(status=204)
            answer.headers["HX-Redirect"] = to
            return answer
        body = render_template(fragment, **context)
        if sentence:
            body += render_template("_message_oob.html", sentence=sentence)
        return make_response(body)
    if sentence:
        flash(sentence)
    return redirect(to, code=303)  # type: ignore[return-value]


def remember_request(user: Any) -> bool:
    """Note the one-time id of a posted form in this transaction; False if it was posted before."""
    key = visible(request.form.get("once", ""))
    if not key:
        return True
    key = f"{user.id}.{key[:48]}"
    g.once = key
    return insert_unless_there(RequestOnce, id=key, user_id=user.id, at=clock.now(), location=None)


def request_id() -> str:
    """A fresh one-time id for a form that is a mere button."""
    return secrets.token_urlsafe(16)


def keep_answer(answer: Response) -> None:
    """Remember where a form's first answer led, so that a repeated post is led there too."""
    if key := g.get("once"):
        location = answer.headers.get("Location") or answer.headers.get("HX-Redirect")
        db.session.execute(sa.update(RequestOnce).where(RequestOnce.id == key).values(location=location))


class PostedBefore(Exception):
    """The same form was posted before; told by `answer_again`."""


@contextmanager
def released() -> Iterator[None]:
    """Slow work during which the request holds no transaction, so that nobody waits for it.

    What was read before is read anew after it, and what was written before is taken back; the form is remembered again.
    """
    db.session.rollback()
    yield
    if not remember_request(current_user):
        raise PostedBefore


def answer_again() -> Response:
    """What a repeated post gets: the page its first answer led to."""
    location = db.session.scalar(sa.select(RequestOnce.location).where(RequestOnce.id == g.pop("once")))
    return done(location or back() or "/", "这个表单已经提交过了，没有重复保存。")


def back() -> str | None:
    """The page the person came from, if it is one of ours."""
    return safe_next(request.referrer and _path_of(request.referrer))


def _path_of(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def safe_next(target: str | None) -> str | None:
    """A path of this site, or None; `//host`, a backslash, encoded and control characters are refused."""
    if (
        not target
        or not target.startswith("/")
        or re.search(r"[\\\x00-\x20\x7f]|^/[/%]|%5c|%2f%2f", target, re.IGNORECASE)
    ):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def dom_id(thing: Any, suffix: str = "") -> str:
    """The id of an element that shows a thing: `agenda-item-7`, `agenda-item-7-text`."""
    name = thing.__tablename__.replace("_", "-")
    return "-".join(part for part in (name, str(thing.id), suffix) if part)


# ── lists ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Filter:
    """One filter of a list: how it narrows the query, how it is drawn; its value lives in the URL."""

    name: str
    label: str
    narrow: Callable[[Any, Any], Any]
    kind: str = "text"  # text | choice | date
    choices: Sequence[tuple[str, str]] = ()
    value: str = ""


@dataclass
class Column:
    """One column of an Excel export: its head, what a row has there, its width in characters."""

    head: str
    cell: Callable[[Any], Any]
    width: int = 16


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


def excel(title: str, columns: Sequence[Column], rows: Iterable[Any]) -> Response:
    """Rows as an .xlsx download."""
    buffer = BytesIO()
    write_excel(buffer, title, columns, rows)
    return download(buffer.getvalue(), f"{title}{clock.today():%Y%m%d}.xlsx", EXCEL_TYPE)


def write_excel(target: Any, title: str, columns: Sequence[Column], rows: Iterable[Any]) -> int:
    """Write rows as .xlsx, each as it comes: frozen head, real dates, formulas defused to text, ready for A4 landscape.

    Answers how many rows were written. Little is held in memory, however many they are.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", title)[:31])
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    bold, fill = Font(bold=True), PatternFill("solid", fgColor="E9F1FA")
    wrap = Alignment(wrap_text=True, vertical="top")

    def cell(value: Any) -> Any:
        made = WriteOnlyCell(sheet, value=cell_value(value))
        made.alignment = wrap
        if isinstance(made.value, str):
            made.data_type = "s"  # a text that begins with = stays a text
        elif isinstance(made.value, datetime):
            made.number_format = "yyyy-mm-dd hh:mm"
        elif isinstance(made.value, date):
            made.number_format = "yyyy-mm-dd"
        return made

    heads = [WriteOnlyCell(sheet, value=column.head) for column in columns]
    for head in heads:
        head.font, head.fill = bold, fill
    sheet.append(heads)
    written = 0
    for row in rows:
        sheet.append([cell(column.cell(row)) for column in columns])
        written += 1
    last = f"{get_column_letter(len(columns))}{written + 1}"
    sheet.auto_filter.ref = f"A1:{last}"
    sheet.print_area = f"A1:{last}"
    book.save(target)
    return written


def download(content: bytes, name: str, media_type: str) -> Response:
    """Something the portal made, as a file to keep; a header is ASCII, so the name travels as RFC 5987 says."""
    answer = Response(content, mimetype=media_type)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return answer


def visible(text: str) -> str:
    """A text without control characters and lone surrogates, which neither Excel nor PostgreSQL takes."""
    return "".join(c for c in text if c in "\t\n" or unicodedata.category(c) not in {"Cc", "Cs"})


def cell_value(value: Any) -> Any:
    """What Excel can hold: dates in Shanghai time, no control characters; too long a text is cut and says so."""
    if isinstance(value, datetime):
        return clock.local(value).replace(tzinfo=None, microsecond=0)
    if value is None or isinstance(value, int | float | date):
        return value
    text = visible(str(value))
    note = "……（内容过长，此处未全部导出）"
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - len(note)] + note


# ── texts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def size(number: int) -> str:
    """1.2 MB."""
    if number < 1024:
        return f"{number} 字节"
    value = float(number)
    for unit in ("KB", "MB", "GB"):
        value /= 1024
        if value < 1024 or unit == "GB":
            break
    return f"{value:.1f} {unit}"


def due_words(day: date | None) -> str:
    """还有 3 天, 今天到期, 逾期 2 天; between a day that is over and the next working day neither."""
    if day is None:
        return "未定时限"
    left = (day - clock.today()).days
    if left < 0 and day > workdays.passed():
        return "遇节假日顺延"
    if left < 0:
        return f"逾期 {-left} 天"
    return "今天到期" if left == 0 else f"还有 {left} 天"


def ago(moment: datetime) -> str:
    """刚刚, 5 分钟前, 3 小时前, or the date."""
    seconds = (clock.now() - moment).total_seconds()
    if seconds < 60:
        return "刚刚"
    if seconds < 3600:
        return f"{int(seconds // 60)} 分钟前"
    if seconds < 86_400:
        return f"{int(seconds // 3600)} 小时前"
    return clock.zh_date(moment)


def held(title: str) -> Markup:
    """A title whose date, or year and number, stay on one line."""
    return Markup(_NUMBERED.sub(r'<span class="nw">\g<0></span>', str(escape(title))))  # noqa: S704 - escaped


_NUMBERED = re.compile(r"\d{4}年(?:第\d+次(?:会议)?|\d+月\d+日)")


COUNTS: dict[str, Callable[[], int]] = {}


def counted(name: str) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """A room says how a number in the page's head is counted: `counts.inbox`."""

    def keep(question: Callable[[], int]) -> Callable[[], int]:
        COUNTS[name] = question
        return question

    return keep


class _Counts:
    def __getattr__(self, name: str) -> int:
        return COUNTS[name]() if name in COUNTS else 0


def init_app(app: Flask) -> None:
    """Give every template its filters and globals, and tell who posts a form twice."""
    app.register_error_handler(PostedBefore, lambda _error: answer_again())
    app.jinja_env.filters.update(
        zh_date=clock.zh_date, zh_datetime=clock.zh_datetime, hm=clock.hm, weekday=clock.weekday,
        size=size, due_words=due_words, ago=ago, held=held,
    )  # fmt: skip
    app.jinja_env.globals.update(
        dom_id=dom_id, is_fragment=is_fragment_request, now=clock.now, today=clock.today,
        config_demo=app.config["PORTAL"].demo, safe_back=back, request_id=request_id,
        counts=_Counts(), current_user=current_user,
    )  # fmt: skip
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
