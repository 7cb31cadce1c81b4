"""A backup as one tar file: its parts, each with its SHA-256, and the manifest that names them."""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from portal.config import Config
from portal.errors import Refused
from portal.files import places
from portal.ops.database_copy import dump

FORMAT = 1

MANIFEST = "manifest.json"


# What the data folder holds besides: backups themselves, and what makes sense only while the portal runs.
LEFT_OUT = frozenset({"backups", "uploads", "running.lock", "worker-heartbeat"})
LEFT_OUT_PREFIXES = ("jobs.sqlite3", "before-restore-", ".")


def write(config: Config, target: IO[bytes]) -> None:
    """Write the database, every file and the keys, and last the manifest that names them."""
    members: dict[str, str] = {}
    with tarfile.open(fileobj=target, mode="w") as archive, tempfile.TemporaryDirectory() as folder:
        database = dump(config, Path(folder))
        with database.open("rb") as stream:
            members[database.name] = _add(archive, database.name, stream)
        place = places.place(config)
        for sha in place.shas():
            with suppress(FileNotFoundError), place.open(sha) as stream:  # tidied away: no row named it
                members[f"files/{sha}"] = _add(archive, f"files/{sha}", stream)
        for path in _other_files(config):
            name = f"data/{path.relative_to(config.data).as_posix()}"
            with suppress(FileNotFoundError), path.open("rb") as stream:
                members[name] = _add(archive, name, stream)
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = {"format": FORMAT, "made_at": made_at, "database": database.name, "members": members}
        _add(archive, MANIFEST, io.BytesIO(json.dumps(manifest).encode()))


def _other_files(config: Config) -> list[Path]:
    """What lies in the data folder besides the database and the store: keys, certificates, the demo's accounts."""
    database, kept = config.sqlite_file, config.local_store
    return [
        path
        for entry in sorted(config.data.iterdir())
        if entry != kept and not (database and entry.name.startswith(database.name)) and not _is_left_out(entry)
        for path in ([entry] if entry.is_file() else sorted(entry.rglob("*")))
        if path.is_file()
    ]


def _is_left_out(entry: Path) -> bool:
    return entry.name in LEFT_OUT or entry.name.startswith(LEFT_OUT_PREFIXES)


def _add(archive: tarfile.TarFile, name: str, stream: IO[bytes]) -> str:
    """Append one part and tell its SHA-256; it is hashed as it is read, not trusted to be what it is called."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = stream.seek(0, os.SEEK_END), 0o600
    stream.seek(0)
    hashing = _Hashing(stream)
    archive.addfile(member, cast(IO[bytes], hashing))
    return hashing.digest.hexdigest()


class _Hashing:
    """A stream that is hashed while it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.stream.read(size)
        self.digest.update(block)
        return block


def members_of(source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The parts of a backup, in order, each with its content."""
    try:
        with tarfile.open(source, mode="r:") as archive:
            for member in archive:
                if member.isfile() and member.name != MANIFEST:
                    yield member.name, cast(IO[bytes], archive.extractfile(member))
    except tarfile.TarError as error:
        raise Refused(f"这不是完整的备份文件：{source}。") from error


def manifest_of(source: Path) -> dict[str, Any]:
    """What a backup says of itself."""
    try:
        with tarfile.open(source, mode="r:") as archive:
            manifest = json.load(cast(IO[bytes], archive.extractfile(MANIFEST)))
    except OSError as error:
        raise Refused(f"无法读取备份文件 {source}：{error.strerror}。") from error
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise Refused(f"这不是完整的备份文件：{source}。") from error
    if manifest.get("format") != FORMAT:
        raise Refused("这个备份来自另一版本的门户，请用相应版本恢复。")
    return cast(dict[str, Any], manifest)


def digest_of(stream: IO[bytes]) -> str:
    """The SHA-256 of what a stream holds."""
    return hashlib.file_digest(cast(Any, stream), "sha256").hexdigest()
