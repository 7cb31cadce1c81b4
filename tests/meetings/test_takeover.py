"""What another portal's meetings leave here: an archive, and nothing to prepare."""

from datetime import date, time

import pytest

from portal.db.engine import db
from portal.meetings.models.meetings import Meeting
from portal.meetings.takeover import operations
from portal.week import queries as week


@pytest.fixture
def taken_over() -> Meeting:
    series = ("示例区例会（历史档案）", "历史", "示例区例会纪要")
    meeting = operations.take_over(series, date(2013, 4, 9), time(9), 90, place="示例区三楼会议室", numbered=(2013, 1))
    db.session.commit()
    return meeting


def test_nobody_is_told_to_hold_the_next_one(people, taken_over):
    assert taken_over.series not in week.series_without_next()


def test_a_first_meeting_of_the_series_can_be_planned_all_the_same(people, as_, taken_over):
    page = as_(people.secretary).get(f"/series/{taken_over.series_id}/meetings/new")
    assert page.status_code == 200
