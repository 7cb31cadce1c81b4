"""The one mouth through which the portal says no: what happened and what to do next, in one plain sentence."""

from typing import Any

import structlog
from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError


class Refused(Exception):
    """A deed that cannot be done now; its text is the sentence the person reads."""

    status = 409


class NotAllowed(Refused):
    """A deed this person may not do."""

    status = 403


class Unreadable(Refused):
    """Something that was sent cannot be accepted as it is (a file, a pasted text)."""

    status = 422


class TooMany(Refused):
    """Tried too often of late."""

    status = 429


class Stale(Refused):
    """Somebody else saved first. Carries what is needed to show both texts and let the person choose."""

    def __init__(self, thing: Any, current: int) -> None:
        super().__init__("在您编辑期间，别人已经保存了新的内容。请对照两份内容后选择。")
        self.thing = thing
        self.current = current


SENTENCES = {
    400: "请求的内容不完整或格式不对，请返回后重新操作。",
    401: "请先登录。",
    403: "您没有办理这件事的权限。如需办理，请联系会议秘书或系统管理员。",
    404: "没有找到这个页面，或者它不在您可以查看的范围内。请检查地址，或从首页重新进入。",
    405: "这个地址不支持这样的操作，请从页面上的按钮进入。",
    409: "现在还不能这样做，请刷新页面后再试。",
    413: "提交的内容太大了，请缩小后再试。",
    422: "填写的内容有误，请按提示修改。",
    429: "尝试次数太多，请稍后再试。",
    500: "系统出错了，您刚才的操作没有保存。请稍后再试；如果一直这样，请把页面下方的编号告诉系统管理员。",
    503: "系统暂时不可用，请稍后再试。",
}


def tell(sentence: str, status: int, **context: Any) -> Response:
    """Answer with one sentence: a page with a way back for a browser, the message region for htmx.

    htmx 4 swaps bodies of error answers too, so a fragment request never gets a whole page.
    """
    from portal.pages import is_fragment_request

    if "Tus-Resumable" in request.headers:  # a program sends a file in pieces, and shows the sentence itself
        return Response(sentence, status, mimetype="text/plain")
    context = {"sentence": sentence, "status": status, "request_number": g.get("request_number", ""), **context}
    if is_fragment_request():
        answer = make_response(render_template("errors/_message.html", **context), status)
        answer.headers["HX-Retarget"] = "#messages"
        answer.headers["HX-Reswap"] = "innerHTML"
        return answer
    return make_response(render_template("errors/error.html", **context), status)


def tell_stale(error: Stale) -> Response:
    """Show what this person typed beside what is saved now, with the choice to keep either."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in KEPT_APART]
    sentence = str(error)
    from portal.pages import is_fragment_request

    if is_fragment_request():
        return tell(sentence, 409, stale_version=error.current)
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
    from portal.database import give_up

    @app.errorhandler(Stale)
    def _stale(error: Stale) -> Response:
        return tell_stale(error)

    @app.errorhandler(Refused)
    def _refused(error: Refused) -> Response:
        return tell(str(error), error.status)

    @app.errorhandler(IntegrityError)
    def _twice(error: IntegrityError) -> Response:
        give_up()
        structlog.get_logger("portal").warning("integrity", path=request.path, error=str(error.orig))
        return tell("别人刚好同时保存了相同的内容，您的这一次没有保存。请返回上一页，刷新后再试。", 409)

    @app.errorhandler(OperationalError)
    def _busy(error: OperationalError) -> Response:
        if not _waited_in_vain(error):
            return _broken(error)
        give_up()
        structlog.get_logger("portal").warning("busy", path=request.path, error=str(error.orig))
        return tell("同时办理的人太多，系统一时忙不过来，您刚才的操作没有保存。请稍等片刻再提交一次。", 503)

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError) -> Response:
        return tell("页面已经过期，为了安全没有保存。请返回上一页，刷新后再提交一次。", 400)

    @app.errorhandler(RequestEntityTooLarge)
    def _too_large(error: RequestEntityTooLarge) -> Response:
        limit = (request.max_content_length or 0) // 1024 // 1024
        return tell(f"提交的内容太大了，一次最多 {limit} MB，请缩小后再试。", 413)

    @app.errorhandler(SecurityError)
    def _foreign_host(error: SecurityError) -> Response:
        # Under a name that is not ours no address can be built, so there is no page to show.
        return Response("请使用门户的正式网址访问。", 400, mimetype="text/plain")

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response | HTTPException:
        if error.code is None or error.code < 400:
            return error
        return tell(SENTENCES.get(error.code, SENTENCES[400]), error.code)

    @app.errorhandler(Exception)
    def _broken(error: Exception) -> Response:
        structlog.get_logger("portal").exception("unhandled", path=request.path)
        if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS", True):
            raise error
        give_up()
        return tell(SENTENCES[500], 500)
