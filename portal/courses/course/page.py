"""The page of one course, which routes of several subjects answer with."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response
from flask_login import current_user

from portal.courses import rules
from portal.courses.course import queries, sittings
from portal.courses.materials import queries as materials_queries
from portal.courses.materials.forms import MaterialForm
from portal.courses.models.courses import Course
from portal.courses.models.materials import Material, MaterialVersion
from portal.db import journal
from portal.web import responses
from portal.web.guards import can


def material_form(course: Course) -> MaterialForm | None:
    """The form for slides, where this person may hand some in."""
    if not can("courses.submit_material", course):
        return None
    form = MaterialForm()
    form.offer(course)
    return form


def why_closed(course: Course, due: date | None) -> str | None:
    """Why the lecturer can hand in nothing any more; a return opens the route again for what is to be mended."""
    if due is None or not rules.gives(current_user, course) or course.is_cancelled:
        return None
    mended = next((one for one in course.materials if one.is_to_be_mended), None)
    return materials_queries.closed_to(course, mended, due, current_user)


def course_page(course: Course, form: MaterialForm | None) -> Response:
    """Everything about a course that this person may see."""
    sitting = sittings.sittings_of([course]).get(course.id)
    day = course.delivered_on or (sitting.day if sitting else None)
    due = materials_queries.slides_due(day) if day else None
    closed = why_closed(course, due)
    visible = [(material, visible_versions(material)) for material in course.materials]
    return responses.show(
        "courses/course/course.html",
        course=course,
        form=form if closed is None or form is None or form.is_submitted() else None,
        slides=[(material, versions) for material, versions in visible if versions],
        due=due if not course.was_given else None,
        closed=closed,
        sitting=sitting,
        prepares=rules.prepare(current_user, course),
        timeline=_timeline(queries.history(course)) if rules.sees_drafts(current_user, course) else [],
    )


def _timeline(entries: Sequence[journal.JournalEntry]) -> list[dict[str, Any]]:
    return [{"at": one.at, "what": _what(one), "who": one.actor, "note": one.why} for one in reversed(entries)]


def _what(entry: journal.JournalEntry) -> str:
    version = entry.facts.get("version")
    return f"{entry.label}（{entry.thing}第 {version} 版）" if version else entry.label


def visible_versions(material: Material) -> list[MaterialVersion]:
    """The versions this person may see, the newest first."""
    return [one for one in reversed(material.versions) if rules.see_slides(current_user, one)]
