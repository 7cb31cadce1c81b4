"""The doors: pages, forms and buttons, as a browser and as htmx."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from cast import MONDAY, NINE, Cast
from flask.testing import FlaskClient

from portal.courses.course import operations as course_operations
from portal.courses.materials import operations as materials
from portal.courses.models.courses import Course, CourseState
from portal.courses.models.materials import MaterialVersion
from portal.courses.models.programmes import CourseProgramme, PolicyField
from portal.courses.models.slides import MaterialState
from portal.db import clock
from portal.db.engine import db
from portal.files import office_pdf, preview
from portal.jobs.worker import run_prompted

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def version(people: Cast, confirmed: Course, slides: bytes) -> MaterialVersion:
    """Slides that were handed in and converted, not reviewed."""
    made = materials.submit_material(confirmed, slides, "讲稿.pdf", "讲稿", "初稿", True, by=people.lecturer)
    db.session.commit()
    run_prompted()
    db.session.refresh(made)
    return made


def text(answer: object) -> str:
    return answer.get_data(as_text=True)


def upload(slides: bytes, **more: object) -> dict[str, object]:
    typed = {"title": "讲稿", "secrecy_checked": "y", "visibility": "before"}
    return {"file": (BytesIO(slides), "讲稿.pdf"), **typed, **more}


def follow(answer: object) -> str:
    return answer.headers.get("Location") or answer.headers["HX-Redirect"]


@pytest.mark.parametrize("htmx", [False, True])
def test_the_secretary_plans_a_programme(people: Cast, as_: SignIn, programme: CourseProgramme, htmx: bool):
    browser = as_(people.secretary, htmx=htmx)
    made = browser.post("/programmes/new", data={"title": "明年计划", "year": "２０２７", "about": ""})
    assert made.status_code == (204 if htmx else 303)
    assert "明年计划" in text(as_(people.officer).get(follow(made)))
    again = browser.post("/programmes/new", data={"title": "明年计划", "year": "2027"})
    assert (again.status_code, "已经有名为“明年计划”的课程计划。" in text(again)) == (409, True)


@pytest.mark.parametrize("htmx", [False, True])
def test_the_secretary_adds_and_edits_a_course(
    people: Cast, as_: SignIn, programme: CourseProgramme, field: PolicyField, htmx: bool
):
    browser = as_(people.secretary, htmx=htmx)
    typed = {"topic": "惠企金融政策", "field_id": field.id, "minutes": "40", "lecturer_id": people.lecturer.id}
    made = browser.post(f"/programmes/{programme.id}/courses/new", data=typed)
    assert made.status_code == (204 if htmx else 303)
    course = db.session.scalar(db.select(Course))
    assert (course.number, course.lecturer, course.minutes) == (1, people.lecturer, 40)
    edited = browser.post(f"/courses/{course.id}/edit", data={**typed, "topic": "普惠金融", "version": "1"})
    assert follow(edited) == f"/courses/{course.id}"
    stale = as_(people.secretary).post(
        f"/courses/{course.id}/edit", data={**typed, "topic": "科技金融", "version": "1"}
    )
    assert (stale.status_code, "普惠金融" in text(stale), "科技金融" in text(stale)) == (409, True, True)


@pytest.mark.parametrize(
    "typed",
    [
        {"topic": "长" * 201},
        {"topic": "   "},
        {"topic": "\u202e\u200b"},
        {"field_id": ""},
        {"field_id": "0"},
        {"field_id": str(2**63)},
        {"field_id": "abc"},
        {"minutes": "-1"},
        {"minutes": "十"},
        {"lecturer_id": "999999"},
    ],
)
def test_what_cannot_be_meant_is_refused(
    people: Cast, as_: SignIn, programme: CourseProgramme, field: PolicyField, typed: dict[str, str]
):
    whole = {"topic": "课题", "field_id": str(field.id), "minutes": "30", **typed}
    answer = as_(people.secretary).post(f"/programmes/{programme.id}/courses/new", data=whole)
    assert answer.status_code == 422
    assert db.session.scalar(db.select(db.func.count(Course.id))) == 0


def test_markup_and_half_characters_are_only_text(
    people: Cast, as_: SignIn, programme: CourseProgramme, field: PolicyField
):
    typed = {
        "topic": "<script>x</script>\ud800课".encode("utf-8", "surrogatepass"),
        "field_id": field.id,
        "minutes": 30,
    }
    answer = as_(people.secretary).post(f"/programmes/{programme.id}/courses/new", data=typed)
    assert answer.status_code == 303
    assert "<script>x" not in text(as_(people.officer).get(answer.headers["Location"]))


@pytest.mark.parametrize("htmx", [False, True])
def test_the_lecturer_is_asked_and_answers(people: Cast, as_: SignIn, course: Course, htmx: bool):
    secretary, lecturer = as_(people.secretary, htmx=htmx), as_(people.lecturer, htmx=htmx)
    status = 204 if htmx else 303
    assert secretary.post(f"/courses/{course.id}/invitation").status_code == status
    assert "确认主讲" in text(as_(people.lecturer).get(f"/courses/{course.id}"))
    assert lecturer.post(f"/courses/{course.id}/confirmation").status_code == status
    assert lecturer.post(f"/courses/{course.id}/refusal", data={"why": " "}).status_code == 422
    assert lecturer.post(f"/courses/{course.id}/refusal", data={"why": "出差"}).status_code == status
    named = secretary.post(f"/courses/{course.id}/lecturer", data={"lecturer_id": people.officer.id})
    assert named.status_code == status
    db.session.expire_all()
    assert (course.state, course.lecturer) == (CourseState.planned, people.officer)


def test_a_lesson_is_given_put_away_or_cancelled(people: Cast, as_: SignIn, confirmed: Course):
    secretary = as_(people.secretary)
    for day in ("2199-01-01", "2026-02-30", ""):
        assert secretary.post(f"/courses/{confirmed.id}/delivery", data={"day": day}).status_code == 422
    today = clock.zh_date(clock.today())
    assert secretary.post(f"/courses/{confirmed.id}/delivery", data={"day": today}).status_code == 303
    assert secretary.post(f"/courses/{confirmed.id}/cancellation", data={"why": "计划调整"}).status_code == 409
    assert secretary.post(f"/courses/{confirmed.id}/publication").status_code == 303
    assert today in text(as_(people.officer).get("/courses"))


@pytest.mark.parametrize("htmx", [False, True])
def test_slides_are_handed_in_on_the_course_page(
    people: Cast, as_: SignIn, confirmed: Course, slides: bytes, htmx: bool
):
    lecturer = as_(people.lecturer, htmx=htmx)
    answer = lecturer.post(f"/courses/{confirmed.id}/materials", data=upload(slides))
    assert follow(answer) == f"/courses/{confirmed.id}#slides"
    made = db.session.scalar(db.select(MaterialVersion))
    again = lecturer.post(
        f"/courses/{confirmed.id}/materials", data=upload(slides, material_id=made.material_id, note="改了第 2 页")
    )
    assert follow(again) == f"/courses/{confirmed.id}#slides"
    page = text(as_(people.lecturer).get(f"/courses/{confirmed.id}"))
    assert page.index("第 2 版") < page.index("第 1 版")
    assert "改了第 2 页" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"secrecy_checked": ""}, "请先逐页自查，确认不含涉密信息后勾选。"),
        ({"file": (BytesIO(b""), "")}, "请选择要上传的文件。"),
        ({"file": (BytesIO(b""), "空.pdf")}, "文件是空的（0 字节）。"),
        ({"file": (BytesIO(b"<html><script>"), "网页.pdf")}, "这是一个网页文件"),
        ({"file": (BytesIO(b"x"), "表.xlsx")}, "这里不能上传"),
        ({"file": (BytesIO(b"x"), "宏.pptm")}, "文件里带有宏"),
        ({"material_id": "999"}, "请从列表中选择一项。"),
    ],
)
def test_an_upload_that_cannot_come_in_says_why(
    people: Cast, as_: SignIn, confirmed: Course, slides: bytes, change: dict[str, object], sentence: str
):
    answer = as_(people.lecturer).post(f"/courses/{confirmed.id}/materials", data=upload(slides, **change))
    assert (answer.status_code, sentence in text(answer)) == (422, True)
    assert db.session.scalar(db.select(db.func.count(MaterialVersion.id))) == 0


def test_a_form_posted_twice_makes_one_version(people: Cast, as_: SignIn, confirmed: Course, slides: bytes):
    lecturer = as_(people.lecturer)
    for _ in range(2):
        answer = lecturer.post(f"/courses/{confirmed.id}/materials", data=upload(slides, once="einmal"))
        assert answer.headers["Location"] == f"/courses/{confirmed.id}#slides"
    assert db.session.scalar(db.select(db.func.count(MaterialVersion.id))) == 1


def test_drafts_are_for_those_who_review_them(people: Cast, as_: SignIn, version: MaterialVersion):
    address, page = f"/materials/versions/{version.id}", version.pages[0].id
    everywhere = [address, f"{address}/original", f"/materials/pages/{page}", f"/materials/pages/{page}/thumbnail"]
    for user in (people.lecturer, people.secretary, people.chair):
        assert [as_(user).get(one).status_code for one in everywhere] == [200] * 4
    for user in (people.officer, people.supervisor, people.archivist, people.administrator, people.auditor):
        assert [as_(user).get(one).status_code for one in everywhere] == [404] * 4


def test_what_passed_is_for_all_but_administrator_and_auditor(people: Cast, as_: SignIn, version: MaterialVersion):
    materials.approve_material(version.material, by=people.secretary)
    db.session.commit()
    for user in (people.officer, people.supervisor, people.archivist, people.stranger):
        assert as_(user).get(f"/materials/versions/{version.id}").status_code == 200
        assert as_(user).get("/courses").status_code == 200
    for user in (people.administrator, people.auditor):
        assert as_(user).get(f"/materials/versions/{version.id}").status_code == 404
        assert as_(user).get("/courses").status_code == 404
        assert as_(user).get(f"/courses/{version.material.course_id}").status_code == 404


def test_a_new_version_hides_itself_and_not_the_one_that_passed(
    people: Cast, as_: SignIn, version: MaterialVersion, slides: bytes
):
    material, course = version.material, version.material.course
    materials.approve_material(material, by=people.secretary)
    newer = materials.submit_material(course, slides, "新.pdf", "", "", True, material=material, by=people.lecturer)
    db.session.commit()
    officer = as_(people.officer)
    assert officer.get(f"/materials/versions/{version.id}").status_code == 200
    assert officer.get(f"/materials/versions/{newer.id}").status_code == 404
    assert officer.get(f"/materials/{material.id}").headers["Location"] == f"/materials/versions/{version.id}"
    assert (
        as_(people.lecturer).get(f"/materials/{material.id}").headers["Location"] == f"/materials/versions/{newer.id}"
    )
    assert "第 2 版" not in text(officer.get(f"/courses/{course.id}"))


@pytest.mark.parametrize("htmx", [False, True])
def test_the_secretary_reviews(people: Cast, as_: SignIn, version: MaterialVersion, htmx: bool):
    material, secretary = version.material, as_(people.secretary, htmx=htmx)
    missing = secretary.post(f"/materials/{material.id}/approval")
    assert (missing.status_code, "请先完成保密审查再通过。" in text(missing)) == (422, True)
    assert secretary.post(f"/materials/{material.id}/changes", data={"why": "补充数据来源"}).status_code < 400
    assert "补充数据来源" in text(as_(people.lecturer).get(f"/courses/{material.course_id}"))
    assert secretary.post(f"/materials/{material.id}/approval", data={"secrecy_reviewed": "y"}).status_code == 409
    db.session.expire_all()
    assert material.state is MaterialState.changes_requested


def test_slides_are_turned_page_by_page(people: Cast, as_: SignIn, version: MaterialVersion):
    address = f"/materials/versions/{version.id}"
    lecturer = as_(people.lecturer)
    assert "1 / 2" in text(lecturer.get(address))
    for wanted, shown in (("2", "2 / 2"), ("0", "1 / 2"), ("99", "2 / 2"), ("²", "1 / 2"), ("-1", "1 / 2")):
        assert shown in text(lecturer.get(address, query_string={"page": wanted}))
    fragment = text(as_(people.lecturer, htmx=True).get(f"{address}?page=2"))
    assert fragment.lstrip().startswith("<section")
    assert 'rel="prev"' in fragment
    assert 'rel="next"' not in fragment


def test_a_page_is_a_picture_inside_the_page_and_the_original_a_download(
    people: Cast, as_: SignIn, version: MaterialVersion, slides: bytes
):
    lecturer = as_(people.lecturer)
    picture = lecturer.get(f"/materials/pages/{version.pages[0].id}")
    assert (picture.mimetype, picture.data[8:12]) == ("image/webp", b"WEBP")
    assert picture.headers["Content-Disposition"].startswith("inline")
    again = lecturer.get(f"/materials/pages/{version.pages[0].id}", headers={"If-None-Match": picture.headers["ETag"]})
    assert again.status_code == 304
    original = lecturer.get(f"/materials/versions/{version.id}/original")
    assert original.data == slides
    assert original.headers["Content-Disposition"].startswith("attachment")


def test_progress_is_polled_and_answered_only_when_it_moved(people: Cast, as_: SignIn, version: MaterialVersion):
    version.conversion, version.pages_done = type(version.conversion).running, 1
    db.session.commit()
    address, lecturer = f"/materials/versions/{version.id}/conversion", as_(people.lecturer, htmx=True)
    first = lecturer.get(address)
    assert ("1 / 2" in text(first), "every 2s" in text(first)) == (True, True)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert lecturer.get(address, headers=tag).status_code == 304
    version.pages_done = 2
    db.session.commit()
    assert lecturer.get(address, headers=tag).status_code == 200
    assert follow(as_(people.lecturer).get(address)) == f"/materials/versions/{version.id}"


def test_a_failed_conversion_is_seen_and_tried_again(
    people: Cast, as_: SignIn, confirmed: Course, slides: bytes, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_arguments: object, **_more: object) -> None:
        raise office_pdf.PreviewFailed("页面无法转成图片。")

    made = materials.submit_material(confirmed, slides, "讲稿.pdf", "", "", True, by=people.lecturer)
    db.session.commit()
    with monkeypatch.context() as broken:
        broken.setattr(preview, "pages", fail)
        run_prompted()
    address, lecturer = f"/materials/versions/{made.id}", as_(people.lecturer)
    seen = text(lecturer.get(address))
    assert ("页面无法转成图片。" in seen, "重试" in seen) == (True, True)
    assert lecturer.get(f"{address}/original").data == slides
    assert as_(people.chair).post(f"{address}/conversion").status_code == 403
    assert lecturer.post(f"{address}/conversion").status_code == 303
    assert "1 / 2" in text(lecturer.get(address))
    assert lecturer.post(f"{address}/conversion").status_code == 409


def test_a_crash_is_tried_again_by_itself(
    people: Cast, as_: SignIn, confirmed: Course, slides: bytes, monkeypatch: pytest.MonkeyPatch
):
    def crash(*_arguments: object, **_more: object) -> None:
        raise OSError("disk")

    made = materials.submit_material(confirmed, slides, "讲稿.pdf", "", "", True, by=people.lecturer)
    db.session.commit()
    with monkeypatch.context() as broken:
        broken.setattr(preview, "pages", crash)
        run_prompted()
    db.session.refresh(made)
    assert (made.attempts, made.is_converting, made.failure) == (1, True, "")
    seen = text(as_(people.lecturer).get(f"/materials/versions/{made.id}"))
    assert ("系统稍后会自动再试" in seen, "disk" in seen) == (True, False)
    assert as_(people.lecturer).post(f"/materials/versions/{made.id}/conversion").status_code == 303
    db.session.refresh(made)
    assert (made.attempts, made.can_be_seen) == (0, True)


def test_the_list_filters_sorts_and_leaves_as_excel(people: Cast, as_: SignIn, confirmed: Course, field: PolicyField):
    course_operations.add_course(confirmed.programme, "未定课题", field, by=people.secretary)
    db.session.commit()
    officer = as_(people.officer)
    assert "未定课题</a>" not in text(officer.get("/courses?state=confirmed"))
    assert "没有符合条件的课程" in text(officer.get("/courses?state=cancelled"))
    for odd in ("?state=x&field=0&programme=abc", f"?field={2**63}", "?sort=x&page=99999999999"):
        assert officer.get(f"/courses{odd}").status_code == 200
    assert officer.get("/courses?export=xlsx").data.startswith(b"PK")


def test_before_there_is_a_programme_the_page_says_so(people: Cast, as_: SignIn):
    assert "还没有课程计划" in text(as_(people.officer).get("/courses"))
    assert "新建计划" in text(as_(people.secretary).get("/courses"))


@pytest.mark.parametrize("number", ["0", "9999999999", str(2**63), "²"])
def test_what_is_not_there_is_not_found(people: Cast, as_: SignIn, number: str):
    secretary = as_(people.secretary)
    for address in ("/courses/{}", "/materials/{}", "/materials/versions/{}", "/materials/pages/{}"):
        assert secretary.get(address.format(number)).status_code == 404


def test_pages_ask_the_same_few_questions_for_few_and_many(
    people: Cast, as_: SignIn, version: MaterialVersion, field: PolicyField, slides: bytes, statements: list[str]
):
    course, secretary = version.material.course, as_(people.secretary)

    def count(address: str) -> int:
        statements.clear()
        assert secretary.get(address).status_code == 200
        return len([one for one in statements if not one.startswith(("BEGIN", "COMMIT", "PRAGMA"))])

    addresses = ("/courses", f"/courses/{course.id}", f"/materials/versions/{version.id}?page=2")
    few = [count(one) for one in addresses]
    for number in range(11):
        course_operations.add_course(
            course.programme, f"第 {number} 题", field, lecturer=people.officer, by=people.secretary
        )
        material = version.material
        materials.submit_material(course, slides, "多.pdf", "", "", True, material=material, by=people.lecturer)
    db.session.commit()
    run_prompted()
    assert [count(one) for one in addresses] == few
    assert max(few) <= 10


def test_the_lecturer_sees_when_where_and_what_is_due(
    people: Cast, as_: SignIn, confirmed: Course, statements: list[str]
):
    from portal.meetings.models.agenda import AgendaItem, ItemState
    from portal.meetings.models.meetings import Meeting
    from portal.meetings.models.series import ItemKind, MeetingSeries

    series = MeetingSeries(
        name="专班例会", short="专班", group_id=people.task_force.id, starts_at=NINE, cut_off_time=NINE, heading="纪要"
    )
    meeting = Meeting(series=series, day=MONDAY, starts_at=NINE, minutes=90, place="三楼会议室")
    item = AgendaItem(
        series_id=1, meeting=meeting, kind=ItemKind.course, title="讲业务", course=confirmed, state=ItemState.placed
    )
    db.session.add_all([series, meeting, item])
    db.session.commit()
    with clock.at(clock.moment(MONDAY - timedelta(days=6), 10)):
        lecturer, address = as_(people.lecturer), f"/courses/{confirmed.id}"
        statements.clear()
        page = text(lecturer.get(address))
        assert len([one for one in statements if not one.startswith(("BEGIN", "COMMIT"))]) <= 10
    assert [word for word in ("三楼会议室", "09:00", "2026年11月26日前提交，还有 2 天") if word not in page] == []
    assert f'href="/meetings/{meeting.id}"' in page
    stranger = text(as_(people.stranger).get(address))
    assert ("三楼会议室" in stranger, "/meetings/" in stranger.split("<main")[1]) == (True, False)
