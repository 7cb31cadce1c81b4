"""Backups: one file that holds the database, every kept file and the keys, and the way back from it.

The database is copied first and the files after it: a file is always kept before the row that names it and its
content never changes, so a backup made during work is whole without stopping anybody.
"""

import fcntl
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

import click
import sqlalchemy as sa
from flask import Flask, current_app
from flask.cli import with_appcontext

from portal import clock, store
from portal.config import Config
from portal.errors import Refused

FORMAT = 1
BLOCK = 1024 * 1024
MANIFEST = "manifest.json"
SQLITE = "database.sqlite3"
POSTGRESQL = "database.dump"
# What the data folder holds besides: backups themselves, and what makes sense only while the portal runs.
LEFT_OUT = frozenset({"backups", "uploads", "running.lock", "worker-heartbeat"})
LEFT_OUT_PREFIXES = ("jobs.sqlite3", "before-restore-", ".")


@dataclass(frozen=True)
class Summary:
    """What a backup holds."""

    path: Path
    made_at: str
    files: int
    size: int


def make(config: Config, target: Path) -> Summary:
    """Write a backup to a file that did not exist, read it back, and only then give it its name."""
    if target.exists():
        raise Refused(f"{target} 已存在，请换一个文件名。")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _write(config, file)
            file.flush()
            os.fsync(file.fileno())
        summary = check(draft)
        draft.rename(target)
        _sync_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)
    return Summary(target, summary.made_at, summary.files, summary.size)


def check(source: Path) -> Summary:
    """Read a whole backup and compare every part with its checksum; Refused names the part that is damaged."""
    manifest, seen = _manifest(source), set()
    for name, stream in _members(source):
        if manifest["members"].get(name) != _digest(stream):
            raise Refused(f"备份已损坏，不能使用：{name} 与校验值不符。")
        seen.add(name)
    if missing := manifest["members"].keys() - seen:
        raise Refused(f"备份不完整，缺少 {min(missing)} 等 {len(missing)} 个部分。")
    files = sum(name.startswith("files/") for name in seen)
    return Summary(source, manifest["made_at"], files, source.stat().st_size)


def restore(config: Config, source: Path, *, replace: bool = False) -> Summary:
    """Bring a backup back: files first and the database last, so that a restore cut short can simply be repeated."""
    with _alone(config):
        summary = check(source)
        _check_kind(config, source)
        if is_in_use(config) and not replace:
            raise Refused(f"{config.data} 中已有数据。确需覆盖请加 --replace，原有数据会移到 before-restore 文件夹。")
        if replace:
            _set_aside(config)
        _bring_back(config, source)
    return summary


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a live SQLite database by SQLite's own means; copying the file of a live one may break it."""
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=60)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        if copy.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            raise Refused(f"数据库副本未通过检查，请检查磁盘：{source}。")
    target.chmod(0o600)


