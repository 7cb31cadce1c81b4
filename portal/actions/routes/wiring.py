"""What earlier rooms' pages ask about tasks."""

from flask import Flask

from portal.actions import queries
from portal.actions.routes.pressing import words_to_send


def init_app(app: Flask) -> None:
    """Let the page of an enterprise's problem show the tasks that came from it."""
    app.jinja_env.globals.update(tasks_of_problem=queries.actions_about, words_to_send=words_to_send)
