"""The doors: pages, forms and buttons, as a browser and as htmx."""

import io
import re

import pytest
from cast import by_itself
from minutes_stage import PIN, issued, passed, reviewed, with_key
from openpyxl import load_workbook

from portal.db import clock, search
from portal.db.engine import db
from portal.documents.paper import fonts, renderer, weasy
from portal.documents.registry import Document
from portal.minutes.models.minutes import Minutes, MinutesState
from portal.minutes.models.revision import MinutesRevision
from portal.minutes.models.signoff import SignOffSheet
from portal.minutes.reading import queries
from portal.minutes.signing import paper as signing_paper
from portal.minutes.signoff import operations as signoff
from portal.minutes.text import operations as text_operations
from portal.people.keys import operations as persons
from portal.records.decisions import queries as records

BOTH = pytest.mark.parametrize("htmx", [False, True])
MOST_STATEMENTS = 10


def text(answer):
    return answer.get_data(as_text=True)


def follow(answer):
    return answer.headers.get("Location") or answer.headers["HX-Redirect"]


def typed(minutes, **changes):
    return {
        "title": minutes.title, "text": minutes.text, "distribution": minutes.distribution, "mark": "内部",
        "version": minutes.version, **changes,
    }  # fmt: skip


# ── drafting ───────────────────────────────────────────────────────────────────────────────────────────────────────


@BOTH
def test_each_save_is_a_new_text(people, as_, minutes, htmx):
    recorder = as_(people.recorder, htmx=htmx)
    answer = recorder.post(f"/minutes/{minutes.id}/edit", data=typed(minutes, text="一、新的稿子", mark="公开"))
    assert (answer.status_code, follow(answer)) == (204 if htmx else 303, f"/minutes/{minutes.id}")
    db.session.expire_all()
    assert [one.by for one in minutes.revisions] == [None, people.recorder]
    assert (minutes.text, minutes.mark) == ("一、新的稿子", "公开")
    assert "新的稿子" in text(as_(people.secretary).get(f"/minutes/{minutes.id}"))


def test_what_is_saved_unchanged_is_no_new_text(people, as_, minutes):
    answer = as_(people.recorder).post(f"/minutes/{minutes.id}/edit", data=typed(minutes))
    assert answer.status_code == 303
    db.session.expire_all()
    assert len(minutes.revisions) == 1


def test_who_saves_second_sees_both_texts_and_loses_nothing(people, as_, minutes):
    opened = typed(minutes)
    as_(people.secretary).post(f"/minutes/{minutes.id}/edit", data=opened | {"text": "先保存的一稿"})
    recorder = as_(people.recorder)
    stale = recorder.post(f"/minutes/{minutes.id}/edit", data=opened | {"text": "后保存的一稿"})
    assert (stale.status_code, "先保存的一稿" in text(stale), "后保存的一稿" in text(stale)) == (409, True, True)
    version = re.search(r'name="version" value="(\d+)"', text(stale))[1]
    recorder.post(f"/minutes/{minutes.id}/edit", data=opened | {"text": "后保存的一稿", "version": version})
    db.session.expire_all()
    assert [one.text for one in minutes.revisions][1:] == ["先保存的一稿", "后保存的一稿"]


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"text": " \u3000\u200b\n"},
        {"text": "长" * 100_001},
        {"title": "长" * 101},
        {"title": "\u202e"},
        {"distribution": "长" * 501},
        {"mark": "机密"},
        {"mark": ""},
    ],
)
def test_what_cannot_be_meant_is_refused_and_stays_typed(people, as_, minutes, change):
    answer = as_(people.recorder).post(f"/minutes/{minutes.id}/edit", data=typed(minutes, **change))
    assert answer.status_code == 422
    assert "还不能提交，请先改正" in text(answer)
    db.session.expire_all()
    assert len(minutes.revisions) == 1


