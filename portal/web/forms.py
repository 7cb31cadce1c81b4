"""The form every form is made from, with its one-time id and the version it was opened on."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import request
from flask_wtf import FlaskForm
from wtforms import HiddenField

from portal.db.engine import LARGEST_ID, db
from portal.errors import Refused, Stale
from portal.web.fields import Paragraphs
from portal.web.once import request_id

Answer = TypeVar("Answer")


class Form(FlaskForm):
    """The form every form is made from: CSRF, a one-time id against double posts, the version it was opened on."""

    once = HiddenField()
    version = HiddenField()

    class Meta:
        """Chinese messages; the token is checked at the gate for every write."""

        locales = ("zh_CN", "zh")

    def __init__(self, *arguments: Any, thing: Any = None, **more: Any) -> None:
        """`thing` fills the fields whose names it has, and its version."""
        super().__init__(*arguments, obj=thing, **more)
        self.refusals: list[str] = []
        self.status: int | None = None
        if not self.is_submitted() or not self.once.data:
            self.once.data = request_id()

    @property
    def seen(self) -> int | None:
        """The version of the thing this form was opened on."""
        text = self.version.data or ""
        return int(text) if re.fullmatch(r"[0-9]{1,9}", str(text)) else None

    def ready(self) -> bool:
        """Whether the form was posted and its shape is right; a wrong one makes the answer a 422."""
        if not self.is_submitted():
            return False
        if self.validate():
            return True
        self.status = 422
        return False

    def attempt(self, deed: Callable[..., Answer], *arguments: Any, **more: Any) -> Answer | None:
        """Do the deed; a refusal is shown on the form, with what was typed, and nothing is half-saved."""
        try:
            return deed(*arguments, **more)
        except Stale:
            raise
        except Refused as refusal:
            db.session.rollback()
            self.refusals.append(str(refusal))
            self.status = refusal.status
            return None


class Empty(Form):
    """A form without fields: a button."""


class Why(Form):
    """A form with a reason that must be given."""

    why = Paragraphs("理由", longest=2000)


def posted_ids(name: str) -> list[int]:
    """The ids a list was posted with, in their order; anything that is no id is left out."""
    return _ids(request.form.getlist(name))


def ticked_ids(name: str) -> list[int]:
    """The ids of what was ticked in a list, each once, whether the form was sent by address or posted."""
    return list(dict.fromkeys(_ids(request.values.getlist(name))))


def _ids(typed: list[str]) -> list[int]:
    return [int(text) for text in typed if re.fullmatch(r"[0-9]{1,10}", text) and int(text) <= LARGEST_ID]
