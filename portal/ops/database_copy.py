"""A consistent copy of the database while the portal works: SQLite by its own means, PostgreSQL by pg_dump."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from portal.config import Config
from portal.errors import Refused

SQLITE = "database.sqlite3"
POSTGRESQL = "database.dump"


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


def dump(config: Config, folder: Path) -> Path:
    """A consistent copy of the database in a folder of its own."""
    if config.sqlite_file:
        if not config.sqlite_file.exists():
            raise Refused(f"没有可备份的数据：{config.sqlite_file} 不存在。")
        copy_sqlite(config.sqlite_file, folder / SQLITE)
        return folder / SQLITE
    target = folder / POSTGRESQL
    run_postgresql(config, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
    return target


def run_postgresql(config: Config, program: str, *options: str) -> None:
    """Run one of PostgreSQL's own programs; the password goes by the environment, where no process list shows it."""
    url = sa.make_url(config.database_url)
    # without the password: `URL.set` leaves what is None as it is, and rendering would write stars in its place
    plain = url._replace(drivername="postgresql", password=None).render_as_string()
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
