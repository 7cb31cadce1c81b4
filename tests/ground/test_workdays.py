from datetime import date

import pytest

from portal.db import calendar


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
def test_holidays_and_days_worked_in_exchange_are_known(app, day, working):
    assert calendar.is_working(day) is working


def test_a_year_nobody_published_has_only_its_weekends(app):
    assert not calendar.known(2031)
    assert calendar.known(2026)
    assert calendar.is_working(date(2031, 10, 1)) is True  # a Wednesday
    assert calendar.is_working(date(2031, 10, 4)) is False


def test_working_days_are_counted_over_a_holiday(app):
    eve = date(2026, 9, 30)
    assert calendar.next_working(eve) == date(2026, 10, 8)
    assert calendar.add_working(eve, 2) == date(2026, 10, 9)
    assert calendar.add_working(date(2026, 10, 8), -1) == eve
    assert calendar.add_working(eve, 0) == eve
    assert calendar.working_between(eve, date(2026, 10, 9)) == 2
    assert calendar.working_between(date(2026, 10, 9), eve) == -2


def test_a_year_is_loaded_once_however_many_days_are_asked_about(app, statements):
    for day in range(1, 29):
        calendar.is_working(date(2025, 3, day))
    assert sum(statement.startswith("SELECT") for statement in statements) == 1


def test_a_day_can_be_set_by_hand(app):
    calendar.mark(date(2026, 11, 23), working=False, name="停电检修")
    assert calendar.is_working(date(2026, 11, 23)) is False
    assert calendar.name_of(date(2026, 11, 23)) == "停电检修"


def test_a_year_that_is_not_published_yet_can_be_entered(app):
    calendar.mark(date(2031, 10, 1), working=False, name="国庆节")
    assert calendar.known(2031)
    assert calendar.is_working(date(2031, 10, 1)) is False


def test_names_are_chinese(app):
    assert calendar.name_of(date(2026, 10, 1)) == "国庆节"
    assert calendar.name_of(date(2026, 11, 23)) == ""
