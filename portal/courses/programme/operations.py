"""Operations on programmes and policy fields, and adding several courses at once."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from portal.courses.course.operations import CourseFacts, add_course
from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme, PolicyField
from portal.courses.rota import queries as rota_queries
from portal.courses.rota.operations import appoint
from portal.db import journal
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.errors import Refused
from portal.people.models.accounts import User


def add_field(name: str, rank: int, *, by: User) -> PolicyField:
    """添加政策领域。"""
    _refuse_if_taken(PolicyField.name, name, "已经有名为“{}”的政策领域。")
    field: PolicyField = add(PolicyField(name=name, rank=rank))
    journal.record(by, "courses.add_field", field, "添加政策领域")
    return field


def add_programme(
    title: str, year: int, about: str, *, first_month: int = 1, last_month: int = 12, by: User
) -> CourseProgramme:
    """新建课程计划。"""
    _refuse_if_taken(CourseProgramme.title, title, "已经有名为“{}”的课程计划。")
    _refuse_backwards(first_month, last_month)
    programme: CourseProgramme = add(
        CourseProgramme(title=title, year=year, about=about, first_month=first_month, last_month=last_month)
    )
    journal.record(by, "courses.add_programme", programme, "新建课程计划", year=year)
    return programme


def edit_programme(
    programme: CourseProgramme,
    seen: int | None,
    *,
    title: str,
    year: int,
    about: str,
    first_month: int,
    last_month: int,
    by: User,
) -> CourseProgramme:
    """修改课程计划。"""
    claim(programme, seen)
    if title != programme.title:
        _refuse_if_taken(CourseProgramme.title, title, "已经有名为“{}”的课程计划。")
    _refuse_backwards(first_month, last_month)
    programme.title, programme.year, programme.about = title, year, about
    programme.first_month, programme.last_month = first_month, last_month
    journal.record(by, "courses.edit_programme", programme, "修改课程计划", year=year)
    db.session.flush()
    return programme


def _refuse_backwards(first_month: int, last_month: int) -> None:
    if first_month > last_month:
        raise Refused("结束月份不能早于开始月份；跨年的课程请分两期计划。")


def add_courses(
    programme: CourseProgramme, rows: Iterable[tuple[str, PolicyField, CourseFacts]], *, by_rota: bool, by: User
) -> list[Course]:
    """一次添加多门课程；需要时按轮值补上主讲人。"""
    made = [add_course(programme, topic, field, by=by, **facts) for topic, field, facts in rows]
    if by_rota:
        for one in made:
            following = rota_queries.proposals([one], {}, rota_queries.rota()).get(one.id)
            if following:
                appoint(one, following.person, by=by)
    return made


def _refuse_if_taken(column: InstrumentedAttribute[str], text: str, sentence: str) -> None:
    if db.session.scalar(sa.select(column).where(column == text)) is not None:
        raise Refused(sentence.format(text))
