"""The command that loads the example world."""

import os

import click
from flask import Flask
from flask.cli import AppGroup

from portal.demo import operations
from portal.errors import Refused

example = AppGroup("example", help="示例数据。")


@example.command("load")
@click.option("--meetings", type=click.IntRange(1), help="只要最近几次会议，用于快速查看。")
@click.option("--year", is_flag=True, help="一年的会议全部完整载入，约需几分钟。")
def load(meetings: int | None, year: bool) -> None:
    """载入示例数据：最近一个季度完整，更早的补录；数据库必须是空的。"""
    password = os.environ.get("PORTAL_DEMO_PASSWORD") or None
    try:
        if year or meetings:
            operations.load(click.echo, password=password, meetings=meetings, earlier=False)
        else:
            operations.load(click.echo, password=password)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal


def init_app(app: Flask) -> None:
    """Offer the command."""
    app.cli.add_command(example)
