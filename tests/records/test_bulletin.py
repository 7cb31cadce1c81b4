"""What became of a meeting's tasks: the bulletin, and the ledger narrowed by series and meeting."""

import re
from io import BytesIO

import pytest
from cast import MONDAY, by_itself, hold_meeting, open_meeting
from docx import Document
from openpyxl import load_workbook
from pypdfium2 import PdfDocument

from portal.actions.assignment import operations as assignment
from portal.actions.models.action_items import ActionItem
from portal.actions.models.progress import Support
from portal.actions.progress import operations as progress
from portal.db import clock
from portal.db.engine import db
from portal.meetings.attendance import operations as attendance
from portal.meetings.models.agenda import ItemState
from portal.meetings.sitting import operations as sitting_operations
from portal.records.decisions import operations as records


@pytest.fixture
def meeting(people):
    """A meeting that handed out three tasks, of which one is closed and one is late."""
    sitting = open_meeting(people)
    for title in ("补办土地手续", "报送方案", "协调用电"):
        records.hand_out(
            sitting.items[0], title=title, lead_department=people.industry, lead_person=people.officer,
            due=MONDAY if title == "报送方案" else MONDAY.replace(year=2199), by=people.recorder,
        )  # fmt: skip
    sitting_operations.mark_item(sitting.items[0], ItemState.dealt_with, by=people.secretary)
    attendance.check_in(sitting.attendances[0], by=people.secretary)
    sitting_operations.adjourn(sitting, by=people.secretary)
    by_itself("records.pass_on")
    done = db.session.get(ActionItem, 1)
    assignment.accept(done, by=people.officer)
    progress.report_done(done, "已办好", by=people.officer)
    progress.close(done, by=people.supervisor)
    db.session.commit()
    return sitting


def test_it_says_how_many_were_agreed_and_done(as_, people, meeting):
    path = f"/meetings/{meeting.id}/bulletin"
    with clock.at(clock.moment(MONDAY.replace(month=12, day=15))):
        for user in (people.colleague, people.supervisor):
            page = as_(user).get(path).text
            assert "交办 3 项，销号 1 项，销号率 33.3%，逾期 1 项。" in page
            assert "补办土地手续" in page
    sheet = load_workbook(BytesIO(as_(people.supervisor).get(f"{path}?export=xlsx").data)).active
    assert [cell.value for cell in sheet["B"]] == ["事项", "补办土地手续", "报送方案", "协调用电"]


def test_it_is_for_members_and_who_watches_every_task(as_, people, meeting):
    for user in (people.stranger, people.archivist, people.administrator, people.auditor):
        assert as_(user).get(f"/meetings/{meeting.id}/bulletin").status_code == 404


def test_a_meeting_without_tasks_says_so(as_, people):
    sitting = hold_meeting(people)
    assert "没有交办事项。" in as_(people.secretary).get(f"/meetings/{sitting.id}/bulletin").text


def test_the_ledger_is_narrowed_by_series_and_meeting_and_leads_to_the_bulletin(as_, people, meeting):
    assignment.assign(title="会外的", lead_person=people.officer, due=MONDAY, by=people.secretary)
    db.session.commit()
    browser = as_(people.supervisor)
    for query in (f"meeting={meeting.id}", f"series={meeting.series_id}"):
        page = browser.get(f"/actions?{query}").text
        assert len(re.findall(r'<td class="full">', page)) == 3
        assert "会外的" not in page
    assert f"/meetings/{meeting.id}/bulletin" in browser.get(f"/actions?meeting={meeting.id}").text
    assert f"专班 {MONDAY}" in page
    assert f"/meetings/{meeting.id}/bulletin" in as_(people.colleague).get(f"/meetings/{meeting.id}").text


def test_the_ledger_is_grouped_by_series_and_meeting_for_who_reads_them(as_, people, meeting):
    assignment.assign(title="会外的", lead_person=people.officer, due=MONDAY, by=people.secretary)
    db.session.add(Support(action_id=1, department=people.justice, person=people.stranger))
    db.session.commit()
    for by, over in (("series", "专班例会"), ("meeting", f"专班例会 {MONDAY}")):
        page = as_(people.supervisor).get(f"/actions?group={by}").text
        assert re.findall(r'rowgroup">(.*?)</th>', page) == [over, "未归类"]
        assert re.findall(r'rowgroup">(.*?)</th>', as_(people.supervisor).get(f"/actions?group={by}&print=all").text)
        page = as_(people.stranger).get(f"/actions?group={by}").text
        assert re.findall(r'rowgroup">(.*?)</th>', page) == ["未归类"]


def test_strangers_do_not_learn_of_meetings_in_the_filters(as_, people, meeting):
    assert f"专班 {MONDAY}" not in as_(people.stranger).get("/actions").text


@pytest.mark.parametrize("query", ["meeting=1", "series=1&meeting=1", "group=lead", "group=series", "group=meeting"])
def test_few_statements(as_, people, meeting, statements, query):
    browser = as_(people.supervisor)
    browser.get("/actions")
    for path in (f"/actions?{query}", f"/meetings/{meeting.id}/bulletin"):
        statements.clear()
        assert browser.get(path).status_code == 200
        assert len([one for one in statements if one.startswith("SELECT")]) <= 10, path


def test_it_goes_round_as_pdf_and_as_word(as_, people, meeting):
    path = f"/meetings/{meeting.id}/bulletin"
    with clock.at(clock.moment(MONDAY.replace(month=12, day=15))):
        browser = as_(people.supervisor)
        word = Document(BytesIO(browser.get(f"{path}?export=docx").data))
        errand = browser.post(f"{path}/pdf").location
        by_itself("errands.run")
        pdf = browser.get(f"{errand}/file").data
    said = "交办 3 项，销号 1 项，销号率 33.3%，逾期 1 项。"
    assert any(said.replace(" ", "") in one.text for one in word.paragraphs)
    assert [row.cells[1].text for row in word.tables[0].rows] == ["事项", "补办土地手续", "报送方案", "协调用电"]
    with PdfDocument(pdf) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "").replace(" ", "")
    for part in ("督办通报", "销号1项", "补办土地手续", "已销号", "2026年12月15日"):
        assert part in text