def test_markup_template_syntax_and_half_characters_are_only_text(people, as_, minutes):
    hostile = "<script>alert(1)</script>{{ 7*7 }}\u202e\ud800\x00𠮷".encode("utf-8", "surrogatepass")
    answer = as_(people.recorder).post(f"/minutes/{minutes.id}/edit", data=typed(minutes, text=hostile))
    assert answer.status_code == 303
    page = text(as_(people.secretary).get(f"/minutes/{minutes.id}"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page
    assert "𠮷" in page
    assert not {"\u202e", "\x00", "\ud800"} & set(page)


def test_the_preview_shows_levels_and_what_cannot_be_printed_and_saves_nothing(people, as_, minutes, monkeypatch):
    monkeypatch.setattr(fonts, "missing_characters", lambda typed: {"𪚥"} & set(typed))
    recorder = as_(people.recorder, htmx=True)
    sent = {"text": "一、用地问题\n（一）关于手续。由市工信局牵头。\n𪚥", "once": ""}
    for _ in range(2):
        page = text(recorder.post(f"/minutes/{minutes.id}/preview", data=sent))
        assert ">一、用地问题</h3>" in page
        assert "<b>（一）关于手续。</b>由市工信局牵头。" in page
        assert "审核不能通过：𪚥" in page
    assert as_(people.officer, htmx=True).post(f"/minutes/{minutes.id}/preview", data=sent).status_code == 404
    db.session.expire_all()
    assert len(minutes.revisions) == 1


@BOTH
def test_two_texts_are_compared_and_an_earlier_one_is_restored(people, as_, minutes, htmx):
    first = minutes.text
    text_operations.edit(minutes, first.replace("同意该方案", "不同意该方案"), None, by=people.recorder)
    db.session.commit()
    address = f"/minutes/{minutes.id}/revisions"
    page = text(as_(people.reviewer).get(f"{address}?before=1&after=2"))
    assert "<ins>不</ins>同意该方案" in page
    assert "两稿相同" in text(as_(people.reviewer).get(f"{address}?before=2&after=2"))
    for wrong in ("?before=0&after=99", "?before=x&after=１", f"?before={2**63}"):
        assert as_(people.reviewer).get(address + wrong).status_code == 200
    recorder = as_(people.recorder, htmx=htmx)
    restored = recorder.post(f"/minutes/{minutes.id}/restoration", data={"number": "1"})
    assert restored.status_code == (204 if htmx else 303)
    db.session.expire_all()
    assert (len(minutes.revisions), minutes.text) == (3, first)
    for number in ("1", "9", "", "x", str(2**63)):
        assert recorder.post(f"/minutes/{minutes.id}/restoration", data={"number": number}).status_code == 409


# ── review ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@BOTH
def test_the_reviewer_returns_with_words_only(people, as_, minutes, htmx):
    assert as_(people.recorder, htmx=htmx).post(f"/minutes/{minutes.id}/submission").status_code in {204, 303}
    assert as_(people.recorder).get(f"/minutes/{minutes.id}/edit").status_code == 409
    late = as_(people.recorder).post(f"/minutes/{minutes.id}/edit", data=typed(minutes, text="迟到的修改"))
    assert (late.status_code, "迟到的修改" in text(late)) == (409, True)
    reviewer = as_(people.reviewer, htmx=htmx)
    page = text(as_(people.reviewer).get(f"/minutes/{minutes.id}/review"))
    assert "同意补办土地手续" in page
    assert "1.听取了汇报。" in page
    without = reviewer.post(f"/minutes/{minutes.id}/return", data={"text": " "})
    assert (without.status_code, "请填写这一项。" in text(without)) == (422, True)
    assert reviewer.post(f"/minutes/{minutes.id}/return", data={"text": "请再斟酌。"}).status_code in {204, 303}
    page = text(as_(people.recorder).get(f"/minutes/{minutes.id}"))
    assert "审核人审核示例退改：请再斟酌。" in page
    assert as_(people.reviewer).get(f"/minutes/{minutes.id}/review").status_code == 409


def test_a_reviewer_who_opened_an_earlier_text_cannot_pass_the_new_one(people, as_, minutes):
    signoff.submit(minutes, by=people.recorder)
    db.session.commit()
    page = text(as_(people.reviewer).get(f"/minutes/{minutes.id}/review"))
    read = re.search(r'name="version" value="(\d+)"', page)[1]
    signoff.return_(minutes, "请改。", by=people.reviewer)
    text_operations.edit(minutes, "一、新的稿子", None, by=people.recorder)
    signoff.submit(minutes, by=people.recorder)
    with_key(people.reviewer)
    by_itself("minutes.render_sheet")
    late = {"text": "同意", "pin": PIN, "version": read}
    stale = as_(people.reviewer).post(f"/minutes/{minutes.id}/approval", data=late)
    assert (stale.status_code, minutes.number) == (409, None)
    assert "请重新阅读后再办理" in text(stale)
    assert f'name="version" value="{minutes.version}"' in text(stale)


@pytest.mark.long
def test_a_signatory_who_read_an_earlier_paper_cannot_sign_the_new_one(people, as_, minutes):
    reviewed(minutes, people)
    by_itself("minutes.render")
    read = re.search(
        r'name="version" value="(\d+)"', text(as_(people.signatory).get(f"/minutes/{minutes.id}/signature"))
    )[1]
    signoff.return_(minutes, "请改。", by=people.signatory)
    text_operations.edit(minutes, "一、新的稿子", None, by=people.recorder)
    reviewed(minutes, people)
    by_itself("minutes.render")
    persons.make_key(people.signatory, PIN, by=people.signatory)
    db.session.commit()
    late = as_(people.signatory).post(f"/minutes/{minutes.id}/signature", data={"pin": PIN, "version": read})
    assert (late.status_code, "请重新阅读后再办理" in text(late), PIN in text(late)) == (409, True, False)


def test_without_a_signatory_nothing_is_passed_until_the_secretary_names_one(people, as_, minutes):
    minutes.meeting.signatory = None
    signoff.submit(minutes, by=people.recorder)
    db.session.commit()
    reviewer = as_(people.reviewer)
    assert "请会议秘书先指定" in text(reviewer.get(f"/minutes/{minutes.id}/review"))
    assert reviewer.post(f"/minutes/{minutes.id}/approval", data={"text": "", "pin": PIN}).status_code == 409
    chosen = {"reviewer_id": people.colleague.id, "signatory_id": people.signatory.id}
    assert as_(people.secretary).post(f"/minutes/{minutes.id}/people", data=chosen).status_code == 303
    assert as_(people.reviewer).get(f"/minutes/{minutes.id}/review").status_code == 404
    assert as_(people.colleague).get(f"/minutes/{minutes.id}/review").status_code == 200


# ── the whole way ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_from_draft_to_correction_through_the_doors(people, as_, minutes):
    address = f"/minutes/{minutes.id}"
    secretary, signatory = as_(people.secretary), as_(people.signatory)
    assert secretary.post(f"{address}/submission").status_code == 303
    reviewer, opinion = as_(people.reviewer), {"text": "", "pin": PIN, "version": ""}
    assert "还没有设置签名" in text(reviewer.post(f"{address}/approval", data=opinion))
    with_key(people.reviewer)
    db.session.commit()
    assert reviewer.post(f"{address}/approval", data=opinion).status_code == 303
    by_itself("papers.draw")
    page = text(signatory.get(f"{address}/signature"))
    db.session.expire_all()
    sha = minutes.document.file.sha256
    assert (sha in page, f"/papers/{minutes.document.id}/pages/1.webp" in page) == (True, True)
    assert signatory.get(f"/papers/{minutes.document.id}/pages/1.webp").mimetype == "image/webp"
    assert "还没有设置签名" in text(signatory.post(f"{address}/signature", data={"pin": PIN}))
    persons.make_key(people.signatory, PIN, by=people.signatory)
    db.session.commit()
    wrong = signatory.post(f"{address}/signature", data={"pin": "000000"})
    assert (wrong.status_code, "还可以再试 4 次" in text(wrong), "000000" in text(wrong)) == (422, True, False)
    assert as_(people.chair).post(f"{address}/signature", data={"pin": PIN}).status_code == 403
    assert signatory.post(f"{address}/signature", data={"pin": PIN}).status_code == 303
    assert as_(people.officer).get(address).status_code == 404
    assert secretary.post(f"{address}/issue").status_code == 303
    officer = as_(people.officer)
    page = text(officer.get(address))
    assert ("签名齐全" in page, "审签单" in page, "修改过程" in page) == (True, False, False)
    assert officer.get(f"/papers/{minutes.document_id}/file").status_code == 200
    assert as_(people.stranger).get(f"/papers/{minutes.document_id}/file").status_code == 404
    db.session.expire_all()
    sheet = minutes.sheet.document_id
    assert [as_(who).get(f"/papers/{sheet}/file").status_code for who in (people.archivist, people.officer)] == [
        200,
        404,
    ]
    assert [one.provisional for one in records.actions_of(minutes.meeting)] == [False]
    found = search.find("土地 手续", queries.scopes_of(people.officer)).rows
    assert [one.entry.url for one in found if one.entry.label == "会议纪要"] == [address]
    assert search.find("土地 手续", queries.scopes_of(people.stranger)).rows == []

    made = secretary.post(f"{address}/correction")
    correction = queries.minutes(int(re.search(r"/minutes/(\d+)/edit", follow(made))[1]))
    assert "更正正在办理" in text(secretary.get(address))
    assert "更正" not in text(officer.get(address))
    again = secretary.post(f"{address}/correction")
    assert (again.status_code, "正在办理，请先办完它" in text(again)) == (409, True)
    issued(correction, people)
    page = text(officer.get(address))
    assert "这份纪要已被更正" in page
    assert "〔2026〕2号" in page
    mended = text(officer.get(f"/minutes/{correction.id}"))
    assert ("〔2026〕1号" in mended, "以这份为准；原件保留" in mended) == (True, True)


def test_the_signatory_reads_waits_and_returns(people, as_, minutes):
    reviewed(minutes, people)
    signatory = as_(people.signatory)
    waiting = text(signatory.get(f"/minutes/{minutes.id}"))
    assert ("正在排版" in waiting, "阅读并签发" in waiting) == (True, False)
    assert text(as_(people.signatory, htmx=True).get(f"/minutes/{minutes.id}")).lstrip().startswith("<section")
    assert signatory.get(f"/minutes/{minutes.id}/signature").status_code == 409
    by_itself("minutes.render")
    assert follow(as_(people.signatory, htmx=True).get(f"/minutes/{minutes.id}")) == f"/minutes/{minutes.id}"
    assert signatory.post(f"/minutes/{minutes.id}/return", data={"text": ""}).status_code == 422
    assert signatory.post(f"/minutes/{minutes.id}/return", data={"text": "标题改一下。"}).status_code == 303
    db.session.expire_all()
    assert (minutes.state, minutes.number, minutes.document) == (MinutesState.drafting, 1, None)
    sheet, document = db.session.scalars(db.select(Document).where(Document.withdrawn).order_by(Document.id))
    assert signatory.get(f"/papers/{document.id}/file").status_code == 404
    assert f"/papers/{sheet.id}/file" in text(signatory.get(f"/minutes/{minutes.id}"))
    assert signatory.get(f"/papers/{sheet.id}/file").status_code == 200


def test_a_paper_of_a_text_that_has_changed_meanwhile_is_not_entered(people, minutes):
    reviewed(minutes, people)
    signing_paper.enter_paper(minutes, signing_paper.LaidOut(minutes.version - 1, b"%PDF-1.7 old"))
    assert minutes.document is None


def test_a_layout_that_fails_is_seen_and_tried_again(people, as_, minutes, monkeypatch):
    reviewed(minutes, people)
    with monkeypatch.context() as broken:
        broken.setattr(renderer, "render", lambda *_, **__: (_ for _ in ()).throw(weasy.PaperError("字体缺失")))
        by_itself("minutes.render")
    page = text(as_(people.secretary).get(f"/minutes/{minutes.id}"))
    assert ("排版没有成功" in page, "字体缺失" in page, "重新排版" in page) == (True, True, True)
    assert "重新排版" not in text(as_(people.signatory).get(f"/minutes/{minutes.id}"))
    assert as_(people.secretary).post(f"/minutes/{minutes.id}/printing").status_code == 303
    db.session.expire_all()
    assert (minutes.document is None, minutes.last_error) == (False, None)
    assert as_(people.secretary).post(f"/minutes/{minutes.id}/printing").status_code == 409


@BOTH
def test_void_minutes_keep_their_number_and_are_drafted_anew(people, as_, minutes, htmx):
    reviewed(minutes, people)
    secretary = as_(people.secretary, htmx=htmx)
    assert secretary.post(f"/minutes/{minutes.id}/voidance", data={"why": " "}).status_code == 422
    assert secretary.post(f"/minutes/{minutes.id}/voidance", data={"why": "会议改期"}).status_code in {204, 303}
    by_itself("minutes.draft")
    assert len(queries.of_meeting(minutes.meeting)) == 1
    again = secretary.post(f"/minutes/{minutes.id}/redraft")
    assert again.status_code in {204, 303}
    assert secretary.post(f"/minutes/{minutes.id}/redraft").status_code == 409
    fresh = queries.of_meeting(minutes.meeting)[-1]
    assert reviewed(fresh, people).number_text == "〔2026〕2号"


@pytest.mark.parametrize("deed", ["submission", "issue", "correction", "redraft", "printing", "approval", "return"])
def test_nobody_takes_a_step_that_is_not_theirs(people, as_, minutes, deed):
    for who in (people.chair, people.colleague, people.supervisor, people.auditor, people.administrator):
        answer = as_(who).post(f"/minutes/{minutes.id}/{deed}", data={"text": "同意"})
        assert answer.status_code == (403 if who is people.chair else 404)
    db.session.expire_all()
    assert minutes.state is MinutesState.drafting


def test_a_step_posted_twice_is_taken_once(people, as_, minutes):
    secretary = as_(people.secretary)
    for _ in range(2):
        answer = secretary.post(f"/minutes/{minutes.id}/submission", data={"once": "einmal"})
        assert follow(answer) == f"/minutes/{minutes.id}"


# ── lists ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_is_filtered_and_leaves_as_excel(people, as_, minutes, series):
    issued(minutes, people)
    officer = as_(people.officer)
    address = f"/minutes/{minutes.id}"
    for words, there in (("土地", True), ("没有的词", False), ("%", False), ("_", False)):
        assert (words, address in text(officer.get("/minutes", query_string={"text": words}))) == (words, there)
    for query, there in (
        (f"series={series.id}", True), ("series=999", True), ("year=2026", True), ("state=issued", True),
        ("state=void", False), ("year=0&state=nonsense&page=99999999999&sort=x", True),
    ):  # fmt: skip
        assert (query, address in text(officer.get(f"/minutes?{query}"))) == (query, there)
    book = load_workbook(io.BytesIO(officer.get("/minutes?export=xlsx").data))
    assert [cell.value for cell in book.active[2]][:2] == ["〔2026〕1号", minutes.title]


def test_an_earlier_text_is_not_found_in_the_list(people, as_, minutes):
    text_operations.edit(minutes, "一、定稿", None, by=people.recorder)
    issued(minutes, people)
    assert minutes.title not in text(as_(people.officer).get("/minutes?text=听取了汇报"))


def test_what_waits_for_whom(people, minutes):
    def waits(user):
        return minutes in queries.awaiting(user)

    assert [waits(who) for who in (people.recorder, people.secretary, people.reviewer)] == [True, True, False]
    signoff.submit(minutes, by=people.recorder)
    assert [waits(who) for who in (people.recorder, people.secretary, people.reviewer)] == [False, False, True]
    passed(minutes, people)
    assert [waits(who) for who in (people.reviewer, people.signatory)] == [False, True]


def test_the_meeting_and_its_minutes_lead_to_each_other(people, as_, minutes):
    meeting = f"/meetings/{minutes.meeting_id}"
    assert f'href="{meeting}"' in text(as_(people.secretary).get(f"/minutes/{minutes.id}"))
    assert f'href="/minutes/{minutes.id}"' in text(as_(people.secretary).get(meeting))
    assert f'href="/minutes/{minutes.id}"' not in text(as_(people.officer).get(meeting))


@pytest.mark.parametrize("count", [12, pytest.param(120, marks=pytest.mark.long)])
def test_the_list_asks_few_questions(people, as_, minutes, statements, count):
    for number in range(count):
        one = Minutes(meeting=minutes.meeting, title=f"第{number}份", state=MinutesState.issued, sheet=SignOffSheet())
        one.revisions.append(MinutesRevision(number=1, text="正文", at=clock.now()))
        db.session.add(one)
    db.session.commit()
    for who in (people.secretary, people.officer):
        assert asked(as_(who), statements, "/minutes") <= MOST_STATEMENTS


@pytest.mark.parametrize("texts", [1, 12])
def test_the_pages_of_one_document_ask_few_questions(people, as_, minutes, statements, texts):
    for number in range(texts):
        text_operations.edit(minutes, f"一、第{number}稿", None, by=people.recorder)
    db.session.commit()
    for page in ("", "/edit", "/revisions", "/people"):
        assert (page, asked(as_(people.secretary), statements, f"/minutes/{minutes.id}{page}")) <= (
            page,
            MOST_STATEMENTS,
        )
    issued(minutes, people)
    for who in (people.secretary, people.officer, people.archivist):
        assert asked(as_(who), statements, f"/minutes/{minutes.id}") <= MOST_STATEMENTS


def asked(client, statements, address):
    db.session.commit()
    client.get(address)  # when a session was last seen is written once a minute
    statements.clear()
    assert client.get(address).status_code == 200
    return len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))])
