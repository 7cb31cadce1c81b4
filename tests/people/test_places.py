"""Departments and groups."""

import pytest
import sqlalchemy as sa

from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.people.accounts import operations as accounts
from portal.people.departments import operations as departments
from portal.people.departments import queries
from portal.people.models.departments import Department
from portal.people.models.groups import Group, GroupKind


def names():
    db.session.rollback()
    return [one.short for one in queries.departments()]


def reload(thing):
    db.session.expire_all()
    return db.session.get(type(thing), thing.id)


def entries():
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(JournalEntry))


@pytest.mark.parametrize("htmx", [False, True])
def test_departments_are_put_in_order(people, as_, htmx):
    browser, before = as_(people.administrator, htmx=htmx), entries()
    ids = [people.justice.id, people.office.id, people.industry.id]
    answer = browser.post("/departments/order", data={"order": ids})
    assert answer.status_code == (200 if htmx else 303)
    assert ('id="departments-list"' in answer.text) == htmx
    assert names() == ["市司法局", "专班办公室", "市工信局"]
    browser.post("/departments/order", data={"order": ids})
    assert entries() == before + 1


@pytest.mark.parametrize(
    ("ids", "order"),
    [
        ([], ["专班办公室", "市工信局", "市司法局"]),
        (["999", "x", "-1", str(2**63)], ["专班办公室", "市工信局", "市司法局"]),
        (["3"], ["市司法局", "专班办公室", "市工信局"]),
        (["2", "2"], ["市工信局", "专班办公室", "市司法局"]),
    ],
)
def test_a_strange_order_loses_no_department(people, as_, ids, order):
    assert as_(people.administrator).post("/departments/order", data={"order": ids}).status_code == 303
    assert names() == order


def test_departments_move_without_scripts(people, as_):
    browser = as_(people.administrator)
    browser.post(f"/departments/{people.justice.id}/up")
    assert names() == ["专班办公室", "市司法局", "市工信局"]
    browser.post(f"/departments/{people.office.id}/down")
    assert names() == ["市司法局", "专班办公室", "市工信局"]
    browser.post(f"/departments/{people.justice.id}/up")
    assert names() == ["市司法局", "专班办公室", "市工信局"]


def test_a_department_is_added_last_and_renamed(people, as_):
    browser = as_(people.administrator)
    assert browser.post("/departments/new", data={"name": "市财政局", "short": "财政局"}).status_code == 303
    assert names()[-1] == "财政局"
    department = db.session.scalar(sa.select(Department).where(Department.name == "市财政局"))
    data = {"name": "市财政局（国资）", "short": "财政局", "version": "1"}
    assert browser.post(f"/departments/{department.id}", data=data).status_code == 303
    assert browser.post(f"/departments/{department.id}", data={**data, "short": "财"}).status_code == 409
    assert reload(department).name == "市财政局（国资）"


def test_two_departments_do_not_share_a_name(people, as_):
    answer = as_(people.administrator).post("/departments/new", data={"name": "市司法局", "short": "司法"})
    assert (answer.status_code, "“市司法局”已经存在，请换一个名称。" in answer.text) == (409, True)


def test_a_group_is_added_with_its_lead_as_a_member(people, as_):
    data = {
        "name": "科技研发组", "kind": "theme", "rank": "9", "lead_id": people.officer.id, "about": "科技政策",
        "member_ids": [people.colleague.id],
    }  # fmt: skip
    assert as_(people.administrator).post("/groups/new", data=data).status_code == 303
    group = db.session.scalar(sa.select(Group).where(Group.name == "科技研发组"))
    assert (group.kind, group.lead) == (GroupKind.theme, people.officer)
    assert [one.name for one in queries.members_of(group)] == ["服务示例", "同事示例"]


def test_members_come_and_go(people, as_):
    browser = as_(people.administrator)
    data = {
        "name": "土地房产组",
        "kind": "theme",
        "rank": "5",
        "version": "1",
        "member_ids": [people.officer.id, people.lecturer.id],
    }
    assert browser.post(f"/groups/{people.theme.id}/edit", data=data).status_code == 303
    assert {one.name for one in queries.members_of(reload(people.theme))} == {"服务示例", "主讲示例"}
    entry = db.session.scalar(sa.select(JournalEntry).where(JournalEntry.deed == "people.edit_group"))
    assert (entry.facts["added"], entry.facts["removed"]) == ([people.lecturer.id], [people.colleague.id])
    assert browser.post(f"/groups/{people.theme.id}/edit", data=data).status_code == 409


def test_a_disabled_member_stays_until_taken_out(people, as_):
    accounts.disable(people.colleague, by=people.administrator)
    db.session.commit()
    page = as_(people.administrator).get(f"/groups/{people.theme.id}/edit").text
    assert "市司法局 同事示例" in page


@pytest.mark.parametrize("path", ["/departments", "/groups", "/groups/1", "/groups/1/edit"])
def test_a_page_asks_the_same_for_3_and_for_12_rows(people, as_, statements, path):
    browser, counts = as_(people.administrator), []
    for amount in (3, 12):
        members = []
        for number in range(amount):
            department = departments.add_department(f"部门{amount}-{number}", "部门", by=None)
            user, _ = accounts.add_user(f"p{amount}-{number}", "示例", department, password="x" * 12, by=None)
            departments.add_group(GroupKind.team, f"组{amount}-{number}", lead=user, by=None)
            members.append(user)
        group = db.session.get(Group, 1)
        departments.edit_group(
            group,
            None,
            kind=group.kind,
            name=group.name,
            about="",
            rank=1,
            lead=None,
            members=members,
            by=people.officer,
        )
        db.session.commit()
        statements.clear()
        assert browser.get(path).status_code == 200
        counts.append(len([one for one in statements if not one.startswith("BEGIN")]))
    assert counts[0] == counts[1] <= 10
