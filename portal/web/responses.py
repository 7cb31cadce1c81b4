"""How pages, fragments and the answers to what somebody did are made."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Response, flash, make_response, redirect, render_template, request


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


def download(content: bytes, name: str, media_type: str) -> Response:
    """Something the portal made, as a file to keep; a header is ASCII, so the name travels as RFC 5987 says."""
    answer = Response(content, mimetype=media_type)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return answer
