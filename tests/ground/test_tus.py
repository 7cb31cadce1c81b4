"""Big files in pieces: what came stays, only its sender goes on, and what may not come in is said at the last piece."""

import base64
import hashlib
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from cast import by_itself
from fixed_clock import make_old
from pypdfium2 import PdfDocument

from portal.courses.course import operations as course_operations
from portal.courses.models.materials import MaterialVersion
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.files import resumable, store, tus
from portal.files.examine_limits import MB
from portal.ops.buffering import Intake

SPOKEN = {"Tus-Resumable": "1.0.0"}


def pdf() -> bytes:
    document, target = PdfDocument.new(), BytesIO()
    document.new_page(960, 540)
    document.save(target)
    return target.getvalue()


@pytest.fixture
def course(people):
    programme = programme_operations.add_programme("计划", 2026, "", by=people.secretary)
    field = programme_operations.add_field("科技", 1, by=people.secretary)
    made = course_operations.add_course(programme, "认定政策", field, lecturer=people.lecturer, by=people.secretary)
    rota.invite(made, by=people.secretary)
    db.session.commit()
    return made


@pytest.fixture
def address(course):
    return f"/courses/{course.id}/materials"


def told(name, **more):
    pairs = {"filename": name, "stamp": "2026-11-23T01:02:03.000Z", **more}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def begin(browser, address, name, size, **more):
    return browser.post(
        f"{address}/incoming",
        headers={**SPOKEN, "Upload-Length": str(size), "Upload-Metadata": told(name, **more)},
    )


def piece(browser, place, offset, content, **headers):
    return browser.patch(
        place, data=content, content_type="application/offset+octet-stream",
        headers={**SPOKEN, "Upload-Offset": str(offset), **headers},
    )  # fmt: skip


def head(browser, place):
    answer = browser.head(place, headers=SPOKEN)
    return answer.status_code, answer.headers.get("Upload-Offset"), answer.headers.get("Upload-Length")


def hand_in(browser, address, token, **more):
    return browser.post(address, data={"file_arrived": token, "secrecy_checked": "y", "visibility": "before", **more})


def the_rows():
    db.session.expire_all()
    return db.session.scalars(sa.select(resumable.Incoming)).all()


def test_a_file_comes_in_pieces_and_is_handed_in_whole(people, as_, address):
    browser, content = as_(people.lecturer), pdf()
    begun = begin(browser, address, "讲稿.pdf", len(content))
    place, token = begun.headers["Location"], begun.headers["Upload-Token"]
    assert (begun.status_code, begun.headers["Tus-Resumable"]) == (201, "1.0.0")
    assert piece(browser, place, 0, content[:100]).headers["Upload-Offset"] == "100"
    assert head(browser, place) == (200, "100", str(len(content)))
    assert piece(browser, place, 100, content[100:]).status_code == 204
    assert hand_in(browser, address, token).status_code == 303
    version = db.session.scalar(sa.select(MaterialVersion))
    assert (version.file.sha256, version.file.name) == (hashlib.sha256(content).hexdigest(), "讲稿.pdf")
    assert store.check(version.file.sha256)
    assert the_rows() == []
    assert not (resumable.folder() / token).exists()
    deeds = db.session.scalars(sa.select(JournalEntry.deed).where(JournalEntry.actor_id == people.lecturer.id)).all()
    assert [one for one in deeds if one != "people.sign_in"] == ["courses.submit_material"]


def test_the_same_file_begun_again_goes_on_where_it_was(people, as_, address):
    content = pdf()
    first = begin(as_(people.lecturer), address, "讲稿.pdf", len(content))
    piece(as_(people.lecturer), first.headers["Location"], 0, content[:100])
    again = begin(as_(people.lecturer), address, "讲稿.pdf", len(content))
    assert (again.headers["Location"], again.headers["Upload-Offset"]) == (first.headers["Location"], "100")
    other = begin(as_(people.lecturer), address, "讲稿.pdf", len(content), stamp="2026-11-24")
    assert other.headers["Location"] != first.headers["Location"]
    assert "已传" in as_(people.lecturer).get(address.removesuffix("/materials")).get_data(as_text=True)


def test_what_arrived_before_the_line_broke_counts(app, people, as_, address):
    content = pdf()
    browser = as_(people.lecturer)
    place = begin(browser, address, "讲稿.pdf", len(content)).headers["Location"]
    whole = app.wsgi_app
    app.wsgi_app = Intake(whole, 400 * MB)
    try:
        cut = piece(browser, place, 0, content[:100], **{"Content-Length": str(len(content))})
    finally:
        app.wsgi_app = whole
    assert (cut.status_code, head(browser, place)[1]) == (204, "100")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Offset": "7"}, 409),
        ({"Upload-Offset": "-1"}, 400),
        ({"Upload-Offset": "²"}, 400),
        ({"Tus-Resumable": "0.2"}, 412),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_a_piece_that_does_not_keep_to_the_protocol_changes_nothing(people, as_, address, headers, status):
    browser = as_(people.lecturer)
    place = begin(browser, address, "讲稿.pdf", 1000).headers["Location"]
    answer = browser.patch(
        place, data=b"x", headers={**SPOKEN, "Upload-Offset": "0", "Content-Type": tus.PIECE, **headers}
    )
    assert (answer.status_code, head(browser, place)[1]) == (status, "0")


