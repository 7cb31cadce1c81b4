"""Doors of the archive room, of verification and of search."""

from portal.archive.routes import appraising, checking, handing_over, pieces, searching, verifying
from portal.archive.routes.doors import bp
from portal.archive.routes.wiring import init_app

__all__ = [
    "appraising",
    "bp",
    "checking",
    "handing_over",
    "init_app",
    "pieces",
    "searching",
    "verifying",
]
