"""The page that shows how far a background task is, and hands over what it brought."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.db import journal
from portal.db.engine import db
from portal.errors import Refused
from portal.jobs import due, periodic
from portal.jobs.background import BackgroundTask, folder
from portal.web import responses
from portal.web.guards import hidden, loads, requires

bp = Blueprint("errands", __name__)


def address_of(errand: BackgroundTask) -> str:
    """The page that shows how far it is."""
    return url_for("errands.show", errand=errand)


@loads("errand")
def errand(number: int) -> BackgroundTask | None:
    """One background task."""
    return db.session.get(BackgroundTask, number)


@hidden
def see(user: Any, errand: BackgroundTask) -> bool:
    """这项工作是别人要办的。"""
    return errand.asked_by_id == user.id


@bp.get("/errands/<model:errand>")
@requires(see)
def show(errand: BackgroundTask) -> ResponseReturnValue:
    """一项后台工作办到哪里了。"""
    return responses.show("background/show.html", fragment="background/_task.html", errand=errand)


@bp.get("/errands/<model:errand>/file")
@requires(see)
def fetch(errand: BackgroundTask) -> Response:
    """下载办好的文件。"""
    path = folder() / errand.file
    if not errand.can_be_fetched or not path.is_file():
        abort(404)
    answer = send_file(path, mimetype=errand.media_type, as_attachment=True, download_name=errand.name)
    answer.cache_control.private = True
    return answer


def has_not_ended_badly(errand: BackgroundTask) -> str | None:
    """Why there is nothing to try again, or None."""
    return None if errand.has_failed else "这项工作没有失败，不用重试。"


@bp.post("/errands/<model:errand>/retry")
@requires(see, when=(has_not_ended_badly,))
def retry(errand: BackgroundTask) -> ResponseReturnValue:
    """重新办理。"""
    if why_not := has_not_ended_badly(errand):
        raise Refused(why_not)
    errand.failure, errand.ended_at, errand.steps_done, errand.steps = "", None, 0, 0
    due.try_again(errand)
    journal.record(current_user, "errands.retry", errand, "重试")
    periodic.prompt("errands.run")
    return responses.done(address_of(errand))


def init_app(app: Flask) -> None:
    """Open the routes."""
    app.register_blueprint(bp)
