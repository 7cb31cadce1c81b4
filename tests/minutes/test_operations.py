import re
import subprocess

import pytest
from cast import MONDAY, NINE, by_itself

from portal import store
from portal.database import db
from portal.errors import Refused
from portal.meetings import operations as meetings
from portal.meetings.models import ItemKind, ItemState, MeetingState, Recurrence
from portal.minutes import operations, queries
from portal.minutes.models import MinutesState
from portal.people import operations as persons
from portal.records import operations as records


@pytest.fixture
def meeting(people):
    series = meetings.add_series(
        name="专班例会", short="专班", rank=1, group=people.task_force, chair=people.chair, recorder=people.recorder,
        reviewer=people.reviewer, signatory=people.signatory, place="501会议室", recurrence=Recurrence.by_hand,
        weekday=0, starts_at=NINE, minutes=90, cut_off_days=2, cut_off_time=NINE, heading="首席服务官周例会纪要",
        by=people.secretary,
    )  # fmt: skip
    return hold(series, people)


def hold(series, people):
    sitting = meetings.schedule(series, MONDAY, by=people.secretary)
    item = meetings.add_item(
        sitting, ItemKind.problem, "研究企业用地问题", 20, reporter=people.officer, by=people.secretary
    )
    meetings.add_item(sitting, ItemKind.other, "研究来不及的事", 20, by=people.secretary)
    meetings.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    meetings.announce(sitting, by=people.secretary)
    meetings.open(sitting, by=people.secretary)
    records.write(item, "1.听取了汇报。\n2.同意该方案。", 0, by=people.recorder)
    decision = records.decide(item, "同意补办土地手续", by=people.recorder)
    records.hand_out(
        item, decision=decision, title="补办土地手续", lead_department=people.industry, lead_person=people.officer,
        support=[people.justice], due=MONDAY, by=people.recorder,
    )  # fmt: skip
    meetings.mark_item(sitting.items[0], ItemState.dealt_with, by=people.secretary)
    meetings.mark_item(sitting.items[1], ItemState.not_reached, by=people.secretary)
    meetings.check_in(sitting.attendances[0], by=people.secretary)
    meetings.adjourn(sitting, by=people.secretary)
    db.session.commit()
    by_itself("records.pass_on")
    by_itself("minutes.draft")
    return sitting


def drafted(meeting):
    return queries.minutes(queries.of_meeting(meeting)[0].id)


def test_the_draft_reads_like_minutes(meeting):
    assert drafted(meeting).latest.text.splitlines() == [
        "2026年11月30日，主持示例在501会议室主持召开专班例会2026年第1次会议，研究企业用地问题事项。现将会议议定事项纪要如下：",
        "一、研究企业用地问题",
        "听取了汇报。",
        "同意该方案。",
        "会议议定：同意补办土地手续。由市工业和信息化局牵头、市司法局配合，于2026年11月30日前完成。",
        "会议明确，“研究来不及的事”留待下次会议研究。",
    ]


def test_a_second_run_drafts_nothing_more(meeting):
    by_itself("minutes.draft")
    assert len(queries.of_meeting(meeting)) == 1


def test_a_returned_document_keeps_its_number_and_loses_its_paper(meeting, people):
    minutes = drafted(meeting)
    operations.submit(minutes, by=people.recorder)
    operations.pass_(minutes, by=people.reviewer)
    db.session.commit()
    assert re.fullmatch(r"〔\d{4}〕1号", minutes.number_text)
    by_itself("minutes.render")
    minutes = drafted(meeting)
    first = minutes.document
    operations.return_(minutes, "第二段请再斟酌。", by=people.signatory)
    assert (minutes.state, minutes.number, minutes.document, first.withdrawn) == (MinutesState.drafting, 1, None, True)


def test_from_draft_to_issued_and_read_back(meeting, people, tmp_path):
    minutes = drafted(meeting)
    operations.edit(minutes, minutes.latest.text + "\n会议强调，要抓好落实。", minutes.version, by=people.secretary)
    operations.submit(minutes, by=people.secretary)
    operations.pass_(minutes, "同意。", by=people.reviewer)
    db.session.commit()
    by_itself("minutes.render")
    minutes = drafted(meeting)
    persons.make_key(people.signatory, "135790", by=people.signatory)
    operations.sign(minutes, "135790", by=people.signatory)
    db.session.commit()
    operations.issue(minutes, by=people.secretary)
    db.session.commit()
    by_itself("minutes.render_sheet")
    minutes = drafted(meeting)
    assert minutes.state is MinutesState.issued
    assert minutes.meeting.state is MeetingState.concluded
    assert minutes.sheet.document is not None
    file = tmp_path / "minutes.pdf"
    file.write_bytes(store.read(minutes.document.file))
    said = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
    for words in (minutes.number_text, "会议强调，要抓好落实。", "同意补办土地手续"):
        assert words.replace(" ", "") in re.sub(r"\s", "", text)


def test_only_issued_minutes_are_corrected_and_once_at_a_time(meeting, people):
    minutes = drafted(meeting)
    with pytest.raises(Refused, match="印发之后才能更正"):
        operations.correct(minutes, by=people.secretary)
