"""Commands for whoever has the machine: verifying files, handing the archive over, rebuilding search."""

from pathlib import Path
from tempfile import TemporaryDirectory

import click
from flask import Flask
from flask.cli import AppGroup

from portal.archive.packages import inspection, layout, opening, writing
from portal.archive.packages import operations as packages_operations
from portal.archive.packages import queries as packages_queries
from portal.archive.search import operations as search
from portal.archive.verifying import queries as verifying_queries
from portal.db.engine import db
from portal.documents import verdicts as documents_verdicts
from portal.documents import verify
from portal.errors import Refused
from portal.people.accounts.queries import by_username
from portal.people.keys.queries import authority
from portal.people.models.roles import Role

archive_commands = AppGroup("archive", help="档案。")
search_commands = AppGroup("search", help="搜索。")


@click.command("verify")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_files(files: tuple[Path, ...]) -> None:
    """核验 PDF 文件，每个文件一行；全部有效时退出状态为 0，否则为 1。"""
    verdicts = [_verdict(path) for path in files]
    if not all(verdict.valid for verdict in verdicts):
        raise SystemExit(1)


def _verdict(path: Path) -> documents_verdicts.Verdict:
    with path.open("rb") as stream:
        content = stream.read(verify.LARGEST + 1)
    verdict = verify.examine(
        content,
        trust=authority(),
        registered=verifying_queries.registered,
        foreign=packages_queries.foreign_authorities(),
    )
    click.echo(f"{path}：{''.join(verdict.reasons)}")
    return verdict


@archive_commands.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--year", type=int, help="只导出这一年度的档案。")
def export(target: Path, year: int | None) -> None:
    """把已归档的文件打成封装包：一个空文件夹，或以 .zip 结尾的文件。"""
    pieces = packages_queries.to_export(year=year)
    try:
        if target.suffix.lower() == ".zip":
            with TemporaryDirectory(prefix="portal-export-") as folder:
                writing.write(Path(folder), pieces, authority(), "系统", _silent)
                writing.packed(Path(folder), target)
        else:
            writing.write(target, pieces, authority(), "系统", _silent)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"已导出 {len(pieces)} 件，目录见 index.html，校验值见 {layout.LIST}。")


@archive_commands.command("inspect")
@click.argument("package", type=click.Path(exists=True, path_type=Path))
def inspect(package: Path) -> None:
    """检测一个封装包（文件夹或 ZIP 文件）；合格时退出状态为 0，否则为 1。"""
    try:
        with opening.opened(package) as folder:
            inspected = inspection.inspect(folder, authority())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from None
    for trouble in inspected.troubles:
        click.echo(trouble)
    ours = "本门户" if inspected.fingerprint == authority().fingerprint else "另一个门户"
    pieces = len(inspected.data.get("pieces", ()))
    word = "合格" if inspected.passed else "不合格"
    click.echo(f"{word}：{pieces} 件，检测 {len(inspected.aspects)} 项，出自{ours}。")
    click.echo(f"根证书指纹 {inspected.fingerprint or '无'}")
    if not inspected.passed:
        raise SystemExit(1)


@archive_commands.command("import")
@click.argument("package", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="接收的档案员的账号。")
@click.option("--fingerprint", required=True, help="移交单位告知的根证书指纹，用来核对。")
def take_over(package: Path, by: str, fingerprint: str) -> None:
    """接收一个封装包（ZIP 文件）：先检测，合格且根证书指纹相符才接收。"""
    archivist = by_username(by)
    if archivist is None or not archivist.has(Role.archivist):
        raise click.ClickException("没有这个账号，或者不是档案员。")
    with package.open("rb") as source:
        brought = packages_operations.bring_package(source, package.name, by=archivist)
    db.session.commit()
    packages_operations.keep_inspection(brought, packages_operations.inspect_package(brought))
    db.session.commit()
    if brought.not_ready:
        raise click.ClickException("".join(brought.found.get("troubles", ())) or brought.not_ready)
    if brought.found["fingerprint"] != fingerprint.lower().replace(":", ""):
        raise click.ClickException("根证书指纹不符，没有接收。请与移交单位核对。")
    count = packages_operations.take_over(brought, packages_operations.unpack(brought, _silent), by=archivist)
    db.session.commit()
    click.echo(f"已接收 {count} 件。")


def _silent(done: int, whole: int) -> None:
    """Nobody watches."""


@search_commands.command("rebuild")
def rebuild() -> None:
    """重建搜索索引。"""
    count = search.rebuild_search()
    db.session.commit()
    click.echo(f"搜索索引已重建，共 {count} 条。")


def init_app(app: Flask) -> None:
    """Offer the commands."""
    app.cli.add_command(verify_files)
    app.cli.add_command(archive_commands)
    app.cli.add_command(search_commands)
