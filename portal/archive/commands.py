"""Doors for whoever has the machine: verifying files, handing the archive over, rebuilding search."""

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from portal import verify
from portal.archive import operations, queries
from portal.database import db
from portal.errors import Refused
from portal.people.queries import authority

archive_commands = AppGroup("archive", help="档案。")
search_commands = AppGroup("search", help="搜索。")


@click.command("verify")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_files(files: tuple[Path, ...]) -> None:
    """核验 PDF 文件，每个文件一行；全部有效时退出状态为 0，否则为 1。"""
    verdicts = [_verdict(path) for path in files]
    if not all(verdict.valid for verdict in verdicts):
        raise SystemExit(1)


def _verdict(path: Path) -> verify.Verdict:
    with path.open("rb") as stream:
        content = stream.read(verify.LARGEST + 1)
    verdict = verify.examine(content, trust=authority(), registered=queries.registered)
    click.echo(f"{path}：{''.join(verdict.reasons)}")
    return verdict


@archive_commands.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    """把已归档的文件连同目录和校验值导出到一个空文件夹。"""
    try:
        count = operations.export(folder)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"已导出 {count} 件，目录见 目录.csv，校验值见 SHA256SUMS。")


@search_commands.command("rebuild")
def rebuild() -> None:
    """重建搜索索引。"""
    count = operations.rebuild_search()
    db.session.commit()
    click.echo(f"搜索索引已重建，共 {count} 条。")


def init_app(app: Flask) -> None:
    """Offer the commands."""
    app.cli.add_command(verify_files)
    app.cli.add_command(archive_commands)
    app.cli.add_command(search_commands)
