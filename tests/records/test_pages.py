import pytest
from cast import by_itself

from portal.db.engine import db
from portal.meetings.agenda import operations as agenda
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.series import ItemKind
from portal.meetings.sitting import operations as sitting
from portal.records.decisions import operations as decisions
from portal.records.decisions import queries as decisions_queries
from portal.records.lines import operations as lines
from portal.records.lines import queries as lines_queries
from portal.records.signing import operations as signing
from portal.records.signing import queries as signing_queries

MOST_STATEMENTS = 10


@pytest.fixture
def item(meeting):
    return meeting.items[0]


@pytest.fixture
def desk(meeting):
    return f"/meetings/{meeting.id}/record"


def send(browser, item, text, key=""):
    return browser.post(f"/items/{item.id}/record", data={"text": text, "key": key}, headers={"HX-Request": "true"})


# ── the box ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_line_is_answered_with_all_lines_of_the_item(item, people, as_):
    browser = as_(people.recorder)
    send(browser, item, "服务示例：企业反映问题。")
    answer = send(browser, item, "议定：同意补办。\r\n交办：补办 @服务示例 12月9日前！\r\n交办：再议")
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="lines"')
    task = "市工业和信息化局牵头（服务示例），2026年12月9日前完成"
    lacks = "还缺：承办人或单位，例如 @单位 @人；时限"
    for said in ("<b>服务示例：</b>企业反映问题。", "议定 1", "同意补办。", task, "急", lacks):
        assert said in answer.text


def test_without_scripts_the_button_writes_and_leads_back(item, desk, people, as_):
    browser = as_(people.recorder)
    answer = browser.post(f"/items/{item.id}/record", data={"text": "记下。"})
    assert (answer.status_code, answer.location) == (303, f"{desk}?item={item.id}#lines")
    assert "记下。" in browser.get(answer.location).text


def test_a_line_that_is_sent_twice_is_written_once(item, people, as_):
    browser = as_(people.recorder)
    for _ in range(3):
        assert send(browser, item, "议定：同样的话", key="k1").status_code == 200
    assert [one.text for one in lines_queries.lines_under(item)] == ["议定：同样的话"]
    assert len(decisions_queries.words_under(item)[0]) == 1


def test_what_is_read_from_a_line_is_shown_before_it_is_saved(item, people, as_, statements):
    browser = as_(people.recorder, htmx=True)
    statements.clear()
    answer = browser.post(f"/items/{item.id}/record/reading", data={"text": "交办：补办 @服务示例 12月5日前\n第二行"})
    assert len([one for one in statements if one.lstrip().startswith("SELECT")]) <= MOST_STATEMENTS
    for said in (
        "交办",
        "牵头：市工信局（服务示例）",
        "时限：顺延到 12月7日（星期一），因为 12月5日 是休息日",
        "后面还有 1 行",
    ):
        assert said in answer.text
    assert lines_queries.lines_under(item) == []
    asked = browser.post(f"/items/{item.id}/record/reading", data={"text": "交办：补办"}).text
    assert "缺：承办人或单位" in asked
    assert browser.post(f"/items/{item.id}/record/reading", data={"text": " "}).status_code == 200


@pytest.mark.parametrize("text", ["", " \u3000\n ", "\u200b"])
def test_an_empty_line_is_refused_with_a_sentence(item, people, as_, text):
    answer = send(as_(people.recorder), item, text)
    assert (answer.status_code, "请" in answer.text) == (422, True)
    assert lines_queries.lines_under(item) == []


def test_the_names_that_complete_are_those_of_the_office(meeting, people, as_):
    rows = as_(people.recorder).get(f"/meetings/{meeting.id}/names").json
    named = {name: (about, more) for name, about, more in rows}
    assert named["市工信局"][0] == "单位"
    assert named["服务示例"][0] == "市工信局"
    assert "fwsl" in named["服务示例"][1].split()
    assert as_(people.officer).get(f"/meetings/{meeting.id}/names").status_code == 403
    assert as_(people.stranger).get(f"/meetings/{meeting.id}/names").status_code == 404


