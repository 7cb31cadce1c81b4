"""The whole story in a real browser, against a living portal; once with scripts and once without."""

import pytest
from story import Story

pytestmark = pytest.mark.browser


@pytest.mark.costs(90)
@pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=pytest.mark.long)], ids=["with scripts", "without scripts"]
)
def test_from_a_problem_to_a_page_that_can_be_trusted(chromium, portal, tmp_path, scripts):
    Story(chromium, portal, tmp_path, scripts=scripts).tell()
