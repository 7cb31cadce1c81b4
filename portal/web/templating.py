"""What every template may use: filters, globals, the numbers in the page's head."""

from collections.abc import Callable

from flask import Flask
from flask_login import current_user

from portal.db import clock
from portal.web.once import PostedBefore, answer_again, request_id
from portal.web.responses import back, dom_id, is_fragment_request
from portal.web.wording import ago, due_words, held, size

COUNTS: dict[str, Callable[[], int]] = {}


def counted(name: str) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """A room says how a number in the page's head is counted: `counts.inbox`."""

    def keep(question: Callable[[], int]) -> Callable[[], int]:
        COUNTS[name] = question
        return question

    return keep


class _Counts:
    def __getattr__(self, name: str) -> int:
        return COUNTS[name]() if name in COUNTS else 0


def init_app(app: Flask) -> None:
    """Give every template its filters and globals, and tell who posts a form twice."""
    app.register_error_handler(PostedBefore, lambda _error: answer_again())
    app.jinja_env.filters.update(
        zh_date=clock.zh_date, zh_datetime=clock.zh_datetime, hm=clock.hm, weekday=clock.weekday,
        size=size, due_words=due_words, ago=ago, held=held,
    )  # fmt: skip
    app.jinja_env.globals.update(
        dom_id=dom_id, is_fragment=is_fragment_request, now=clock.now, today=clock.today,
        config_demo=app.config["PORTAL"].demo, safe_back=back, request_id=request_id,
        counts=_Counts(), current_user=current_user,
    )  # fmt: skip
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
