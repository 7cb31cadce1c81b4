import re
import subprocess

import pytest
from cast import by_itself
from minutes_stage import drafted

from portal import store
from portal.database import db
from portal.errors import Refused
from portal.meetings.models import MeetingState
from portal.minutes import operations, queries
from portal.minutes.models import MinutesState
from portal.people import operations as persons


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
