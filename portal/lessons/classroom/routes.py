"""Routes of the podium."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import clock
from portal.errors import Unreadable
from portal.files import store
from portal.lessons import rules as lessons_rules
from portal.lessons.classroom import forms, operations, queries
from portal.lessons.classroom.queries import Lesson
from portal.lessons.models.classroom import Question
from portal.meetings.series.queries import members
from portal.meetings.sitting import screen as sitting_screen
from portal.people.models.accounts import User
from portal.web import responses
from portal.web.guards import can, loads, me, requires

bp = Blueprint("podium", __name__)
loads("lesson")(queries.lesson)
loads("question")(queries.question)


def not_on(lesson: Lesson) -> str | None:
    """What stands against turning pages."""
    return None if lesson.is_on else operations.NOT_ON


# --- The lesson's page ------------------------------------------------------------------------------------------------


@bp.get("/courses/<model:lesson>/podium")
@requires(lessons_rules.see)
def show(lesson: Lesson) -> ResponseReturnValue:
    """课堂：会上跟着看课件、翻页，以及提问和答复；没有变化时只答 304。"""
    context = _context(lesson)
    form = None if responses.is_fragment_request() else _form(lesson, context["people"])
    answer = responses.show(
        "lessons/classroom/show.html", fragment="lessons/classroom/_lesson.html", form=form, **context
    )
    if responses.is_fragment_request():
        answer.set_etag(queries.tag_of(lesson, context["slide"], context["questions"]), weak=True)
        answer.make_conditional(request)
    return answer


def _context(lesson: Lesson) -> dict[str, Any]:
    slide = queries.slide_of(lesson.item) if lesson.is_on and lesson.item else None
    drives = lessons_rules.drive(me(), lesson)
    people = _known(lesson) if lessons_rules.assign(me(), None) else []
    return {
        "lesson": lesson,
        "slide": slide,
        "drives": drives,
        "looks": slide is not None and lessons_rules.may_look(me(), lesson, _is_for_readers(lesson, slide)),
        "leaves": queries.leaves_of(slide.version) if slide and drives else [],
        "questions": queries.questions_of(lesson),
        "handles": drives,
        "people": people,
        "usual_due": operations.usual_due() if people else None,
        "ready": bool(slide) or bool(queries.showable(lesson.id)),
    }


def _is_for_readers(lesson: Lesson, slide: queries.Slide) -> bool:
    material = slide.version.material
    return material.visibility.value == "before" or lesson.course.was_given


def _form(lesson: Lesson, people: Sequence[User] = ()) -> forms.QuestionForm | None:
    if not can("podium.ask", lesson):
        return None
    form = forms.QuestionForm()
    form.offer((people or _known(lesson)) if lessons_rules.note_question(me(), lesson) else [])
    return form


@bp.get("/courses/<model:lesson>/podium/picture")
@requires(lessons_rules.see_on_screen)
def picture(lesson: Lesson) -> ResponseReturnValue:
    """正在放映的一页。"""
    slide = queries.slide_of(lesson.item) if lesson.is_on and lesson.item else None
    if slide is None:
        return Response(status=204)  # nothing is on, which is no fault of whoever asks
    if not lessons_rules.may_look(me(), lesson, _is_for_readers(lesson, slide)):
        abort(404)
    return store.send(slide.leaf.file, download=False)


@bp.post("/courses/<model:lesson>/podium/next")
@requires(lessons_rules.see, lessons_rules.drive, when=(not_on,))
def turn_on(lesson: Lesson) -> ResponseReturnValue:
    """下一页。"""
    operations.turn(lesson, 1, by=me())
    return _turned(lesson)


@bp.post("/courses/<model:lesson>/podium/previous")
@requires(lessons_rules.see, lessons_rules.drive, when=(not_on,))
def turn_back(lesson: Lesson) -> ResponseReturnValue:
    """上一页。"""
    operations.turn(lesson, -1, by=me())
    return _turned(lesson)


@bp.post("/courses/<model:lesson>/podium/page")
@requires(lessons_rules.see, lessons_rules.drive, when=(not_on,))
def go_to(lesson: Lesson) -> ResponseReturnValue:
    """翻到某一页。"""
    form = _checked(forms.PageForm())
    wanted = form.version_id.data
    version = next((one for one in queries.showable(lesson.id) if one.id == wanted), None)
    if wanted and version is None:
        raise Unreadable("没有这份课件，请刷新页面后再选。")
    operations.go_to(lesson, version, form.page.data, by=me())
    return _turned(lesson)


@bp.post("/courses/<model:lesson>/podium/hiding")
@requires(lessons_rules.see, lessons_rules.drive, when=(not_on,))
def hide(lesson: Lesson) -> ResponseReturnValue:
    """收起课件，或重新上屏。"""
    operations.hide(lesson, by=me())
    return _turned(lesson)


def _turned(lesson: Lesson) -> Response:
    """The lesson's page, or the room's screen where the button was pressed there."""
    if request.form.get("on") == "screen" and lesson.meeting is not None:
        address = url_for("meetings.show_screen", meeting=lesson.meeting.id)
        if not responses.is_fragment_request():
            return responses.done(address)
        screen = sitting_screen.screen_of(lesson.meeting)
        return responses.done(address, fragment="meetings/sitting/_screen.html", meeting=lesson.meeting, screen=screen)
    return _done(lesson, "")


def _done(lesson: Lesson, sentence: str, anchor: str | None = None) -> Response:
    address = url_for("podium.show", lesson=lesson.id, _anchor=anchor)
    if not responses.is_fragment_request():
        return responses.done(address, sentence)
    return responses.done(address, sentence, fragment="lessons/classroom/_lesson.html", **_context(lesson))


# --- Questions --------------------------------------------------------------------------------------------------------


@bp.post("/courses/<model:lesson>/questions")
@requires(lessons_rules.see, lessons_rules.ask)
def ask(lesson: Lesson) -> ResponseReturnValue:
    """提问。"""
    form = _form(lesson) or forms.QuestionForm()
    if form.ready():
        asker = next((one for one in _known(lesson) if one.id == form.asker_id.data), None)
        question = form.attempt(operations.ask, lesson, form.text.data or "", asker=asker, by=me())
        if question is not None:
            return responses.done(
                url_for("podium.show", lesson=lesson.id, _anchor="questions"), "已提问，答复后会告诉您。"
            )
    return responses.show("lessons/classroom/show.html", form=form, **_context(lesson))


def _known(lesson: Lesson) -> Sequence[User]:
    return members(lesson.meeting.series) if lesson.meeting else ()


@bp.post("/questions/<model:question>/answer")
@requires(lessons_rules.see_question, lessons_rules.answer, transition="answer")
def answer(question: Question) -> ResponseReturnValue:
    """登记答复。"""
    operations.answer(question, _checked(forms.AnswerForm()).text.data or "", by=me())
    return _question_done(question, "已登记答复。")


@bp.post("/questions/<model:question>/answer/undo")
@requires(lessons_rules.see_question, lessons_rules.answer, transition="reopen")
def reopen(question: Question) -> ResponseReturnValue:
    """改为待答复。"""
    operations.reopen(question, by=me())
    return _question_done(question, "已改为待答复。")


@bp.post("/questions/<model:question>/item")
@requires(lessons_rules.see_question, lessons_rules.raise_item, transition="raise_item")
def raise_item(question: Question) -> ResponseReturnValue:
    """转为议题。"""
    operations.raise_item(question, by=me())
    return _question_done(question, "已申报为议题，等待会议秘书采纳。")


@bp.post("/questions/<model:question>/task")
@requires(lessons_rules.see_question, lessons_rules.assign, transition="assign")
def assign(question: Question) -> ResponseReturnValue:
    """转为交办事项。"""
    form, lesson = forms.AssignForm(), queries.lesson_of(question.course)
    people = list(_known(lesson))
    if question.course.lecturer and question.course.lecturer not in people:
        people.append(question.course.lecturer)
    form.person_id.offer(people)
    _checked(form)
    person = next(one for one in people if one.id == form.person_id.data)
    due = form.due.data or clock.today()
    if due < clock.today():
        raise Unreadable("时限不能早于今天。")
    operations.assign(question, person, due, by=me())
    return _question_done(question, f"已交办给{person.name}。")


@bp.post("/questions/<model:question>/withdrawal")
@requires(lessons_rules.see_question, lessons_rules.withdraw, transition="withdraw")
def withdraw(question: Question) -> ResponseReturnValue:
    """撤回提问。"""
    operations.withdraw(question, by=me())
    return _question_done(question, "提问已撤回。")


def _question_done(question: Question, sentence: str) -> Response:
    return _done(queries.lesson_of(question.course), sentence, "questions")


def _checked(form: Any) -> Any:
    """The form of a button; it has no page of its own, so its first complaint is the answer."""
    if not form.ready():
        raise Unreadable(next(error for errors in form.errors.values() for error in errors))
    return form


def init_app(app: Flask) -> None:
    """Put slides on the room's screen, and let earlier rooms' pages ask about questions."""
    sitting_screen.beside[:] = [queries.slide_of]
    app.jinja_env.globals.update(
        question_of_item=queries.question_of_item,
        question_of_action=queries.question_of_action,
    )
