"""Routes for whoever has the machine: whether the journal is whole."""

import click
from flask import Flask
from flask.cli import AppGroup

from portal.administration import queries
from portal.db import journal

journal_commands = AppGroup("journal", help="操作日志。")


@journal_commands.command("check")
def check() -> None:
    """核对日志链条；有缺失或改动时逐条列出，退出状态为 1。"""
    seq, head = journal.head()
    if breaks := queries.breaks():
        raise click.ClickException("日志链条不完整：\n" + "\n".join(breaks))
    click.echo(f"日志链条完整，共 {seq} 条，最新校验值 {head}。")


def init_app(app: Flask) -> None:
    """Offer the commands."""
    app.cli.add_command(journal_commands)