def is_in_use(config: Config) -> bool:
    """Whether there is something a restore would overwrite."""
    if config.sqlite_file:
        return config.sqlite_file.exists()
    engine = sa.create_engine(config.database_url)
    try:
        return bool(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def default_target(config: Config) -> Path:
    """Where a backup goes that nobody named."""
    return config.data / "backups" / f"portal-{clock.now():%Y%m%d-%H%M%S}.tar"


# Writing


def _write(config: Config, target: IO[bytes]) -> None:
    members: dict[str, str] = {}
    with tarfile.open(fileobj=target, mode="w") as archive, tempfile.TemporaryDirectory() as folder:
        database = _dump(config, Path(folder))
        with database.open("rb") as stream:
            members[database.name] = _add(archive, database.name, stream)
        place = store.place(config)
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


def _dump(config: Config, folder: Path) -> Path:
    """A consistent copy of the database in a folder of its own."""
    if config.sqlite_file:
        if not config.sqlite_file.exists():
            raise Refused(f"没有可备份的数据：{config.sqlite_file} 不存在。")
        copy_sqlite(config.sqlite_file, folder / SQLITE)
        return folder / SQLITE
    target = folder / POSTGRESQL
    _postgresql(config, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
    return target


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


# Reading


def _members(source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The parts of a backup, in order, each with its content."""
    try:
        with tarfile.open(source, mode="r:") as archive:
            for member in archive:
                if member.isfile() and member.name != MANIFEST:
                    yield member.name, cast(IO[bytes], archive.extractfile(member))
    except tarfile.TarError as error:
        raise Refused(f"这不是完整的备份文件：{source}。") from error


def _manifest(source: Path) -> dict[str, Any]:
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


def _check_kind(config: Config, source: Path) -> None:
    expected = SQLITE if config.sqlite_file else POSTGRESQL
    if _manifest(source)["database"] != expected:
        raise Refused("备份使用的数据库类型与 DATABASE_URL 不同，请把 DATABASE_URL 设为与备份时同类的数据库。")


def _set_aside(config: Config) -> None:
    """Keep what a restore replaces; backups stay where they are, for one of them is being restored."""
    aside = config.data / f"before-restore-{clock.now():%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    for entry in list(config.data.iterdir()):
        if entry.name not in LEFT_OUT and not entry.name.startswith("before-restore-"):
            entry.rename(aside / entry.name)
    if config.sqlite_file and config.sqlite_file.exists():
        config.sqlite_file.rename(aside / config.sqlite_file.name)


def _bring_back(config: Config, source: Path) -> None:
    place = store.place(config)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=config.data) as folder:
        database = Path(folder) / _manifest(source)["database"]
        for name, stream in _members(source):
            kind, _, rest = name.partition("/")
            if name == database.name:
                _write_file(database, stream)
            elif kind == "files":
                place.keep(cast(Any, stream))
            elif kind == "data":
                _write_file(_inside(config.data, rest), stream)
        if config.sqlite_file:
            config.sqlite_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(database, config.sqlite_file)
            _sync_folder(config.sqlite_file.parent)
        else:
            options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction")
            _postgresql(config, "pg_restore", *options, str(database))


def _inside(folder: Path, name: str) -> Path:
    """A path below the folder, whatever somebody wrote into the backup."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise Refused("备份中有指向文件夹之外的路径，已停止恢复。")
    return path


def _write_file(path: Path, stream: IO[bytes]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        shutil.copyfileobj(stream, target, BLOCK)
        target.flush()
        os.fsync(target.fileno())
    draft.rename(path)
    _sync_folder(path.parent)


# Small tools


@contextmanager
def _alone(config: Config) -> Iterator[None]:
    """Hold the data folder while nobody serves from it."""
    config.ensure()
    descriptor = os.open(config.running_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("门户正在运行。请先停止，再恢复备份。") from error
        yield
    finally:
        os.close(descriptor)


def _postgresql(config: Config, program: str, *options: str) -> None:
    """Run one of PostgreSQL's own programs; the password goes by the environment, where no process list shows it."""
    url = sa.make_url(config.database_url)
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    environ = {**os.environ, "PGPASSWORD": url.password or os.environ.get("PGPASSWORD", "")}
    try:
        done = subprocess.run(
            [program, f"--dbname={plain}", *options],
            check=False,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise Refused(f"缺少 {program}。请系统管理员执行：apt-get install postgresql-client") from error
    if done.returncode:
        raise Refused(f"{program} 未成功：{(done.stderr.strip().splitlines() or ['没有输出'])[-1]}")


def _digest(stream: IO[bytes]) -> str:
    return hashlib.file_digest(cast(Any, stream), "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Commands


@click.command("backup")
@click.argument("target", required=False, type=click.Path(path_type=Path))
@with_appcontext
def backup_command(target: Path | None) -> None:
    """备份：数据库、文件和密钥写入一个文件，写完逐一校验。"""
    config: Config = current_app.config["PORTAL"]
    try:
        made = make(config, (target or default_target(config)).absolute())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"已备份到 {made.path}：{made.files} 个文件，共 {made.size / 1e6:.1f} MB，已逐一校验。")
    click.echo("备份中有密钥和全部内容，请妥善保管。")


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="覆盖现有数据；原有数据移到 before-restore 文件夹。")
@with_appcontext
def restore_command(source: Path, replace: bool) -> None:
    """恢复：从备份文件还原全部数据。请先停止门户。"""
    try:
        restored = restore(current_app.config["PORTAL"], source.absolute(), replace=replace)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"已恢复 {restored.made_at} 的备份：数据库和 {restored.files} 个文件，已逐一校验。")


def init_app(app: Flask) -> None:
    """Offer the two commands."""
    app.cli.add_command(backup_command)
    app.cli.add_command(restore_command)
