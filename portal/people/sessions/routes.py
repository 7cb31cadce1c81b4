"""Routes of signing in and out."""

from typing import Any

import sqlalchemy as sa
from flask import Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from sqlalchemy.orm import Session

from portal.db import clock
from portal.people.blueprint import bp, proven
from portal.people.models.accounts import User
from portal.people.models.sessions import LoginSession
from portal.people.sessions import forms, operations, queries
from portal.web import responses
from portal.web.guards import me, public, requires
from portal.web.transaction import afterwards


@bp.route("/login", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """登录。"""
    target = responses.safe_next(request.args.get("next")) or "/"
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(target)
    form = forms.SignIn()
    if form.ready():
        opened = form.attempt(operations.sign_in, form.username.data, form.password.data, **_whence())
        if opened is not None:
            if current_user.is_authenticated:
                operations.close_session(current_user.session_token, by=me())
            _keep_signed_in(*opened)
            return responses.done(target)
    return responses.show("people/sessions/login.html", form=form)


@bp.post("/logout")
@requires()
def sign_out() -> ResponseReturnValue:
    """退出。"""
    operations.close_session(current_user.session_token, by=me())
    logout_user()
    session.clear()
    return responses.done(url_for("people.sign_in"), "您已退出。")


def _whence() -> dict[str, str]:
    return {"address": request.remote_addr or "", "agent": request.user_agent.string}


def _keep_signed_in(user: User, token: str) -> None:
    session.clear()
    user.session_token = token
    login_user(user)


def user_of_session(token: str) -> User | None:
    """Flask-Login's loader: the person behind the cookie; notes at most once a minute that the session lives."""
    found = queries.login_session(token)
    if found is None:
        return None
    if clock.now() - found.seen_at > queries.SEEN_EVERY:
        afterwards(_seen(found.token_hash))
    found.user.session_token = token
    return found.user


def _seen(token_hash: str) -> Any:
    moment = clock.now()

    def write(session: Session) -> None:
        session.execute(sa.update(LoginSession).where(LoginSession.token_hash == token_hash).values(seen_at=moment))

    return write


@bp.post("/account/sessions/others/end")
@requires()
def close_other_sessions() -> ResponseReturnValue:
    """退出其他设备。"""
    operations.close_other_sessions(current_user, keep=current_user.session_token, by=current_user)
    return responses.done(url_for("people.account"), "其他设备上的登录已全部退出。")


@bp.route("/account/password", methods=["GET", "POST"])
@requires()
def change_password() -> ResponseReturnValue:
    """修改密码。"""
    form = forms.ChangePassword()
    if form.ready() and proven(form):
        token = form.attempt(operations.change_password, current_user, form.password.data, **_whence())
        if token is not None:
            _keep_signed_in(me(), token)
            return responses.done("/", "密码已修改，其他设备上的登录已退出。")
    return responses.show("people/sessions/password.html", form=form)


def init_app(app: Flask) -> None:
    """Tell Flask-Login how a session is found, and what stands for somebody who has not signed in."""
    app.login_manager.user_loader(user_of_session)  # type: ignore[attr-defined]
