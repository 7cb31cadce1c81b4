"""Reading a registered paper: page by page as pictures, or as the file itself.

A room says who may read its papers: `papers.readers[PaperKind.record] = rule`, a function `(user, document) -> bool`.
A room that wants to know who downloads them says so by `papers.opened[PaperKind.minutes] = deed`, `(document) -> None`.
A template draws them with templates/macros/document.html.
"""

import os
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, abort, current_app, request, send_file, url_for
from sqlalchemy.orm import joinedload, selectinload

from portal import clock, pages, paper, preview, store
from portal.access import finds, hidden, needs
from portal.database import db
from portal.errors import Refused
from portal.examine import Kind
from portal.jobs import chore, prompt
from portal.office import office
from portal.register import Document, DocumentState, PaperKind

bp = Blueprint("papers", __name__)
readers: dict[PaperKind, Callable[[Any, Document], bool]] = {}
opened: dict[PaperKind, Callable[[Document], None]] = {}
A4_AT_110_DPI = (910, 1287)
KEPT_DAYS = 30
DRAWN_AHEAD, DRAWN_AT_ONCE = timedelta(hours=1), 20
PATIENCE = timedelta(minutes=1)  # after which nobody believes any more that the next page is being drawn
APART = "apart"  # what such a paper's mark says that was not made here
FAILED = "failed"  # an empty file beside the pages of a paper that could not be drawn


@finds("document")
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


@bp.get("/papers/<thing:document>/file")
@needs(read)
def download(document: Document) -> Response:
    """下载文件。"""
    if document.kind in opened:
        opened[document.kind](document)
    return store.send(document.file)


@bp.get("/papers/<thing:document>/pages")
@needs(read)
def sheets(document: Document) -> Response:
    """文件的各页，画好之前是进度。"""
    return pages.show("papers/sheets.html", fragment="papers/_sheets.html", document=document)


@bp.get("/papers/<thing:document>/pages/<int:number>.webp")
@needs(read)
def page(document: Document, number: int) -> Response:
    """文件的一页，供阅读。"""
    sha = document.file.sha256
    if not document.is_unread and not 0 < number <= _count_of(document):
        abort(404)
    if document.is_brought and not _kept(sha, number).is_file():  # drawn apart, never while a reader waits
        raise Refused("这一页还没有准备好，请稍后刷新。")
    try:
        picture = _picture(sha, number)
    except paper.PaperError:
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
    folder, mark = _cache() / sha, _wanted() / sha
    missing = count - sum(_kept(sha, number).is_file() for number in range(1, count + 1))
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
    return document.pages or 0 if document.is_brought else _count(document.file.sha256)


def _count(sha: str) -> int:
    try:
        return _page_count(sha)
    except (FileNotFoundError, paper.PaperError):
        return 0


@lru_cache(maxsize=1024)
def _page_count(sha: str) -> int:
    return paper.page_count(_content(sha))


def _content(sha: str) -> bytes:
    with store.place().open(sha) as stream:
        return stream.read()


def _picture(sha: str, number: int) -> Path:
    """The picture of one page; written apart and renamed, so that it is never half there."""
    _open_folder(sha)
    kept = _kept(sha, number)
    if not kept.is_file():
        draft = kept.with_name(f"draft-{token_hex(8)}")
        draft.write_bytes(paper.picture(_content(sha), number))
        draft.rename(kept)
    return kept


def _kept(sha: str, number: int) -> Path:
    return _cache() / sha / f"{number}.webp"


def _open_folder(sha: str) -> Path:
    """The folder of a paper's pictures, which somebody has looked at now."""
    folder = _cache() / sha
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.utime(folder)
    return folder


def _cache() -> Path:
    return Path(current_app.config["PORTAL"].data) / "cache" / "pages"


def _wanted() -> Path:
    """Where an empty file stands for each paper that somebody waits to read."""
    return _cache().with_name("pages-wanted")


@chore("papers.draw", every=timedelta(minutes=1))
def draw() -> None:
    """Draw the pages somebody waits for, then those of what was laid out or signed lately, before anybody does."""
    lately = db.session.execute(
        sa.select(DocumentState.sha256, Document.kind == PaperKind.earlier)
        .join(Document, Document.id == DocumentState.document_id)
        .where(DocumentState.at > clock.now() - DRAWN_AHEAD, Document.kind.in_(list(readers)))
        .order_by(DocumentState.id.desc())
        .limit(DRAWN_AT_ONCE)
    ).all()
    db.session.rollback()  # all is read: drawing is slow and must hold no lock
    wanted = [(mark.name, mark.read_text() == APART) for mark in sorted(_wanted().glob("*"))]
    if troubles := [found for sha, apart in (*wanted, *lately) if (found := _draw_all(sha, apart=apart))]:
        raise ExceptionGroup("some papers cannot be drawn", troubles)


def _draw_all(sha: str, *, apart: bool) -> Exception | None:
    """Draw every page that has no picture; what goes wrong is handed back, for others wait for their pages too."""
    failed = _cache() / sha / FAILED
    try:
        if apart:
            _draw_apart(sha)
        else:
            for number in range(1, _count(sha) + 1):
                _picture(sha, number)
        failed.unlink(missing_ok=True)
    except (paper.PaperError, preview.PreviewFailed, OSError) as trouble:  # a broken page, a full disk
        failed.touch()
        return trouble
    finally:
        (_wanted() / sha).unlink(missing_ok=True)
    return None


def _draw_apart(sha: str) -> None:
    """The pages of a file that was not made here, drawn where it harms nobody."""
    kept = _open_folder(sha)
    done = [int(one.stem) for one in kept.glob("*.webp") if one.stem.isdigit()]
    with TemporaryDirectory(prefix="portal-paper-") as folder:
        source = Path(folder) / "source.pdf"
        with store.place().open(sha) as content, source.open("wb") as target:
            shutil.copyfileobj(content, target, store.BLOCK)
        with closing(preview.pages(source, Kind.PDF, Path(folder), done=done)) as pages:
            for one in pages:
                draft = kept / f"draft-{token_hex(8)}"
                shutil.copyfile(one.webp, draft)
                draft.rename(_kept(sha, one.number))


@chore("papers.tidy", every=timedelta(days=1))
def tidy() -> None:
    """Forget the pictures nobody has looked at for a month; they are made again when asked for."""
    limit = (clock.now() - timedelta(days=KEPT_DAYS)).timestamp()
    for folder in _cache().glob("*"):
        if folder.stat().st_mtime < limit:
            shutil.rmtree(folder, ignore_errors=True)


def init_app(app: Flask) -> None:
    """Open the doors and let templates ask for a paper's pages."""
    app.register_blueprint(bp)
    app.jinja_env.globals.update(pages_of_paper=pages_of, undrawn_pages=undrawn)
