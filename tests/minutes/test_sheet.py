"""审签单: every opinion stands on the sheet with its giver's own signature, round by round."""

import subprocess
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cast import by_itself
from minutes_stage import PIN, drafted, passed, reviewed, with_key

from portal.actions.assignment import operations as assignment
from portal.actions.requests import operations as requests
from portal.db import clock
from portal.db.engine import db
from portal.documents import verify
from portal.documents.paper import opinions, pdf_pages
from portal.documents.paper import opinions as paper_opinions
from portal.documents.registry import PaperKind, SignatureState
from portal.errors import Refused
from portal.files import store
from portal.minutes.consultation import operations as consultation
from portal.minutes.models.minutes import MinutesState
from portal.minutes.models.signoff import Opinion, SignOffSheet
from portal.minutes.signing import operations as signing
from portal.minutes.signing import signers
from portal.minutes.signoff import operations as signoff
from portal.minutes.signoff import sheet as signoff_sheet
from portal.minutes.text import operations as text_operations
from portal.minutes.text import queries
from portal.people.deputies import operations as persons
from portal.people.keys.queries import authority, signing_key
from portal.people.models.roles import Part
from portal.records.decisions import queries as records


def submitted(minutes, people):
    signoff.submit(minutes, by=people.recorder)
    by_itself("minutes.render_sheet")
    return drafted(minutes.meeting)


def read(document, folder):
    """What a sheet says, and what another program says of its signatures."""
    file = folder / "sheet.pdf"
    file.write_bytes(store.read(document.file))
    said = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, text=True, check=True).stdout
    checked = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout
    return "".join(said.split()), checked


@pytest.mark.long
def test_reviewer_further_signer_and_signatory_each_sign_the_sheet(minutes, people, series, tmp_path):
    signers.set_signing(series, [people.chair], visible=False, sealed=False, by=people.secretary)
    persons.name_deputy(
        people.reviewer, people.colleague, starts=clock.today(), ends=clock.today() + timedelta(days=3),
        parts=[Part.review], by=people.reviewer,
    )  # fmt: skip
    minutes = submitted(minutes, people)
    sheet = minutes.sheet.document
    assert [(one.role, one.name) for one in sheet.signatures] == [
        ("审核人", "审核示例"), ("会签人", "主持示例"), ("签发人", "签发示例"),
    ]  # fmt: skip
    text, _ = read(sheet, tmp_path)
    assert f"第1稿存稿SHA-256：{text_operations.text_digest(minutes.text)}" in text
    for person in (people.colleague, people.chair, people.signatory):
        with_key(person)
    db.session.commit()
    db.session.expire_all()
    signoff.pass_(minutes, PIN, "内容属实，\n同意送签。", by=people.colleague)
    by_itself("minutes.render")
    minutes = drafted(minutes.meeting)
    printed, seen = minutes.document.file.sha256, {}
    signing.sign(minutes, PIN, by=people.chair)
    seen["主持示例"] = minutes.document.file.sha256
    signing.sign(minutes, signing.begin_signing(minutes, PIN, "请尽快印发。", by=people.signatory).made(),
                    by=people.signatory)  # fmt: skip
    db.session.commit()
    assert minutes.state is MinutesState.signed
    text, signatures = read(sheet, tmp_path)
    for words in (
        "内容属实，同意送签。审核通过同事示例（代审核示例）", "同意。同意会签〔2026〕1号主持示例",
        "请尽快印发。同意签发〔2026〕1号签发示例",
        f"审核稿正文SHA-256：{text_operations.text_digest(minutes.printed)}", f"所签纪要〔2026〕1号SHA-256：{printed}",
        f"所签纪要〔2026〕1号SHA-256：{seen['主持示例']}",
    ):  # fmt: skip
        assert words in text, words
    assert signatures.count("Signature is Valid") == 3
    assert "not valid" not in signatures
    assert (sheet.number, sheet.is_complete, sheet.proven_until is not None) == ("〔2026〕1号", True, True)
    found = verify.examine(store.read(sheet.file), trust=authority(), registered=None)
    assert found.valid, found.reasons
    assert [(one.name, one.reason) for one in found.signatures if not one.archival] == [
        ("同事示例", "审核人（代审核示例），审核通过：内容属实， 同意送签。"),
        ("主持示例", "会签人，同意会签〔2026〕1号：同意。"), ("签发示例", "签发人，同意签发〔2026〕1号：请尽快印发。"),
    ]  # fmt: skip
    signed = [(one.text, one.signature_id) for one in minutes.sheet.opinions]
    assert signed == [
        (text, one.id)
        for text, one in zip(["内容属实，\n同意送签。", "同意。", "请尽快印发。"], sheet.signatures, strict=True)
    ]


