"""Walking through a portal by its own links, and reading what its pages say."""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import APIRequestContext
from werkzeug.routing import Map

READ_ALOUD = ("aria-label", "alt", "placeholder", "title", "data-label")
INLINE = {"a", "b", "em", "i", "mark", "small", "span", "strong", "time", "u"}
# commands, keys and what people typed; a name is marked translate="no"
NOT_OURS = {"code", "kbd", "pre", "script", "style", "textarea"}


class Reader(HTMLParser):
    """What a page says and where it leads."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.files: list[str] = []
        self.texts: list[str] = [""]
        self.tags: Counter[str] = Counter()
        self.title = ""
        self._open: list[tuple[str, bool]] = []  # each tag, and whether what it holds is ours to word
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags[tag] += 1
        if tag == "a":
            self.links.append(values.get("href", ""))
        if tag == "script" or values.get("rel") == "stylesheet":
            self.files.append(values.get("src") or values["href"])
        self.texts += [values[name] for name in READ_ALOUD if name in values]
        self._end_of_line(tag)
        self._open.append((tag, tag not in NOT_OURS and values.get("translate") != "no"))

    def handle_endtag(self, tag: str) -> None:
        while any(one == tag for one, _ in self._open) and self._open.pop()[0] != tag:
            pass
        self._end_of_line(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "title":
            self.title += data
        if all(ours for _, ours in self._open):
            self.texts[-1] += data

    def _end_of_line(self, tag: str) -> None:
        if tag not in INLINE:
            self.texts.append("")


@dataclass
class Seen:
    """One page as one person got it."""

    role: str
    address: str
    found_on: str
    kind: str
    status: int
    size: int
    page: Reader | None  # None: a file


@dataclass
class Walk:
    """Goes where the links lead, what nobody has opened yet first."""

    urls: Map
    base: str
    of_each_kind: int = 3  # pages a person opens: enough to meet things in several states, few enough to be quick
    people: int = 99  # who open a kind of page, of all
    seen: list[Seen] = field(default_factory=list)
    _visitors: Counter[str] = field(default_factory=Counter)
    _opened: set[str] = field(default_factory=set)
    _files: set[str] = field(default_factory=set)

    def kind(self, address: str) -> str:
        """The URL rule behind an address; a list and its export are two kinds."""
        parts = urlsplit(address)
        rule, _values = self.urls.bind("portal").match(parts.path, return_rule=True)
        return f"{rule.rule}?export" if "export=" in parts.query else rule.rule

    def go(self, role: str, visitor: APIRequestContext) -> None:
        """Everything this person can reach from the first page, a few of each kind; a file once for all."""
        opened: Counter[str] = Counter()
        waiting, known = [("/", "")], {"/"}
        while waiting:
            address, found_on = waiting.pop(self._newest(waiting))
            kind = self.kind(address)
            known_enough = not opened[kind] and self._visitors[kind] >= self.people and kind != "/"
            if opened[kind] == self.of_each_kind or known_enough or kind in self._files:
                continue
            self._visitors[kind] += not opened[kind]
            opened[kind] += 1
            page = self._open(role, visitor, address, found_on, kind)
            new = [link for link in self._links(page) if link not in known]
            known.update(new)
            waiting += [(link, address) for link in dict.fromkeys(new)]

    def examples(self) -> dict[str, Seen]:
        """The fullest page of each kind."""
        pages = sorted((one for one in self.seen if one.page and one.status < 400), key=lambda one: one.size)
        return {one.kind: one for one in pages}

    def _newest(self, waiting: list[tuple[str, str]]) -> int:
        return next((place for place, (address, _) in enumerate(waiting) if address not in self._opened), 0)

    def _open(self, role: str, visitor: APIRequestContext, address: str, found_on: str, kind: str) -> Seen:
        answer = visitor.get(address)
        body = answer.body()
        page = Reader(body.decode()) if answer.headers.get("content-type", "").startswith("text/html") else None
        self._opened.add(address)
        if page is None:
            self._files.add(kind)
        seen = Seen(role, address, found_on, kind, answer.status, len(body), page)
        self.seen.append(seen)
        return seen

    def _links(self, seen: Seen) -> list[str]:
        here = self.base + seen.address
        targets = [urljoin(here, link).partition("#")[0] for link in seen.page.links] if seen.page else []
        return [target.removeprefix(self.base) for target in targets if target.startswith(f"{self.base}/")]
