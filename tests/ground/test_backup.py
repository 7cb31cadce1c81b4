"""A backup made during work comes back whole, or says plainly why not."""

import fcntl
import io
import sqlite3
import tarfile
import threading
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import Flask

from portal import create_app
from portal.config import Config
from portal.db.engine import db
from portal.errors import Refused
from portal.files import places
from portal.files.store import StoredFile
from portal.ops import backup, database_copy, start


@pytest.fixture
def config(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The test's own data folder beside the database of the run."""
    here: Config = app.config["PORTAL"]
    url = here.database_url
    if here.sqlite_file:
        target = tmp_path / "data" / "portal.sqlite3"
        target.parent.mkdir()
        db.session.remove()
        database_copy.copy_sqlite(here.sqlite_file, target)
        url = ""
    own = Config(data=tmp_path / "data", database_url=url).ensure()
    monkeypatch.setitem(app.config, "PORTAL", own)
    return own


@pytest.fixture
def local(app: Flask, tmp_path: Path) -> Config:
    """A data folder with a SQLite database of its own, whatever the run uses."""
    own = Config(data=tmp_path / "local").ensure()
    engine = sa.create_engine(own.database_url)
    db.metadata.create_all(engine)
    engine.dispose()
    return own


def _keep(config: Config, content: bytes, name: str) -> str:
    """A file and its row, as an upload leaves them; returns the hash."""
    sha, size = places.place(config).keep(io.BytesIO(content))
    engine = sa.create_engine(config.database_url)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO stored_file (sha256, name, media_type, size, uploaded_at)"
                " VALUES (:sha, :name, 'application/pdf', :size, '2026-11-23 01:00:00+00:00')"
            ),
            {"sha": sha, "name": name, "size": size},
        )
    engine.dispose()
    return sha


def _rows(config: Config) -> list[tuple[str, str]]:
    engine = sa.create_engine(config.database_url)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(StoredFile.name, StoredFile.sha256).order_by(StoredFile.id)).all()
    engine.dispose()
    return [(row.name, row.sha256) for row in rows]


def _forget(config: Config) -> None:
    engine = sa.create_engine(config.database_url)
    with engine.begin() as connection:
        connection.execute(sa.delete(StoredFile))
    engine.dispose()


def test_what_was_lost_after_a_backup_comes_back_with_files_and_keys(config: Config, tmp_path: Path) -> None:
    sha = _keep(config, b"minutes", "第十二次例会纪要.pdf")
    key = config.data / "authority" / "root.key"
    key.parent.mkdir()
    key.write_bytes(b"key")
    made = backup.make(config, tmp_path / "a.tar")
    assert (made.files, made.path.stat().st_mode & 0o777) == (1, 0o600)

    _forget(config)
    config.local_store.joinpath(sha[:2], sha[2:4], sha).unlink()
    key.unlink()
    secret = config.secret_key
    config.secret_key_file.unlink()
    backup.restore(config, made.path, replace=True)

    assert _rows(config) == [("第十二次例会纪要.pdf", sha)]
    assert places.place(config).open(sha).read() == b"minutes"
    assert (key.read_bytes(), config.secret_key) == (b"key", secret)


def test_a_backup_comes_back_on_an_empty_machine(local: Config, tmp_path: Path) -> None:
    sha = _keep(local, b"slides", "课件.pptx")
    made = backup.make(local, tmp_path / "a.tar")
    other = Config(data=tmp_path / "other")
    backup.restore(other, made.path)
    assert _rows(other) == _rows(local)
    assert places.place(other).open(sha).read() == b"slides"
    assert other.secret_key == local.secret_key
    assert not [path for path in other.data.iterdir() if path.name.startswith(".")]


def test_data_that_is_there_is_not_overwritten_unasked(config: Config, tmp_path: Path) -> None:
    sha = _keep(config, b"new", "新.pdf")
    made = backup.make(config, tmp_path / "a.tar")
    with pytest.raises(Refused, match="已有数据"):
        backup.restore(config, made.path)
    assert _rows(config) == [("新.pdf", sha)]


def test_nothing_is_restored_under_a_portal_that_runs(config: Config, tmp_path: Path) -> None:
    made = backup.make(config, tmp_path / "a.tar")
    with config.running_file.open("w") as running:
        fcntl.flock(running, fcntl.LOCK_SH)
        with pytest.raises(Refused, match="正在运行"):
            backup.restore(config, made.path, replace=True)


