"""Doors of the minutes room."""

from portal.minutes.routes import asking, entering, issuing, reading, review, signing, texts
from portal.minutes.routes.doors import bp
from portal.minutes.routes.wiring import init_app

__all__ = ["asking", "bp", "entering", "init_app", "issuing", "reading", "review", "signing", "texts"]
