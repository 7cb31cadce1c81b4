"""Operations on the feedback of listeners."""

import json
from typing import Any

import sqlalchemy as sa

from portal.courses.models.courses import Course
from portal.db import journal
from portal.db.concurrency import insert_unless_there
from portal.db.engine import db
from portal.db.office import office
from portal.errors import Refused
from portal.inbox.operations import notify
from portal.lessons.models.feedback import FeedbackGiven, FeedbackSheet
from portal.lessons.study_hours import queries as study_hours_queries
from portal.people.models.accounts import User


def give_feedback(course: Course, useful: int, clear: int, wish: str, *, by: User) -> None:
    """听课反馈：三个问题；匿名时不留下是谁填写的，但每人只能填写一次。

    The journal says that the person answered, for who may answer once is no secret; what was answered it does not say.
    """
    if not insert_unless_there(FeedbackGiven, course_id=course.id, user_id=by.id):
        raise Refused("您已经反馈过这一讲，每人只能反馈一次。")
    insert_unless_there(FeedbackSheet, course_id=course.id, answers={"list": []})
    sheet = db.session.scalar(sa.select(FeedbackSheet).where(FeedbackSheet.course_id == course.id).with_for_update())
    if sheet is None:  # it was just put there
        raise Refused("反馈没有保存，请再提交一次。")
    db.session.refresh(sheet, ["answers"])
    named = office.anonymous_feedback != "匿名"
    answer: dict[str, Any] = {"useful": useful, "clear": clear, "wish": wish, "by": by.name if named else ""}
    # In the order of what they say, which is that of nobody's turn.
    sheet.answers = {"list": sorted([*sheet.answers["list"], answer], key=lambda one: json.dumps(one, sort_keys=True))}
    journal.record(by, "lessons.give_feedback", course, "听课反馈")
    db.session.flush()


def ask_feedback(course: Course, told: frozenset[int], burst: str) -> int:
    """请签到听课的人反馈；已经请过的不再请。"""
    people = [one for one in study_hours_queries.listeners_of(course) if one.id not in told]
    notify(people, f"请反馈：{course}", f"/courses/{course.id}/feedback", body="三个问题，约一分钟。", burst=burst)
    return len(people)
