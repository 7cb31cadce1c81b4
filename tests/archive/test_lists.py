"""The lists of the archive: each filters, sorts, pages, leaves as Excel, and takes few questions however long it is."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from portal.archive.models.packages import Package
from portal.archive.models.pieces import ArchivalState, Check, Occasion
from portal.archive.pieces import filing
from portal.db import clock
from portal.db.engine import db
from portal.files import store
from portal.jobs import background

LONG = 33


@pytest.fixture
def brought(people):
    """Packages in each state, and more of one than a page holds."""
    file = store.put(BytesIO(b"x"), "移交.zip", "application/zip", people.archivist)
    now = clock.now()
    states = [
        {},
        {"inspected_at": now, "found": {"troubles": [], "organisation": "示例区档案馆", "pieces": 3}},
        {"inspected_at": now, "found": {"troubles": ["没有可读的校验清单。"]}},
        {"inspected_at": now, "taken_over_at": now, "found": {"troubles": [], "organisation": "示例%局"}},
    ]
    for number, facts in enumerate([*states, *[states[1]] * (LONG - 4)]):
        at = now - timedelta(days=number)
        db.session.add(Package(file=file, brought_by=people.archivist, brought_at=at, **facts))
    db.session.commit()


@pytest.fixture
def exported(people):
    """As many exports of one archivist, and one of somebody else."""
    for number in range(LONG):
        background.ask("archive.export", by=people.archivist, label=f"导出档案 {number} 件", facts={"pieces": []})
    background.ask("archive.export", by=people.secretary, label="别人导出的", facts={"pieces": []})
    db.session.commit()


@pytest.fixture
def looked_at(piece):
    """A piece that was checked every month for some years, once in vain."""
    for number in range(LONG):
        passed = number != 5
        said = "通过" if passed else "内容不一致。"
        db.session.add(
            Check(
                record=piece, at=clock.now() - timedelta(days=30 * (LONG - number)), passed=passed, authentic=said,
                complete="通过", usable="通过", safe="通过", occasion=Occasion.schedule if number else Occasion.filing,
            )
        )  # fmt: skip
    db.session.commit()
    return piece


def total(page):
    return int(re.search(r'共 <b class="num">(\d+)</b> 条', page)[1])


@pytest.mark.usefixtures("brought")
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", LONG), ("?state=inspecting", 1), ("?state=ready", LONG - 3), ("?state=failed", 1),
        ("?state=taken_over", 1), ("?text=档案馆", LONG - 3), ("?text=%25", 1),
        ("?text=移交", LONG), ("?state=gone", LONG), (f"?since={clock.today()}", 1),
    ],
)  # fmt: skip
def test_packages_are_found_by_state_name_and_day(as_, people, query, wanted):
    assert total(as_(people.archivist).get(f"/archive/packages{query}").text) == wanted


@pytest.mark.usefixtures("brought")
def test_packages_leave_as_excel(as_, people):
    answer = as_(people.archivist).get("/archive/packages?state=taken_over&export=xlsx")
    head, row = load_workbook(BytesIO(answer.data)).active.values
    assert dict(zip(head, row, strict=True))["状态"] == "已接收"
    assert row[:2] == ("移交.zip", "示例%局")


@pytest.mark.usefixtures("exported")
def test_everybody_reads_the_own_exports_alone(as_, people):
    page = as_(people.archivist).get("/archive/exports").text
    assert (total(page), "别人导出的" in page) == (LONG, False)
    assert total(as_(people.archivist).get("/archive/exports?text=档案 32").text) == 1
    rows = list(load_workbook(BytesIO(as_(people.archivist).get("/archive/exports?export=xlsx").data)).active.values)
    assert len(rows) == LONG + 1
    assert as_(people.secretary).get("/archive/exports").status_code == 403


def test_every_check_is_read_and_leads_to_its_report(as_, people, looked_at):
    browser, address = as_(people.officer), f"/archive/{looked_at.id}/checks"
    assert total(browser.get(address).text) == LONG
    assert total(browser.get(f"{address}?occasion=filing").text) == 1
    page = browser.get(f"{address}?passed=no").text
    assert (total(page), "内容不一致。" in page) == (1, True)
    report = browser.get(re.search(rf"/archive/{looked_at.id}/report\?check=\d+", page)[0]).text
    assert "不合格" in report
    assert "不合格" not in browser.get(f"/archive/{looked_at.id}/report").text
    assert f"共检测 {LONG} 次" in browser.get(f"/archive/{looked_at.id}").text
    rows = list(load_workbook(BytesIO(browser.get(f"{address}?export=xlsx").data)).active.values)
    assert [len(rows), rows[0][:4]] == [LONG + 1, ("检测时间", "时机", "结果", "真实性")]
    assert as_(people.stranger).get(address).status_code == 404


@pytest.mark.parametrize("typed", ["x", "-1", "99999999999", "2147483647", ""])
def test_a_report_that_is_not_there_is_the_newest(as_, people, looked_at, typed):
    page = as_(people.archivist).get(f"/archive/{looked_at.id}/report?check={typed}").text
    assert f"{clock.zh_date(looked_at.last_check.at)}" in page


def test_what_failed_stands_on_top_shortened_and_whole_in_the_list(as_, people, piece):
    pieces = [
        filing.prepare(piece.meeting, kind="课件", title=f"课件{n}", file=piece.file, responsible="某", pages=1)
        for n in range(12)
    ]
    for one in pieces:
        parts = dict.fromkeys(("authentic", "complete", "usable", "safe"), "坏了。")
        db.session.add(Check(record=one, at=clock.now(), passed=False, **parts))
    pieces[0].state = ArchivalState.removed
    db.session.commit()
    browser = as_(people.archivist)
    page = browser.get("/archive").text
    assert 'href="/archive?check=failed">查看全部 11 件</a>' in page
    assert total(browser.get("/archive?check=failed").text) == 11
    assert total(browser.get("/archive?check=none").text) == 1
    assert "没有符合条件的档案。" in browser.get("/archive?check=passed").text


@pytest.mark.usefixtures("brought", "exported")
def test_the_lists_ask_few_questions(as_, people, looked_at, statements):
    browser = as_(people.archivist)
    for address in (
        "packages", "exports", f"{looked_at.id}", f"{looked_at.id}/checks", f"{looked_at.id}/report", "?print=all",
    ):  # fmt: skip
        statements.clear()
        assert browser.get(f"/archive/{address}".replace("/?", "?")).status_code == 200, address
        asked = [one for one in statements if not one.startswith(("BEGIN", "SET LOCAL"))]
        assert len(asked) <= 10, (address, "\n".join(asked))
