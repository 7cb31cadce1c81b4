"""Routes for whoever has the machine: the first administrator, and a forgotten password."""

import click
from flask import Flask
from flask.cli import AppGroup

from portal.db.engine import db
from portal.people.accounts import operations, queries
from portal.people.sessions import operations as sessions

people = AppGroup("people", help="人员账号。")


@people.command("first-administrator")
def first_administrator() -> None:
    """没有系统管理员时创建一位，并把初始密码显示一次。"""
    made = operations.first_administrator()
    db.session.commit()
    if made:
        user, password = made
        click.echo(f"已创建首位系统管理员。账号：{user.username}  初始密码：{password}")
        click.echo("初始密码只显示这一次，首次登录后须修改。")


@people.command("reset-password")
@click.argument("username")
def reset_password(username: str) -> None:
    """为一个账号重置密码，并把新密码显示一次。"""
    user = queries.by_username(username.strip().casefold())
    if user is None:
        raise click.ClickException(f"没有账号“{username}”。")
    password = sessions.reset_password(user, by=None)
    db.session.commit()
    click.echo(f"{user.name}（{user.username}）的新密码：{password}")
    click.echo("新密码只显示这一次，登录后须修改。")


def init_app(app: Flask) -> None:
    """Offer the commands."""
    app.cli.add_command(people)
