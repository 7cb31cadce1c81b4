"""A lesson as it is given: slides on the screen, pages turned, questions asked and what becomes of them."""

from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from cast import MONDAY, add_series, by_itself
from pypdfium2 import PdfDocument

from portal.actions.models.action_items import ActionItem
from portal.courses.course import operations as course_operations
from portal.courses.materials import operations as materials
from portal.courses.models.materials import Visibility
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.errors import Refused
from portal.inbox.models import Notice
from portal.lessons.classroom import operations, queries
from portal.lessons.models.classroom import Question
from portal.meetings.agenda import operations as agenda
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.series import ItemKind
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.sitting import operations as sitting_operations


def pdf(pages: int) -> bytes:
    document, target = PdfDocument.new(), BytesIO()
    for _ in range(pages):
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
def version(people, course):
    made = materials.submit_material(course, pdf(3), "讲稿.pdf", "讲稿", "", True, by=people.lecturer)
    by_itself("courses.convert")
    materials.approve_material(made.material, by=people.secretary)
    db.session.commit()
    return made


@pytest.fixture
def sitting(people, course, version):
    """The meeting sits and is at the lesson."""
    meeting = preparing.schedule(add_series(people), MONDAY, by=people.secretary)
    item = agenda.add_item(meeting, ItemKind.course, "讲业务", 25, course=course, by=people.secretary)
    preparing.approve_agenda(meeting, chair=people.chair, by=people.secretary)
    notices.announce(meeting, why="已知悉", by=people.secretary)
    sitting_operations.open(meeting, by=people.secretary)
    sitting_operations.turn_to(item, by=people.secretary)
    db.session.commit()
    return meeting


@pytest.fixture
def lesson(course, sitting):
    return queries.lesson_of(course)


def text(answer):
    return answer.get_data(as_text=True)


def page_on(lesson):
    db.session.expire_all()
    return queries.slide_of(lesson.item).leaf.number


def test_slides_come_on_the_screen_by_themselves_and_are_turned_there(people, as_, sitting, lesson):
    secretary = as_(people.secretary, htmx=True)
    address = f"/meetings/{sitting.id}/screen"
    first = secretary.get(address)
    assert ("1 / 3" in text(first), "every 1s" in text(first)) == (True, True)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert secretary.get(address, headers=tag).status_code == 304
    turned = secretary.post(f"/courses/{lesson.id}/podium/next", data={"on": "screen"})
    assert 'id="screen"' in text(turned)
    assert "2 / 3" in text(turned)
    assert secretary.get(address, headers=tag).status_code == 200
    assert secretary.get(f"/courses/{lesson.id}/podium/picture").mimetype == "image/webp"


@pytest.mark.parametrize("who", ["lecturer", "secretary", "recorder", "chair"])
@pytest.mark.parametrize("htmx", [False, True])
def test_who_is_in_charge_turns_pages_and_never_past_the_ends(people, as_, lesson, who, htmx):
    browser = as_(getattr(people, who), htmx=htmx)
    status = 200 if htmx else 303
    assert browser.post(f"/courses/{lesson.id}/podium/previous").status_code == status
    assert page_on(lesson) == 1
    for _ in range(4):
        browser.post(f"/courses/{lesson.id}/podium/next")
    assert page_on(lesson) == 3
    assert browser.post(f"/courses/{lesson.id}/podium/page", data={"page": "2"}).status_code == status
    assert page_on(lesson) == 2
    deeds = sa.select(JournalEntry).where(JournalEntry.deed == "podium.turn")
    assert len(db.session.scalars(deeds).all()) == 1  # one lesson, one person, one deed


def test_a_listener_follows_and_turns_nothing(people, as_, lesson):
    listener = as_(people.officer)
    page = text(listener.get(f"/courses/{lesson.id}/podium"))
    assert ("正在放映" in page, "下一页" in page) == (True, False)
    assert listener.post(f"/courses/{lesson.id}/podium/next").status_code == 403
    assert listener.get(f"/courses/{lesson.id}/podium/picture").status_code == 200


