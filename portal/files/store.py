"""The files: content lies under its SHA-256, the name a person gave it is only text in a row."""

import io
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

import sqlalchemy as sa
from flask import Response, request
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wsgi import wrap_file

from portal.db import clock
from portal.db.engine import Base, Numbered, db
from portal.files.places import BLOCK, Folder, copy_and_hash, place
from portal.jobs.periodic import job

if TYPE_CHECKING:
    from portal.people.models.accounts import User


LONGEST_NAME = 200
LONGEST_EXTENSION = 12
NAMELESS = "未命名文件"
INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs"})  # control, direction and zero-width, private, half surrogates
# Shown inside a page; everything else is handed over as a download.
INLINE_TYPES = frozenset({"image/webp", "application/pdf"})


class StoredFile(Base, Numbered):
    """One file as a person gave it: what it is called, and where its content lies."""

    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    media_type: Mapped[str] = mapped_column(sa.String(120))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    uploaded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    uploaded_at: Mapped[datetime]


def put(content: BinaryIO | bytes, name: str, media_type: str, by: "User | None") -> StoredFile:
    """Keep the content first, then the row that names it; a row without its file can never be."""
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    sha, size = place().keep(source)
    file = StoredFile(
        sha256=sha,
        name=clean_name(name),
        media_type=media_type,
        size=size,
        uploaded_by_id=by.id if by else None,
        uploaded_at=clock.now(),
    )
    db.session.add(file)
    db.session.flush()
    return file


def open(file: StoredFile) -> BinaryIO:
    """The file's content as a seekable stream; FileNotFoundError where it is missing."""
    return place().open(file.sha256)


def read(file: StoredFile) -> bytes:
    """The whole content; only for files known to be small."""
    with open(file) as stream:
        return stream.read()


def exists(sha: str) -> bool:
    """Whether content of this name is kept, without reading it."""
    return place().exists(sha)


def check(sha: str) -> bool:
    """Whether the content is there and still hashes to its name."""
    try:
        with place().open(sha) as stream:
            return copy_and_hash(stream, None)[0] == sha
    except FileNotFoundError:
        return False


def path_of(sha: str) -> Path:
    """The content's path; only where files are kept in a folder of this machine."""
    where = place()
    if not isinstance(where, Folder):
        raise TypeError("the files are kept in an object store")
    return where.path_of(sha)


def send(file: StoredFile, *, download: bool = True) -> Response:
    """Hand a file over: as an attachment, or inside the page where the portal itself made it.

    Only page pictures and PDF files can be shown inside a page; the caller vouches that the portal rendered them.
    """
    inline = not download and file.media_type in INLINE_TYPES
    answer = Response(wrap_file(request.environ, open(file), BLOCK), mimetype=file.media_type, direct_passthrough=True)
    answer.content_length = file.size
    answer.last_modified = file.uploaded_at
    answer.set_etag(file.sha256)
    answer.cache_control.private = True
    answer.cache_control.no_cache = True
    answer.headers["Content-Disposition"] = _disposition(file.name, inline=inline)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = _policy(file.media_type, inline=inline)
    answer.make_conditional(request, accept_ranges=True, complete_length=file.size)
    return answer


def clean_name(name: str) -> str:
    """What a person called the file, as text to show: no path, nothing invisible, at most 200 characters.

    The extension survives the cut, since people read from it what the file is.
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    seen = "".join(character for character in last if unicodedata.category(character) not in INVISIBLE)
    plain = " ".join(seen.split()).strip(". ")
    if len(plain) <= LONGEST_NAME:
        return plain or NAMELESS
    stem, dot, extension = plain.rpartition(".")
    if not dot or len(extension) > LONGEST_EXTENSION:
        return plain[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(extension) - 1]}.{extension}"


@job("store.tidy", every=timedelta(days=1))
def tidy() -> None:
    """Remove what uploads that broke off left behind on this machine."""
    where = place()
    if isinstance(where, Folder):
        where.tidy()


def _disposition(name: str, *, inline: bool) -> str:
    """RFC 6266: a plain ASCII name for old clients and the real one in RFC 5987 form."""
    kind = "inline" if inline else "attachment"
    extension = Path(name).suffix if Path(name).suffix.isascii() else ""
    plain = "".join(c for c in f"file{extension}" if c.isalnum() or c in "._-")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _policy(media_type: str, *, inline: bool) -> str:
    # A browser's own PDF viewer does not start inside a sandbox; the file is one the portal made.
    if inline and media_type == "application/pdf":
        return "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    return "default-src 'none'; frame-ancestors 'self'; sandbox"