def test_what_was_said_meanwhile_comes_by_itself_and_nothing_is_sent_while_nothing_changes(
    item, people, as_, statements
):
    browser = as_(people.recorder, htmx=True)
    address = f"/items/{item.id}/record"
    first = browser.get(address)
    tag = {"If-None-Match": first.headers["ETag"]}
    statements.clear()
    assert browser.get(address, headers=tag).status_code == 304
    assert len([one for one in statements if one.lstrip().startswith("SELECT")]) <= 4
    (line,) = lines.write(item, "秘书写的。", by=people.secretary)
    for change in (
        lambda: None,
        lambda: lines.edit_line(line, "议定：秘书改的。", None, by=people.secretary),
        lambda: lines.remove_line(line, by=people.secretary),
    ):
        change()
        fresh = browser.get(address, headers=tag)
        assert fresh.status_code == 200
        tag = {"If-None-Match": fresh.headers["ETag"]}
        assert browser.get(address, headers=tag).status_code == 304


def test_the_form_of_a_line_stays_open_on_the_version_it_was_opened_on(item, people, as_):
    (line,) = lines.write(item, "第一稿", by=people.recorder)
    browser = as_(people.recorder, htmx=True)
    opened = browser.get(f"/lines/{line.id}").text
    assert f"editing={line.id}&amp;seen=1" in opened
    lines.edit_line(line, "秘书改的", 1, by=people.secretary)
    polled = browser.get(f"/items/{item.id}/record?editing={line.id}&seen=1").text
    assert 'name="version" value="1"' in polled


@pytest.mark.parametrize("htmx", [False, True])
def test_whoever_changes_a_line_second_sees_both_texts_and_loses_neither(item, people, as_, htmx):
    (line,) = lines.write(item, "第一稿", by=people.recorder)
    assert as_(people.recorder).post(f"/lines/{line.id}", data={"text": "记录人改的", "version": 1}).status_code == 303
    second = as_(people.secretary, htmx=htmx)
    refused = second.post(f"/lines/{line.id}", data={"text": "秘书改的", "version": 1})
    assert refused.status_code == 409
    for said in ("记录人改的", "秘书改的", "这一行已被别人修改", 'name="version" value="2"'):
        assert said in refused.text
    assert (refused.headers.get("HX-Retarget") == "#messages") is htmx
    assert as_(people.secretary).post(f"/lines/{line.id}", data={"text": "合起来", "version": 2}).status_code == 303
    db.session.expire_all()
    assert line.text == "合起来"


@pytest.mark.parametrize("htmx", [False, True])
def test_a_line_is_edited_turned_and_removed(item, people, as_, htmx):
    (line,) = lines.write(item, "同意补办。", by=people.recorder)
    browser = as_(people.recorder, htmx=htmx)
    assert "同意补办。</textarea>" in browser.get(f"/lines/{line.id}").text
    done = 200 if htmx else 303
    assert browser.post(f"/lines/{line.id}", data={"text": "原则同意补办。", "version": 1}).status_code == done
    assert browser.post(f"/lines/{line.id}/kind", data={"kind": "decision", "version": 2}).status_code == done
    assert browser.post(f"/lines/{line.id}/kind", data={"kind": "minutes", "version": 3}).status_code == 409
    db.session.expire_all()
    assert [one.text for one in decisions_queries.words_under(item)[0]] == ["原则同意补办。"]
    assert browser.post(f"/lines/{line.id}/removal").status_code == done
    assert lines_queries.lines_under(item) == []


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202e反的", "字\x00符", "。" * 100_000])
def test_hostile_words_are_only_words(item, desk, people, as_, text):
    browser = as_(people.recorder)
    assert send(browser, item, text).status_code == 200
    page = browser.get(desk).text
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_too_long_a_text_is_refused_with_a_sentence(item, people, as_):
    browser = as_(people.recorder)
    answer = send(browser, item, "。" * 100_001)
    assert (answer.status_code, "请不要超过 100000 个字" in answer.text) == (422, True)
    answer = send(browser, item, "行\n" * 201)
    assert (answer.status_code, "一次最多记 200 行" in answer.text) == (409, True)
    assert lines_queries.lines_under(item) == []


def test_a_piece_of_word_comes_in_as_plain_lines(people, as_):
    nested = "<span>" * 20 + "会议听取了汇报。" + "</span>" * 20
    html = f"""<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p{{}}</style></head><body>
      <!--StartFragment--><p class="MsoNormal"><b>{nested}</b><o:p></o:p></p>
      <p class="MsoListParagraph"><!--[if !supportLists]--><span>·<span>&nbsp;&nbsp;</span></span>
      <!--[endif]-->第一点</p>
      <ol><li>补办手续<ol><li>报送材料</li></ol></li><li>跟踪落实</li></ol>
      <table><tr><td><p>市工信局</p></td><td>牵头</td></tr></table><script>alert(1)</script><!--EndFragment-->
      </body></html>"""
    answer = as_(people.recorder).post("/pasted", data={"html": html})
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert answer.text.splitlines() == [
        "会议听取了汇报。", "第一点", "1.补办手续", "（1）报送材料", "2.跟踪落实", "市工信局，牵头",
    ]  # fmt: skip


