"""Who passes which door: every role at every page of the room."""

import pytest

EVERYBODY = {"secretary", "officer", "chair", "supervisor", "archivist", "auditor", "administrator"}
TABLE = {
    "/account": EVERYBODY,
    "/account/password": EVERYBODY,
    "/account/signature": EVERYBODY,
    "/account/signature/pin": EVERYBODY,
    "/people": {"secretary", "administrator"},
    "/people/{person}": EVERYBODY,
    "/people/new": {"administrator"},
    "/people/{person}/edit": {"administrator"},
    "/people/roles": {"administrator"},
    "/departments": {"administrator"},
    "/departments/new": {"administrator"},
    "/departments/{department}": {"administrator"},
    "/groups": EVERYBODY,
    "/groups/{group}": EVERYBODY,
    "/groups/new": {"administrator"},
    "/groups/{group}/edit": {"administrator"},
}
WRITES = (
    "/people/new", "/people/{person}/edit", "/people/{person}/disable", "/people/{person}/enable",
    "/people/{person}/password", "/people/{person}/roles", "/people/{person}/roles/end", "/departments/order",
    "/departments/new", "/departments/{department}", "/departments/{department}/up", "/departments/{department}/down",
    "/groups/new", "/groups/{group}/edit",
)  # fmt: skip


def address(people, path):
    return path.format(person=people.colleague.id, department=people.justice.id, group=people.theme.id)


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_the_table_of_pages(people, as_, who):
    browser = as_(getattr(people, who))
    passed = {path for path in TABLE if browser.get(address(people, path)).status_code == 200}
    assert passed == {path for path, allowed in TABLE.items() if who in allowed}


@pytest.mark.parametrize("who", sorted(EVERYBODY - {"administrator"}))
def test_nobody_but_the_administrator_writes(people, as_, who):
    browser = as_(getattr(people, who))
    assert {browser.post(address(people, path)).status_code for path in WRITES} == {403}


@pytest.mark.parametrize("path", [*TABLE, "/inbox", "/guide", "/settings", "/journal", "/calendar"])
def test_nothing_is_shown_before_signing_in(people, client, path):
    answer = client.get(address(people, path))
    assert (answer.status_code, answer.location.startswith("/login?next=/")) == (302, True)


def test_the_refused_person_reads_why(people, as_):
    assert "只有系统管理员可以管理人员、部门、小组和门户设置。" in as_(people.officer).get("/people/new").text


def test_a_refusal_is_told_to_htmx_too(people, as_):
    answer = as_(people.officer, htmx=True).post("/departments/order")
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (403, "#messages")
