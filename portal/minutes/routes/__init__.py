"""Doors of the minutes room."""

from portal.minutes.routes import asking, issuing, reading, review, signing, texts
from portal.minutes.routes.doors import bp
from portal.minutes.routes.wiring import init_app

__all__ = ["asking", "bp", "init_app", "issuing", "reading", "review", "signing", "texts"]
