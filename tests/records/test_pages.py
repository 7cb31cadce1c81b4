import pytest

from portal.database import db
from portal.meetings import operations as meetings
from portal.meetings.models import ItemKind, ItemState
from portal.records import operations, queries

MOST_STATEMENTS = 10


@pytest.fixture
def item(meeting):
    return meeting.items[0]


@pytest.fixture
def desk(meeting):
    return f"/meetings/{meeting.id}/record"


def htmx_save(browser, item, text, version):
    headers = {"HX-Request": "true", "Accept": "application/json"}
    return browser.post(f"/items/{item.id}/record", data={"text": text, "version": version}, headers=headers)


# ── the text that saves itself ─────────────────────────────────────────────────────────────────────────────────────


def test_a_save_answers_with_the_version_and_the_time(item, people, as_):
    answer = htmx_save(as_(people.recorder), item, "服务官汇报。\r\n第二行", 0)
    assert answer.status_code == 200
    assert answer.json["version"] == 1
    assert len(answer.json["saved"]) == len("09:05")
    assert queries.entry_of(item).text == "服务官汇报。\n第二行"


def test_without_scripts_the_button_saves_and_leads_back(item, desk, people, as_):
    browser = as_(people.recorder)
    answer = browser.post(f"/items/{item.id}/record", data={"text": "记下。", "version": 0})
    assert (answer.status_code, answer.location) == (303, f"{desk}?item={item.id}#words")
    assert "记下。" in browser.get(answer.location).text


def test_a_repeated_save_is_accepted_and_changes_nothing(item, people, as_):
    browser = as_(people.recorder)
    htmx_save(browser, item, "同样的话", 0)
    again = htmx_save(browser, item, "同样的话", 0)
    assert (again.status_code, again.json["version"]) == (200, 1)


def test_whoever_saves_second_sees_both_texts_and_loses_neither(item, people, as_):
    htmx_save(as_(people.recorder), item, "记录人写的", 0)
    second = as_(people.secretary)
    refused = htmx_save(second, item, "秘书写的", 0)
    assert refused.status_code == 409
    assert refused.headers["HX-Retarget"] == "#messages"
    for said in ("记录人写的", "秘书写的", "已被记录示例修改", 'name="version" value="1"'):
        assert said in refused.text
    assert queries.entry_of(item).text == "记录人写的"
    kept = second.post(f"/items/{item.id}/record", data={"text": "两份合起来", "version": 1})
    assert kept.status_code == 303
    db.session.expire_all()
    assert queries.entry_of(item).text == "两份合起来"


def test_without_scripts_the_second_gets_a_page_with_both_texts(item, people, as_):
    htmx_save(as_(people.recorder), item, "记录人写的", 0)
    answer = as_(people.secretary).post(f"/items/{item.id}/record", data={"text": "秘书写的", "version": 0})
    assert answer.status_code == 409
    assert "记录人写的" in answer.text
    assert "秘书写的" in answer.text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202e反的", "字\x00符", "。" * 100_000])
def test_hostile_words_are_only_words(item, desk, people, as_, text):
    browser = as_(people.recorder)
    assert htmx_save(browser, item, text, 0).status_code == 200
    page = browser.get(desk).text
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_too_long_a_text_is_refused_with_a_sentence(item, people, as_):
    answer = htmx_save(as_(people.recorder), item, "。" * 100_001, 0)
    assert answer.status_code == 409
    assert "请不要超过 100000 个字" in answer.text


# ── decisions, tasks, outcomes ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("htmx", [False, True])
def test_a_decision_is_added_in_one_line_and_the_next_line_waits(item, desk, people, as_, htmx):
    answer = as_(people.recorder, htmx=htmx).post(f"/items/{item.id}/decisions", data={"text": "同意补办。"})
    if htmx:
        assert answer.text.lstrip().startswith('<section class="card" id="decisions"')
        assert "data-focus" in answer.text
    else:
        assert (answer.status_code, answer.location) == (303, f"{desk}?item={item.id}#decisions")
    decisions, _ = queries.words_under(item)
    assert [one.text for one in decisions] == ["同意补办。"]


@pytest.mark.parametrize("text", ["", "   ", "字" * 1001])
def test_a_decision_needs_a_sentence(item, people, as_, text):
    for htmx in (False, True):
        assert (
            as_(people.recorder, htmx=htmx).post(f"/items/{item.id}/decisions", data={"text": text}).status_code == 422
        )
    assert queries.words_under(item) == ([], [])


@pytest.mark.parametrize("htmx", [False, True])
def test_a_decision_is_edited_and_removed(item, people, as_, htmx):
    decision = operations.decide(item, "同意。", by=people.recorder)
    browser = as_(people.recorder, htmx=htmx)
    address = f"/decisions/{decision.id}"
    assert 'value="同意。"' in browser.get(address).text
    assert browser.post(address, data={"text": "原则同意。", "version": 1}).status_code == (200 if htmx else 303)
    assert browser.post(address, data={"text": "迟到的修改。", "version": 1}).status_code == 409
    db.session.expire_all()
    assert decision.text == "原则同意。"
    assert browser.post(f"{address}/removal").status_code == (200 if htmx else 303)
    assert queries.words_under(item) == ([], [])


