"""The blueprint of courses, how its addresses find their objects, and what its routes share."""

from collections.abc import Sequence
from typing import Any, TypeVar

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.courses.course import queries as course_queries
from portal.courses.materials import queries as materials_queries
from portal.courses.models.courses import Course
from portal.courses.models.materials import Material, MaterialPage, MaterialVersion
from portal.courses.models.programmes import CourseProgramme
from portal.courses.programme import queries as programme_queries
from portal.db.engine import Numbered
from portal.errors import Unreadable
from portal.web import navigation, responses
from portal.web.guards import loads

bp = Blueprint("courses", __name__)
ALSO = ("/materials", "/programmes", "/rota", "/library", "/study-hours")  # pages of the same subject
navigation.offer("讲业务", "courses.index", "/courses", *ALSO)


@loads("programme")
def _programme(number: int) -> CourseProgramme | None:
    return programme_queries.programme(number)


@loads("course")
def _course(number: int) -> Course | None:
    return course_queries.course(number)


@loads("material")
def _material(number: int) -> Material | None:
    return materials_queries.material(number)


@loads("material_version")
def _version(number: int) -> MaterialVersion | None:
    return materials_queries.version(number)


@loads("material_page")
def _page(number: int) -> MaterialPage | None:
    return materials_queries.page(number)


def plan_url(programme: CourseProgramme) -> str:
    """Where a programme is planned."""
    return url_for("courses.show_plan", programme=programme.id)


def course_done(course: Course, sentence: str) -> ResponseReturnValue:
    """Back to the page of a course, with what was done."""
    return responses.done(url_for("courses.show", course=course.id), sentence)


def checked(form: Any) -> Any:
    """The form of a button; it has no page of its own, so its first complaint is the answer."""
    if not form.ready():
        raise Unreadable(next(error for errors in form.errors.values() for error in errors))
    return form


Row = TypeVar("Row", bound=Numbered)


def chosen(rows: Sequence[Row], number: int | None) -> Row | None:
    """The row that a form's choice names, or None."""
    return next((row for row in rows if row.id == number), None)
