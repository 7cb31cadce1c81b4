import pytest
from cast import add_series
from minutes_stage import drafted, hold


@pytest.fixture
def series(people):
    return add_series(people)


@pytest.fixture
def meeting(series, people):
    return hold(series, people)


@pytest.fixture
def minutes(meeting):
    return drafted(meeting)
