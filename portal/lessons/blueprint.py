"""The blueprint of lessons, and what earlier features' pages learn from it."""

from flask import Blueprint, Flask

from portal.courses.course import sittings
from portal.courses.programme import planning
from portal.lessons.schedule import doubts
from portal.lessons.schedule import queries as schedule_queries

bp = Blueprint("lessons", __name__)


def init_app(app: Flask) -> None:
    """Let the room of courses know the days of lessons, and its pages show where and before whom they are given."""
    app.jinja_env.globals.update(schedule_changes_of=schedule_queries.changes_of)
    if schedule_queries.sittings_of not in sittings.schedules:
        sittings.schedules.append(schedule_queries.sittings_of)
        planning.doubters.append(doubts.doubts)
