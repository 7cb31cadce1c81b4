"""How a request begins and ends: numbered, settled in one transaction, answered with strict headers."""

import secrets
import time

import structlog
from flask import Flask, Response, g, request
from flask_login import current_user

from portal.db import journal
from portal.db.engine import apart, db
from portal.jobs import periodic, worker
from portal.web import once

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def begin() -> None:
    """Give the request its number and start its clock."""
    g.request_number = secrets.token_hex(4)
    g.started = time.perf_counter()


def finish(answer: Response) -> Response:
    """Commit below 400, else roll back; then the short second transaction; then the headers and the log line."""
    if request.endpoint != "static":
        settle(answer)
    harden(answer)
    structlog.get_logger("portal.request").info(
        "request",
        method=request.method,
        path=request.path,
        status=answer.status_code,
        ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
        request=g.get("request_number"),
        user=g.get("user_id"),
    )
    return answer


def settle(answer: Response) -> None:
    """End the request's transaction and do what was to follow it."""
    user_id = getattr(current_user, "id", None) if g.get("_login_user") is not None else None
    if request.method not in {"GET", "HEAD", "OPTIONS"} and answer.status_code < 400:
        once.keep_answer(answer)
        db.session.commit()
    else:
        db.session.rollback()
    if answer.status_code < 400:
        worker.run_prompted()
    else:
        periodic.forget_prompted()
    g.user_id = user_id
    journal.write_afterwards()
    for write in g.pop("afterwards", ()):
        with apart() as session:
            write(session)


def afterwards(write: object) -> None:
    """Let `write(session)` run in a short transaction of its own when the request has been settled."""
    g.setdefault("afterwards", []).append(write)


def harden(answer: Response) -> None:
    """The headers every answer has."""
    headers = answer.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.endpoint != "static":
        headers.add("Vary", "HX-Request, Cookie")
        headers.setdefault("Cache-Control", "no-store")


def init_app(app: Flask) -> None:
    """Hang both ends on the app; the session is removed at teardown by Flask-SQLAlchemy."""
    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(finish)
