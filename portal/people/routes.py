"""Doors of the people room."""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user
from sqlalchemy.orm import Session

from portal import clock, pages
from portal.access import needs, public
from portal.people import operations, queries
from portal.people.models import LoginSession, User
from portal.request_end import afterwards

bp = Blueprint("people", __name__)


@bp.route("/login", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """登录。"""
    return pages.show("people/login.html")


@bp.post("/logout")
@needs()
def sign_out() -> ResponseReturnValue:
    """退出。"""
    operations.close_session(current_user.session_token, by=current_user)
    logout_user()
    return pages.done("/login", "您已退出。")


@bp.route("/account/password", methods=["GET", "POST"])
@needs()
def change_password() -> ResponseReturnValue:
    """修改密码。"""
    return pages.show("people/password.html")


def user_of_session(token: str) -> User | None:
    """Flask-Login's loader: the person behind the cookie; notes at most once a minute that the session lives."""
    session = queries.login_session(token)
    if session is None:
        return None
    if clock.now() - session.seen_at > queries.SEEN_EVERY:
        afterwards(_seen(session.token_hash))
    session.user.session_token = token
    return session.user


def _seen(token_hash: str) -> Any:
    moment = clock.now()

    def write(session: Session) -> None:
        session.execute(sa.update(LoginSession).where(LoginSession.token_hash == token_hash).values(seen_at=moment))

    return write


def init_app(app: Flask) -> None:
    """Tell Flask-Login how a session is found, and what stands for somebody who has not signed in."""
    app.login_manager.user_loader(user_of_session)
