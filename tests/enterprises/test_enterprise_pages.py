"""Enterprises and problems through the browser, plain and by htmx."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from PIL import Image

from portal.db.engine import db
from portal.enterprises.models.enterprises import ClientKind, Enterprise
from portal.enterprises.models.problems import Problem
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register


def picture():
    """A small PNG."""
    buffer = BytesIO()
    Image.new("RGB", (2, 2), "red").save(buffer, "PNG")
    return buffer.getvalue()


def state_of(problem):
    db.session.expire_all()
    return db.session.get(Problem, problem.id).state.value


@pytest.mark.parametrize("htmx", [False, True])
def test_the_secretary_registers_and_changes_an_enterprise(as_, people, htmx):
    browser = as_(people.secretary, htmx=htmx)
    typed = {"kind": "project", "name": "示例产业园", "officer_ids": [people.officer.id], "leader_id": people.chair.id}
    answer = browser.post("/enterprises/new", data=typed)
    where = answer.headers.get("HX-Redirect") if htmx else answer.location
    assert where == "/enterprises/1"
    page = as_(people.secretary).get("/enterprises/1/edit").text
    assert 'value="示例产业园"' in page
    assert f'checked id="officer_ids-0" name="officer_ids" type="checkbox" value="{people.recorder.id}"' not in page
    browser.post("/enterprises/1/edit", data={**typed, "officer_ids": [people.colleague.id], "version": 1})
    db.session.expire_all()
    assert db.session.get(Enterprise, 1).officers == [people.colleague]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "企" * 101}, "请不要超过 100 个字。"),
        ({"name": " \u3000 "}, "请填写这一项。"),
        ({"kind": "spaceship"}, "请从列表中选择一项。"),
        ({"leader_id": "7"}, "请从列表中选择一项。"),
        ({"officer_ids": ["2"]}, "请从列表中选择。"),
    ],
)
def test_what_is_typed_wrong_comes_back_with_its_sentence(as_, people, changes, sentence):
    answer = as_(people.secretary).post("/enterprises/new", data={"kind": "project", "name": "园区", **changes})
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_taken_name_is_refused_and_what_was_typed_stays(as_, firm, people):
    answer = as_(people.secretary).post("/enterprises/new", data={"kind": "project", "name": firm.name})
    assert answer.status_code == 409
    assert "已经登记过，请在列表中查找。" in answer.text
    assert f'value="{firm.name}"' in answer.text


def test_an_officer_reports_with_a_file(as_, firm, people):
    browser = as_(people.officer)
    assert f'<option selected value="{firm.id}">示例铸造公司（我包联的）' in browser.get("/problems/new").text
    typed = {
        "enterprise_id": firm.id, "title": "用地", "text": "没有土地证", "files": [(BytesIO(picture()), "现状 图.png")]
    }  # fmt: skip
    assert browser.post("/problems/new", data=typed).location == "/problems/1"
    assert "现状 图.png" in browser.get("/problems/1").text
    assert browser.get("/problems/files/1").status_code == 200
    assert as_(people.stranger).get("/problems/files/1").status_code == 404
    assert as_(people.stranger).get("/problems/1").status_code == 404
    assert "用地" not in as_(people.stranger).get(f"/enterprises/{firm.id}").text


def test_any_officer_may_report_for_any_enterprise(as_, firm, people):
    typed = {"enterprise_id": firm.id, "title": "<b>用地</b>", "text": "\u202e没有土地证"}
    browser = as_(people.stranger)
    assert browser.post("/problems/new", data=typed).status_code == 303
    page = browser.get("/problems/1").text
    assert "&lt;b&gt;用地&lt;/b&gt;" in page
    assert "\u202e" not in page


DEEDS = [
    ("reported", "secretary", "group", {"group_id": "2"}, "matched"),
    ("matched", "colleague", "resolution", {"resolution": "已办证"}, "resolved"),
    ("resolved", "lecturer", "confirmation", {"satisfaction": "satisfied"}, "confirmed"),
    ("confirmed", "lecturer", "reopening", {"why": "证有误"}, "reopened"),
    ("reported", "lecturer", "edit", {"title": "改过", "text": "改过"}, "reported"),
]


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(("before", "who", "noun", "typed", "after"), DEEDS)
def test_each_deed_through_its_door(as_, in_state, people, before, who, noun, typed, after, htmx):
    problem = in_state(before)
    answer = as_(getattr(people, who), htmx=htmx).post(f"/problems/{problem.id}/{noun}", data=typed)
    assert answer.status_code == (204 if htmx else 303), answer.text
    assert state_of(problem) == after


@pytest.mark.parametrize(("before", "who", "noun", "typed", "after"), DEEDS)
def test_others_who_see_it_are_told_why_they_may_not(as_, in_state, people, before, who, noun, typed, after):
    problem = in_state(before)
    answer = as_(people.supervisor).post(f"/problems/{problem.id}/{noun}", data=typed)
    assert answer.status_code == 403
    assert "只有" in answer.text
    assert as_(people.stranger).post(f"/problems/{problem.id}/{noun}", data=typed).status_code == 404
    assert state_of(problem) == before


def test_buttons_stand_only_where_they_work(as_, in_state, people):
    problem = in_state("matched")
    pages = {name: as_(getattr(people, name)).get(f"/problems/{problem.id}").text for name in ("secretary", "chair")}
    assert f"/problems/{problem.id}/resolution" in pages["secretary"]
    assert f"/problems/{problem.id}/confirmation" not in pages["secretary"]
    assert f"/problems/{problem.id}/resolution" not in pages["chair"]


def test_the_way_shows_what_was_passed_and_left_out(as_, in_state, people):
    page = as_(people.secretary).get(f"/problems/{in_state('assigned').id}").text
    assert '<li class="done">已上报' in page
    assert "<li>已匹配专题组</li>" in page
    assert '<li aria-current="step">已交办</li>' in page


@pytest.mark.parametrize("path", ["/enterprises/99", f"/problems/{2**63}", "/problems/0", "/problems/files/9"])
def test_what_is_not_there_is_not_found(as_, people, path):
    assert as_(people.secretary).get(path).status_code == 404


def test_lists_filter_and_leave_as_excel(as_, in_state, people):
    in_state("matched")
    browser = as_(people.secretary)
    assert "用地手续未办结" in browser.get("/problems?text=铸造&state=matched").text
    assert "没有符合条件的问题。" in browser.get("/problems?state=closed&text=%25").text
    for path, value in (("/problems", "用地手续未办结"), ("/enterprises?whose=nobody&kind=project", None)):
        book = load_workbook(BytesIO(browser.get(f"{path}{'&' if '?' in path else '?'}export=xlsx").data))
        assert book.active.cell(2, 3).value == value


@pytest.mark.parametrize("rows", [12, pytest.param(120, marks=pytest.mark.long)])
def test_the_pages_ask_few_questions(as_, firm, people, statements, rows):
    for number in range(rows):
        register.add_enterprise(
            ClientKind.enterprise, f"企业{number}", "", [people.officer, people.colleague], None, by=people.secretary
        )
        problems.report(firm, f"问题{number}", "文", by=people.officer)
    browser = as_(people.officer)
    for path in ("/enterprises", "/problems", f"/enterprises/{firm.id}", "/problems/1"):
        browser.get(path)
        db.session.commit()
        statements.clear()
        assert browser.get(path).status_code == 200
        asked = [one for one in statements if not one.startswith("BEGIN")]
        assert len(asked) <= 10, (path, asked)