def test_what_is_for_after_the_meeting_is_on_the_rooms_screen_alone(people, as_, version, lesson):
    materials.set_visibility(version.material, Visibility.after, by=people.lecturer)
    db.session.commit()
    assert "请看会场的屏幕" in text(as_(people.officer).get(f"/courses/{lesson.id}/podium"))
    assert as_(people.officer).get(f"/courses/{lesson.id}/podium/picture").status_code == 404
    assert as_(people.recorder).get(f"/courses/{lesson.id}/podium/picture").status_code == 200


def test_slides_are_put_away_and_come_back_by_the_next_turn(people, as_, sitting, lesson):
    secretary = as_(people.secretary, htmx=True)
    away = text(secretary.post(f"/courses/{lesson.id}/podium/hiding", data={"on": "screen"}))
    assert ("签到" in away, "课件上屏" in away) == (True, True)
    operations.turn(lesson, 1, by=people.secretary)
    db.session.commit()
    assert (page_on(lesson), queries.slide_of(lesson.item).hidden) == (1, False)


def test_nothing_is_turned_before_the_lesson_is_on(people, as_, sitting, lesson):
    sitting_operations.turn(sitting, -1, by=people.secretary)
    lesson.item.started_at = None
    db.session.commit()
    answer = as_(people.lecturer).post(f"/courses/{lesson.id}/podium/next")
    assert (answer.status_code, "还没有开始" in text(answer)) == (409, True)


@pytest.mark.parametrize("typed", [{"page": "0"}, {"page": "x"}, {"page": ""}, {"page": "1", "version_id": "999"}])
def test_a_page_that_cannot_be_is_refused(people, as_, lesson, typed):
    assert as_(people.lecturer).post(f"/courses/{lesson.id}/podium/page", data=typed).status_code == 422


def ask(as_, who, lesson, **typed):
    data = {"text": "营业收入怎样计算？", "asker_id": "", **typed}
    return as_(who).post(f"/courses/{lesson.id}/questions", data=data)


def the_question():
    db.session.expire_all()
    return db.session.scalar(sa.select(Question).order_by(Question.id.desc()))


def test_a_listener_asks_and_the_lecturer_answers(people, as_, lesson):
    assert ask(as_, people.officer, lesson).status_code == 303
    question = the_question()
    assert (question.asked_by, question.page, question.noted_by) == (people.officer, 1, None)
    titles = db.session.scalars(sa.select(Notice.title).where(Notice.user_id == people.lecturer.id)).all()
    assert any("有人就您的课提问" in one for one in titles)
    assert as_(people.officer).post(f"/questions/{question.id}/answer", data={"text": "x"}).status_code == 403
    done = as_(people.lecturer).post(f"/questions/{question.id}/answer", data={"text": "按审计报告。"})
    assert done.headers["Location"].endswith(f"/courses/{lesson.id}/podium#questions")
    page = text(as_(people.officer).get(f"/courses/{lesson.id}/podium"))
    assert ("按审计报告。" in page, "已答复" in page) == (True, True)
    assert as_(people.lecturer).post(f"/questions/{question.id}/answer/undo").status_code == 303
    assert the_question().is_open


def test_questions_are_asked_before_and_after_too(people, as_, course):
    assert as_(people.officer).post(f"/courses/{course.id}/questions", data={"text": "会前先问"}).status_code == 303
    assert the_question().page is None


def test_the_recorder_writes_down_who_asked_in_the_room(people, as_, lesson):
    assert ask(as_, people.recorder, lesson, asker_id=people.officer.id).status_code == 303
    question = the_question()
    assert (question.asked_by, question.noted_by) == (people.officer, people.recorder)
    assert ask(as_, people.officer, lesson, asker_id=people.lecturer.id).status_code == 422


@pytest.mark.parametrize("typed", [{"text": ""}, {"text": "　\u200b"}, {"text": "长" * 501}])
def test_a_question_that_says_nothing_or_too_much_is_refused(people, as_, lesson, typed):
    assert ask(as_, people.officer, lesson, **typed).status_code == 422
    assert the_question() is None


def test_who_cannot_be_at_the_meeting_does_not_ask(people, as_, lesson):
    assert ask(as_, people.stranger, lesson).status_code == 403


