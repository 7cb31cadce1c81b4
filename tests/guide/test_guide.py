import re

import pytest

from portal.guide.models import SHEETS
from portal.people.models.roles import Role

CODES = [sheet.code for sheet in SHEETS]


def test_every_account_role_has_its_sheet():
    assert {sheet.role for sheet in SHEETS if sheet.role} == set(Role)


def test_every_part_of_a_meeting_has_its_sheet():
    assert {"chair", "recorder", "reviewer", "signatory", "lecturer"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_sheet_is_one_screen_of_five_steps(people, as_, code):
    page = as_(people.secretary).get(f"/guide/{code}")
    assert page.status_code == 200
    assert len(re.findall(r"[1-5]\. ", page.text)) == 5
    assert "请问" in page.text


@pytest.mark.parametrize(
    "who", ["secretary", "officer", "chair", "supervisor", "archivist", "auditor", "administrator"]
)
def test_every_step_of_the_own_sheet_can_be_opened(people, as_, who):
    browser, user = as_(getattr(people, who)), getattr(people, who)
    own = [sheet for sheet in SHEETS if sheet.role and user.has(sheet.role)]
    assert own
    for step in (step for sheet in own for step in sheet.steps):
        assert browser.get(step.path).status_code == 200, step


def test_own_sheets_come_first(people, as_):
    page = as_(people.archivist).get("/guide").text
    assert page.index("档案员</a>") < page.index("会议秘书</a>")


def test_a_step_links_only_where_its_door_opens(people, as_):
    assert 'href="/people"' not in as_(people.officer).get("/guide/administrator").text
    assert 'class="what" href="/people"' in as_(people.administrator).get("/guide/administrator").text


@pytest.mark.parametrize("code", ["nobody", "<script>", "%00", "a" * 300])
def test_an_unknown_sheet_is_a_404(people, as_, code):
    assert as_(people.officer).get(f"/guide/{code}").status_code == 404
