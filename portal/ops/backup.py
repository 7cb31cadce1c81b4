"""Backups: one file that holds the database, every kept file and the keys, and the way back from it.

The database is copied first and the files after it: a file is always kept before the row that names it and its
content never changes, so a backup made during work is whole without stopping anybody.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import click
import sqlalchemy as sa
from flask import Flask, current_app
from flask.cli import with_appcontext

from portal.config import Config
from portal.db import clock
from portal.errors import Refused
from portal.files import places
from portal.ops.backup_file import LEFT_OUT, digest_of, manifest_of, members_of, write
from portal.ops.database_copy import POSTGRESQL, SQLITE, run_postgresql

BLOCK = 1024 * 1024


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
            write(config, file)
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
    manifest, seen = manifest_of(source), set()
    for name, stream in members_of(source):
        if manifest["members"].get(name) != digest_of(stream):
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


def _check_kind(config: Config, source: Path) -> None:
    expected = SQLITE if config.sqlite_file else POSTGRESQL
    if manifest_of(source)["database"] != expected:
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
    place = places.place(config)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=config.data) as folder:
        database = Path(folder) / manifest_of(source)["database"]
        for name, stream in members_of(source):
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
            run_postgresql(config, "pg_restore", *options, str(database))


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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
