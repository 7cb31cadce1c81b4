"""Doors of the meetings room."""

from portal.meetings.routes import agenda, attendance, call, meetings, notices, screen, series
from portal.meetings.routes.doors import bp
from portal.meetings.routes.wiring import init_app

__all__ = ["agenda", "attendance", "bp", "call", "init_app", "meetings", "notices", "screen", "series"]
