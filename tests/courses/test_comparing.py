"""What changed between two versions, page by page."""

from dataclasses import dataclass
from io import BytesIO

import pytest
from cast import by_itself
from PIL import Image, ImageDraw
from pypdfium2 import PdfDocument

from portal.courses.course import operations as course
from portal.courses.materials import comparing, queries
from portal.courses.materials import operations as materials
from portal.courses.materials.comparing import Row
from portal.courses.models import materials as models_materials
from portal.db.engine import db


@dataclass
class Leaf:
    number: int
    text: str
    sha256: str


def leaves(side, texts, same):
    return [Leaf(number, text, same.get(number, f"{side}{number}")) for number, text in enumerate(texts, 1)]


def pairs(old, new, alike):
    before = leaves("old", old, {number: f"{number}-{other}" for number, other in alike})
    after = leaves("new", new, {other: f"{number}-{other}" for number, other in alike})
    return [(row.old, row.new, row.text) for row in comparing.paired(before, after)]


ONE, TWO, THREE = "认定条件一览", "奖补标准与时限", "常见问题解答"


@pytest.mark.parametrize(
    ("old", "new", "alike", "rows"),
    [
        ((ONE, TWO), (ONE, TWO), {(1, 1), (2, 2)}, [(1, 1, False), (2, 2, False)]),
        ((ONE, TWO), (ONE, TWO + "（新）"), {(1, 1)}, [(1, 1, False), (2, 2, True)]),
        ((ONE, TWO), (ONE, THREE, TWO), {(1, 1), (2, 3)}, [(1, 1, False), (None, 2, False), (2, 3, False)]),
        ((ONE, TWO, THREE), (ONE, THREE), {(1, 1), (3, 2)}, [(1, 1, False), (2, None, False), (3, 2, False)]),
        ((ONE, TWO), (THREE, ONE + "甲", TWO + "乙"), (), [(None, 1, False), (1, 2, True), (2, 3, True)]),
        ((), (ONE,), (), [(None, 1, False)]),
        ((ONE,), (), (), [(1, None, False)]),
    ],
)
def test_pages_that_belong_together_stand_in_one_row(old, new, alike, rows):
    assert pairs(old, new, alike) == rows


def picture(*marks):
    made = Image.new("RGB", (320, 180), "white")
    for mark in marks:
        ImageDraw.Draw(made).rectangle(mark, fill="black")
    target = BytesIO()
    made.save(target, "WEBP", quality=80)
    target.seek(0)
    return target


def test_where_a_picture_changed_is_marked():
    row = Row(1, 1)
    comparing.look(row, picture((10, 10, 40, 30)), picture((10, 10, 40, 30), (200, 100, 260, 150)))
    (box,) = row.boxes
    assert (row.words, 0 < row.picture < 20) == ("画面有改动", True)
    assert (box[0] <= 100 * 200 / 320, box[0] + box[2] >= 100 * 260 / 320) == (True, True)
    same = Row(1, 1)
    comparing.look(same, picture((10, 10, 40, 30)), picture((10, 10, 40, 30)))
    assert (same.differs, same.boxes) == (False, [])


def test_the_words_that_differ_are_told_apart():
    before, after = comparing.words("补助十万元", "补助二十万元")
    assert "".join(text for text, _ in before) == "补助十万元"
    assert [text for text, differs in after if differs] == ["二"]


def pdf(*heights):
    document, target = PdfDocument.new(), BytesIO()
    for height in heights:
        document.new_page(960, height)
    document.save(target)
    return target.getvalue()