def test_a_returned_round_keeps_its_sheet_and_the_next_one_tells_of_it(minutes, people, tmp_path):
    reviewed(minutes, people)
    by_itself("minutes.render")
    minutes = drafted(minutes.meeting)
    first = minutes.sheet.document
    bytes_before = store.read(first.file)
    signoff.return_(minutes, "第二段请再斟酌。", by=people.signatory)
    text_operations.edit(minutes, "一、新的稿子", None, by=people.recorder)
    minutes = submitted(minutes, people)
    second = minutes.sheet.document
    assert [one.document for one in minutes.sheet.rounds] == [first]
    assert (first.withdrawn, store.read(first.file)) == (True, bytes_before)
    assert [one.state for one in first.signatures] == [SignatureState.made, SignatureState.refused]
    text, signatures = read(second, tmp_path)
    assert second.number == minutes.number_text  # kept from the first round
    assert "前几轮的意见" in text
    assert "同意：同意。（第1稿）" in text
    assert "退改：第二段请再斟酌。（第1稿）" in text
    assert "第2稿存稿SHA-256" in text
    assert "Signature is Valid" not in signatures
    assert signing_key(people.reviewer) is not None
    passed(minutes, people)
    assert [one.passed for one in minutes.sheet.current] == [True]


def test_an_opinion_that_does_not_fit_is_refused_with_its_length_and_nothing_is_done(minutes, people, as_):
    minutes = submitted(minutes, people)
    with_key(people.reviewer)
    db.session.commit()
    long = "请补充完成时限。" * 60
    answer = as_(people.reviewer).post(f"/minutes/{minutes.id}/approval", data={"text": long, "pin": PIN})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, long in page, PIN in page) == (409, True, False)
    assert (
        f"最多 {paper_opinions.REVIEW_BOX.room} 字，现在 480 字，多了 {480 - paper_opinions.REVIEW_BOX.room} 字" in page
    )
    lines = as_(people.reviewer).post(
        f"/minutes/{minutes.id}/approval", data={"text": "一行\n" * (paper_opinions.REVIEW_BOX.lines + 1), "pin": PIN}
    )
    assert f"最多 {paper_opinions.REVIEW_BOX.lines} 行，请合并段落" in lines.get_data(as_text=True)
    db.session.expire_all()
    assert (minutes.state, minutes.number, minutes.sheet.opinions) == (MinutesState.in_review, None, [])
    assert minutes.sheet.document.next_signature.role == "审核人"
    wrong = as_(people.reviewer).post(f"/minutes/{minutes.id}/approval", data={"text": "", "pin": "000000"})
    assert "还可以再试 4 次" in wrong.get_data(as_text=True)


def test_what_fits_by_its_length_is_set_in_full(people):
    text = "会" * (paper_opinions.REVIEW_BOX.room - paper_opinions.REVIEW_BOX.lines)
    size, lines = opinions._fitted(text, paper_opinions.REVIEW_BOX)
    assert (size, "".join(lines)) == (8, text)
    assert paper_opinions.misfit(text, paper_opinions.REVIEW_BOX) is None
    assert all(line[0] not in "，。" for line in opinions._broken("会议指出，要抓。" * 20, 12, 200))


