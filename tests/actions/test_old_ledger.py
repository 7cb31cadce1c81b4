"""An old ledger comes in: read as it is kept, every bad row named, nothing half imported."""

import re
from datetime import date
from io import BytesIO

import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from portal.actions.importing import operations as bringing
from portal.actions.models.action_items import ActionItem, ActionState
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.errors import Refused, Unreadable
from portal.files import tables
from portal.inbox.models import Notice
from portal.jobs.background import BackgroundTask

HEAD = ("序号", "督办事项", "责任单位", "责任单位", "责任人", "完成时限（年月日）", "办理情况", "状态")
BELOW = ("序号", "督办事项", "牵头单位", "配合单位", "责任人", "完成时限（年月日）", "办理情况", "状态")
BAD = {  # sheet row: what stands there, the reason it is named with
    6: (("2", "", "市工信局", "", "服务示例", "2023-05-01", "", ""), "没有写事项。"),
    7: (("3", "修路", "市住建局", "", "服务示例", "2023-05-01", "", ""), "没有“市住建局”这个单位或小组。"),
    8: (("4", "架桥", "市工信局", "", "无此人", "2023-05-01", "", ""), "没有名叫“无此人”的在用人员。"),
    9: (("5", "通水", "市工信局", "", "服务示例", "年底前", "", ""), "时限“年底前”不是完整的日期。"),
    10: (("6", "通电", "市工信局", "", "服务示例", "2023.2.30", "", ""), "时限“2023.2.30”不是完整的日期。"),
    11: (("7", "通气", "市工信局", "", "服务示例", "2023-05-01", "", "再说"), "看不懂状态“再说”。"),
    12: (("8", "办证", "市工信局", "", "服务示例", "2023年5月1日", "", ""), "与第 5 行重复。"),
    14: (("9", "长" * 151, "市工信局", "", "服务示例", "2023-05-01", "", ""), "事项超过 150 个字。"),
    15: (("10", "无人", "市工信局", "", "", "2023-05-01", "", ""), "没有写承办人。"),
    16: (("11", "没期限", "市工信局", "", "服务示例", "", "", ""), "没有写时限。"),
}


def sheet():
    """A title over the whole width, two head rows, merged cells, text dates, blank and repeated rows."""
    book = Workbook()
    page = book.active
    page.append(["2023年交办台账"])
    page.append(["制表：专班办公室"])
    page.append(HEAD)
    page.append(["", "", "牵头单位", "配合单位", "", "", "", ""])
    page.append(
        ["1", "办证", "市工业和信息化局", "市司法局、土地房产组", "服务示例", "2023年5月1日", "已对接", "已办结"]
    )
    for row in range(6, 17):
        page.append(BAD[row][0] if row in BAD else [])
    page.append(["12", "供电", "市工信局", "", "服务示例", date(2199, 3, 1), "", "推进中"])
    page.append(["", "", "市司法局", "", "同事示例", "2199/3/2", "", ""])
    page.merge_cells("A1:H1")
    page.merge_cells("C3:D3")
    for letter in "ABEFGH":
        page.merge_cells(f"{letter}3:{letter}4")
    page.merge_cells("B17:B18")
    return page


def saved(page):
    buffer = BytesIO()
    page.parent.save(buffer)
    return buffer.getvalue()


def upload(browser, content, name="旧台账.xlsx"):
    return browser.post("/actions/import", data={"file": (BytesIO(content), name)})


def titles():
    db.session.expire_all()
    return db.session.scalars(sa.select(ActionItem.title).order_by(ActionItem.id)).all()


def last_errand():
    db.session.expire_all()
    return db.session.scalars(sa.select(BackgroundTask).order_by(BackgroundTask.id.desc())).first()


@pytest.mark.parametrize("who", ["secretary", "supervisor"])
def test_a_messy_ledger_is_read_and_every_bad_row_is_named(as_, people, who):
    browser = as_(getattr(people, who))
    answer = upload(browser, saved(sheet()))
    assert answer.status_code == 303, answer.text
    page = browser.get(answer.location).text
    assert '可以导入 <b class="num">3</b> 行，不能导入 <b class="num">10</b> 行，空行 <b class="num">1</b> 行' in page
    for row, (_, reason) in BAD.items():
        assert f"第 {row} 行" in page
        assert reason in page
    for word in ("事项", "牵头单位", "配合单位", "承办人", "时限", "最新进展", "状态"):
        assert f"<b>{word}</b>" in page
    assert titles() == []


def test_all_that_stands_against_a_row_is_said_at_once(as_, people):
    rows = "督办事项,牵头单位,承办人,时限,备注\n修路,市住建局,,年底前,急\n"
    browser = as_(people.secretary)
    page = browser.get(upload(browser, rows.encode(), "旧台账.csv").location).text
    assert "没有“市住建局”这个单位或小组。没有写承办人。时限“年底前”不是完整的日期。" in page


