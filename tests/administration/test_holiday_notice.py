"""The yearly holiday notice, brought as a table: read, checked row by row, confirmed."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest

from portal.administration import holidays
from portal.db import calendar, journal
from portal.db.calendar import CalendarDay
from portal.db.engine import db
from portal.errors import Unreadable
from portal.files.store import StoredFile

HEAD = ["节日", "放假时间", "调休上班日期"]
NOTICE = [
    ["2031年节假日安排"],
    HEAD,
    ["元旦", "1月1日（周三）至3日（周五）", "1月4日（周六）上班"],
    ["春节", "1月22日至28日，共7天", "1月19日（周日）、2月8日（周六）"],
    ["清明节", "4月5日", "无"],
]


def sheet(rows):
    book, buffer = openpyxl.Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(buffer)
    return BytesIO(buffer.getvalue())


def days(reading, *, working):
    return [(one.day.month, one.day.day) for one in reading.good if one.working is working]


def test_a_notice_is_read_as_it_is_published():
    reading = holidays.read(NOTICE, 2099)
    assert (reading.year, reading.bad) == (2031, [])
    assert days(reading, working=False) == [
        (1, 1), (1, 2), (1, 3), *((1, day) for day in range(22, 29)), (4, 5),
    ]  # fmt: skip
    assert days(reading, working=True) == [(1, 4), (1, 19), (2, 8)]
    assert {one.name for one in reading.good if one.working} == {"元旦调休上班", "春节调休上班"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2月5日-11日", 7), ("2.5-2.11", 7), ("2031-02-05", 1), ("2031-02-05至2031-02-07", 3), ("２月５日～７日", 3),
        ("2月5日、8日", 2), ("12月30日至1月2日", 4), ("2031年12月30日至2032年1月2日", 4), ("2月28日—3月2日", 3),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(text, expected):
    reading = holidays.read([HEAD, ["节", text, ""]], 2031)
    assert (len(reading.good), reading.bad) == (expected, [])


def test_a_table_of_single_days_is_read_too():
    rows = [["日期", "安排", "说明"], ["2031-05-01", "休息", "劳动节"], ["2031-05-03", "上班", ""]]
    reading = holidays.read(rows, 2031)
    assert [(one.day.day, one.working, one.name) for one in reading.good] == [
        (1, False, "劳动节"), (3, True, "劳动节"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["元旦", "2月30日", ""], "没有2月30日这一天。"), (["元旦", "年初", ""], "“年初”不是日期。"),
        (["元旦", "1日至3日", ""], "“1日”没有写月份。"),
        (["元旦", "1月3日至2031年1月1日", ""], "“1月3日至2031年1月1日”的起止日期不对。"),
        (["元旦", "1月1日至6月1日", ""], "“1月1日至6月1日”的起止日期不对。"),
        (["元旦", "1999年1月1日", ""], "“1999年1月1日”不在2031年前后。"),
        (["元旦", "", ""], "没有填写放假或上班的日期。"), (["元旦", "1月1日", "1月1日"], "1月1日与第 2 行的安排相反。"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_named_with_its_reason(row, reason):
    reading = holidays.read([HEAD, row, ["清明节", "4月5日", ""]], 2031)
    assert [(one.row, one.reason) for one in reading.bad] == [(2, reason)]
    assert (4, 5) in days(reading, working=False)


@pytest.mark.parametrize("rows", [[["姓名", "电话"]], [["节日", "备注"], ["元旦", "x"]], [["日期"], ["2031-01-01"]]])
def test_a_table_without_a_head_is_refused(rows):
    with pytest.raises(Unreadable, match="没有找到表头"):
        holidays.read(rows, 2031)


def test_the_secretary_uploads_checks_and_imports(as_, people):
    client = as_(people.secretary)
    answer = client.post("/calendar/import", data={"year": "2031", "file": (sheet(NOTICE), "放假通知.xlsx")})
    assert answer.status_code == 303
    address = answer.headers["Location"]
    page = client.get(address).get_data(as_text=True)
    assert ("导入 14 天" in page, "春节调休上班" in page, db.session.query(CalendarDay).count()) == (True, True, 0)
    assert client.post(address).status_code == 303
    db.session.rollback()
    assert (calendar.is_working(date(2031, 1, 4)), calendar.is_working(date(2031, 1, 23))) == (True, False)
    assert "元旦调休上班" in client.get("/calendar?year=2031").get_data(as_text=True)
    file = db.session.query(StoredFile).one()
    (entry,) = journal.history(file)
    assert (entry.deed, entry.facts) == (
        "administration.bring_in_days", {"year": 2031, "free": 11, "worked": 3},
    )  # fmt: skip
    answer = client.post(address)
    assert (answer.status_code, "没有需要导入的" in answer.get_data(as_text=True)) == (409, True)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"a,b\n1,2\n", "x.csv", "没有找到表头"), (b"", "x.csv", "表格里没有内容"), (b"PK\x03\x04", "x.xlsx", "x.xlsx"),
    ],
)  # fmt: skip
def test_what_is_no_notice_is_refused_on_the_form(as_, people, content, name, said):
    answer = as_(people.secretary).post("/calendar/import", data={"year": "2031", "file": (BytesIO(content), name)})
    assert (400 <= answer.status_code < 500, said in answer.get_data(as_text=True)) == (True, True)


def test_a_notice_is_only_for_whoever_brought_it(as_, people):
    data = {"year": "2031", "file": (sheet(NOTICE), "放假通知.xlsx")}
    address = as_(people.secretary).post("/calendar/import", data=data).headers["Location"]
    assert as_(people.administrator).get(address).status_code == 404
    assert as_(people.officer).get("/calendar/import").status_code == 403
