"""The page of search."""

from dataclasses import dataclass

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.archive import rules
from portal.archive.blueprint import bp
from portal.archive.search import queries
from portal.db import search
from portal.web import responses, wording
from portal.web.guards import me, requires

HITS_A_PAGE = 20


@dataclass(frozen=True)
class Found:
    """One page of hits, in the shape a pager draws."""

    hits: search.Hits
    words: str
    label: str
    year: int | None
    page: int

    @property
    def total(self) -> int:
        """How many hits there are in all."""
        return self.hits.total

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(-(-self.total // HITS_A_PAGE), 1)

    def url(self, *, page: int = 1, label: str | None = None) -> str:
        """The address of another page, or of the hits of another kind; of every kind and year with an empty one."""
        kind, year = (self.label, self.year) if label is None else (label, None)
        return url_for("archive.find", q=self.words, kind=kind or None, year=year, page=page if page > 1 else None)


@bp.get("/search")
@requires(rules.search)
def find() -> ResponseReturnValue:
    """搜索。"""
    words = wording.visible(request.args.get("q", "")).strip()[:200]
    label = request.args.get("kind", "")
    label = label if label in queries.LABELS else ""
    text = request.args.get("page", "1")
    page = max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    years = queries.meeting_years()
    typed = request.args.get("year", "")
    year = next((one for one in years if str(one) == typed), None)
    scopes = queries.scopes_of(me()) if words else set()
    hits = search.find(words, scopes, page=page, per_page=HITS_A_PAGE, label=label or None, year=year)
    found = Found(hits, words, label, year, page)
    return responses.show("archive/search/search.html", found=found, labels=queries.LABELS, years=years)
