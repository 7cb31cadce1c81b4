"""Who may: each rule against each of the cast, with the sentence the refused person reads."""

from collections.abc import Callable

import pytest
from cast import Cast
from flask.testing import FlaskClient

from portal.courses import rules
from portal.courses.materials import operations
from portal.courses.models.courses import Course
from portal.courses.models.materials import MaterialVersion
from portal.db.engine import db

SignIn = Callable[..., FlaskClient]
EVERYBODY = (
    "secretary", "chair", "lecturer", "officer", "supervisor", "archivist", "auditor", "administrator",
)  # fmt: skip
READERS = {"secretary", "chair", "lecturer", "officer", "supervisor", "archivist"}
MAY = {
    rules.read: READERS,
    rules.see: READERS,
    rules.plan: {"secretary"},
    rules.answer: {"lecturer"},
    rules.submit_material: {"secretary", "lecturer"},
}
MAY_DRAFT = {
    rules.see_slides: {"secretary", "chair", "lecturer"},
    rules.retry_conversion: {"secretary", "lecturer"},
}


def allowed(rule: Callable[[object, object], bool], people: Cast, thing: object) -> set[str]:
    return {name for name in EVERYBODY if rule(getattr(people, name), thing)}


@pytest.fixture
def draft(people: Cast, confirmed: Course, slides: bytes) -> MaterialVersion:
    """Slides nobody has reviewed."""
    made = operations.submit_material(confirmed, slides, "讲稿.pdf", "", "", True, by=people.lecturer)
    db.session.commit()
    return made


def test_who_may_what_with_a_course(people: Cast, confirmed: Course):
    assert {rule: allowed(rule, people, confirmed) for rule in MAY} == MAY


def test_who_may_what_with_a_draft(people: Cast, draft: MaterialVersion):
    assert {rule: allowed(rule, people, draft) for rule in MAY_DRAFT} == MAY_DRAFT
    assert allowed(rules.review, people, draft.material) == {"secretary"}


def test_what_passed_is_for_every_reader(people: Cast, draft: MaterialVersion):
    operations.approve_material(draft.material, by=people.secretary)
    assert allowed(rules.see_slides, people, draft) == READERS
    assert allowed(rules.see_material, people, draft.material) == READERS


def test_search_finds_no_more_than_the_pages_show(people: Cast):
    assert rules.scopes_of(people.officer) == {rules.FOR_READERS}
    assert rules.scopes_of(people.chair) == {rules.FOR_READERS, rules.FOR_REVIEWERS}
    assert rules.scopes_of(people.administrator) == set()


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("courses/{course}/invitation", "只有会议秘书可以安排讲业务课程。"),
        ("courses/{course}/confirmation", "只有这门课的主讲人可以答复是否主讲。"),
        ("courses/{course}/refusal", "只有这门课的主讲人可以答复是否主讲。"),
        ("courses/{course}/delivery", "只有会议秘书可以安排讲业务课程。"),
        ("courses/{course}/publication", "只有会议秘书可以安排讲业务课程。"),
        ("courses/{course}/cancellation", "只有会议秘书可以安排讲业务课程。"),
        ("courses/{course}/materials", "只有这门课的主讲人和会议秘书可以提交课件。"),
        ("courses/{course}/lecturer", "只有会议秘书可以安排讲业务课程。"),
        ("programmes/new", "只有会议秘书可以安排讲业务课程。"),
        ("materials/{material}/approval", None),
        ("materials/{material}/changes", None),
        ("materials/{material}/finalisation", None),
        ("materials/versions/{version}/conversion", None),
    ],
)
def test_an_officer_is_refused_with_the_rule(
    people: Cast, as_: SignIn, draft: MaterialVersion, deed: str, sentence: str | None
):
    material = draft.material
    address = deed.format(course=material.course_id, material=material.id, version=draft.id)
    answer = as_(people.officer).post(f"/{address}")
    assert answer.status_code == (403 if sentence else 404)
    assert (sentence or "没有找到") in answer.get_data(as_text=True)
