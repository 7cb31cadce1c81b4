"""A season planned: many lessons at once, what is missing, whose turn it is, and how lecturers change."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from cast import MONDAY, Cast, add_series
from flask.testing import FlaskClient

from portal.courses.course import operations as course_operations
from portal.courses.course import queries
from portal.courses.materials import operations as materials
from portal.courses.materials import queries as materials_queries
from portal.courses.models.courses import Course, CourseState
from portal.courses.models.materials import Material, MaterialVersion
from portal.courses.models.programmes import CourseProgramme, PolicyField
from portal.courses.models.rota import ChangeKind, LecturerChange
from portal.courses.programme import operations as programme_operations
from portal.courses.programme import planning
from portal.courses.programme import queries as programme_queries
from portal.courses.rota import operations as rota
from portal.courses.rota import queries as rota_queries
from portal.db import clock, journal, office
from portal.db.engine import db
from portal.errors import Refused
from portal.inbox.models import Notice
from portal.meetings.agenda import operations as agenda
from portal.meetings.models.series import ItemKind
from portal.meetings.preparing import operations as preparing

SignIn = Callable[..., FlaskClient]


def told(user: object) -> list[str]:
    db.session.flush()
    return list(db.session.scalars(sa.select(Notice.title).where(Notice.user_id == user.id).order_by(Notice.id)))


def sentences(programme: CourseProgramme) -> list[str]:
    return [one.sentence for one in planning.doubts(planning.plan_of(programme))]


@pytest.fixture
def second(people: Cast, course: Course, field: PolicyField) -> Course:
    """Another lesson, of the officer."""
    made = course_operations.add_course(
        course.programme, "研发费用", field, lecturer=people.officer, by=people.secretary
    )
    db.session.commit()
    return made


PASTED = """课题\t领域\t月份\t责任单位\t主讲人\t时长
高企认定\t科技\t3月\t市工信局\t主讲示例\t45分钟
合同风险\t法律\t２０２６年１１月\t\t市司法局 同事示例\t
账款清收\t法律\t\t\t\t"""


@pytest.mark.parametrize("htmx", [False, True])
def test_a_table_pasted_from_excel_becomes_lessons(
    people: Cast, as_: SignIn, programme: CourseProgramme, htmx: bool
) -> None:
    address = f"/programmes/{programme.id}/courses/several"
    answer = as_(people.secretary, htmx=htmx).post(address, data={"rows": PASTED, "by_rota": "y"})
    assert answer.status_code == (204 if htmx else 303)
    lessons = db.session.scalars(sa.select(Course).order_by(Course.number)).all()
    assert [(one.topic, one.field.name, one.month, one.minutes) for one in lessons] == [
        ("高企认定", "科技", date(2026, 3, 1), 45),
        ("合同风险", "法律", date(2026, 11, 1), 30),
        ("账款清收", "法律", None, 30),
    ]
    assert (lessons[0].lecturer, lessons[1].lecturer) == (people.lecturer, people.colleague)
    assert lessons[2].lecturer is people.recorder  # nobody gave a lesson yet, so the first by rank
    assert lessons[0].department is people.industry


def test_every_line_that_cannot_be_read_says_why_and_nothing_is_saved(
    people: Cast, as_: SignIn, programme: CourseProgramme
) -> None:
    typed = (
        "高企认定，科技\n，科技\n账款，园艺，13月\n清收，法律，3月，市园林局\n工会，法律，，，无名氏\n"
        "税收，法律，，，，9999"
    )
    answer = as_(people.secretary).post(f"/programmes/{programme.id}/courses/several", data={"rows": typed})
    assert answer.status_code == 422
    for sentence in (
        "第 2 行：没有写课题。",
        "第 3 行：月份“13月”不在本计划的 1 月到 12 月之间。",
        "第 4 行：没有名为“市园林局”的部门。",
        "第 5 行：首席服务官中没有“无名氏”。",
        "第 6 行：时长“9999”应是 5 到 240 分钟。",
    ):
        assert sentence in answer.text
    assert "高企认定，科技" in answer.text
    assert db.session.scalar(sa.select(sa.func.count(Course.id))) == 0


def test_coverage_says_in_words_what_is_missing(people: Cast, course: Course, field: PolicyField) -> None:
    programme = course.programme
    programme_operations.edit_programme(
        programme, None, title=programme.title, year=clock.today().year + 1, about="", first_month=3, last_month=5,
        by=people.secretary,
    )  # fmt: skip
    course.month = date(programme.year, 4, 1)
    course_operations.add_course(programme, "未定", field, by=people.secretary)
    made = planning.coverage(planning.plan_of(programme))
    assert [[len(month) for month in row.months] + [len(row.apart)] for row in made.rows] == [[0, 1, 0, 1], [0] * 4]
    assert made.gaps == [
        "还没有安排课程的领域：法律。",
        "还没有安排课程的月份：3月、5月。",
        "有 1 讲没有定月份，或不在本季之内。",
    ]


def test_a_turn_is_used_up_by_a_lesson_given_and_by_nothing_else(people: Cast, course: Course, second: Course) -> None:
    def turn(user: object) -> rota_queries.Turn:
        return next(one for one in rota_queries.rota() if one.person is user)

    assert turn(people.lecturer).words == "还没有讲过，轮值第 3 位；另有 1 讲待讲"
    rota.invite(course, by=people.secretary)
    rota.decline(course, "出差", by=people.lecturer)
    rota.ask(second, people.colleague, by=people.secretary)
    assert turn(people.lecturer).times == turn(people.officer).times == 0
    day = clock.today().replace(day=1)
    course_operations.deliver(second, day, by=people.secretary)
    assert turn(people.colleague).words == f"上次讲课：{day.year}年{day.month}月，共讲 1 次，轮值第 6 位"
    assert rota_queries.rota()[-1].person is people.colleague


def test_after_a_refusal_the_next_of_the_rota_is_proposed_and_asked_by_one_click(
    people: Cast, as_: SignIn, course: Course
) -> None:
    rota.appoint(course, people.recorder, by=people.secretary)
    rota.invite(course, by=people.secretary)
    rota.decline(course, "出差", by=people.recorder)
    assert told(people.secretary)[-1] == f"记录示例不能主讲：{course}"
    body = db.session.scalars(sa.select(Notice.body).order_by(Notice.id.desc())).first()
    assert "轮值下一位：专班办公室 审核示例" in body
    page = as_(people.secretary).get(f"/programmes/{course.programme_id}/plan").text
    assert "请审核示例主讲" in page
    answer = as_(people.secretary).post(f"/courses/{course.id}/request", data={"lecturer_id": people.reviewer.id})
    assert answer.status_code == 303
    db.session.expire_all()
    assert (course.state, course.lecturer) == (CourseState.invited, people.reviewer)
    assert told(people.reviewer) == [f"请您确认主讲：{course}"]
    assert [one.kind for one in rota_queries.changes_of(course)][::-1] == [
        ChangeKind.appointed,
        ChangeKind.appointed,
        ChangeKind.declined,
        ChangeKind.asked,
    ]


def test_two_lessons_swap_their_lecturers_by_one_click(
    people: Cast, as_: SignIn, confirmed: Course, second: Course
) -> None:
    answer = as_(people.secretary).post(f"/courses/{confirmed.id}/swap", data={"other_id": second.id})
    assert answer.status_code == 303
    db.session.expire_all()
    assert (confirmed.lecturer, second.lecturer) == (people.officer, people.lecturer)
    assert confirmed.is_invited
    assert second.is_invited
    assert told(people.officer) == [f"您的课已对调，请确认主讲：{confirmed}"]
    again = as_(people.secretary).post(f"/courses/{confirmed.id}/swap", data={"other_id": confirmed.id})
    assert (again.status_code, "请刷新页面后重新选择" in again.text) == (409, True)


def test_a_lecturer_finds_a_substitute_who_has_to_confirm(people: Cast, as_: SignIn, confirmed: Course) -> None:
    lecturer = as_(people.lecturer)
    assert "请其代讲" in lecturer.get(f"/courses/{confirmed.id}/substitute").text
    answer = lecturer.post(f"/courses/{confirmed.id}/substitution", data={"lecturer_id": people.colleague.id})
    assert answer.status_code == 303
    db.session.expire_all()
    assert (confirmed.lecturer, confirmed.state) == (people.colleague, CourseState.invited)
    assert told(people.colleague) == [f"请您代主讲示例主讲并确认：{confirmed}"]
    assert as_(people.lecturer).post(f"/courses/{confirmed.id}/substitution").status_code == 403
    stranger = as_(people.colleague).post(f"/courses/{confirmed.id}/substitution", data={"lecturer_id": 999})
    assert stranger.status_code == 409


def test_whoever_pauses_is_not_proposed_until_the_pause_ends(people: Cast, as_: SignIn, course: Course) -> None:
    secretary = as_(people.secretary)
    address = f"/rota/{people.recorder.id}/pause"
    until = clock.today() + timedelta(days=3)
    assert secretary.post(address, data={"why": "挂职", "until": until.isoformat()}).status_code == 303
    assert secretary.post(address, data={"why": "", "until": ""}).status_code == 422
    assert rota_queries.suggested(rota_queries.rota())[0].person is people.reviewer
    assert "暂不轮值" in as_(people.officer).get("/rota").text
    with clock.at(clock.moment(until + timedelta(days=1), 9)):
        assert rota_queries.suggested(rota_queries.rota())[0].person is people.recorder
    assert secretary.post(f"/rota/{people.recorder.id}/return").status_code == 303
    assert rota_queries.suggested(rota_queries.rota())[0].person is people.recorder


def test_doubts_are_data_with_links(people: Cast, course: Course, second: Course, field: PolicyField) -> None:
    month = clock.today().replace(day=1)
    course.month = second.month = month
    bare = course_operations.add_course(course.programme, "待定", field, by=people.secretary)
    rota.appoint(second, people.lecturer, by=people.secretary)
    assert sentences(course.programme) == [
        "市工信局 主讲示例有 2 讲待讲：第 1 讲、第 2 讲。",
        f"科技在 {month.month} 月安排了 2 讲：第 1 讲、第 2 讲。",
        "第 3 讲《待定》还没有主讲人。",
        f"第 1 讲《高新技术企业认定政策》计划在 {month.month} 月讲，还没有排进会议。",
        f"第 2 讲《研发费用》计划在 {month.month} 月讲，还没有排进会议。",
    ]
    urls = [one.url for one in planning.doubts(planning.plan_of(course.programme))]
    assert urls[:3] == [f"/courses/{second.id}/lecturer", f"/courses/{second.id}/edit", f"/courses/{bare.id}/lecturer"]


def test_the_rota_fills_every_lesson_that_has_nobody(
    people: Cast, as_: SignIn, course: Course, field: PolicyField
) -> None:
    for topic in ("二", "三"):
        course_operations.add_course(course.programme, topic, field, by=people.secretary)
    db.session.commit()
    address = f"/programmes/{course.programme_id}/lecturers"
    assert as_(people.secretary).post(address).status_code == 303
    lecturers = [one.lecturer.name for one in programme_queries.lessons_in(course.programme)]
    assert lecturers == ["主讲示例", "记录示例", "审核示例"]
    assert as_(people.secretary).post(address).status_code == 409
    assert db.session.scalar(sa.select(sa.func.count(LecturerChange.id))) == 3


def test_a_season_does_not_end_before_it_begins(people: Cast, programme: CourseProgramme) -> None:
    with pytest.raises(Refused, match="结束月份不能早于开始月份"):
        programme_operations.add_programme("跨年", 2027, "", first_month=9, last_month=2, by=people.secretary)


@pytest.mark.parametrize("address", ["/courses", "/programmes/1/plan", "/rota"])
def test_a_plan_asks_no_more_however_long_it_is(
    people: Cast, as_: SignIn, statements: list[str], course: Course, field: PolicyField, address: str
) -> None:
    browser, counts = as_(people.secretary), []
    for _ in range(2):
        for number in range(8):
            course_operations.add_course(course.programme, f"第{number}课", field, by=people.secretary)
        db.session.commit()
        browser.get(address)
        statements.clear()
        assert browser.get(address).status_code == 200
        counts.append(len([one for one in statements if one.startswith("SELECT")]))
    assert counts[0] == counts[1] <= 10


# ── by when slides are handed in ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def due(people: Cast, confirmed: Course) -> date:
    """The lesson is to be given on the Monday; the last day for its slides."""
    sitting = preparing.schedule(add_series(people), MONDAY, by=people.secretary)
    agenda.add_item(sitting, ItemKind.course, confirmed.topic, 30, course=confirmed, by=people.secretary)
    db.session.commit()
    return materials_queries.slides_due_of(confirmed)


def hand_in(browser: FlaskClient, course: Course, slides: bytes, **more: object) -> object:
    typed = {"file": (BytesIO(slides), "讲稿.pdf"), "title": "讲稿", "secrecy_checked": "y", "visibility": "before"}
    return browser.post(f"/courses/{course.id}/materials", data=typed | more)


def test_the_deadline_binds_the_post_as_well_as_the_page(
    people: Cast, as_: SignIn, confirmed: Course, due: date, slides: bytes
) -> None:
    assert due == date(2026, 11, 26)
    with clock.at(clock.moment(due, 23, 59)):
        lecturer = as_(people.lecturer)
        assert "当天有效" in lecturer.get(f"/courses/{confirmed.id}").text
        assert hand_in(lecturer, confirmed, slides).status_code == 303
    with clock.at(clock.moment(due + timedelta(days=1), 0, 1)):
        page = as_(people.lecturer)
        assert "现在已过时限。请把课件交给会议秘书代为提交" in page.get(f"/courses/{confirmed.id}").text
        answer = hand_in(page, confirmed, slides)
        assert (answer.status_code, "现在已过时限" in answer.text) == (409, True)
    assert db.session.scalar(sa.select(sa.func.count(MaterialVersion.id))) == 1


def test_after_the_deadline_the_office_hands_in_for_the_lecturer_and_it_shows(
    people: Cast, as_: SignIn, confirmed: Course, due: date, slides: bytes
) -> None:
    with clock.at(clock.moment(due + timedelta(days=1), 9)):
        assert hand_in(as_(people.secretary), confirmed, slides).status_code == 303
    version = db.session.scalar(sa.select(MaterialVersion))
    assert (version.on_behalf, version.late) == (True, True)
    entry = journal.history(version.material)[0]
    assert (entry.facts["on_behalf_of"], entry.facts["late"]) == ("主讲示例", True)
    assert "；代主讲人提交；逾期提交" in as_(people.lecturer).get(f"/courses/{confirmed.id}").text
    assert told(people.lecturer)[-1] == f"文秘示例代您提交了课件，请核对并签署保密自查：{confirmed}"


def test_what_was_returned_is_mended_after_the_deadline_too(
    people: Cast, as_: SignIn, confirmed: Course, due: date, slides: bytes
) -> None:
    with clock.at(clock.moment(due, 9)):
        hand_in(as_(people.lecturer), confirmed, slides)
    material = db.session.scalar(sa.select(Material))
    materials.request_changes(material, "补充数据", by=people.secretary)
    db.session.commit()
    with clock.at(clock.moment(due + timedelta(days=1), 9)):
        lecturer = as_(people.lecturer)
        assert "按退改意见修改的，仍可提交新版本" in lecturer.get(f"/courses/{confirmed.id}").text
        assert hand_in(lecturer, confirmed, slides).status_code == 409
        assert hand_in(lecturer, confirmed, slides, material_id=material.id).status_code == 303


def test_the_office_may_let_lecturers_be_late(
    people: Cast, as_: SignIn, confirmed: Course, due: date, slides: bytes
) -> None:
    office.change("late_slides", "接收并注明逾期", by=people.secretary)
    db.session.commit()
    with clock.at(clock.moment(due + timedelta(days=1), 9)):
        lecturer = as_(people.lecturer)
        assert "仍可提交，会注明逾期" in lecturer.get(f"/courses/{confirmed.id}").text
        assert hand_in(lecturer, confirmed, slides).status_code == 303
    assert db.session.scalar(sa.select(MaterialVersion)).late


def test_a_lecturer_signs_for_what_was_handed_in_until_there_is_more(
    people: Cast, as_: SignIn, confirmed: Course, slides: bytes
) -> None:
    lecturer, address = as_(people.lecturer), f"/courses/{confirmed.id}/secrecy"
    ticks = dict.fromkeys(("no_state_secrets", "no_business_secrets", "published_only"), "y")
    assert lecturer.post(address, data=ticks).status_code == 409
    hand_in(lecturer, confirmed, slides)
    assert lecturer.post(address, data=ticks | {"published_only": ""}).status_code == 422
    assert lecturer.post(address, data=ticks).status_code == 303
    assert queries.course(confirmed.id).secrecy_is_signed
    hand_in(lecturer, confirmed, slides)
    db.session.expire_all()
    assert not queries.course(confirmed.id).secrecy_is_signed
    assert "课件有了新版本，请重新签署" in lecturer.get(f"/courses/{confirmed.id}").text


def test_an_outline_is_written_by_its_lecturer(people: Cast, as_: SignIn, confirmed: Course) -> None:
    assert (
        as_(people.lecturer).post(f"/courses/{confirmed.id}/outline", data={"outline": "一、条件"}).status_code == 303
    )
    assert "一、条件" in as_(people.officer).get(f"/courses/{confirmed.id}").text
    assert as_(people.officer).post(f"/courses/{confirmed.id}/outline", data={"outline": "x"}).status_code == 403