def test_an_existing_backup_is_never_written_over(config: Config, tmp_path: Path) -> None:
    made = backup.make(config, tmp_path / "a.tar")
    before = made.path.read_bytes()
    with pytest.raises(Refused, match="已存在"):
        backup.make(config, made.path)
    assert made.path.read_bytes() == before


def test_every_damaged_part_is_found_and_named(config: Config, tmp_path: Path) -> None:
    sha = _keep(config, b"A" * 5000, "a.pdf")
    made = backup.make(config, tmp_path / "a.tar")
    whole = made.path.read_bytes()
    with tarfile.open(made.path) as archive:
        members = archive.getmembers()
    for member in members[:-1]:
        damaged = bytearray(whole)
        damaged[member.offset_data + member.size // 2] ^= 1
        made.path.write_bytes(damaged)
        with pytest.raises(Refused, match=member.name):
            backup.check(made.path)
    for length in (0, 100, len(whole) // 2):
        made.path.write_bytes(whole[:length])
        with pytest.raises(Refused, match="不是完整的备份"):
            backup.check(made.path)
    made.path.write_bytes(whole)
    assert backup.check(made.path).files == 1
    assert sha in {member.name.removeprefix("files/") for member in members}


def test_a_backup_cannot_write_outside_the_data_folder(config: Config, tmp_path: Path) -> None:
    config.data.joinpath("x").write_bytes(b"evil")
    made = backup.make(config, tmp_path / "a.tar")
    target = tmp_path / "forged.tar"
    with tarfile.open(made.path) as archive, tarfile.open(target, "w") as copy:
        for member in archive:
            data = archive.extractfile(member).read()
            if member.name == "manifest.json":
                data = data.replace(b'"data/x"', b'"data/../../x"')
            member.name = member.name.replace("data/x", "data/../../x")
            member.size = len(data)
            copy.addfile(member, io.BytesIO(data))
    with pytest.raises(Refused, match="文件夹之外"):
        backup.restore(config, target, replace=True)
    assert not tmp_path.parent.joinpath("x").exists()


def test_a_backup_made_during_work_holds_the_file_of_every_row(local: Config, tmp_path: Path) -> None:
    enough = threading.Event()
    written: list[str] = []

    def work() -> None:
        while not enough.is_set():
            written.append(_keep(local, f"content {len(written)}".encode(), f"{len(written)}.pdf"))

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for number in range(5):
            made = backup.make(local, tmp_path / f"{number}.tar")
            other = Config(data=tmp_path / f"other{number}")
            backup.restore(other, made.path)
            assert all(places.place(other).exists(sha) for _, sha in _rows(other))
    finally:
        enough.set()
        worker.join()
    assert len(written) > 5


def test_a_temporary_or_running_thing_is_no_part_of_a_backup(config: Config, tmp_path: Path) -> None:
    for name in ("running.lock", "worker-heartbeat", "jobs.sqlite3", "jobs.sqlite3-journal"):
        config.data.joinpath(name).write_bytes(b"x")
    backup.make(config, backup.default_target(config))
    made = backup.make(config, tmp_path / "a.tar")
    with tarfile.open(made.path) as archive:
        names = archive.getnames()
    database = database_copy.SQLITE if config.sqlite_file else database_copy.POSTGRESQL
    assert names == [database, "data/secret-key", "manifest.json"]


def test_the_commands_say_what_they_did_and_why_not(app: Flask, config: Config, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    made = runner.invoke(args=["backup", str(tmp_path / "a.tar")])
    assert (made.exit_code, "已逐一校验" in made.output) == (0, True)
    refused = runner.invoke(args=["restore", str(tmp_path / "a.tar")])
    assert (refused.exit_code, "已有数据" in refused.output) == (1, True)
    missing = runner.invoke(args=["restore", str(tmp_path / "none.tar")])
    assert (missing.exit_code, "无法读取备份文件" in missing.output) == (1, True)


def test_a_database_that_is_behind_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    app = create_app(Config(data=tmp_path))
    with app.app_context():
        revisions = ScriptDirectory.from_config(app.extensions["migrate"].migrate.get_config())
        first = revisions.get_bases()[0]
        flask_migrate.upgrade(revision=first)
        assert [start.bring_up_to_date(), start.bring_up_to_date()] == [True, False]
        assert start._heads() == set(revisions.get_heads())
        db.engine.dispose()
    copies = list((tmp_path / "backups").glob(f"before-migration-*-{first}.sqlite3"))
    assert len(copies) == 1
    with sqlite3.connect(copies[0]) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [(first,)]
