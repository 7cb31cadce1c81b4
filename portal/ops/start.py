"""What happens before the portal serves: the database is brought up to date, and somebody can sign in."""

import os
import shutil
import sys
import traceback
from collections.abc import Callable

import click
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from portal.config import Config
from portal.db import clock
from portal.db.engine import db
from portal.errors import Refused
from portal.ops import backup, database_copy
from portal.ops.serving import SOCKET, TOLD, end_with_parent

SAFETY_COPIES = 5
ACCOUNTS = "demo-accounts.json"
LOADING = "demo-loading"


def bring_up_to_date() -> bool:
    """Migrate the database where it is behind, after a copy of it; tells whether there was anything to do."""
    config: Config = current_app.config["PORTAL"]
    newest = set(ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config()).get_heads())
    present = _heads()
    if present == newest:
        return False
    if present and config.sqlite_file:
        _keep_copy(config, "-".join(sorted(present)))
    upgrade()
    return True


def _heads() -> set[str]:
    """Where the database stands."""
    with db.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def _keep_copy(config: Config, revision: str) -> None:
    """Keep a copy of the database as it was before a migration, and the few before it."""
    folder = config.data / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"before-migration-{clock.now():%Y%m%d-%H%M%S}-{revision}.sqlite3"
    if config.sqlite_file:
        database_copy.copy_sqlite(config.sqlite_file, target)
    click.echo(f"升级前的数据库已备份到 {target}。")
    for old in sorted(folder.glob("before-migration-*.sqlite3"))[:-SAFETY_COPIES]:
        old.unlink()


def _load_example(config: Config) -> None:
    """Load the example world into an empty folder; a load that was cut short begins anew."""
    loading = config.data / LOADING
    loading.touch()

    def load() -> None:
        bring_up_to_date()
        _call("example", "load", *(["--year"] if config.whole_year else []))

    _apart(load)
    loading.unlink()


def _apart(deed: Callable[[], None]) -> None:
    """Do it in a process of its own: what it needs in memory is no burden on the web server for ever after."""
    db.engine.dispose()
    child = os.fork()
    if child:
        if os.waitpid(child, 0)[1]:
            raise Refused("示例数据未能载入。原因见上。")
        return
    status = 1
    try:
        end_with_parent()
        _tell()
        deed()
        status = 0
    except KeyboardInterrupt:
        pass  # whoever pressed it knows
    except Refused as refusal:
        click.echo(str(refusal), err=True)
    except BaseException:  # noqa: BLE001 - this process ends here whatever it is
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def _tell() -> None:
    """Let what is said from now on go to whoever started us, and leave the socket to the web server."""
    if TOLD in os.environ:
        os.dup2(int(os.environ[TOLD]), sys.stdout.fileno())
    if SOCKET in os.environ:
        os.close(int(os.environ[SOCKET]))


def _forget_half_loaded(config: Config) -> None:
    """Empty a folder whose example world was only half loaded; the mark proves that nothing else is in it."""
    if not (config.data / LOADING).exists():
        return
    if not config.sqlite_file:
        tables = sa.MetaData()
        tables.reflect(db.engine)
        tables.drop_all(db.engine)
    db.engine.dispose()
    for entry in config.data.iterdir():
        if entry.name in {LOADING, config.secret_key_file.name, config.running_file.name}:
            continue
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _call(*words: str) -> None:
    current_app.cli.main(list(words), prog_name="flask", standalone_mode=False)


def prepare(config: Config) -> None:
    """Migrate; then make the first administrator where there is none, or load the example world where it is missing."""
    if not config.demo:
        bring_up_to_date()
        _call("people", "first-administrator")
    elif (config.data / ACCOUNTS).exists() and not (config.data / LOADING).exists():
        bring_up_to_date()
    else:
        _forget_half_loaded(config)
        if backup.is_in_use(config):
            raise Refused(f"{config.data} 中已有正式数据，不载入示例。请用 PORTAL_DATA 另指一个空文件夹。")
        _load_example(config)
    db.session.remove()
    db.engine.dispose()


@click.command("ready")
@with_appcontext
def ready() -> None:
    """启动前的准备：升级数据库；没有管理员时创建首位管理员，或载入示例数据。"""
    try:
        prepare(current_app.config["PORTAL"])
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal


def init_app(app: Flask) -> None:
    """Offer the command for whoever starts the parts of the portal by hand."""
    app.cli.add_command(ready)