def test_a_column_is_called_by_the_head_row_that_names_it(as_, people):
    book = Workbook()
    for row in (("督办事项", "责任单位", None, "完成时限", "备注"), (None, "牵头", "配合", None, None)):
        book.active.append(row)
    book.active.append(("办证", "市工信局", "市司法局", "2023-05-01", "急"))
    browser = as_(people.secretary)
    page = browser.get(upload(browser, saved(book.active)).location).text
    found = re.findall(r"<dt>(.) 列</dt><dd>(.*?) → (?:<b>|<span[^>]*>)(.*?)<", page)
    assert found == [
        ("A", "督办事项", "事项"), ("B", "牵头", "牵头单位"), ("C", "配合", "配合单位"), ("D", "完成时限", "时限"),
        ("E", "备注", "不导入"),
    ]  # fmt: skip


def test_the_good_rows_come_in_once(as_, people):
    browser = as_(people.secretary)
    where = upload(browser, saved(sheet())).location
    browser.get(where)
    assert browser.post(where).location == "/actions"
    assert titles() == ["办证", "供电", "供电"]
    first, second, third = db.session.scalars(sa.select(ActionItem).order_by(ActionItem.id))
    assert (first.state, first.due, first.lead) == (ActionState.closed, date(2023, 5, 1), "市工业和信息化局")
    assert [line.name for line in first.support] == ["市司法局", "土地房产组"]
    assert first.reports[0].text == "已对接"
    assert (second.state, second.due) == (ActionState.in_progress, date(2199, 3, 1))
    assert (third.lead, third.lead_person.name, third.is_accepted_late) == ("市司法局", "同事示例", False)
    entries = sa.select(sa.func.count()).where(JournalEntry.deed == "actions.bring_in")
    assert db.session.scalar(entries) == 3
    assert db.session.scalars(sa.select(Notice.title).where(Notice.user_id == people.officer.id)).all() == [
        "从旧台账导入，请核对：供电"
    ]
    assert browser.post(where).status_code == 200
    assert "台账中已有这一项" in browser.get(where).text
    assert len(titles()) == 3


def test_who_leads_where_nobody_is_named_can_be_said(as_, people):
    browser = as_(people.secretary)
    where = upload(browser, saved(sheet())).location
    assert '可以导入 <b class="num">4</b> 行' in browser.get(f"{where}?person={people.colleague.id}").text
    browser.post(where, data={"person": people.colleague.id})
    made = db.session.scalar(sa.select(ActionItem).where(ActionItem.title == "无人"))
    assert made.lead_person == people.colleague


def test_a_failure_in_the_middle_imports_nothing(as_, people, monkeypatch):
    browser = as_(people.secretary)
    where = upload(browser, saved(sheet())).location
    make = bringing._brought

    def fail(old, number, by):
        if old.title == "供电":
            raise RuntimeError
        return make(old, number, by)

    monkeypatch.setattr(bringing, "_brought", fail)
    browser.application.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        assert browser.post(where).status_code == 500
    finally:
        browser.application.config["PROPAGATE_EXCEPTIONS"] = None
    assert titles() == []


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig", "utf-8"])
def test_a_csv_of_excel_comes_in_too(as_, people, encoding):
    text = '序号,事项,牵头单位,承办人,办理时限\r\n1,"办证,并公示",市工信局,服务示例,20990501\r\n'
    browser = as_(people.supervisor)
    where = upload(browser, text.encode(encoding), "台账.csv").location
    browser.post(where)
    assert titles() == ["办证,并公示"]


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"\x00\x01\x02", "台账.csv", "不是文本"),
        ("事项,备注\n甲,乙\n".encode("gbk"), "台账.csv", "没有找到“时限”这一列"),
        (b"", "台账.csv", "没有内容"),
        (b"MZ\x90", "台账.xlsx", "《台账.xlsx》"),
        (b"x", "台账.xls", "另存为"),
        (b"x", "台账.exe", "不能上传"),
    ],
)
def test_what_is_no_ledger_is_refused_with_its_sentence(as_, people, content, name, sentence):
    answer = upload(as_(people.secretary), content, name)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_merge_over_the_whole_sheet_or_too_many_rows_stop_nothing():
    page = sheet()
    page.merge_cells("B17:XFD18")
    content = saved(page).replace(b"B17:XFD18", b"B17:XFD18")
    assert tables.read(content, "x.xlsx")[16][7] == "供电"
    with pytest.raises(Unreadable, match="表格太大"):
        tables.read(("事项,时限\n" * 5001).encode(), "x.csv")


