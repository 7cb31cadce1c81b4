from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa

from portal.administration import queries
from portal.db import journal
from portal.db.calendar import CalendarDay
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.db.office import SETTINGS, OfficeSetting

EVERYBODY = {"secretary", "officer", "chair", "supervisor", "archivist", "auditor", "administrator"}
PAGES = {
    "/settings": {"administrator"}, "/calendar": EVERYBODY, "/journal": {"auditor"}, "/journal/check": {"auditor"},
}  # fmt: skip
WRITES = {
    "/settings": {"administrator"}, "/calendar/days": {"secretary", "administrator"},
    "/calendar/days/end": {"secretary", "administrator"},
}  # fmt: skip


def settings(**changes):
    return {key: str(setting.default) for key, setting in SETTINGS.items()} | changes


def stored(key):
    db.session.rollback()
    db.session.expire_all()
    row = db.session.get(OfficeSetting, key)
    return row and row.value["is"]


def deeds():
    db.session.rollback()
    return [one.deed for one in db.session.scalars(sa.select(JournalEntry).order_by(JournalEntry.seq))]


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_who_passes_which_door(people, as_, who):
    browser = as_(getattr(people, who))
    assert {path for path in PAGES if browser.get(path).status_code == 200} == {
        path for path, allowed in PAGES.items() if who in allowed
    }
    assert {path for path in WRITES if browser.post(path).status_code != 403} == {
        path for path, allowed in WRITES.items() if who in allowed
    }


@pytest.mark.parametrize("htmx", [False, True])
def test_a_setting_is_changed_for_everybody_and_journalled(people, as_, htmx):
    browser = as_(people.administrator, htmx=htmx)
    answer = browser.post("/settings", data=settings(name="示例市周例会", accept_days="２"))
    assert answer.status_code == (204 if htmx else 303)
    assert (stored("name"), stored("accept_days"), stored("contact")) == ("示例市周例会", 2, None)
    assert [deed for deed in deeds() if deed.startswith("office")] == ["office.change"] * 2
    assert "示例市周例会" in as_(people.officer).get("/account").text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "　"}, "请填写这一项。"), ({"name": "字" * 101}, "请不要超过 100 个字。"),
        ({"accept_days": "两天"}, "请填写整数。"), ({"accept_days": "-1"}, "请填写 0 到 365 之间的整数。"),
        ({"mark": "机密"}, "请从列表中选择一项。"), ({"retention": "5年"}, "请从列表中选择一项。"),
    ],
)  # fmt: skip
def test_a_wrong_setting_changes_nothing(people, as_, changes, sentence):
    answer = as_(people.administrator).post("/settings", data=settings(contact="8087", **changes))
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert stored("contact") is None


def test_two_who_change_settings_notice_each_other(people, as_):
    browser, seen = as_(people.administrator), str(queries.settings_version())
    assert browser.post("/settings", data=settings(name="甲", version=seen)).status_code == 303
    second = browser.post("/settings", data=settings(name="乙", version=seen))
    assert (second.status_code, "甲" in second.text, "乙" in second.text) == (409, True, True)


def test_days_in_a_row_are_one_line_of_the_calendar(people):
    [golden_week] = [one for one in queries.periods(2026) if one.name == "国庆节" and not one.working]
    assert (str(golden_week.first), str(golden_week.last)) == ("2026-10-01", "2026-10-07")


def test_an_unknown_year_is_a_warning(people, as_):
    assert "2031 年的放假安排尚未公布或未录入" in as_(people.officer).get("/calendar?year=2031").text


@pytest.mark.parametrize("year", ["x", "0", "99999999999", "", "-1", "２０２６"])
def test_a_strange_year_shows_this_one(people, as_, year):
    assert as_(people.officer).get("/calendar", query_string={"year": year}).status_code == 200