def test_phrases_are_kept_by_the_secretary_and_stand_beside_the_box(item, desk, people, as_):
    browser = as_(people.secretary)
    assert browser.post("/phrases", data={"text": "议定：原则通过。"}).status_code == 303
    assert browser.post("/phrases", data={"text": "议定：原则通过。"}).status_code == 409
    assert browser.post("/phrases", data={"text": ""}).status_code == 422
    assert 'data-phrase="议定：原则通过。"' in as_(people.recorder).get(desk).text
    phrase = lines_queries.phrases()[-1]
    assert as_(people.recorder).post(f"/phrases/{phrase.id}/removal").status_code == 403
    assert browser.post(f"/phrases/{phrase.id}/removal").status_code == 303
    assert "议定：原则通过。" not in browser.get("/phrases").text


# ── items one after the other, outcomes ────────────────────────────────────────────────────────────────────────────


def test_going_on_deals_with_an_item_and_begins_the_next(meeting, item, desk, people, as_):
    second = agenda.add_item(meeting, ItemKind.other, "通报情况", 5, by=people.secretary)
    browser = as_(people.recorder, htmx=True)
    send(as_(people.recorder), item, "开始。")  # whoever writes has begun with the item
    db.session.expire_all()
    assert item.is_running
    answer = browser.post(f"/items/{item.id}/record/next")
    assert answer.headers["HX-Push-Url"] == f"{desk}?item={second.id}"
    assert "通报情况</h2>" in answer.text
    db.session.expire_all()
    assert (item.state, second.is_running) == (ItemState.dealt_with, True)
    # an outcome somebody gave stays, and the last item is the end
    sitting.mark_item(second, ItemState.deferred, by=people.recorder)
    sitting.turn_to(second, by=people.recorder)
    assert browser.post(f"/items/{second.id}/record/next").headers["HX-Push-Url"] == f"{desk}?item={second.id}"
    db.session.expire_all()
    assert second.state is ItemState.deferred
    assert as_(people.officer).post(f"/items/{item.id}/record/next").status_code == 403


def test_looking_at_another_item_does_not_take_the_meeting_there(meeting, item, people, as_):
    second = agenda.add_item(meeting, ItemKind.other, "通报情况", 5, by=people.secretary)
    sitting.turn_to(item, by=people.recorder)
    assert as_(people.recorder).post(f"/items/{second.id}/record/next").status_code == 303
    db.session.expire_all()
    assert (item.is_running, second.state) == (True, ItemState.placed)


# ── tasks filled in as a form ──────────────────────────────────────────────────────────────────────────────────────


def test_a_task_that_was_not_finished_is_finished_in_a_form_that_knows_what_was_said(item, people, as_):
    (line,) = lines.write(item, "交办：补办手续 @市工信局！", by=people.recorder)
    browser = as_(people.recorder)
    page = browser.get(f"/lines/{line.id}/task").text
    assert 'value="补办手续"' in page
    data = {"title": "补办手续", "lead_department_id": people.industry.id, "lead_person_id": people.officer.id,
            "due": "12月5日前", "version": 1, "urgent": "y"}  # fmt: skip
    assert browser.post(f"/lines/{line.id}/task", data=data).status_code == 303
    db.session.expire_all()
    assert (line.is_unfinished, line.handout.due.isoformat(), line.handout.urgent) == (False, "2026-12-07", True)
    assert browser.get(f"/lines/{line.id}/task").location == f"/handouts/{line.handout_id}"
    assert browser.post(f"/lines/{line.id}/task", data=data).status_code == 303


