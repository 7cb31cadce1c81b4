"""A form that is posted twice: the same one-time id gets the same answer, not a second object."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Response, g, request
from flask_login import current_user
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import clock
from portal.db.concurrency import insert_unless_there
from portal.db.engine import Base, db
from portal.web.responses import back, done
from portal.web.wording import visible


class RequestOnce(Base):
    """A form that was already posted: the same one-time id gets the same answer, not a second object."""

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    user_id: Mapped[int]
    at: Mapped[datetime]
    location: Mapped[str | None]


def remember_request(user: Any) -> bool:
    """Note the one-time id of a posted form in this transaction; False if it was posted before."""
    key = visible(request.form.get("once", ""))
    if not key:
        return True
    key = f"{user.id}.{key[:48]}"
    g.once = key
    return insert_unless_there(RequestOnce, id=key, user_id=user.id, at=clock.now(), location=None)


def request_id() -> str:
    """A fresh one-time id for a form that is a mere button."""
    return secrets.token_urlsafe(16)


def keep_answer(answer: Response) -> None:
    """Remember where a form's first answer led, so that a repeated post is led there too."""
    if key := g.get("once"):
        location = answer.headers.get("Location") or answer.headers.get("HX-Redirect")
        db.session.execute(sa.update(RequestOnce).where(RequestOnce.id == key).values(location=location))


class PostedBefore(Exception):
    """The same form was posted before; told by `answer_again`."""


@contextmanager
def released() -> Iterator[None]:
    """Slow work during which the request holds no transaction, so that nobody waits for it.

    What was read before is read anew after it, and what was written before is taken back; the form is remembered again.
    """
    db.session.rollback()
    yield
    if not remember_request(current_user):
        raise PostedBefore


def answer_again() -> Response:
    """What a repeated post gets: the page its first answer led to."""
    location = db.session.scalar(sa.select(RequestOnce.location).where(RequestOnce.id == g.pop("once")))
    return done(location or back() or "/", "这个表单已经提交过了，没有重复保存。")