def test_only_the_office_imports_and_only_the_own_upload(as_, people):
    where = upload(as_(people.secretary), saved(sheet())).location
    assert as_(people.supervisor).get(where).status_code == 404
    assert as_(people.officer).get("/actions/import").status_code == 403
    assert "/actions/import" not in as_(people.officer).get("/actions").text


def test_two_thousand_rows_come_in(as_, people):
    lines = ["事项,牵头单位,承办人,时限"] + [f"第 {n} 项,市工信局,服务示例,2199-05-01" for n in range(2000)]
    browser = as_(people.secretary)
    lines[700] = "坏的一行,市住建局,服务示例,2199-05-01"
    answer = upload(browser, "\n".join(lines).encode("gbk"), "台账.csv")
    check = last_errand()
    assert (answer.location, check.failure) == (f"/errands/{check.id}", "")
    assert check.sentence == "可以导入 1999 行，不能导入 1 行，空行 0 行。现在还没有导入任何内容。"
    page = browser.get(check.address).text
    assert "不能导入的行" in page
    assert "导入 1999 项" in page
    where, _, reading = check.address.partition("?reading=")
    assert "读取并核对" in browser.get(where).text
    assert browser.post(where).status_code == 200  # without a reading there is nothing to bring in
    assert titles() == []
    answer = browser.post(where, data={"reading": reading})
    errand = last_errand()
    assert (answer.location, errand.failure) == (f"/errands/{errand.id}", "")
    assert errand.sentence == "已导入 1999 项。另有 1 行没有导入，名单在核对页上。"
    assert len(titles()) == 1999
    entries = sa.select(sa.func.count()).where(JournalEntry.deed == "actions.bring_in")
    assert db.session.scalar(entries) == 1999
    assert "没有“市住建局”这个单位或小组。" in browser.get(errand.address).text


def test_a_failure_of_the_worker_imports_nothing(as_, people, monkeypatch):
    lines = ["事项,牵头单位,承办人,时限"] + [f"第 {n} 项,市工信局,服务示例,2199-05-01" for n in range(150)]
    browser = as_(people.secretary)
    where = upload(browser, "\n".join(lines).encode("gbk"), "台账.csv").location
    make = bringing._brought

    def refuse(old, number, by):
        if old.title == "第 140 项":
            raise Refused("编号用完了。")
        return make(old, number, by)

    monkeypatch.setattr(bringing, "_brought", refuse)
    browser.post(where)
    assert db.session.scalar(sa.select(BackgroundTask)).failure == "编号用完了。"
    assert titles() == []


def test_a_large_ledger_is_checked_anew_with_another_person_and_by_its_owner_only(as_, people):
    lines = ["事项,牵头单位,承办人,时限"] + [f"第 {n} 项,市工信局,,2199-05-01" for n in range(900)]
    browser = as_(people.secretary)
    upload(browser, "\n".join(lines).encode("gbk"), "台账.csv")
    first = last_errand()
    where = first.address.partition("?")[0]
    assert first.sentence.startswith("可以导入 0 行，不能导入 900 行")
    browser.post(f"{where}/reading", data={"person": people.colleague.id})
    second = last_errand()
    assert second.sentence.startswith("可以导入 900 行，不能导入 0 行")
    assert "导入 900 项" in browser.get(second.address).text
    assert as_(people.supervisor).get(second.address).status_code == 404
    browser.post(where, data={"reading": second.id})
    assert set(db.session.scalars(sa.select(ActionItem.lead_person_id))) == {people.colleague.id}
    assert as_(people.secretary).get("/actions?text=第 7 项").text.count("第 7 项</a>") == 1


def test_a_large_table_without_a_head_says_so(as_, people):
    lines = ["随便,写写"] + [f"第 {n} 项,二〇二六年五月以前请各单位抓紧办理" for n in range(900)]
    answer = upload(as_(people.secretary), "\n".join(lines).encode("gbk"), "台账.csv")
    assert "没有找到“事项”和“时限”这一列" in as_(people.secretary).get(answer.location).text


@pytest.mark.parametrize("rows", [12, pytest.param(120, marks=pytest.mark.long)])
def test_checking_takes_few_statements(as_, people, statements, rows):
    lines = ["事项,牵头单位,承办人,时限"] + [f"第 {n} 项,市工信局,服务示例,2199-05-01" for n in range(rows)]
    browser = as_(people.secretary)
    where = upload(browser, "\n".join(lines).encode("gbk"), "台账.csv").location
    statements.clear()
    assert browser.get(where).status_code == 200
    assert len([one for one in statements if one.startswith("SELECT")]) <= 10