@pytest.mark.parametrize("due", ["2026年12月5日", "2026-12-05", "２０２６年１２月５日", "20261205"])
def test_a_task_is_written_where_it_is_said(item, people, as_, due):
    data = {
        "title": "补办手续", "lead_department_id": people.industry.id, "lead_person_id": people.officer.id, "due": due,
        "support_ids": [people.justice.id],
    }  # fmt: skip
    answer = as_(people.recorder, htmx=True).post(f"/items/{item.id}/tasks/new", data=data)
    assert "补办手续" in answer.text
    _, [task] = queries.words_under(item)
    assert (task.lead, task.due.isoformat(), [one.short for one in task.support]) == (
        "市工业和信息化局", "2026-12-05", ["市司法局"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ""}, "请填写这一项"),
        ({"title": "字" * 151}, "请不要超过 150 个字"),
        ({"due": "2026-02-30"}, "请填写存在的日期"),
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
    for htmx in (False, True):
        answer = as_(people.recorder, htmx=htmx).post(f"/items/{item.id}/tasks/new", data=data)
        assert answer.status_code in (409, 422)
        assert said in answer.text
    assert queries.words_under(item) == ([], [])


@pytest.mark.parametrize("htmx", [False, True])
def test_a_task_is_edited_and_removed(item, people, as_, htmx):
    decision = operations.decide(item, "同意。", by=people.recorder)
    task = operations.hand_out(
        item, decision=decision, title="补办", lead_department=people.industry, lead_person=people.officer,
        due=item.meeting.day, support=[people.justice], by=people.recorder,
    )  # fmt: skip
    browser = as_(people.recorder, htmx=htmx)
    address = f"/handouts/{task.id}"
    assert "checked" in browser.get(address).text
    data = {
        "title": "尽快补办",
        "lead_department_id": "",
        "lead_person_id": people.colleague.id,
        "due": "2026-12-05",
        "version": 1,
    }
    assert browser.post(address, data=data).status_code == (200 if htmx else 303)
    assert browser.post(address, data=data).status_code == 409
    db.session.expire_all()
    assert (task.title, task.lead, task.support) == ("尽快补办", "同事示例", [])
    assert browser.post(f"{address}/removal").status_code == (200 if htmx else 303)
    assert queries.words_under(item) == ([decision], [])


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
    operations.write(item, SECRET, 0, by=people.recorder)
    answer = as_(getattr(people, name)).get(desk)
    assert answer.status_code == status
    assert (SECRET in answer.text) is reads_open


@pytest.mark.parametrize(
    ("name", "status"), [("chair", 403), ("officer", 403), ("stranger", 404), ("administrator", 404)]
)
def test_only_secretary_and_recorder_write(item, people, as_, name, status):
    decision = operations.decide(item, "同意。", by=people.recorder)
    browser = as_(getattr(people, name))
    for address in (f"/items/{item.id}/record", f"/items/{item.id}/decisions", f"/items/{item.id}/tasks/new",
                    f"/decisions/{decision.id}", f"/decisions/{decision.id}/removal"):  # fmt: skip
        assert browser.post(address, data={"text": "x"}).status_code == status, address


def test_members_read_the_record_once_it_is_closed(meeting, item, desk, people, as_, adjourn):
    operations.write(item, SECRET, 0, by=people.recorder)
    decision = operations.decide(item, "同意。", by=people.recorder)
    adjourn()
    operations.close(queries.record_of(meeting), by=people.recorder)
    page = as_(people.officer).get(desk).text
    assert SECRET in page
    assert f'id="decision-{decision.id}"' in page
    assert as_(people.stranger).get(desk).status_code == 404


# ── signing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_record_is_read_page_by_page_and_signed(meeting, item, desk, people, as_, adjourn, keys):
    operations.write(item, "张某某汇报。", 0, by=people.recorder)
    adjourn()
    browser = as_(people.recorder)
    record = queries.record_of(meeting)
    assert browser.post(f"/records/{record.id}/closing").location == f"{desk}/paper"
    page = browser.get(f"{desk}/paper").text
    db.session.expire_all()
    document = queries.record_of(meeting).document
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
    assert queries.record_of(meeting).document.next_signature.user_id == people.recorder.id


def test_both_sign_and_the_record_is_done(meeting, item, desk, people, as_, adjourn, keys):
    operations.write(item, "张某某汇报。", 0, by=people.recorder)
    adjourn()
    record = queries.record_of(meeting)
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
        meetings.add_item(meeting, ItemKind.problem, f"议题 {number}", 5, by=people.secretary)
    db.session.expire_all()
    for item in meeting.items:
        operations.write(item, "记录", 0, by=people.recorder)
        decision = operations.decide(item, "同意。", by=people.recorder)
        for _ in range(3):
            operations.hand_out(
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
    from cast import by_itself

    decision = operations.decide(item, "同意补办。", by=people.recorder)
    task = operations.hand_out(
        item, decision=decision, title="办", lead_person=people.officer, due=meeting.day, by=people.recorder
    )
    adjourn()
    by_itself("records.pass_on")
    db.session.refresh(task)
    page = as_(people.officer).get(f"/actions/{task.action_id}").text
    assert f"/meetings/{meeting.id}/record?item={item.id}#decision-{decision.id}" in page