def test_a_new_version_is_compared_with_those_before_it_and_the_page_shows_it(people, as_, confirmed):
    first = materials.submit_material(confirmed, pdf(540, 540), "讲稿.pdf", "讲稿", "", True, by=people.lecturer)
    by_itself("courses.convert")
    second = materials.submit_material(
        confirmed, pdf(540, 700, 540), "讲稿.pdf", "", "加了一页", True, material=first.material, by=people.lecturer
    )
    by_itself("courses.convert", "courses.compare")
    rows = queries.comparison(second, first).rows
    assert [(row["old"], row["new"]) for row in rows if Row(**row).differs] == [(None, 2)]
    address = f"/materials/versions/{second.id}/comparison"
    page = as_(people.secretary).get(address).get_data(as_text=True)
    assert ("共 1 页有改动" in page, "新增" in page, "这一版没有这一页" in page) == (True, True, True)
    assert as_(people.officer).get(address).status_code == 404
    assert as_(people.lecturer).get(f"/materials/versions/{first.id}/comparison").status_code == 303
    assert "待审课件" in as_(people.secretary).get("/courses").get_data(as_text=True)
    assert "待审课件" not in as_(people.officer).get("/courses").get_data(as_text=True)


@pytest.mark.parametrize("query", ["?with=9", "?with=x&row=-1", "?row=99999", "?row=²"])
def test_a_strange_address_shows_the_first_change(people, as_, confirmed, query):
    first = materials.submit_material(confirmed, pdf(540), "讲稿.pdf", "讲稿", "", True, by=people.lecturer)
    second = materials.submit_material(
        confirmed, pdf(700), "讲稿.pdf", "", "", True, material=first.material, by=people.lecturer
    )
    by_itself("courses.convert", "courses.compare")
    db.session.expire_all()
    assert as_(people.secretary).get(f"/materials/versions/{second.id}/comparison{query}").status_code == 200


def test_what_is_for_after_the_meeting_is_shut_before_it(people, as_, confirmed):
    version = materials.submit_material(
        confirmed,
        pdf(540),
        "讲稿.pdf",
        "讲稿",
        "",
        True,
        visibility=models_materials.Visibility.after,
        by=people.lecturer,
    )
    by_itself("courses.convert")
    materials.approve_material(version.material, by=people.secretary)
    db.session.commit()
    page, whole = f"/materials/pages/{version.pages[0].id}", f"/materials/versions/{version.id}"
    doors = [whole, f"{whole}/original", page, f"{page}/thumbnail"]
    listener = as_(people.officer)
    assert [listener.get(door).status_code for door in doors] == [404] * 4
    assert [as_(people.lecturer).get(door).status_code for door in doors] == [200] * 4
    course.deliver(confirmed, version.uploaded_at.date(), by=people.secretary)
    db.session.commit()
    assert [listener.get(door).status_code for door in doors] == [200] * 4


def test_the_lecturer_changes_from_when_slides_may_be_seen(people, as_, confirmed):
    version = materials.submit_material(confirmed, pdf(540), "讲稿.pdf", "讲稿", "", True, by=people.lecturer)
    db.session.commit()
    address = f"/materials/{version.material_id}/visibility"
    assert as_(people.lecturer).post(address, data={"visibility": "after"}).status_code == 303
    assert as_(people.lecturer).post(address, data={"visibility": "after"}).status_code == 409
    assert as_(people.lecturer).post(address, data={"visibility": "never"}).status_code == 422
    assert as_(people.chair).post(address, data={"visibility": "before"}).status_code == 403


def test_after_the_lesson_the_version_that_was_shown_is_filed(people, as_, confirmed):
    shown = materials.submit_material(confirmed, pdf(540), "讲稿.pdf", "讲稿", "", True, by=people.lecturer)
    materials.approve_material(shown.material, by=people.secretary)
    materials.submit_material(
        confirmed, pdf(700), "讲稿.pdf", "", "太晚", True, material=shown.material, by=people.lecturer
    )
    course.deliver(confirmed, shown.uploaded_at.date(), by=people.secretary)
    by_itself("courses.keep_as_shown")
    db.session.refresh(shown.material)
    assert (shown.material.state.label, shown.material.approved.number) == ("已定稿", 1)
