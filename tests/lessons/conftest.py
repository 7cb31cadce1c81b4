"""What the tests of lessons begin with: a programme, two lessons, two meetings ahead."""

from datetime import timedelta

import pytest
from cast import MONDAY, Cast, add_series

from portal.courses.course import operations as course_operations
from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.db.engine import db
from portal.meetings.models.meetings import Meeting
from portal.meetings.preparing import operations as meetings


@pytest.fixture
def programme(people: Cast) -> CourseProgramme:
    """A programme of two lessons of different fields and lecturers."""
    made = programme_operations.add_programme("2026 年讲业务课程计划", 2026, "", by=people.secretary)
    for rank, (field, topic, lecturer) in enumerate(
        (("科技", "高企认定", people.lecturer), ("法律", "合同风险", people.officer)), 1
    ):
        course = course_operations.add_course(
            made,
            topic,
            programme_operations.add_field(field, rank, by=people.secretary),
            lecturer=lecturer,
            by=people.secretary,
        )
        rota.invite(course, by=people.secretary)
        rota.confirm(course, by=lecturer)
    db.session.commit()
    return made


@pytest.fixture
def first(programme: CourseProgramme) -> Course:
    """高企认定, of the lecturer."""
    return programme.courses[0]


@pytest.fixture
def second(programme: CourseProgramme) -> Course:
    """合同风险, of the officer."""
    return programme.courses[1]


@pytest.fixture
def sittings(people: Cast, programme: CourseProgramme) -> list[Meeting]:
    """Two meetings ahead, a week apart."""
    series = add_series(people)
    made = [meetings.schedule(series, MONDAY + timedelta(days=7 * week), by=people.secretary) for week in (1, 2)]
    db.session.commit()
    return made