def test_nothing_is_passed_before_the_sheet_is_laid_out(minutes, people, as_):
    signoff.submit(minutes, by=people.recorder)
    with_key(people.reviewer)
    db.session.commit()
    assert "审签单正在排版" in as_(people.reviewer).get(f"/minutes/{minutes.id}").get_data(as_text=True)
    with pytest.raises(Refused, match="审签单正在排版"):
        signoff.pass_(drafted(minutes.meeting), PIN, by=people.reviewer)


def test_a_task_that_changes_while_the_reviewer_signs_is_not_passed_unseen(minutes, people):
    minutes = submitted(minutes, people)
    with_key(people.reviewer)
    acted = signoff.begin_passing(minutes, "", PIN, by=people.reviewer).made()
    task = records.actions_of(minutes.meeting)[0]
    assignment.accept(task, by=people.officer)
    asked = requests.ask_extension(task, task.due + timedelta(days=9), "等批复", by=people.officer)
    requests.decide_extension(asked, True, by=people.supervisor)
    db.session.commit()
    with pytest.raises(Refused, match="有了变动，没有签上"):
        signoff.pass_(drafted(minutes.meeting), acted, by=people.reviewer)


@pytest.mark.long
def test_another_reviewer_and_an_ended_consultation_get_another_sheet(minutes, people):
    minutes = submitted(minutes, people)
    first = minutes.sheet.document
    signoff.appoint(minutes, people.colleague, people.signatory, by=people.secretary)
    by_itself("minutes.render_sheet")
    minutes = drafted(minutes.meeting)
    assert (first.withdrawn, minutes.sheet.rounds) == (True, [])
    assert minutes.sheet.document.signatures[0].name == "同事示例"
    one = minutes.meeting.attendances[1]
    one.checked_in_at = clock.now()
    asked = consultation.consult(minutes, clock.now() + timedelta(days=1), by=people.recorder)
    page, places = signoff_sheet.sheet_page(minutes.sheet)
    consultation.answer(minutes, "地点请核对。", by=asked.answers[0].user)
    consultation.end_consultation(minutes, by=people.recorder)
    late = signoff_sheet.SheetLaidOut(page, b"%PDF-1.7 old", "", places)
    signoff_sheet.enter_sheet(minutes.sheet, late)  # it was laid out before the consultation ended
    assert minutes.sheet.document is None
    by_itself("minutes.render_sheet")
    minutes = drafted(minutes.meeting)
    assert "地点请核对。" in pdf_pages.words(store.read(minutes.sheet.document.file))


@pytest.mark.parametrize("state", [MinutesState.to_sign, MinutesState.issued])
def test_what_was_opined_before_there_was_a_place_to_sign_reads_well(minutes, people, tmp_path, state):
    """As it was found: passed without a signature, the sheet not laid out yet."""
    opinion = {"role": "审核人", "passed": True, "text": "同意送签。", "at": clock.now()}
    minutes.sheet.opinions.append(Opinion(user=people.reviewer, revision=minutes.latest, **opinion))
    minutes.latest.printed, minutes.state = queries.words(minutes), state
    by_itself("minutes.render_sheet")
    minutes = drafted(minutes.meeting)
    text, _ = read(minutes.sheet.document, tmp_path)
    assert "审核人审核示例专班办公室" in text
    assert "同意：同意送签。" in text
    waiting = ["签发示例"] if state is MinutesState.to_sign else []
    assert [one.name for one in minutes.sheet.document.signatures] == waiting


def test_a_sheet_is_laid_out_once(minutes, people):
    minutes = submitted(minutes, people)
    first = minutes.sheet.document_id
    by_itself("minutes.render_sheet", "minutes.render_sheet")
    assert db.session.scalar(sa.select(SignOffSheet.document_id)) == first
    assert minutes.sheet.document.kind is PaperKind.sign_off
