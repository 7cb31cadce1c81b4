"""Reading a registered paper: page by page as pictures, or as the file itself.

A feature says who may read its papers: `readership.readers[PaperKind.record] = rule`, a function of user and document.
One that wants to know who downloads them says so by `readership.opened[PaperKind.minutes] = operation`.
A template draws them with templates/macros/document.html.
"""

import re
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, abort, current_app, request, send_file, url_for
from sqlalchemy.orm import joinedload, selectinload

from portal.db import clock
from portal.db.engine import db
from portal.db.office import office
from portal.documents.page_pictures import APART, FAILED, cache, count_of_pages, picture_of, place_of, wanted_marks
from portal.documents.paper import weasy
from portal.documents.readership import opened, readers
from portal.documents.registry import Document
from portal.errors import Refused
from portal.files import store
from portal.jobs.periodic import prompt
from portal.web import responses
from portal.web.guards import hidden, loads, requires

bp = Blueprint("papers", __name__)

A4_AT_110_DPI = (910, 1287)

PATIENCE = timedelta(minutes=1)  # after which nobody believes any more that the next page is being drawn


@loads("document")
def document(number: int) -> Document | None:
    """One registered paper with its file and its signatures."""
    return db.session.scalar(
        sa.select(Document)
        .where(Document.id == number)
        .options(joinedload(Document.file), selectinload(Document.signatures))
    )


@hidden
def read(user: Any, document: Document) -> bool:
    """这份文件只对有权查看的人员开放。"""
    rule = readers.get(document.kind)
    return rule is not None and rule(user, document)


@bp.get("/papers/<model:document>/file")
@requires(read)
def download(document: Document) -> Response:
    """下载文件。"""
    if document.kind in opened:
        opened[document.kind](document)
    return store.send(document.file)


@bp.get("/papers/<model:document>/pages")
@requires(read)
def sheets(document: Document) -> Response:
    """文件的各页，画好之前是进度。"""
    return responses.show("documents/sheets.html", fragment="documents/_sheets.html", document=document)


@bp.get("/papers/<model:document>/pages/<int:number>.webp")
@requires(read)
def page(document: Document, number: int) -> Response:
    """文件的一页，供阅读。"""
    sha = document.file.sha256
    if not document.is_unread and not 0 < number <= _count_of(document):
        abort(404)
    if document.is_brought and not place_of(sha, number).is_file():  # drawn apart, never while a reader waits
        raise Refused("这一页还没有准备好，请稍后刷新。")
    try:
        picture = picture_of(sha, number)
    except weasy.PaperError:
        abort(404)
    answer = send_file(picture, mimetype="image/webp", conditional=True, etag=f"{document.file.sha256}-{number}")
    answer.cache_control.private = True
    answer.cache_control.no_cache = True
    return answer


def address_of(code: str) -> str:
    """Where a paper with this code is verified; what the QR code on it says."""
    return f"{portal_address()}/v/{code}"


def portal_address() -> str:
    """The portal as people type it: as the office has set it, else as the machine's settings tell."""
    config = current_app.config["PORTAL"]
    if office.address:
        return str(office.address).rstrip("/")
    return str(config.address)


def pages_of(document: Document) -> list[tuple[str, int, int, str]]:
    """The pages as `ui.sheets` draws them; none when the file is missing or cannot be read."""
    sha = document.file.sha256
    count = _count_of(document)
    # The hash in the address lets no browser show a page from before the last signature.
    address = partial(url_for, "papers.page", document=document.id, state=sha[:12])
    return [(address(number=n), *A4_AT_110_DPI, f"第 {n} 页，共 {count} 页") for n in range(1, count + 1)]


class Undrawn(NamedTuple):
    """Pages of a paper that have no picture yet: how many, since when this reader waits for them, whether in vain."""

    pages: int
    since: int
    failed: bool
    overdue: bool


def undrawn(document: Document, count: int) -> Undrawn | None:
    """What is missing of a paper's pages, which are drawn from now on; a page that is opened anew tries once more."""
    sha = document.file.sha256
    folder, mark = cache() / sha, wanted_marks() / sha
    missing = count - sum(place_of(sha, number).is_file() for number in range(1, count + 1))
    if not missing and not document.is_unread:
        return None
    now, asked = int(clock.now().timestamp()), request.args.get("since", "")
    since = int(asked) if re.fullmatch(r"[0-9]{1,12}", asked) else now
    if not asked:
        (folder / FAILED).unlink(missing_ok=True)
    failed = (folder / FAILED).exists()
    if not failed and not mark.exists():
        mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.write_text(APART if document.is_brought else "")
        prompt("papers.draw")
    last_drawn = folder.stat().st_mtime if folder.is_dir() else 0
    return Undrawn(missing, since, failed, overdue=now - max(since, last_drawn) > PATIENCE.total_seconds())


def _count_of(document: Document) -> int:
    return document.pages or 0 if document.is_brought else count_of_pages(document.file.sha256)


def init_app(app: Flask) -> None:
    """Open the routes and let templates ask for a paper's pages."""
    app.register_blueprint(bp)
    app.jinja_env.globals.update(pages_of_paper=pages_of, undrawn_pages=undrawn)