@pytest.mark.parametrize("due", ["2026年12月5日", "2026-12-05", "２０２６年１２月５日", "20261205"])
def test_a_task_is_written_where_it_is_said(item, people, as_, due):
    data = {
        "title": "补办手续", "lead_department_id": people.industry.id, "lead_person_id": people.officer.id, "due": due,
        "support_ids": [people.justice.id],
    }  # fmt: skip
    assert as_(people.recorder).post(f"/items/{item.id}/tasks/new", data=data).status_code == 303
    _, [task] = decisions_queries.words_under(item)
    assert (task.lead, task.due.isoformat(), [one.short for one in task.support]) == (
        "市工业和信息化局", "2026-12-05", ["市司法局"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ""}, "请填写这一项"),
        ({"title": "字" * 151}, "请不要超过 150 个字"),
        ({"due": "2026-02-30"}, "请写明日期，例如"),
        ({"due": "2026-11-29"}, "办理时限不能早于开会日期"),
        ({"lead_person_id": "0"}, "请从列表中选择一项"),
        ({"lead_person_id": str(2**63)}, "请从列表中选择一项"),
        ({"lead_group_id": "1"}, "牵头单位和牵头小组只能选一个"),
        ({"support_ids": ["2"]}, "牵头单位不用再选为配合单位"),
    ],
)
def test_a_task_that_cannot_be_is_refused_with_what_was_typed(item, people, as_, changes, said):
    data = {
        "title": "补办",
        "lead_department_id": "2",
        "lead_person_id": people.officer.id,
        "due": "2026-12-05",
    } | changes
    answer = as_(people.recorder).post(f"/items/{item.id}/tasks/new", data=data)
    assert answer.status_code in (409, 422)
    assert said in answer.text
    assert decisions_queries.words_under(item) == ([], [])


def test_a_task_is_edited_and_its_line_says_the_same(item, people, as_):
    decision = lines.decide(item, "同意。", by=people.recorder)
    task = decisions.hand_out(
        item, decision=decision, title="补办", lead_department=people.industry, lead_person=people.officer,
        due=item.meeting.day, support=[people.justice], by=people.recorder,
    )  # fmt: skip
    browser = as_(people.recorder)
    address = f"/handouts/{task.id}"
    assert "checked" in browser.get(address).text
    data = {
        "title": "尽快补办",
        "lead_department_id": "",
        "lead_person_id": people.colleague.id,
        "due": "2026-12-05",
        "version": 1,
    }
    assert browser.post(address, data=data).status_code == 303
    assert browser.post(address, data=data).status_code == 409
    db.session.expire_all()
    assert (task.title, task.lead, task.support) == ("尽快补办", "同事示例", [])
    assert task.line.text == "交办：尽快补办 @同事示例 2026年12月5日前"
    assert browser.post(f"/lines/{task.line.id}/removal").status_code == 303
    assert decisions_queries.words_under(item) == ([decision], [])


def test_an_outcome_is_marked_beside_the_words(item, people, as_):
    answer = as_(people.recorder, htmx=True).post(f"/items/{item.id}/record/outcome", data={"state": "deferred"})
    assert 'aria-pressed="true">缓议' in answer.text
    assert 'id="record-agenda"' in answer.text
    db.session.expire_all()
    assert item.state is ItemState.deferred
    assert as_(people.recorder).post(f"/items/{item.id}/record/outcome", data={"state": "placed"}).status_code == 409


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────────────

SECRET = "没有公开的话"


@pytest.mark.parametrize(
    ("name", "reads_open", "status"),
    [
        ("secretary", True, 200),
        ("recorder", True, 200),
        ("chair", True, 200),
        ("reviewer", True, 200),
        ("signatory", True, 200),
        ("officer", False, 200),
        ("archivist", False, 404),
        ("stranger", False, 404),
        ("administrator", False, 404),
        ("auditor", False, 404),
    ],
)
def test_who_reads_an_open_record(meeting, item, desk, people, as_, name, reads_open, status):
    lines.write(item, SECRET, by=people.recorder)
    answer = as_(getattr(people, name)).get(desk)
    assert answer.status_code == status
    assert (SECRET in answer.text) is reads_open


@pytest.mark.parametrize(
    ("name", "status"), [("chair", 403), ("officer", 403), ("stranger", 404), ("administrator", 404)]
)
def test_only_secretary_and_recorder_write(item, people, as_, name, status):
    decision = lines.decide(item, "同意。", by=people.recorder)
    browser = as_(getattr(people, name))
    line = decision.line.id
    for address in (f"/items/{item.id}/record", f"/items/{item.id}/tasks/new", f"/lines/{line}",
                    f"/lines/{line}/kind", f"/lines/{line}/removal", f"/lines/{line}/task"):  # fmt: skip
        assert browser.post(address, data={"text": "x"}).status_code == status, address


def test_members_read_the_record_once_it_is_closed(meeting, item, desk, people, as_, adjourn):
    lines.write(item, SECRET, by=people.recorder)
    decision = lines.decide(item, "同意。", by=people.recorder)
    adjourn()
    signing.close(signing_queries.record_of(meeting), by=people.recorder)
    page = as_(people.officer).get(desk).text
    assert SECRET in page
    assert f'id="decision-{decision.id}"' in page
    assert as_(people.stranger).get(desk).status_code == 404


