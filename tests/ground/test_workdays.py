from datetime import date

import pytest

from portal import workdays
from portal.database import db


@pytest.fixture
def calendar(app):
    workdays.seed(db.session(), [2025, 2026])


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 21), False),  # a Saturday
        (date(2026, 10, 1), False),  # 国庆节
        (date(2026, 10, 10), True),  # a Saturday worked in exchange
        (date(2026, 2, 17), False),  # 春节
    ],
)
def test_holidays_and_days_worked_in_exchange_are_known(calendar, day, working):
    assert workdays.is_working(day) is working


def test_a_year_nobody_published_has_only_its_weekends(calendar):
    assert not workdays.known(2031)
    assert workdays.known(2026)
    assert workdays.is_working(date(2031, 10, 1)) is True  # a Wednesday
    assert workdays.is_working(date(2031, 10, 4)) is False


def test_working_days_are_counted_over_a_holiday(calendar):
    eve = date(2026, 9, 30)
    assert workdays.next_working(eve) == date(2026, 10, 8)
    assert workdays.add_working(eve, 2) == date(2026, 10, 9)
    assert workdays.add_working(date(2026, 10, 8), -1) == eve
    assert workdays.add_working(eve, 0) == eve
    assert workdays.working_between(eve, date(2026, 10, 9)) == 2
    assert workdays.working_between(date(2026, 10, 9), eve) == -2


def test_a_year_is_loaded_once_however_many_days_are_asked_about(calendar, statements):
    for day in range(1, 29):
        workdays.is_working(date(2025, 3, day))
    assert len(statements) == 1


def test_a_day_can_be_set_by_hand(calendar):
    workdays.mark(date(2026, 11, 23), working=False, name="停电检修")
    assert workdays.is_working(date(2026, 11, 23)) is False
    assert workdays.name_of(date(2026, 11, 23)) == "停电检修"


def test_seeding_again_changes_nothing_and_skips_unknown_years(calendar):
    workdays.mark(date(2026, 10, 10), working=False, name="临时调整")
    assert workdays.seed(db.session(), [2026, 2031]) == []
    assert workdays.is_working(date(2026, 10, 10)) is False


def test_names_are_chinese(calendar):
    assert workdays.name_of(date(2026, 10, 1)) == "国庆节"
    assert workdays.name_of(date(2026, 11, 23)) == ""
