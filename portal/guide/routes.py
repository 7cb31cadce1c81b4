"""Routes of the guide."""

from flask import Blueprint, Flask, abort
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.guide import queries
from portal.guide.models import KEYS_OF_ALL
from portal.web import responses
from portal.web.guards import anyone_signed_in, requires

bp = Blueprint("guide", __name__)


@bp.route("/guide")
@requires(anyone_signed_in)
def index() -> ResponseReturnValue:
    """使用说明。"""
    return responses.show(
        "guide/index.html", own=queries.own_sheets(current_user), others=queries.other_sheets(current_user)
    )


@bp.route("/guide/<code>")
@requires(anyone_signed_in)
def show(code: str) -> ResponseReturnValue:
    """一类人员的使用说明。"""
    sheet = queries.sheet(code)
    if sheet is None:
        abort(404)
    return responses.show("guide/show.html", sheet=sheet, keys=(*sheet.keys, *KEYS_OF_ALL))


def init_app(app: Flask) -> None:
    """Let the steps link only to pages the reader can open."""
    app.jinja_env.globals["may_open"] = queries.may_open
