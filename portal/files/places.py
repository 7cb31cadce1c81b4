"""Where content is kept: a folder of this machine or an object store, each file under its SHA-256."""

import hashlib
import io
import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from flask import current_app

from portal.config import Config
from portal.db import clock, disk

if TYPE_CHECKING:
    from obstore import ReadableFile
    from obstore.store import ObjectStore


BLOCK = 1024 * 1024


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
                sha, size = copy_and_hash(source, target)
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
            sha, size = copy_and_hash(source, cast(BinaryIO, draft))
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


def _key(sha: str) -> str:
    return f"{sha[:2]}/{sha[2:4]}/{sha}"


def copy_and_hash(source: BinaryIO, target: BinaryIO | None) -> tuple[str, int]:
    """Copy a stream, or only read it, and tell its SHA-256 and size."""
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
