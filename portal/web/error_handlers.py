"""How the portal says no: what happened and what to do next, in one plain sentence."""

from typing import Any

import structlog
from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from portal.db.engine import give_up
from portal.errors import SENTENCES, Refused, Stale
from portal.web.responses import is_fragment_request


def respond(sentence: str, status: int, **context: Any) -> Response:
    """Answer with one sentence: a page with a way back for a browser, the message region for htmx.

    htmx 4 swaps bodies of error answers too, so a fragment request never gets a whole page.
    """
    if "Tus-Resumable" in request.headers:  # a program sends a file in pieces, and shows the sentence itself
        return Response(sentence, status, mimetype="text/plain")
    context = {"sentence": sentence, "status": status, "request_number": g.get("request_number", ""), **context}
    if is_fragment_request():
        answer = make_response(render_template("errors/_message.html", **context), status)
        answer.headers["HX-Retarget"] = "#messages"
        answer.headers["HX-Reswap"] = "innerHTML"
        return answer
    return make_response(render_template("errors/error.html", **context), status)


def respond_stale(error: Stale) -> Response:
    """Show what this person typed beside what is saved now, with the choice to keep either."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in KEPT_APART]
    sentence = str(error)
    if is_fragment_request():
        return respond(sentence, 409, stale_version=error.current)
    return make_response(
        render_template(
            "errors/stale.html",
            sentence=sentence,
            status=409,
            typed=typed,
            thing=error.thing,
            current=error.current,
            action=request.url,
        ),
        409,
    )


# PostgreSQL: serialization_failure, deadlock_detected, lock_not_available
_OF_LOCKS = frozenset({"40001", "40P01", "55P03"})


def _waited_in_vain(error: OperationalError) -> bool:
    """Whether others held what was needed for too long, and trying again will do."""
    if getattr(error.orig, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return True
    return getattr(error.orig, "sqlstate", None) in _OF_LOCKS


KEPT_APART = frozenset({"csrf_token", "version", "once"})


def init_app(app: Flask) -> None:  # noqa: C901 - one handler after another
    """Hang the handlers on the app."""

    @app.errorhandler(Stale)
    def _stale(error: Stale) -> Response:
        return respond_stale(error)

    @app.errorhandler(Refused)
    def _refused(error: Refused) -> Response:
        return respond(str(error), error.status)

    @app.errorhandler(IntegrityError)
    def _twice(error: IntegrityError) -> Response:
        give_up()
        structlog.get_logger("portal").warning("integrity", path=request.path, error=str(error.orig))
        return respond("别人刚好同时保存了相同的内容，您的这一次没有保存。请返回上一页，刷新后再试。", 409)

    @app.errorhandler(OperationalError)
    def _busy(error: OperationalError) -> Response:
        if not _waited_in_vain(error):
            return _broken(error)
        give_up()
        structlog.get_logger("portal").warning("busy", path=request.path, error=str(error.orig))
        return respond("同时办理的人太多，系统一时忙不过来，您刚才的操作没有保存。请稍等片刻再提交一次。", 503)

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError) -> Response:
        return respond("页面已经过期，为了安全没有保存。请返回上一页，刷新后再提交一次。", 400)

    @app.errorhandler(RequestEntityTooLarge)
    def _too_large(error: RequestEntityTooLarge) -> Response:
        limit = (request.max_content_length or 0) // 1024 // 1024
        return respond(f"提交的内容太大了，一次最多 {limit} MB，请缩小后再试。", 413)

    @app.errorhandler(SecurityError)
    def _foreign_host(error: SecurityError) -> Response:
        # Under a name that is not ours no address can be built, so there is no page to show.
        return Response("请使用门户的正式网址访问。", 400, mimetype="text/plain")

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response | HTTPException:
        if error.code is None or error.code < 400:
            return error
        return respond(SENTENCES.get(error.code, SENTENCES[400]), error.code)

    @app.errorhandler(Exception)
    def _broken(error: Exception) -> Response:
        structlog.get_logger("portal").exception("unhandled", path=request.path)
        if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS", True):
            raise error
        give_up()
        return respond(SENTENCES[500], 500)