def test_an_open_question_becomes_an_item_with_links_both_ways(people, as_, lesson):
    ask(as_, people.officer, lesson)
    assert as_(people.lecturer).post(f"/questions/{the_question().id}/item").status_code == 303
    item = db.session.scalar(sa.select(AgendaItem).order_by(AgendaItem.id.desc()))
    assert (the_question().item, item.state.label) == (item, "已申报")
    assert f"/items/{item.id}" in text(as_(people.secretary).get(f"/courses/{lesson.id}/podium"))
    assert f"#question-{the_question().id}" in text(as_(people.secretary).get(f"/items/{item.id}"))
    assert as_(people.lecturer).post(f"/questions/{the_question().id}/item").status_code == 409


def test_an_open_question_becomes_a_task_with_links_both_ways(people, as_, lesson):
    ask(as_, people.officer, lesson)
    number, typed = the_question().id, {"person_id": people.lecturer.id, "due": operations.usual_due().isoformat()}
    late = typed | {"due": (clock.today() - timedelta(days=1)).isoformat()}
    assert as_(people.secretary).post(f"/questions/{number}/task", data=late).status_code == 422
    assert as_(people.lecturer).post(f"/questions/{number}/task", data=typed).status_code == 403
    assert as_(people.secretary).post(f"/questions/{number}/task", data=typed).status_code == 303
    action = db.session.scalar(sa.select(ActionItem))
    assert (the_question().action, action.lead_person) == (action, people.lecturer)
    assert f"/actions/{action.id}" in text(as_(people.secretary).get(f"/courses/{lesson.id}/podium"))
    assert f"#question-{number}" in text(as_(people.lecturer).get(f"/actions/{action.id}"))


def test_who_asked_takes_the_question_back(people, as_, lesson):
    ask(as_, people.officer, lesson)
    number = the_question().id
    assert as_(people.colleague).post(f"/questions/{number}/withdrawal").status_code == 403
    assert as_(people.officer).post(f"/questions/{number}/withdrawal").status_code == 303
    assert "营业收入" not in text(as_(people.secretary).get(f"/courses/{lesson.id}/podium"))


def test_two_characters_find_a_question_and_its_answer_for_who_reads_lessons(people, as_, lesson):
    def found(words, who):
        return f"/courses/{lesson.id}/podium#question-" in text(as_(who).get("/search", query_string={"q": words}))

    ask(as_, people.officer, lesson)
    as_(people.lecturer).post(f"/questions/{the_question().id}/answer", data={"text": "按审计报告计算。"})
    for words in ("收入", "审计"):
        assert [found(words, who) for who in (people.colleague, people.signatory)] == [True, True], words
        assert [found(words, who) for who in (people.administrator, people.auditor)] == [False, False], words
    ask(as_, people.officer, lesson, text="会场太冷")
    as_(people.officer).post(f"/questions/{the_question().id}/withdrawal")
    assert not found("会场", people.secretary)


def test_a_lesson_without_a_meeting_makes_no_item(people, course):
    question = operations.ask(queries.lesson_of(course), "会前先问", by=people.officer)
    with pytest.raises(Refused, match="还没有排进会议"):
        operations.raise_item(question, by=people.lecturer)


def test_the_page_takes_few_statements_however_many_questions_and_slides(people, as_, course, lesson, statements):
    address = f"/courses/{lesson.id}/podium"

    def counted(who, htmx):
        browser = as_(getattr(people, who), htmx=htmx)
        statements.clear()
        assert browser.get(address).status_code == 200
        return len([one for one in statements if one.lstrip().upper().startswith("SELECT")])

    def every_count():
        for _ in range(5):
            ask(as_, people.officer, lesson)
        return {(who, htmx): counted(who, htmx) for who in ("secretary", "lecturer", "officer") for htmx in (0, 1)}

    few = every_count()
    # the secretary's, since by now it is late
    more = materials.submit_material(course, pdf(9), "补充.pdf", "补充", "", True, by=people.secretary)
    by_itself("courses.convert")
    materials.approve_material(more.material, by=people.secretary)
    db.session.commit()
    assert every_count() == few
    assert max(few.values()) <= 10, few
