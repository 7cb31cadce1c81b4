import re
import subprocess

import pytest
from cast import by_itself
from minutes_stage import PIN, drafted, passed, reviewed

from portal.db import journal
from portal.db.engine import apart, db
from portal.db.numbers import Counter
from portal.documents.paper import renderer
from portal.errors import Refused
from portal.files import store
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import MeetingState
from portal.meetings.models.series import ItemKind
from portal.minutes.issue import operations as issue
from portal.minutes.models.minutes import MinutesState
from portal.minutes.reading import queries as reading_queries
from portal.minutes.signing import operations as signing
from portal.minutes.signoff import operations as signoff
from portal.minutes.text import drafting
from portal.minutes.text import operations as text_operations
from portal.minutes.text import queries as text_queries
from portal.people.keys import operations as persons


def test_the_draft_reads_like_minutes(meeting):
    assert text_queries.words(drafted(meeting)).splitlines() == [
        "2026年11月30日，主持示例在501会议室主持召开专班例会2026年第1次会议，研究企业用地问题。现将会议议定事项纪要如下：",
        "一、研究企业用地问题",
        "听取了汇报。",
        "同意该方案。",
        "会议议定：同意补办土地手续。由市工业和信息化局牵头，市司法局配合，于2026年11月30日前完成。",
        "会议明确，“研究来不及的事”留待下次会议研究。",
    ]


@pytest.mark.parametrize(
    ("items", "clauses"),
    [
        ([("review", "上次交办事项办理情况通报")], ["听取上次交办事项办理情况通报"]),
        ([("problem", "标准厂房分割转让。"), ("problem", "用电增容")], ["研究标准厂房分割转让、用电增容"]),
        ([("course", "研究开发费用归集")], ["组织首席服务官讲业务“研究开发费用归集”"]),
        ([("course", "首席服务官讲业务：研发费用归集")], ["组织首席服务官讲业务“研发费用归集”"]),
        ([("study", "传达学习有关通报"), ("assignment", "年底走访")], ["传达学习有关通报", "部署年底走访"]),
    ],
)
def test_the_opening_says_what_was_done_with_each_kind_of_item(items, clauses):
    assert list(drafting._done_with([AgendaItem(kind=ItemKind(kind), title=title) for kind, title in items])) == clauses


def test_a_second_run_drafts_nothing_more(meeting):
    by_itself("minutes.draft")
    assert len(reading_queries.of_meeting(meeting)) == 1


def test_a_returned_document_keeps_its_number_and_loses_its_paper(meeting, people):
    minutes = drafted(meeting)
    reviewed(minutes, people)
    assert re.fullmatch(r"〔\d{4}〕1号", minutes.number_text)
    by_itself("minutes.render")
    minutes = drafted(meeting)
    first = minutes.document
    signoff.return_(minutes, "第二段请再斟酌。", by=people.signatory)
    assert (minutes.state, minutes.number, minutes.document, first.withdrawn) == (MinutesState.drafting, 1, None, True)


def test_from_draft_to_issued_and_read_back(meeting, people, tmp_path):
    minutes = drafted(meeting)
    text_operations.edit(
        minutes, minutes.latest.text + "\n会议强调，要抓好落实。", minutes.version, by=people.secretary
    )
    signoff.submit(minutes, by=people.secretary)
    passed(minutes, people, "同意。")
    db.session.commit()
    by_itself("minutes.render")
    minutes = drafted(meeting)
    persons.make_key(people.signatory, PIN, by=people.signatory)
    signing.sign(minutes, PIN, by=people.signatory)
    db.session.commit()
    issue.issue(minutes, by=people.secretary)
    db.session.commit()
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
        issue.correct(minutes, by=people.secretary)


def test_others_can_write_while_minutes_are_laid_out(minutes, people, monkeypatch):
    reviewed(minutes, people)
    render = renderer.render

    def render_while_somebody_writes(*arguments, **more):
        with apart() as session:
            session.add(Counter(name="meanwhile", value=1))
        return render(*arguments, **more)

    monkeypatch.setattr(renderer, "render", render_while_somebody_writes)
    by_itself("minutes.render")
    db.session.expire_all()
    assert (minutes.document is None, minutes.last_error) == (False, None)


def test_each_step_leaves_one_entry_in_the_journal(minutes, people):
    text_operations.edit(minutes, "一、改过的稿子", None, by=people.recorder)
    signoff.submit(minutes, by=people.recorder)
    signoff.return_(minutes, "请改。", by=people.reviewer)
    text_operations.restore(minutes, 1, by=people.recorder)
    signoff.appoint(minutes, people.reviewer, people.signatory, by=people.secretary)
    signoff.submit(minutes, by=people.recorder)
    passed(minutes, people)
    issue.void(minutes, "会议改期", by=people.secretary)
    db.session.commit()
    told = [(entry.deed.removeprefix("minutes."), entry.actor) for entry in journal.history(minutes)]
    assert told == [
        ("draft", "系统"), ("edit", "记录示例"), ("submit", "记录示例"), ("return_", "审核示例"), ("edit", "记录示例"),
        ("appoint", "文秘示例"), ("submit", "记录示例"), ("pass_", "审核示例"), ("void", "文秘示例"),
    ]  # fmt: skip