def test_more_than_was_said_is_not_taken(people, as_, address):
    browser = as_(people.lecturer)
    place = begin(browser, address, "讲稿.pdf", 10).headers["Location"]
    assert piece(browser, place, 0, b"x" * 11).status_code == 413
    assert len(the_rows()[0].path.read_bytes()) <= 10


def test_only_who_began_it_goes_on_asks_or_ends(people, as_, address):
    place = begin(as_(people.lecturer), address, "讲稿.pdf", 1000).headers["Location"]
    other = as_(people.secretary)
    assert (piece(other, place, 0, b"x").status_code, other.head(place, headers=SPOKEN).status_code) == (404, 404)
    assert other.delete(place, headers=SPOKEN).status_code == 404
    assert as_(people.lecturer).delete(place, headers=SPOKEN).status_code == 204
    assert the_rows() == []


def test_who_may_not_hand_in_may_not_begin(people, as_, address):
    answer = begin(as_(people.officer), address, "讲稿.pdf", 1000)
    assert (answer.status_code, answer.mimetype) == (403, "text/plain")
    assert answer.get_data(as_text=True) == "只有这门课的主讲人和会议秘书可以提交课件。"


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("讲稿.exe", 10, "不能上传“.exe”格式"),
        ("讲稿.ppt", 10, "另存为“.pptx”"),
        ("讲稿.pdf", 0, "0 字节"),
        ("讲稿.pdf", 301 * MB, "300 MB 的上限"),
    ],
)
def test_what_would_be_refused_at_the_end_is_refused_at_once(people, as_, address, name, size, words):
    answer = begin(as_(people.lecturer), address, name, size)
    assert (answer.status_code, words in answer.get_data(as_text=True)) == (422, True)
    assert the_rows() == []


def test_a_file_that_may_not_come_in_is_told_with_its_last_piece_and_gone(people, as_, address):
    browser, content = as_(people.lecturer), b"<!doctype html><script>alert(1)</script>"
    place = begin(browser, address, "讲稿.pdf", len(content)).headers["Location"]
    answer = piece(browser, place, 0, content)
    assert (answer.status_code, "这是一个网页文件" in answer.get_data(as_text=True)) == (422, True)
    assert (the_rows(), browser.head(place, headers=SPOKEN).status_code) == ([], 404)


def test_an_upload_of_another_course_or_person_or_half_of_one_is_not_handed_in(people, as_, address):
    content = pdf()
    browser = as_(people.lecturer)
    begun = begin(browser, address, "讲稿.pdf", len(content))
    piece(browser, begun.headers["Location"], 0, content[:50])
    for who, token in ((people.lecturer, begun.headers["Upload-Token"]), (people.secretary, "0" * 32)):
        answer = hand_in(as_(who), address, token)
        assert (answer.status_code, "请选择要上传的文件" in answer.get_data(as_text=True)) == (422, True)
    piece(browser, begun.headers["Location"], 50, content[50:])
    assert hand_in(as_(people.secretary), address, begun.headers["Upload-Token"]).status_code == 422


def test_a_file_of_a_refused_form_need_not_be_chosen_again(people, as_, address):
    browser, content = as_(people.lecturer), pdf()
    refused = browser.post(address, data={"file": (BytesIO(content), "讲稿.pdf"), "note": "初稿"})
    (row,) = the_rows()
    page = refused.get_data(as_text=True)
    assert (refused.status_code, row.token in page, "文件已经收到" in page) == (422, True, True)
    assert hand_in(browser, address, row.token).status_code == 303
    version = db.session.scalar(sa.select(MaterialVersion))
    assert version.file.sha256 == hashlib.sha256(content).hexdigest()


def test_a_person_has_a_few_uploads_at_once_and_can_give_one_up(people, as_, address):
    browser = as_(people.lecturer)
    for number in range(resumable.MOST_AT_ONCE):
        assert begin(browser, address, f"{number}.pdf", 1000).status_code == 201
    refused = begin(browser, address, "again.pdf", 1000)
    assert (refused.status_code, "没有传完或没有提交" in refused.get_data(as_text=True)) == (409, True)
    assert browser.post(f"/uploads/{the_rows()[0].id}/removal").status_code == 303
    assert begin(browser, address, "again.pdf", 1000).status_code == 201


def test_what_nobody_goes_on_with_for_a_day_is_forgotten(people, as_, address):
    begin(as_(people.lecturer), address, "讲稿.pdf", 1000)
    (resumable.folder() / "stray").write_bytes(b"x")
    for path in resumable.folder().iterdir():
        make_old(path)
    by_itself("tus.tidy")
    assert len(the_rows()) == 1
    with clock.at(clock.now() + timedelta(days=1, minutes=1)):
        by_itself("tus.tidy")
    assert (the_rows(), (resumable.folder() / "stray").exists()) == ([], False)


def test_a_client_can_ask_what_is_spoken(people, as_, address):
    place = begin(as_(people.lecturer), address, "讲稿.pdf", 1000).headers["Location"]
    headers = as_(people.lecturer).options(place).headers
    assert (headers["Tus-Version"], headers["Tus-Extension"]) == ("1.0.0", "creation,termination,expiration")
    assert headers["Tus-Max-Size"] == str(300 * MB)


def test_a_foreign_page_cannot_begin_or_go_on(app, people, as_, address):
    browser = as_(people.lecturer)
    place = begin(browser, address, "讲稿.pdf", 1000).headers["Location"]
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert begin(browser, address, "讲稿2.pdf", 1000).status_code == 400
        assert piece(browser, place, 0, b"x").status_code == 400
        assert browser.delete(place, headers=SPOKEN).status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
