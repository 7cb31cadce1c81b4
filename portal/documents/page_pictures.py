"""The pages of registered papers as pictures: drawn before anybody asks, kept for a month."""

import os
import shutil
from contextlib import closing
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from flask import current_app

from portal.db import clock
from portal.db.engine import db
from portal.documents.paper import pdf_pages, weasy
from portal.documents.readership import readers
from portal.documents.registry import Document, DocumentState, PaperKind
from portal.files import office_pdf, places, preview
from portal.files.kinds import Kind
from portal.jobs.periodic import job

KEPT_DAYS = 30
DRAWN_AHEAD, DRAWN_AT_ONCE = timedelta(hours=1), 20

APART = "apart"  # what such a paper's mark says that was not made here
FAILED = "failed"  # an empty file beside the pages of a paper that could not be drawn


def count_of_pages(sha: str) -> int:
    """How many pages a file has; none where it is missing or cannot be read."""
    try:
        return _page_count(sha)
    except (FileNotFoundError, weasy.PaperError):
        return 0


@lru_cache(maxsize=1024)
def _page_count(sha: str) -> int:
    return pdf_pages.page_count(_content(sha))


def _content(sha: str) -> bytes:
    with places.place().open(sha) as stream:
        return stream.read()


def picture_of(sha: str, number: int) -> Path:
    """The picture of one page; written apart and renamed, so that it is never half there."""
    _open_folder(sha)
    kept = place_of(sha, number)
    if not kept.is_file():
        draft = kept.with_name(f"draft-{token_hex(8)}")
        draft.write_bytes(pdf_pages.picture(_content(sha), number))
        draft.rename(kept)
    return kept


def place_of(sha: str, number: int) -> Path:
    """Where the picture of a page is kept."""
    return cache() / sha / f"{number}.webp"


def _open_folder(sha: str) -> Path:
    """The folder of a paper's pictures, which somebody has looked at now."""
    folder = cache() / sha
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.utime(folder)
    return folder


def cache() -> Path:
    """The folder of all pictures."""
    return Path(current_app.config["PORTAL"].data) / "cache" / "pages"


def wanted_marks() -> Path:
    """Where an empty file stands for each paper that somebody waits to read."""
    return cache().with_name("pages-wanted")


@job("papers.draw", every=timedelta(minutes=1))
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
    wanted = [(mark.name, mark.read_text() == APART) for mark in sorted(wanted_marks().glob("*"))]
    if troubles := [found for sha, apart in (*wanted, *lately) if (found := _draw_all(sha, apart=apart))]:
        raise ExceptionGroup("some papers cannot be drawn", troubles)


def _draw_all(sha: str, *, apart: bool) -> Exception | None:
    """Draw every page that has no picture; what goes wrong is handed back, for others wait for their pages too."""
    failed = cache() / sha / FAILED
    try:
        if apart:
            _draw_apart(sha)
        else:
            for number in range(1, count_of_pages(sha) + 1):
                picture_of(sha, number)
        failed.unlink(missing_ok=True)
    except (weasy.PaperError, office_pdf.PreviewFailed, OSError) as trouble:  # a broken page, a full disk
        failed.touch()
        return trouble
    finally:
        (wanted_marks() / sha).unlink(missing_ok=True)
    return None


def _draw_apart(sha: str) -> None:
    """The pages of a file that was not made here, drawn where it harms nobody."""
    kept = _open_folder(sha)
    done = [int(one.stem) for one in kept.glob("*.webp") if one.stem.isdigit()]
    with TemporaryDirectory(prefix="portal-paper-") as folder:
        source = Path(folder) / "source.pdf"
        with places.place().open(sha) as content, source.open("wb") as target:
            shutil.copyfileobj(content, target, places.BLOCK)
        with closing(preview.pages(source, Kind.PDF, Path(folder), done=done)) as pages:
            for one in pages:
                draft = kept / f"draft-{token_hex(8)}"
                shutil.copyfile(one.webp, draft)
                draft.rename(place_of(sha, one.number))


@job("papers.tidy", every=timedelta(days=1))
def tidy() -> None:
    """Forget the pictures nobody has looked at for a month; they are made again when asked for."""
    limit = (clock.now() - timedelta(days=KEPT_DAYS)).timestamp()
    for folder in cache().glob("*"):
        if folder.stat().st_mtime < limit:
            shutil.rmtree(folder, ignore_errors=True)
