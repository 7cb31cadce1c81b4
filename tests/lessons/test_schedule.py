"""The schedule: moved in peace, released in versions, told to those it concerns, taken into calendars."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cast import MONDAY, NINE, Cast, by_itself
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument

from portal.courses.course import operations as course_operations
from portal.courses.materials import operations as materials
from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.courses.programme import operations as programme_operations
from portal.courses.programme import planning
from portal.courses.rota import operations as rota
from portal.db import clock
from portal.db.engine import db
from portal.errors import Refused
from portal.inbox.models import Notice
from portal.lessons.models.schedule import PendingPlacement, ReleasedLesson
from portal.lessons.schedule import board, operations
from portal.lessons.schedule import queries as schedule_queries
from portal.meetings.models.meetings import Meeting
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.sitting import operations as sitting

SignIn = Callable[..., FlaskClient]
ANOTHER_DAY = MONDAY + timedelta(days=7)


def told(user: object) -> list[str]:
    db.session.flush()
    return list(db.session.scalars(sa.select(Notice.title).where(Notice.user_id == user.id).order_by(Notice.id)))


def topics(meeting: Meeting) -> list[str]:
    db.session.expire_all()
    return [item.course.topic for item in meeting.items if item.course]


@pytest.fixture
def released(people: Cast, programme: CourseProgramme, first: Course, second: Course, sittings: list[Meeting]) -> None:
    """Both lessons have their meeting, and everybody knows."""
    for course, meeting in zip((first, second), sittings, strict=True):
        operations.place(course, meeting, by=people.secretary)
    operations.release(programme, "", by=people.secretary)
    db.session.execute(sa.delete(Notice))
    db.session.commit()


@pytest.mark.parametrize("htmx", [False, True])
def test_nothing_happens_until_the_schedule_is_released(
    people: Cast, as_: SignIn, programme: CourseProgramme, first: Course, sittings: list[Meeting], htmx: bool
) -> None:
    db.session.execute(sa.delete(Notice))
    secretary = as_(people.secretary, htmx=htmx)
    answer = secretary.post(f"/courses/{first.id}/placement", data={"meeting": sittings[0].id})
    assert answer.status_code == (200 if htmx else 303)
    assert (topics(sittings[0]), told(people.lecturer)) == ([], [])
    assert (
        "高企认定》排在2026年12月7日 09:00，专班例会，501会议室。"
        in secretary.get(f"/programmes/{programme.id}/board").text
    )
    assert "还没有发布" in as_(people.officer).get(f"/programmes/{programme.id}/schedule").text
    secretary.post(f"/programmes/{programme.id}/release", data={"note": "首次发布"})
    assert topics(sittings[0]) == ["高企认定"]
    assert told(people.lecturer) == [f"讲业务排入：{first}"]
    assert told(people.officer) == []
    assert told(people.secretary) == []
    page = as_(people.officer).get(f"/programmes/{programme.id}/schedule").text
    assert "课程表第 1 版" in page
    assert "首次发布" in page


def test_only_who_is_affected_is_told_of_a_change(
    people: Cast, programme: CourseProgramme, first: Course, second: Course, sittings: list[Meeting], released: None
) -> None:
    operations.place(second, None, by=people.secretary)
    operations.place(first, sittings[1], by=people.secretary)
    made = operations.release(programme, "", by=people.secretary)
    assert [one.sentence for one in made.changes] == [
        f"{first}由2026年12月7日 09:00改到2026年12月14日 09:00，专班例会，501会议室。",
        f"{second}移出课程表，原定2026年12月14日 09:00。",
    ]
    assert (topics(sittings[0]), topics(sittings[1])) == ([], ["高企认定"])
    assert told(people.lecturer) == [f"讲业务改期：{first}"]
    assert told(people.officer) == [f"讲业务移出：{second}"]
    assert told(people.colleague) == []
    with pytest.raises(Refused, match="课程表没有变更"):
        operations.release(programme, "", by=people.secretary)


def test_a_meeting_that_is_put_off_is_a_change_to_release(
    people: Cast, programme: CourseProgramme, first: Course, sittings: list[Meeting], released: None
) -> None:
    preparing.postpone(sittings[0], ANOTHER_DAY + timedelta(days=1), NINE, "冲突", by=people.secretary)
    [change] = board.board(programme).changes
    assert "由2026年12月7日 09:00改到2026年12月8日 09:00" in change.sentence
    operations.release(programme, "", by=people.secretary)
    assert schedule_queries.released_lesson(first).sequence == 1


def test_another_lecturer_is_a_change_both_are_told_of(
    people: Cast, programme: CourseProgramme, first: Course, released: None
) -> None:
    rota.substitute(first, people.colleague, by=people.lecturer)
    made = operations.release(programme, "", by=people.secretary)
    assert made.changes[0].sentence == f"{first}的主讲人由主讲示例换为同事示例。"
    assert told(people.colleague)[-1] == told(people.lecturer)[-1] == f"讲业务换人：{first}"


def test_a_move_back_is_no_change(
    people: Cast, programme: CourseProgramme, first: Course, sittings: list[Meeting], released: None
) -> None:
    operations.place(first, sittings[1], by=people.secretary)
    operations.place(first, sittings[0], by=people.secretary)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PendingPlacement)) == 0
    operations.place(first, None, by=people.secretary)
    operations.discard(programme, by=people.secretary)
    assert board.board(programme).changes == []


def test_neither_lecturer_nor_field_is_booked_twice_on_a_day(
    people: Cast, programme: CourseProgramme, first: Course, second: Course, sittings: list[Meeting], released: None
) -> None:
    third = course_operations.add_course(programme, "研发费用", first.field, by=people.secretary)
    with pytest.raises(Refused, match="2026年12月7日已有科技的课"):
        operations.place(third, sittings[0], by=people.secretary)
    rota.appoint(third, people.officer, by=people.secretary)
    with pytest.raises(Refused, match="服务示例2026年12月14日已有第 2 讲《合同风险》，同一天不能讲两课。"):
        operations.place(third, sittings[1], by=people.secretary)
    operations.place(first, None, by=people.secretary)
    operations.place(third, sittings[0], by=people.secretary)


def test_a_lesson_moves_to_a_meeting_of_another_series(
    people: Cast, programme: CourseProgramme, first: Course, sittings: list[Meeting], released: None
) -> None:
    from portal.meetings.models.series import MeetingSeries

    other = MeetingSeries(
        name="第一小组例会", short="一组", rank=2, group=people.theme, starts_at=NINE, cut_off_time=NINE, heading="x",
        place="三楼",
    )  # fmt: skip
    db.session.add(other)
    db.session.flush()
    meeting = preparing.schedule(other, MONDAY + timedelta(days=9), by=people.secretary)
    operations.place(first, meeting, by=people.secretary)
    operations.release(programme, "", by=people.secretary)
    assert (topics(sittings[0]), topics(meeting)) == ([], ["高企认定"])


def test_the_calendar_entry_has_a_higher_sequence_after_each_release(
    people: Cast, as_: SignIn, programme: CourseProgramme, first: Course, sittings: list[Meeting], released: None
) -> None:
    address = f"/courses/{first.id}/lesson.ics"
    entry = as_(people.lecturer).get(address).text
    assert f"UID:lesson-{first.id}@portal" in entry
    assert "SEQUENCE:0" in entry
    assert "DTSTART:20261207T010000Z" in entry
    operations.place(first, None, by=people.secretary)
    operations.release(programme, "", by=people.secretary)
    entry = as_(people.lecturer).get(address).text
    assert "SEQUENCE:1" in entry
    assert "STATUS:CANCELLED" in entry
    assert as_(people.colleague).get(address).status_code == 403


def test_what_is_not_settled_is_a_doubt(
    people: Cast, programme: CourseProgramme, first: Course, sittings: list[Meeting], released: None
) -> None:
    rota.decline(first, "出差", by=people.lecturer)
    operations.place(first, sittings[1], by=people.secretary)
    sentences = [one.sentence for one in planning.doubts(planning.plan_of(programme))]
    assert f"{first}还没有主讲人。" in sentences
    assert "排期有变更还没有发布，主讲人还不知道。" in sentences


def test_only_who_has_not_handed_in_is_reminded(
    people: Cast, as_: SignIn, programme: CourseProgramme, first: Course, second: Course, released: None
) -> None:
    from furnished import pdf

    materials.submit_material(second, pdf(), "讲稿.pdf", "", "", True, by=people.officer)
    db.session.execute(sa.delete(Notice))
    db.session.commit()
    secretary = as_(people.secretary)
    assert secretary.post(f"/programmes/{programme.id}/reminders").status_code == 303
    assert told(people.lecturer) == [f"课件请在2026年12月3日前提交：{first}"]
    assert told(people.officer) == []


def test_the_portal_reminds_by_itself_before_the_slides_are_due_and_on_the_day(
    people: Cast, first: Course, released: None
) -> None:
    for day, expected in ((30, 0), (1, 1), (2, 1), (3, 2), (4, 2)):
        moment = clock.moment(MONDAY.replace(day=day) if day == 30 else MONDAY.replace(month=12, day=day), 9)
        with clock.at(moment):
            for _ in range(2):
                by_itself("lessons.remind")
        assert len(told(people.lecturer)) == expected, day
    assert told(people.lecturer)[0] == f"课件请在2026年12月3日前提交：{first}"


@pytest.mark.parametrize("page", ["board", "schedule"])
def test_the_board_asks_no_more_however_many_lessons_there_are(
    people: Cast, as_: SignIn, statements: list[str], programme: CourseProgramme, released: None, page: str
) -> None:
    browser, counts, address = as_(people.secretary), [], f"/programmes/{programme.id}/{page}"
    for round_ in range(2):
        for number in range(6):
            field = programme_operations.add_field(f"领域{round_}{number}", 9, by=people.secretary)
            course_operations.add_course(programme, f"课{round_}{number}", field, by=people.secretary)
        db.session.commit()
        browser.get(address)
        statements.clear()
        assert browser.get(address).status_code == 200
        counts.append(len([one for one in statements if one.startswith("SELECT")]))
    assert counts[0] == counts[1] <= 10


def words(sheet: bytes) -> list[str]:
    with PdfDocument(sheet) as document:
        return [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in document]


@pytest.mark.parametrize("lessons", [12, *(pytest.param(many, marks=pytest.mark.long) for many in (2, 16))])
def test_the_released_schedule_is_printed_on_one_sheet(
    people: Cast, as_: SignIn, programme: CourseProgramme, sittings: list[Meeting], released: None, lessons: int
) -> None:
    field = programme_operations.add_field("专精特新", 9, by=people.secretary)
    for number in range(3, lessons + 1):
        topic = f"专精特新中小企业梯度培育和研发费用加计扣除政策解读之{number}"
        made = course_operations.add_course(programme, topic, field, lecturer=people.lecturer, by=people.secretary)
        row = ReleasedLesson(  # so many meetings take long to plan
            course=made, programme_id=programme.id, meeting=sittings[0], lecturer=people.lecturer, day=sittings[0].day,
            starts_at=sittings[0].starts_at, place=sittings[0].place, released_at=clock.now(),
        )  # fmt: skip
        db.session.add(row)
    course_operations.add_course(programme, "还没有排的一课", field, by=people.secretary)
    db.session.commit()
    browser = as_(people.officer)
    with clock.at(clock.moment(MONDAY.replace(day=25))):
        errand = browser.post(f"/programmes/{programme.id}/schedule/pdf").location
        by_itself("errands.run")
        answer = browser.get(f"{errand}/file")
    said = words(answer.data)
    assert len(said) == 1
    for part in ("第1版", "高企认定", "合同风险", people.officer.name, "12月7日（一）", "501会议室"):
        assert part in said[0], part
    assert f"时间待定：第{lessons + 1}讲《还没有排的一课》。" in said[0]
    assert said[0].count("加计扣除") == lessons - 2


def test_nothing_is_printed_before_the_schedule_is_released(
    people: Cast, as_: SignIn, programme: CourseProgramme
) -> None:
    assert "schedule/pdf" not in as_(people.officer).get(f"/programmes/{programme.id}/schedule").text
    answer = as_(people.officer).post(f"/programmes/{programme.id}/schedule/pdf")
    assert (answer.status_code, "还没有发布" in answer.text) == (409, True)
    assert as_(people.administrator).post(f"/programmes/{programme.id}/schedule/pdf").status_code == 404


def test_a_lesson_that_is_being_given_stays_where_it_is(
    people: Cast, as_: SignIn, programme: CourseProgramme, first: Course, sittings: list[Meeting], released: None
) -> None:
    here, later = sittings
    preparing.approve_agenda(here, chair=people.chair, by=people.secretary)
    notices.announce(here, why="已知悉", by=people.secretary)
    sitting.open(here, by=people.secretary)
    db.session.commit()
    secretary = as_(people.secretary)
    assert "排期有变更还没有发布" not in secretary.get(f"/programmes/{programme.id}/plan").text
    answer = secretary.post(f"/courses/{first.id}/placement", data={"meeting": later.id})
    assert (answer.status_code, "这一讲正在会上" in answer.text) == (409, True)
