"""The doors of comments, 征求意见, Word, readers and signing settings, as a browser and as htmx."""

import io
import re
from datetime import timedelta

import pytest
from minutes_stage import issued

from portal.actions.assignment import operations as actions
from portal.db import clock, search
from portal.db.engine import db
from portal.documents import verify
from portal.documents.paper import pdf_pages
from portal.jobs import background
from portal.minutes.consultation import queries as consultation_queries
from portal.minutes.issue import operations as issue
from portal.minutes.models.minutes import MinutesState
from portal.minutes.models.reader import MinutesReading
from portal.minutes.reading import queries as reading_queries
from portal.minutes.signing import queries as signing_queries
from portal.minutes.signoff import operations as signoff
from portal.minutes.text import operations as text_operations
from portal.people.deputies import operations as persons
from portal.people.keys.queries import authority
from portal.records.decisions import queries as records

BOTH = pytest.mark.parametrize("htmx", [False, True])


def text(answer):
    return answer.get_data(as_text=True)


def went(answer):
    return answer.status_code in (204, 303)


@BOTH
def test_a_comment_is_written_shown_at_its_paragraph_and_dealt_with(people, as_, minutes, htmx):
    signoff.submit(minutes, by=people.recorder)
    db.session.commit()
    reviewer, recorder = as_(people.reviewer, htmx=htmx), as_(people.recorder)
    page = text(as_(people.reviewer).get(f"/minutes/{minutes.id}/comments/new?place=2"))
    assert re.search(r'<option selected value="2">第 2 段', page)
    assert went(reviewer.post(f"/minutes/{minutes.id}/comments", data={"place": "2", "text": "标题再短些。"}))
    page = text(recorder.get(f"/minutes/{minutes.id}"))
    assert re.search(r'href="#p2">第 2 段', page)
    assert 'id="p2"' in page
    comment = consultation_queries.comments_on(minutes)[0]
    assert went(recorder.post(f"/minutes/comments/{comment.id}/resolution"))
    assert "<s>标题再短些。</s>" in text(recorder.get(f"/minutes/{minutes.id}"))
    assert recorder.post(f"/minutes/comments/{comment.id}/resolution").status_code == 409


@pytest.mark.parametrize("place", ["", "0", "99", "x", "-1", str(2**63)])
def test_a_comment_on_no_paragraph_is_refused_and_stays_typed(people, as_, minutes, place):
    answer = as_(people.reviewer).post(f"/minutes/{minutes.id}/comments", data={"place": place, "text": "写了的话"})
    assert (answer.status_code, "写了的话" in text(answer)) == (422, True)
    assert not consultation_queries.comments_on(minutes)


def test_those_who_attended_are_asked_answer_and_others_see_nothing(people, as_, minutes):
    recorder = as_(people.recorder)
    until = clock.local(clock.now() + timedelta(days=1))
    asking = text(recorder.get(f"/minutes/{minutes.id}/consultation/new"))
    sent = {"day": until.date().isoformat(), "time": "17:00"}
    assert went(recorder.post(f"/minutes/{minutes.id}/consultation/new", data=sent))
    [asked, *others] = [one.user for one in consultation_queries.consultations_on(minutes)[0].answers]
    assert f"将请参会的 {1 + len(others)} 人核对正文" in asking
    page = as_(asked).get(f"/minutes/{minutes.id}/consultation")
    assert (page.status_code, "未回复视为同意" in text(page)) == (200, True)
    assert f"/minutes/{minutes.id}/consultation" in text(as_(asked).get("/"))
    assert went(as_(asked).post(f"/minutes/{minutes.id}/consultation", data={"text": "日期请核对。"}))
    assert "日期请核对。" in text(recorder.get(f"/minutes/{minutes.id}"))
    assert as_(people.stranger).get(f"/minutes/{minutes.id}/consultation").status_code == 404
    assert went(recorder.post(f"/minutes/{minutes.id}/consultation/end"))
    assert as_(asked).get(f"/minutes/{minutes.id}/consultation").status_code == 404


def test_the_text_leaves_as_a_word_file_and_comes_back_to_be_looked_at(people, as_, minutes):
    recorder = as_(people.recorder)
    file = recorder.get(f"/minutes/{minutes.id}/word")
    assert file.mimetype.endswith("wordprocessingml.document")
    back = recorder.post(f"/minutes/{minutes.id}/word", data={"file": (io.BytesIO(file.data), "改过.docx")})
    typed = re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', text(back), re.DOTALL)[1]
    assert "已导入“改过.docx”的正文" in text(back)
    assert [line.strip() for line in typed.strip().splitlines()] == minutes.text.splitlines()
    db.session.expire_all()
    assert len(minutes.revisions) == 1  # nothing is saved before it was looked at
    wrong = recorder.post(f"/minutes/{minutes.id}/word", data={"file": (io.BytesIO(b"nothing"), "x.docx")})
    assert (wrong.status_code, "不是能读取的 Word 文件" in text(wrong)) == (409, True)


def test_what_is_pasted_comes_back_as_text(people, as_, minutes):
    html = "<table><tr><td>单位</td><td>时限</td></tr></table><p>一、甲<script>alert(1)</script></p>"
    answer = as_(people.recorder).post(f"/minutes/{minutes.id}/paste", data={"html": html})
    assert (answer.mimetype, text(answer)) == ("text/plain", "|单位|时限|\n一、甲")
    assert as_(people.reviewer).post(f"/minutes/{minutes.id}/paste", data={"html": html}).status_code == 403


