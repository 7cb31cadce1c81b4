"""Doors of the actions room."""

from portal.actions.routes import (
    desk,
    extensions,
    ledger,
    look_backs,
    old_ledger,
    pressing,
    progress,
    several,
    slips,
    tasks,
)
from portal.actions.routes.doors import bp
from portal.actions.routes.wiring import init_app

__all__ = [
    "bp",
    "desk",
    "extensions",
    "init_app",
    "ledger",
    "look_backs",
    "old_ledger",
    "pressing",
    "progress",
    "several",
    "slips",
    "tasks",
]