# ── signing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_record_is_read_page_by_page_and_signed(meeting, item, desk, people, as_, adjourn, keys):
    lines.write(item, "张某某汇报。", by=people.recorder)
    adjourn()
    browser = as_(people.recorder)
    record = signing_queries.record_of(meeting)
    assert browser.post(f"/records/{record.id}/closing").location == f"{desk}/paper"
    by_itself("papers.draw")
    page = browser.get(f"{desk}/paper").text
    db.session.expire_all()
    document = signing_queries.record_of(meeting).document
    assert document.file.sha256 in page
    assert f"/papers/{document.id}/pages/1.webp" in page
    assert browser.get(f"/papers/{document.id}/pages/1.webp").status_code == 200
    assert as_(people.stranger).get(f"/papers/{document.id}/file").status_code == 404

    early = as_(people.chair).post(f"/records/{record.id}/signature", data={"pin": "135790"})
    assert (early.status_code, "没有轮到您" in early.text) == (403, True)
    for left in (4, 3, 2, 1):
        wrong = browser.post(f"/records/{record.id}/signature", data={"pin": "000000"})
        assert (wrong.status_code, f"还可以再试 {left} 次" in wrong.text) == (422, True), left
    locked = browser.post(f"/records/{record.id}/signature", data={"pin": "000000"})
    assert "签名已锁定" in locked.text
    assert browser.post(f"/records/{record.id}/signature", data={"pin": "135790"}).status_code == 409
    db.session.expire_all()
    assert signing_queries.record_of(meeting).document.next_signature.user_id == people.recorder.id


def test_both_sign_and_the_record_is_done(meeting, item, desk, people, as_, adjourn, keys):
    lines.write(item, "张某某汇报。", by=people.recorder)
    adjourn()
    record = signing_queries.record_of(meeting)
    as_(people.recorder).post(f"/records/{record.id}/closing")
    for user in (people.recorder, people.chair):
        assert as_(user).post(f"/records/{record.id}/signature", data={"pin": "135790"}).status_code == 303
    page = as_(people.officer).get(f"{desk}/paper").text
    assert "签名齐全" in page
    assert "签名口令" not in page
    assert "张某某汇报。" in as_(people.archivist).get(desk).text


# ── how much is asked of the database ──────────────────────────────────────────────────────────────────────────────


def fill(meeting, people, items):
    for number in range(items - len(meeting.items)):
        agenda.add_item(meeting, ItemKind.problem, f"议题 {number}", 5, by=people.secretary)
    db.session.expire_all()
    for item in meeting.items:
        lines.write(item, "记录", by=people.recorder)
        decision = lines.decide(item, "同意。", by=people.recorder)
        for _ in range(3):
            decisions.hand_out(
                item, decision=decision, title="办", lead_department=people.industry, lead_person=people.officer,
                support=[people.justice, people.office], due=meeting.day, by=people.recorder,
            )  # fmt: skip
    db.session.commit()


@pytest.mark.parametrize("items", [3, 12])
@pytest.mark.parametrize("name", ["recorder", "chair"])
def test_the_record_takes_few_statements_however_much_was_said(meeting, desk, people, as_, statements, items, name):
    fill(meeting, people, items)
    browser = as_(getattr(people, name))
    statements.clear()
    assert browser.get(desk).status_code == 200
    assert len([one for one in statements if one.lstrip().startswith("SELECT")]) <= MOST_STATEMENTS


def test_one_task_form_takes_few_statements(meeting, people, as_, statements):
    fill(meeting, people, 3)
    browser = as_(people.recorder)
    address = f"/items/{meeting.items[0].id}/tasks/new"
    statements.clear()
    browser.get(address)
    assert len([one for one in statements if one.lstrip().startswith("SELECT")]) <= MOST_STATEMENTS


def test_a_task_tells_where_it_was_said(meeting, item, people, as_, adjourn):
    decision = lines.decide(item, "同意补办。", by=people.recorder)
    task = decisions.hand_out(
        item, decision=decision, title="办", lead_person=people.officer, due=meeting.day, by=people.recorder
    )
    adjourn()
    by_itself("records.pass_on")
    db.session.refresh(task)
    page = as_(people.officer).get(f"/actions/{task.action_id}").text
    assert f"/meetings/{meeting.id}/record?item={item.id}#decision-{decision.id}" in page
