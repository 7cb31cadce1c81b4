"""Deeds while a lesson is given: turning pages, asking, answering, and making something of a question."""

from datetime import date

from portal.actions.assignment import operations as actions
from portal.courses.models.materials import MaterialVersion
from portal.courses.rules import FOR_READERS
from portal.db import calendar, clock, journal, search
from portal.db.engine import add, db
from portal.errors import Refused
from portal.inbox.operations import notify
from portal.lessons.classroom import queries
from portal.lessons.classroom.queries import Lesson, Slide
from portal.lessons.models.classroom import Question, SlideShow
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.series import ItemKind
from portal.meetings.proposals import operations as meetings
from portal.people.models.accounts import User

NOT_ON = "这一讲还没有开始。会上讨论到这一项时，课件自动上屏，这里就能翻页。"
NOTHING = "没有可以放映的课件：课件要先通过审核，并生成预览。"
TASK_DAYS = 5  # working days
MINUTES = 10


def turn(lesson: Lesson, step: int, *, by: User) -> SlideShow:
    """翻页；收起的课件先重新上屏。"""
    slide = _slide(lesson)
    show = _show(slide, by)
    if show.hidden:
        show.hidden = False
    else:
        show.page = min(max(show.page + step, 1), slide.total)
    return _turned(show, slide.item, by)


def go_to(lesson: Lesson, version: MaterialVersion | None, page: int, *, by: User) -> SlideShow:
    """翻到某一份课件的某一页。"""
    slide = _slide(lesson)
    chosen = next((one for one in slide.choices if version is None or one.id == version.id), None)
    if chosen is None:
        raise Refused(NOTHING)
    show = _show(slide, by)
    show.version_id, show.hidden = (chosen.id if version else slide.version.id), False
    show.page = min(max(page, 1), (chosen if version else slide.version).pages_total)
    return _turned(show, slide.item, by)


def hide(lesson: Lesson, *, by: User) -> SlideShow:
    """收起课件，屏幕回到议程；再按一次重新上屏。"""
    slide = _slide(lesson)
    show = _show(slide, by)
    show.hidden = not show.hidden
    return _turned(show, slide.item, by)


def _slide(lesson: Lesson) -> Slide:
    if not lesson.is_on or lesson.item is None:
        raise Refused(NOT_ON)
    slide = queries.slide_of(lesson.item)
    if slide is None:
        raise Refused(NOTHING)
    return slide


def _show(slide: Slide, by: User) -> SlideShow:
    show = queries.show_of(slide.item)
    if show is None:
        show = SlideShow(
            item_id=slide.item.id, version_id=slide.version.id, page=slide.leaf.number, hidden=False,
            turned_by_id=by.id, turned_at=clock.now(),
        )  # fmt: skip
        add(show)
    elif show.version_id != slide.version.id:
        show.version_id, show.page = slide.version.id, slide.leaf.number
    return show


def _turned(show: SlideShow, item: AgendaItem, by: User) -> SlideShow:
    show.turned_by_id, show.turned_at = by.id, clock.now()
    db.session.flush()
    journal.record_once(by, "podium.turn", item, "放映课件")
    return show


# --- Questions --------------------------------------------------------------------------------------------------------


def ask(lesson: Lesson, text: str, *, asker: User | None = None, by: User) -> Question:
    """提问；记录人可以代会上发言的人记下。"""
    slide = queries.slide_of(lesson.item) if lesson.is_on and lesson.item else None
    question: Question = add(
        Question(
            course=lesson.course, text=text, page=slide.leaf.number if slide and not slide.hidden else None,
            asked_by=asker or by, noted_by=by if asker and asker.id != by.id else None, asked_at=clock.now(),
        )
    )  # fmt: skip
    journal.record(by, "podium.ask", question, "提问", course=lesson.course.id)
    reindex(question)
    lecturer = lesson.course.lecturer
    if lecturer and lecturer.id != question.asked_by_id:
        notify([lecturer], f"有人就您的课提问：{question.short}", _address(question), burst=f"question-{lesson.id}")
    return question


def answer(question: Question, text: str, *, by: User) -> Question:
    """登记提问已经答复；当场口头答复的可以不写内容。"""
    question.lifecycle.fire(question, "answer", by=by)
    question.answer, question.answered_by, question.answered_at = text, by, clock.now()
    _tell_asker(question, "您的提问已答复", by, text)
    reindex(question)
    return question


def reopen(question: Question, *, by: User) -> Question:
    """把误记为已答复的提问改回待答复。"""
    question.lifecycle.fire(question, "reopen", by=by)
    question.answered_by, question.answered_at = None, None
    reindex(question)
    return question


def raise_item(question: Question, *, by: User) -> AgendaItem:
    """把没有答完的提问申报为下次会议的议题。"""
    lesson = queries.lesson_of(question.course)
    if lesson.meeting is None:
        raise Refused("这门课还没有排进会议，请排课后再转为议题。")
    question.lifecycle.fire(question, "raise_item", by=by)
    asked = f"{question.asked_by.titled}在“{question.course.topic}”课上提问：{question.text}"
    item = meetings.propose(lesson.meeting.series, ItemKind.other, question.short, asked, MINUTES, by=by)
    question.item = item
    _tell_asker(question, "您的提问已申报为议题", by)
    db.session.flush()
    return item


def assign(question: Question, person: User, due: date, *, by: User) -> Question:
    """把没有答完的提问交办给某人办理。"""
    lesson = queries.lesson_of(question.course)
    question.lifecycle.fire(question, "assign", by=by, lead=person.id, due=due.isoformat())
    question.action = actions.assign(
        title=f"答复：{question.short}",
        text=f"{question.asked_by.titled}在“{question.course.topic}”课上提问：{question.text}",
        lead_department=person.department, lead_person=person, due=due,
        audience=lesson.meeting.series.group if lesson.meeting else None, by=by,
    )  # fmt: skip
    _tell_asker(question, "您的提问已交办", by)
    db.session.flush()
    return question


def withdraw(question: Question, *, by: User) -> Question:
    """撤回自己的提问。"""
    question.lifecycle.fire(question, "withdraw", by=by)
    reindex(question)
    return question


def usual_due() -> date:
    """By when a question is to be answered in writing, unless said otherwise."""
    return calendar.add_working(clock.today(), TASK_DAYS)


def _tell_asker(question: Question, title: str, by: User, body: str = "") -> None:
    if question.asked_by_id != by.id:
        notify([question.asked_by], f"{title}：{question.short}", _address(question), body=body)


def _address(question: Question) -> str:
    return f"/courses/{question.course_id}/podium#question-{question.id}"


def reindex(question: Question) -> None:
    """Let a question be found, with its answer, by everybody who reads lessons; one that was withdrawn no longer."""
    db.session.flush()
    if question.is_withdrawn:
        search.forget(Question.__tablename__, question.id)
        return
    search.index(
        Question.__tablename__,
        question.id,
        title=f"{question.short}（{question.course}）",
        text="\n".join(one for one in (question.text, question.answer) if one),
        url=_address(question),
        label="课堂问答",
        day=clock.local(question.asked_at).date(),
        scope=FOR_READERS,
    )
