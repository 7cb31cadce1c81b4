"""The command that loads the example world."""

import os

import click
from flask import Flask
from flask.cli import AppGroup

from portal.errors import Refused
from portal.example import operations

example = AppGroup("example", help="示例数据。")


@example.command("load")
@click.option("--meetings", type=click.IntRange(1), help="只召开最近几次例会，用于快速查看。")
def load(meetings: int | None) -> None:
    """载入一年的示例数据；数据库必须是空的。"""
    try:
        operations.load(click.echo, password=os.environ.get("PORTAL_DEMO_PASSWORD") or None, meetings=meetings)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal


def init_app(app: Flask) -> None:
    """Offer the command."""
    app.cli.add_command(example)
