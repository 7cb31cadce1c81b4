"""The files: content lies under its SHA-256, the name a person gave it is only text in a row."""

import hashlib
import io
import os
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast
from urllib.parse import quote

import sqlalchemy as sa
from flask import Response, current_app, request
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wsgi import wrap_file

from portal import clock, disk
from portal.config import Config
from portal.database import Base, Numbered, db
from portal.jobs import chore

if TYPE_CHECKING:
    from obstore import ReadableFile
    from obstore.store import ObjectStore

    from portal.people.models import User

BLOCK = 1024 * 1024
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


class Place(Protocol):
    """Where content is kept; the same few acts for a folder and for an object store."""

    def keep(self, source: BinaryIO) -> tuple[str, int]:
        """Keep what is read from the stream durably, and tell its SHA-256 and size."""

    def open(self, sha: str) -> BinaryIO:
        """The content as a seekable stream; FileNotFoundError where it is missing."""

    def exists(self, sha: str) -> bool:
        """Whether content of this name is kept, without reading it."""

    def erase(self, sha: str) -> None:
        """Remove content for good; nothing happens where it is missing."""

    def shas(self) -> Iterator[str]:
        """The names of everything kept."""


class Folder:
    """A folder of this machine. What was kept survives a power cut: file and folder are synced first."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path_of(self, sha: str) -> Path:
        """Two levels of folders keep each of them small."""
        return self.root / _key(sha)

    def keep(self, source: BinaryIO) -> tuple[str, int]:
        """Write apart, sync, rename, sync the folder. Damaged content that was kept before is healed by it."""
        incoming = self.root / "incoming"
        _make_folder(incoming)
        draft = incoming / token_hex(16)
        try:
            with draft.open("xb") as target:
                sha, size = _copy(source, target)
                target.flush()
                os.fchmod(target.fileno(), 0o440)
                disk.sync(target.fileno())
            final = self.path_of(sha)
            _make_folder(final.parent)
            draft.rename(final)
            disk.sync_folder(final.parent)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return sha, size

    def open(self, sha: str) -> BinaryIO:
        """The content as a seekable stream; FileNotFoundError where it is missing."""
        return self.path_of(sha).open("rb")

    def exists(self, sha: str) -> bool:
        """Whether content of this name is kept, without reading it."""
        return self.path_of(sha).is_file()

    def erase(self, sha: str) -> None:
        """Remove content for good; nothing happens where it is missing."""
        path = self.path_of(sha)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            disk.sync_folder(path.parent)

    def shas(self) -> Iterator[str]:
        """The names of everything kept."""
        return (path.name for path in sorted(self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")))

    def tidy(self, older_than: timedelta = timedelta(days=1)) -> int:
        """Remove what broken uploads left behind, and tell how many."""
        limit = (clock.now() - older_than).timestamp()
        leftovers = [path for path in self.root.glob("incoming/*") if path.stat().st_mtime < limit]
        for path in leftovers:
            path.unlink(missing_ok=True)
        return len(leftovers)


class Bucket:
    """An object store (S3 and its like); it answers only after it has kept an object."""

    def __init__(self, objects: "ObjectStore") -> None:
        self.objects = objects

    def keep(self, source: BinaryIO) -> tuple[str, int]:
        """Hash into a temporary file first: an object store cannot rename, and the name is the hash."""
        from tempfile import TemporaryFile

        with TemporaryFile() as draft:
            sha, size = _copy(source, cast(BinaryIO, draft))
            draft.seek(0)
            self.objects.put(_key(sha), cast(BinaryIO, draft))
        return sha, size

    def open(self, sha: str) -> BinaryIO:
        """The content as a seekable stream; FileNotFoundError where it is missing."""
        import obstore

        return cast(BinaryIO, _Reader(obstore.open_reader(self.objects, _key(sha))))

    def exists(self, sha: str) -> bool:
        """Whether content of this name is kept, without reading it."""
        try:
            self.objects.head(_key(sha))
        except FileNotFoundError:
            return False
        return True

    def erase(self, sha: str) -> None:
        """Remove content for good; nothing happens where it is missing."""
        self.objects.delete(_key(sha))

    def shas(self) -> Iterator[str]:
        """The names of everything kept."""
        for page in self.objects.list():
            yield from (entry["path"].rsplit("/", 1)[-1] for entry in page)


class _Reader(io.RawIOBase):
    """An obstore reader as an ordinary binary file, so that both places hand over the same thing."""

    def __init__(self, inner: "ReadableFile") -> None:
        self.inner = inner

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self.inner.seek(offset, whence)

    def tell(self) -> int:
        return self.inner.tell()

    def read(self, size: int = -1) -> bytes:
        return bytes(self.inner.read() if size < 0 else self.inner.read(size))


def place(config: Config | None = None) -> Place:
    """The place the machine's settings name."""
    config = config or current_app.config["PORTAL"]
    if config.local_store:
        return Folder(config.local_store)
    return Bucket(_objects(config.object_store, tuple(config.store_options.items())))


@cache
def _objects(url: str, options: tuple[tuple[str, str], ...]) -> "ObjectStore":
    """One client an address: it keeps its connections and is safe to share between threads."""
    from obstore import store

    settings: dict[str, Any] = dict(options)
    if settings.get("endpoint", "").startswith("http://"):  # a store in the same machine room, without TLS
        settings["client_options"] = {"allow_http": True}
    return store.from_url(url, **settings)


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
            return _copy(stream, None)[0] == sha
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


@chore("store.tidy", every=timedelta(days=1))
def tidy() -> None:
    """Remove what uploads that broke off left behind on this machine."""
    where = place()
    if isinstance(where, Folder):
        where.tidy()


def _key(sha: str) -> str:
    return f"{sha[:2]}/{sha[2:4]}/{sha}"


def _copy(source: BinaryIO, target: BinaryIO | None) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        digest.update(block)
        size += len(block)
        if target:
            target.write(block)
    return digest.hexdigest(), size


def _make_folder(folder: Path) -> None:
    """Make a folder that is still there after a power cut: each new name is synced in its parent."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    disk.sync_folder(folder.parent)


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
