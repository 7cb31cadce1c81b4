"""The deeds, each from its own side."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa
from cast import Cast

from portal.courses import rules as courses_rules
from portal.courses.course import operations as course_operations
from portal.courses.course import queries as course_queries
from portal.courses.materials import operations as materials
from portal.courses.materials import queries as materials_queries
from portal.courses.models.courses import Course, CourseState
from portal.courses.models.materials import ConversionState, MaterialVersion
from portal.courses.models.programmes import PolicyField
from portal.courses.models.slides import MaterialState, SlidesState
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.courses.rota import queries as rota_queries
from portal.db import clock, journal, search
from portal.db.engine import apart, db
from portal.errors import Refused, Unreadable
from portal.files import office_pdf, preview
from portal.inbox.models import Notice
from portal.jobs import worker
from portal.jobs.worker import run_prompted


def deeds() -> list[str]:
    db.session.commit()
    return list(db.session.scalars(sa.select(journal.JournalEntry.deed).order_by(journal.JournalEntry.seq)))


def told(user: object) -> list[str]:
    db.session.flush()
    return list(db.session.scalars(sa.select(Notice.title).where(Notice.user_id == user.id).order_by(Notice.id)))


def submit(course: Course, content: bytes, by: object, **more: object) -> MaterialVersion:
    version = materials.submit_material(course, content, "课件.pdf", "", "", True, by=by, **more)
    db.session.commit()
    return version


def test_a_course_goes_from_plan_to_library(people: Cast, course: Course):
    for deed, state in (
        (lambda: rota.invite(course, by=people.secretary), CourseState.invited),
        (lambda: rota.confirm(course, by=people.lecturer), CourseState.confirmed),
        (lambda: course_operations.deliver(course, clock.today(), by=people.secretary), CourseState.delivered),
        (lambda: course_operations.publish(course, by=people.secretary), CourseState.published),
    ):
        deed()
        assert course.state is state
    assert deeds()[-4:] == ["courses.invite", "courses.confirm", "courses.deliver", "courses.publish"]
    assert told(people.lecturer) == [f"请您确认主讲：{course}"]
    assert told(people.secretary) == [f"主讲示例已确认主讲：{course}"]


def test_a_lecturer_who_declines_leaves_the_course_open_for_the_next(people: Cast, course: Course):
    rota.invite(course, by=people.secretary)
    with pytest.raises(Refused, match="请写明答复不能主讲的理由。"):
        rota.decline(course, " ", by=people.lecturer)
    rota.decline(course, "出差", by=people.lecturer)
    assert (course.state, course.lecturer) == (CourseState.planned, None)
    with pytest.raises(Refused, match="还没有主讲人，请先指定由谁来讲。"):
        rota.invite(course, by=people.secretary)


def test_another_lecturer_has_to_be_invited_anew(people: Cast, confirmed: Course):
    rota.appoint(confirmed, people.officer, by=people.secretary)
    assert (confirmed.state, confirmed.lecturer) == (CourseState.planned, people.officer)
    with pytest.raises(Refused, match="主讲人已经是服务示例，不需要更换。"):
        rota.appoint(confirmed, people.officer, by=people.secretary)


def test_the_rota_counts_only_what_was_given(people: Cast, confirmed: Course, programme: object, field: PolicyField):
    assert rota_queries.rota()[-1].person is people.lecturer or not rota_queries.rota()[-1].times
    course_operations.add_course(programme, "另一讲", field, lecturer=people.officer, by=people.secretary)
    assert people.officer.name not in [turn.person.name for turn in rota_queries.suggested(rota_queries.rota())]
    course_operations.deliver(confirmed, clock.today(), by=people.secretary)
    last = rota_queries.rota()[-1]
    assert (last.person, last.times, last.last) == (people.lecturer, 1, clock.today())


def test_numbers_count_within_their_programme(people: Cast, course: Course, field: PolicyField):
    second = course_operations.add_course(course.programme, "第二讲", field, by=people.secretary)
    other = programme_operations.add_programme("2027 年讲业务计划", 2027, "", by=people.secretary)
    assert [course.number, second.number] == [1, 2]
    assert course_operations.add_course(other, "第一讲", field, by=people.secretary).number == 1


def test_a_title_is_given_once(people: Cast, course: Course):
    with pytest.raises(Refused, match="已经有名为“2026 年讲业务计划”的课程计划。"):
        programme_operations.add_programme("2026 年讲业务计划", 2027, "", by=people.secretary)
    with pytest.raises(Refused, match="已经有名为“科技”的政策领域。"):
        programme_operations.add_field("科技", 9, by=people.secretary)


def test_every_upload_is_a_new_version(people: Cast, confirmed: Course, slides: bytes):
    assert confirmed.slides is SlidesState.missing
    first = submit(confirmed, slides, people.lecturer)
    second = submit(confirmed, slides, people.lecturer, material=first.material)
    assert [first.number, second.number] == [1, 2]
    assert first.material.title == "课件"
    assert deeds()[-2:] == ["courses.submit_material"] * 2
    assert told(people.secretary)[-1] == f"课件《课件》第 2 版待审：{confirmed}"


def test_nothing_comes_in_without_the_secrecy_check(people: Cast, confirmed: Course, slides: bytes):
    with pytest.raises(Refused, match="请先完成保密自查"):
        materials.submit_material(confirmed, slides, "课件.pdf", "", "", False, by=people.lecturer)


def test_a_file_of_another_kind_is_refused(people: Cast, confirmed: Course):
    with pytest.raises(Unreadable):
        materials.submit_material(confirmed, b"<html>", "课件.pdf", "", "", True, by=people.lecturer)


def test_a_cancelled_course_takes_no_slides(people: Cast, confirmed: Course, slides: bytes):
    course_operations.cancel(confirmed, "计划调整", by=people.secretary)
    with pytest.raises(Refused, match="课程已经取消，不再接收课件。"):
        submit(confirmed, slides, people.lecturer)


def test_slides_are_reviewed_version_by_version(people: Cast, confirmed: Course, slides: bytes):
    first = submit(confirmed, slides, people.lecturer)
    material = first.material
    materials.request_changes(material, "第二页数据有误", by=people.secretary)
    assert (material.state, material.remark) == (MaterialState.changes_requested, "第二页数据有误")
    second = submit(confirmed, slides, people.lecturer, material=material)
    db.session.refresh(material)
    materials.approve_material(material, by=people.secretary)
    assert (first.was_approved, second.was_approved, material.remark) == (False, True, "")
    third = submit(confirmed, slides, people.lecturer, material=material)
    db.session.refresh(material)
    assert (material.state, material.approved, third.was_approved) == (MaterialState.submitted, second, False)
    with pytest.raises(Refused, match="只有“已通过”时才能定稿"):
        materials.finalise(material, by=people.secretary)
    materials.approve_material(material, by=people.secretary)
    materials.finalise(material, by=people.secretary)
    with pytest.raises(Refused, match="课件现在是“已定稿”"):
        submit(confirmed, slides, people.lecturer, material=material)


def test_the_chore_makes_pages(people: Cast, confirmed: Course, slides: bytes):
    version = submit(confirmed, slides, people.lecturer)
    run_prompted()
    db.session.refresh(version)
    assert (version.conversion, version.pages_done, version.pages_total) == (ConversionState.ready, 2, 2)
    assert [(page.number, page.width, page.height) for page in version.pages] == [(1, 1600, 900), (2, 1600, 900)]
    assert deeds()[-1] == "courses.convert"


def test_progress_is_seen_while_the_pages_are_made(
    people: Cast, confirmed: Course, slides: bytes, monkeypatch: pytest.MonkeyPatch
):
    version, seen = submit(confirmed, slides, people.lecturer), []
    number = version.id

    drawn = preview.pages

    def make(*arguments: object, **more: object) -> Iterator[preview.PagePicture]:
        with closing(drawn(*arguments, **more)) as pages:
            yield next(pages)
        with apart() as session:
            kept = session.get(MaterialVersion, number)
            seen.append((kept.conversion, kept.pages_done, kept.pages_total))
        raise office_pdf.PreviewFailed("到此为止。")

    db.session.rollback()
    monkeypatch.setattr(preview, "pages", make)
    run_prompted()
    db.session.refresh(version)
    assert seen == [(ConversionState.running, 1, 2)]
    assert (version.conversion, version.failure) == (ConversionState.failed, "到此为止。")
    assert told(people.lecturer)[-1] == f"{version}无法生成预览"


def test_what_a_dead_worker_left_is_taken_up_again(people: Cast, confirmed: Course, slides: bytes):
    version = submit(confirmed, slides, people.lecturer)
    version.conversion, version.pages_done = ConversionState.running, 1
    db.session.commit()
    worker.run("courses.convert")
    db.session.refresh(version)
    assert version.can_be_seen


def test_a_version_nobody_looked_at_is_not_approved(people: Cast, confirmed: Course, slides: bytes):
    material = submit(confirmed, slides, people.lecturer).material
    submit(confirmed, slides, people.lecturer, material=material)
    db.session.refresh(material)
    with pytest.raises(Refused, match="课件有了第 2 版"):
        materials.approve_material(material, seen=1, by=people.secretary)
    assert materials.approve_material(material, seen=2, by=people.secretary).approved.number == 2


def test_what_waits_for_whom_is_asked_in_one_place(people: Cast, confirmed: Course, slides: bytes):
    assert list(course_queries.lessons_of(people.lecturer)) == [confirmed]
    material = submit(confirmed, slides, people.lecturer).material
    assert list(materials_queries.materials_to_review()) == [material]
    materials.approve_material(material, by=people.secretary)
    course_operations.deliver(confirmed, clock.today(), by=people.secretary)
    assert (list(course_queries.lessons_of(people.lecturer)), list(materials_queries.materials_to_review())) == ([], [])


def test_a_deck_is_converted_and_its_words_are_found(people: Cast, confirmed: Course, make_deck, soffice: None):
    version = materials.submit_material(
        confirmed, make_deck("研发费用加计扣除", "常见问题"), "讲稿.pptx", "讲稿", "", True, by=people.lecturer
    )
    db.session.commit()
    run_prompted()
    db.session.refresh(version)
    assert (version.conversion, version.failure, version.pages_total) == (ConversionState.ready, "", 2)
    assert search.find("加计", {courses_rules.FOR_READERS}).total == 0
    assert search.find("加计", {courses_rules.FOR_REVIEWERS}).total == 1
    materials.approve_material(version.material, by=people.secretary)
    assert search.find("加计", {courses_rules.FOR_READERS}).total == 1
    assert search.find("加计", {courses_rules.FOR_REVIEWERS}).total == 0
