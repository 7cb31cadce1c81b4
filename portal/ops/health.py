"""What an operator sees: structured logs, /healthz, /readyz, /metrics."""

import logging
import sys
import time
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Blueprint, Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from portal.db.engine import db
from portal.web.guards import public

bp = Blueprint("health", __name__)
registry = CollectorRegistry()
ANSWERS = Counter("portal_answers_total", "Answers by endpoint and status", ["endpoint", "status"], registry=registry)
SECONDS = Histogram("portal_answer_seconds", "Time to answer by endpoint", ["endpoint"], registry=registry)


@bp.get("/healthz")
@public
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def ready() -> tuple[Response, int]:
    """The database answers and the data folder can be written; says which of them does not."""
    from portal.jobs import worker

    parts = {"database": _database_answers(), "jobs": worker.worker_is_alive()}
    good = parts["database"]
    return jsonify(status="ok" if good else "failing", **parts), 200 if good else 503


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Figures for Prometheus; of this worker."""
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database_answers() -> bool:
    try:
        db.session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        return False
    return True


def _count(answer: Response) -> Response:
    endpoint = request.endpoint or "none"
    ANSWERS.labels(endpoint, answer.status_code).inc()
    SECONDS.labels(endpoint).observe(time.perf_counter() - g.get("started", time.perf_counter()))
    return answer


def set_up_logs(form: str) -> None:
    """One line an event, as JSON for machines or as text for people, on standard error."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def init_app(app: Flask) -> None:
    """Open the operator's routes."""
    set_up_logs(app.config["PORTAL"].log_format)
    app.register_blueprint(bp)
    app.after_request(_count)
