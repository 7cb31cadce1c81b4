import pytest
from stage import BEFORE

from portal.db import clock


@pytest.fixture(autouse=True)
def monday_before(app):
    with clock.at(BEFORE):
        yield