def test_a_day_is_set_and_given_back(people, as_):
    browser = as_(people.secretary)
    data = {"day": "2026年11月30日", "kind": "rest", "name": "抗旱值守"}
    assert browser.post("/calendar/days", data=data).location == "/calendar?year=2026"
    assert "抗旱值守" in browser.get("/calendar?year=2026").text
    assert browser.post("/calendar/days/end", data={"day": "2026-11-30"}).status_code == 303
    assert browser.post("/calendar/days/end", data={"day": "2026-11-30"}).status_code == 409
    assert "抗旱值守" not in browser.get("/calendar?year=2026").text
    assert deeds()[-2:] == ["administration.mark_day", "administration.unmark_day"]


@pytest.mark.parametrize("day", ["2026-02-30", "", "明天", "9999-01-01"])
def test_a_day_that_does_not_exist_is_refused(people, as_, day):
    answer = as_(people.secretary).post("/calendar/days", data={"day": day, "kind": "rest", "name": "节"})
    assert (answer.status_code, db.session.scalar(sa.select(sa.func.count(CalendarDay.day)))) == (422, 0)
    assert as_(people.secretary).post("/calendar/days/end", data={"day": day}).status_code == 422


def test_the_auditor_finds_deeds_and_refusals(people, as_):
    as_(people.officer).get("/people/new")
    browser = as_(people.auditor)
    refused = browser.get("/journal?outcome=refused").text
    assert ("服务示例" in refused, "只有系统管理员可以管理人员" in refused) == (True, True)
    assert "登录" in browser.get("/journal?outcome=done&q=登录&since=2026-01-01").text
    assert "没有符合条件的记录。" in browser.get("/journal?until=2001-01-01").text


def test_an_entry_leads_to_everything_about_its_thing(people, as_):
    page = as_(people.auditor).get("/journal").text
    assert f"/journal?thing=user.{people.auditor.id}" in page
    only = as_(people.auditor).get(f"/journal?thing=user.{people.auditor.id}").text
    assert "审计示例" in only


@pytest.mark.parametrize(
    "query",
    ["thing=user.", "thing=user.99999999999999999999", "thing=.", "since=x", "q=%25", "page=0", "thing=user.１"],
)
def test_a_strange_filter_still_gives_a_page(people, as_, query):
    assert as_(people.auditor).get(f"/journal?{query}").status_code == 200


def test_the_journal_leaves_as_excel(people, as_):
    journal.record(people.officer, "test.deed", "=HYPERLINK(1)", "试一试")
    db.session.commit()
    answer = as_(people.auditor).get("/journal?export=xlsx&q=试一试")
    rows = list(openpyxl.load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert (rows[0][:5], rows[1][4]) == (("序号", "时间", "人员", "操作", "对象"), "=HYPERLINK(1)")


def test_a_whole_chain_and_a_broken_one(people, as_, app):
    browser = as_(people.auditor)
    assert "日志链条完整" in browser.get("/journal/check").text
    said = app.test_cli_runner().invoke(args=["journal", "check"])
    assert (said.exit_code, "日志链条完整，共" in said.output) == (0, True)
    db.session.execute(sa.update(JournalEntry).where(JournalEntry.seq == 1).values(actor="别人"))
    db.session.commit()
    page = browser.get("/journal/check").text
    assert ("日志链条不完整" in page, "第 1 条的内容被改动过。" in page) == (True, True)
    said = app.test_cli_runner().invoke(args=["journal", "check"])
    assert (said.exit_code, "第 1 条的内容被改动过。" in said.output) == (1, True)


@pytest.mark.parametrize("path", ["/journal", "/calendar", "/journal/check"])
def test_a_page_asks_the_same_for_3_and_for_12_rows(people, as_, statements, path):
    browser, counts = as_(people.auditor), []
    for amount in (3, 12):
        for number in range(amount):
            journal.record(people.officer, "test.deed", people.officer, f"试{number}")
        db.session.commit()
        statements.clear()
        assert browser.get(path).status_code == 200
        counts.append(len([one for one in statements if not one.startswith("BEGIN")]))
    assert counts[0] == counts[1] <= 10