def test_whoever_they_are_sent_to_reads_them_and_the_secretary_sees_who_did(people, as_, minutes):
    stranger, secretary = as_(people.stranger), as_(people.secretary)
    issued(minutes, people)
    assert stranger.get(f"/minutes/{minutes.id}").status_code == 404
    sent = {"department_ids": [str(people.justice.id)], "user_ids": [str(people.supervisor.id)]}
    assert went(secretary.post(f"/minutes/{minutes.id}/readers", data=sent))
    for who in (stranger, stranger, as_(people.supervisor)):
        page = who.get(f"/minutes/{minutes.id}")
        assert (page.status_code, "会记入阅读记录" in text(page)) == (200, True)
    db.session.expire_all()
    times = {one.user_id: one.times for one in db.session.query(MinutesReading)}
    assert (times[people.stranger.id], times[people.supervisor.id]) == (2, 1)
    assert "外人示例" in text(secretary.get(f"/minutes/{minutes.id}"))
    assert "首次" not in text(as_(people.officer).get(f"/minutes/{minutes.id}"))
    assert minutes in db.session.scalars(reading_queries.readable_by(people.stranger)).all()
    stranger.get(f"/papers/{minutes.document_id}/file")
    stranger.get(f"/minutes/{minutes.id}/word")
    db.session.expire_all()
    assert db.session.get(MinutesReading, (minutes.id, people.stranger.id)).times == 4


def test_whom_minutes_are_sent_to_finds_them_by_their_words(people, as_, minutes):
    def found(who):
        return [one.entry.url for one in search.find("土地 手续", reading_queries.scopes_of(who)).rows]

    issue.address(minutes, [people.stranger], [people.office], by=people.secretary)
    issued(minutes, people)
    issue.reindex(minutes)
    address = [f"/minutes/{minutes.id}"]
    assert [found(who) for who in (people.stranger, people.supervisor, people.officer)] == [address] * 3
    issue.address(minutes, [], [people.office], by=people.secretary)
    assert [found(who) for who in (people.stranger, people.supervisor)] == [[], address]
    issue.address(minutes, [], [], by=people.secretary)
    assert [found(who) for who in (people.supervisor, people.officer)] == [[], address]


def test_the_page_draws_one_line_of_what_happened(people, as_, minutes):
    text_operations.edit(minutes, "一、改过的稿子", None, by=people.recorder)
    issued(minutes, people)
    task = records.actions_of(minutes.meeting)[0]
    actions.accept(task, by=people.officer)
    db.session.commit()
    drafter, member = (text(as_(who).get(f"/minutes/{minutes.id}")) for who in (people.recorder, people.officer))
    assert [words in drafter for words in ("审核通过", "交办事项：签收", f'href="/actions/{task.id}"')] == [True] * 3
    assert [words in member for words in ("审核通过", "交办事项：签收")] == [False, True]


def test_how_a_series_is_signed_is_set_by_the_secretary(people, as_, series):
    address = f"/series/{series.id}/signing"
    secretary = as_(people.secretary)
    assert went(secretary.post(address, data={"first_id": str(people.chair.id), "visible": "y", "sealed": "y"}))
    signing = signing_queries.signing_of(series.id)
    assert [one.user_id for one in signing.further] == [people.chair.id]
    assert (signing.visible, signing.sealed) == (True, True)
    refused = secretary.post(address, data={"first_id": str(people.signatory.id)})
    assert (refused.status_code, "不用再列为会签人" in text(refused)) == (409, True)
    assert as_(people.officer).get(address).status_code == 403


def test_what_was_sent_to_review_is_taken_back(people, as_, minutes):
    recorder = as_(people.recorder)
    recorder.post(f"/minutes/{minutes.id}/submission")
    assert went(recorder.post(f"/minutes/{minutes.id}/recall"))
    db.session.expire_all()
    assert minutes.state is MinutesState.drafting


def test_the_audit_page_tells_what_was_done_and_is_sealed(people, as_, minutes):
    signoff.submit(minutes, by=people.recorder)
    db.session.commit()
    secretary = as_(people.secretary)
    asked = secretary.post(f"/minutes/{minutes.id}/audit")
    address = asked.headers["Location"]
    made = text(secretary.get(address))
    assert ("签署过程证明已生成。" in made, f'href="/minutes/{minutes.id}"' in made) == (True, True)
    pdf = secretary.get(f"{address}/file").data
    assert pdf_pages.page_count(pdf) >= 1
    found = verify.examine(pdf, trust=authority(), registered=None)
    assert found.valid, found.reasons
    assert db.session.query(background.BackgroundTask).one().label == f"签署过程证明：{minutes.title}"


def test_a_drafter_may_not_pass_own_minutes_as_somebodys_deputy(people, minutes):
    from portal.minutes import rules
    from portal.people.models.roles import Part

    text_operations.edit(minutes, "一、改过", None, by=people.recorder)
    persons.name_deputy(
        people.reviewer, people.recorder, starts=clock.today(), ends=clock.today(), parts=[Part.review],
        by=people.reviewer,
    )  # fmt: skip
    db.session.commit()
    db.session.expire_all()
    assert not rules.review(people.recorder, minutes)
