"""Lessons as their people see them: the secretary drags, the lecturer prepares on a phone, a listener answers."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from cast import Cast, add_series
from eyes import spill, violations
from furnished import pdf
from playwright.sync_api import Page, expect
from pypdfium2 import PdfDocument

from portal.courses.course import operations as course
from portal.courses.models.courses import Course
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.db import calendar, clock
from portal.db.engine import db
from portal.lessons.schedule import operations as lessons
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.sitting import operations as sitting_operations

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
DESK, PHONE = {"width": 1280, "height": 1000}, {"width": 390, "height": 844}


@pytest.fixture
def lesson(people: Cast) -> Course:
    """A confirmed lesson of a programme."""
    programme = programme_operations.add_programme("课程计划", clock.today().year, "", by=people.secretary)
    field = programme_operations.add_field("科技", 1, by=people.secretary)
    made = course.add_course(programme, "高企认定", field, lecturer=people.lecturer, by=people.secretary)
    rota.invite(made, by=people.secretary)
    db.session.commit()
    return made


@pytest.fixture
def sittings(people: Cast, lesson: Course) -> list[Meeting]:
    """Two meetings ahead."""
    series = add_series(people)
    days = [calendar.add_working(clock.today(), days) for days in (8, 13)]
    made = [preparing.schedule(series, day, by=people.secretary) for day in days]
    db.session.commit()
    return made


def drop(page: Page, number: int) -> None:
    """Take the card by its grip to the list of a meeting."""
    grip = page.locator("[data-lesson] .grip").bounding_box()
    target = page.locator(f".drop[data-meeting='{number}']").bounding_box()
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(target["x"] + 60, target["y"] + 10, steps=10)
    page.mouse.move(target["x"] + 60, target["y"] + 25, steps=5)
    page.mouse.up()


@pytest.mark.long
def test_the_secretary_drags_a_lesson_to_a_meeting_and_releases(
    people: Cast, opened: Open, lesson: Course, sittings: list[Meeting]
) -> None:
    first, second = (one.id for one in sittings)
    page = opened(people.secretary, f"/programmes/{lesson.programme_id}/board")
    for number in (first, second):
        drop(page, number)
        expect(page.locator(f".drop[data-meeting='{number}'] [data-lesson]")).to_have_count(1)
        expect(page.locator("#changes")).to_contain_text("排在")
    assert violations(page) == []
    page.get_by_role("textbox", name="说明").fill("首次发布")
    page.get_by_role("button", name="发布课程表").click()
    expect(page.locator("main")).to_contain_text("课程表第 1 版已发布")
    expect(page.locator("main")).to_contain_text("首次发布")
    assert len(PdfDocument(page.pdf(format="A4", prefer_css_page_size=True))) == 1


def test_a_lesson_is_moved_by_list_and_button_without_scripts(
    people: Cast, opened: Open, lesson: Course, sittings: list[Meeting]
) -> None:
    number = sittings[1].id
    page = opened(people.secretary, f"/programmes/{lesson.programme_id}/board", java_script_enabled=False)
    page.get_by_label("第 1 讲移到").select_option(str(number))
    page.get_by_role("button", name="移动第 1 讲").click()
    expect(page.locator(f".drop[data-meeting='{number}'] [data-lesson]")).to_have_count(1)


@pytest.mark.long
def test_a_lecturer_prepares_the_whole_lesson_on_a_phone(
    people: Cast, opened: Open, lesson: Course, sittings: list[Meeting], tmp_path: Path
) -> None:
    lessons.place(lesson, sittings[0], by=people.secretary)
    lessons.release(lesson.programme, "", by=people.secretary)
    db.session.commit()
    (tmp_path / "讲稿.pdf").write_bytes(pdf())
    page = opened(people.lecturer, "/", viewport=PHONE)
    page.get_by_role("link", name="高企认定").first.click()
    page.get_by_role("button", name="确认主讲").click()
    done = page.locator(".checklist li:has(.vh)")
    expect(done).to_have_count(2)
    page.locator(".checklist").get_by_role("link", name="填写").click()
    page.get_by_role("textbox", name="讲课提纲").fill("一、条件\n二、流程")
    page.get_by_role("button", name="保存").click()
    expect(done).to_have_count(3)
    page.set_input_files("input[type=file]", tmp_path / "讲稿.pdf")
    page.locator("[name=secrecy_checked]").check()
    page.get_by_role("button", name="提交审核").click()
    expect(done).to_have_count(4)
    page.locator(".checklist").get_by_role("link", name="签署").click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="签署").click()
    expect(done).to_have_count(5)
    assert (violations(page), max(spill(page), 0)) == ([], 0)


def given(people: Cast, lesson: Course, sitting: Meeting) -> None:
    """The lesson was given, the officer present."""
    day: date = clock.today() - timedelta(days=1)
    sitting.day = day
    for item in list(sitting.items):
        agenda.take_off_item(item, by=people.secretary)
    agenda.add_item(sitting, ItemKind.course, lesson.topic, 30, course=lesson, by=people.secretary)
    preparing.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    notices.announce(sitting, why="已知悉", by=people.secretary)
    sitting_operations.open(sitting, by=people.secretary)
    place = next(one for one in sitting.attendances if one.user is people.officer)
    attendance.check_in(place, by=people.secretary)
    sitting_operations.mark_item(sitting.items[0], ItemState.dealt_with, by=people.secretary)
    sitting_operations.adjourn(sitting, by=people.secretary)
    db.session.commit()


@pytest.mark.long
def test_a_listener_answers_three_questions_on_a_phone(
    people: Cast, opened: Open, lesson: Course, sittings: list[Meeting]
) -> None:
    given(people, lesson, sittings[0])
    page = opened(people.officer, f"/courses/{lesson.id}", viewport=PHONE)
    page.get_by_role("link", name="听课反馈").click()
    page.get_by_role("group", name="内容对服务企业有没有用").get_by_label("很好").check()
    page.get_by_role("group", name="讲得清楚不清楚").get_by_label("一般").check()
    page.get_by_label("还想听什么").fill("多讲案例")
    assert (violations(page), max(spill(page), 0)) == ([], 0)
    page.get_by_role("button", name="提交反馈").click()
    expect(page.locator("#messages")).to_contain_text("谢谢您的反馈")
    page.get_by_role("link", name="听课反馈").click()
    expect(page.locator("main")).to_contain_text("您已经反馈过这一讲")
