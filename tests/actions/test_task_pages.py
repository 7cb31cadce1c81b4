"""A task's pages through the browser, plain and by htmx."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from portal.actions.models.action_items import ActionItem
from portal.actions.progress import operations as progress
from portal.actions.requests import operations as requests
from portal.db import clock
from portal.db.engine import db
from portal.enterprises.models.enterprises import ClientKind
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register
from portal.inbox import queries as inbox
from portal.people.deputies import operations as accounts
from portal.people.models.roles import Part


def picture():
    """A small PNG."""
    buffer = BytesIO()
    Image.new("RGB", (2, 2), "red").save(buffer, "PNG")
    return buffer.getvalue()


PNG = picture()


def state_of(action):
    db.session.expire_all()
    return db.session.get(ActionItem, action.id).state.value


def new_task(people, **changes):
    typed = {
        "title": "制作工作手册", "lead_department_id": people.industry.id, "lead_person_id": people.officer.id,
        "due": (clock.today() + timedelta(9)).isoformat(), "support_department_ids": [people.justice.id],
        "support_group_ids": [people.theme.id], "audience_id": people.task_force.id,
    }  # fmt: skip
    return {**typed, **changes}


@pytest.mark.parametrize("htmx", [False, True])
def test_the_secretary_hands_out_a_task(as_, people, htmx):
    answer = as_(people.secretary, htmx=htmx).post("/actions/new", data=new_task(people))
    where = answer.headers.get("HX-Redirect") if htmx else answer.location
    assert (answer.status_code, where) == (204 if htmx else 303, "/actions/1")
    made = db.session.get(ActionItem, 1)
    assert [line.name for line in made.support] == ["市司法局", "土地房产组"]


def test_a_task_is_handed_out_from_a_problem(as_, people):
    firm = register.add_enterprise(ClientKind.enterprise, "示例铸造", "", [], None, by=people.secretary)
    problem = problems.report(firm, "用地手续", "没有土地证", by=people.officer)
    browser = as_(people.secretary)
    assert "/actions/new?problem=1" in browser.get("/problems/1").text
    assert 'value="用地手续"' in browser.get("/actions/new?problem=1").text
    assert browser.post("/actions/new?problem=1", data=new_task(people)).status_code == 303
    assert "制作工作手册" in browser.get("/problems/1").text
    assert "用地手续" in browser.get("/actions/1").text
    db.session.expire_all()
    assert problem.state.label == "已交办"


@pytest.mark.parametrize("number", ["0", "7", str(2**63), "x", "-1"])
def test_a_problem_that_is_none_is_left_out(as_, people, number):
    assert as_(people.secretary).get(f"/actions/new?problem={number}").status_code == 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": "办" * 151}, "请不要超过 150 个字。"),
        ({"title": "   "}, "请填写这一项。"),
        ({"title": "\u202e"}, "请填写这一项。"),
        ({"due": "2026-02-30"}, "请填写正确的日期"),
        ({"due": "2020-01-01"}, "时限不能早于今天。"),
        ({"due": ""}, "请填写这一项。"),
        ({"lead_person_id": "0"}, "请从列表中选择一项。"),
        ({"lead_person_id": str(2**63)}, "请从列表中选择一项。"),
        ({"lead_group_id": "1"}, "牵头单位和牵头小组只能选一个。"),
        ({"support_department_ids": ["99"]}, "请从列表中选择。"),
    ],
)
def test_what_is_typed_wrong_comes_back_with_its_sentence(as_, people, changes, sentence):
    answer = as_(people.secretary).post("/actions/new", data=new_task(people, **changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert db.session.get(ActionItem, 1) is None


def test_markup_stays_text(as_, people):
    browser = as_(people.secretary)
    browser.post("/actions/new", data=new_task(people, title="<script>alert(1)</script>"))
    for path in ("/actions", "/actions/1"):
        assert "<script>alert" not in browser.get(path).text


@pytest.mark.parametrize("path", ["/actions/0", "/actions/99", f"/actions/{2**63}", "/actions/files/1"])
def test_what_is_not_there_is_not_found(as_, people, path):
    assert as_(people.secretary).get(path).status_code == 404


def test_others_do_not_learn_that_it_exists(as_, task, people):
    made = task()
    browser = as_(people.stranger)
    for path in ("", "/edit", "/closure", "/reports", "/hand-over"):
        assert browser.get(f"/actions/{made.id}{path}").status_code == 404
    assert browser.post(f"/actions/{made.id}/acceptance").status_code == 404


DEEDS = [
    ("assigned", "officer", "acceptance", {}, "accepted"),
    ("assigned", "officer", "refusal", {"why": "不归我局"}, "refused"),
    ("refused", "secretary", "insistence", {"why": "职责在你局"}, "assigned"),
    ("refused", "secretary", "reassignment", {"person_id": "7"}, "assigned"),
    ("accepted", "officer", "reports", {"text": "已对接"}, "in_progress"),
    ("in_progress", "officer", "completion", {"text": "已办好"}, "reported_done"),
    ("reported_done", "supervisor", "closure", {}, "closed"),
    ("reported_done", "supervisor", "return", {"why": "缺凭证"}, "in_progress"),
    ("accepted", "supervisor", "suspension", {"why": "等批复"}, "suspended"),
    ("suspended", "supervisor", "suspension/end", {}, "in_progress"),
    ("accepted", "chair", "termination", {"why": "政策已变"}, "terminated"),
    ("closed", "supervisor", "reopening", {"why": "反复"}, "in_progress"),
    ("assigned", "supervisor", "urging", {"text": "请抓紧"}, "assigned"),
    ("assigned", "supervisor", "supervision", {}, "assigned"),
    ("assigned", "officer", "hand-over", {"person_id": "6", "why": "出差"}, "assigned"),
    ("accepted", "officer", "extensions", {"new_due": "2199-01-01", "reason": "故", "progress": "已定稿"}, "accepted"),
]


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(("before", "who", "noun", "typed", "after"), DEEDS)
def test_each_deed_through_its_door(as_, in_state, people, before, who, noun, typed, after, htmx):
    made = in_state(before)
    made.audience = people.task_force
    answer = as_(getattr(people, who), htmx=htmx).post(f"/actions/{made.id}/{noun}", data=typed)
    assert answer.status_code == (204 if htmx else 303), answer.text
    assert state_of(made) == after


@pytest.mark.parametrize(("before", "who", "noun", "typed", "after"), DEEDS)
def test_others_who_see_it_are_told_why_they_may_not(as_, in_state, people, before, who, noun, typed, after):
    made = in_state(before)
    made.audience = people.task_force
    answer = as_(people.lecturer).post(f"/actions/{made.id}/{noun}", data=typed)
    assert answer.status_code == 403
    assert "只有" in answer.text
    assert state_of(made) == before


def test_a_deed_out_of_time_is_refused_with_its_sentence(as_, in_state, people):
    made = in_state("assigned")
    answer = as_(people.supervisor).post(f"/actions/{made.id}/closure", data={})
    assert answer.status_code == 409
    assert "交办事项现在是“已交办”，只有“待销号”时才能销号。" in answer.text


def test_who_did_what_a_message_asks_for_has_read_it(as_, task, people):
    made = task()
    other = task("另一件")
    as_(people.officer).post(f"/actions/{made.id}/acceptance")
    unread = inbox.newest_unread(people.officer, 9)
    assert [one.url for one in unread] == [f"/actions/{other.id}"]


def test_a_missing_reason_is_asked_for(as_, in_state, people):
    made = in_state("reported_done")
    answer = as_(people.supervisor).post(f"/actions/{made.id}/return", data={"why": " \u200b "})
    assert answer.status_code == 422
    assert state_of(made) == "reported_done"


def test_a_double_click_reports_once(as_, in_state, people):
    made = in_state("accepted")
    browser = as_(people.officer)
    for _ in range(2):
        answer = browser.post(f"/actions/{made.id}/reports", data={"text": "已对接", "once": "x1"})
        assert answer.location == f"/actions/{made.id}"
    db.session.expire_all()
    assert len(made.reports) == 1


def test_files_go_with_a_report_and_come_back_to_those_who_read_it(as_, in_state, people):
    made = in_state("accepted")
    typed = {"text": "附图", "files": [(BytesIO(PNG), "现场照片.png"), (BytesIO(PNG), "第二张.png")]}
    answer = as_(people.officer).post(f"/actions/{made.id}/reports", data=typed)
    assert answer.status_code == 303
    assert "现场照片.png" in as_(people.supervisor).get(f"/actions/{made.id}").text
    got = as_(people.supervisor).get("/actions/files/1")
    assert (got.status_code, got.data) == (200, PNG)
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert as_(people.stranger).get("/actions/files/1").status_code == 404


def test_a_file_that_may_not_come_in_saves_nothing(as_, in_state, people):
    made = in_state("accepted")
    typed = {"text": "附件", "files": [(BytesIO(PNG), "好.png"), (BytesIO(b"MZ\x90"), "坏.exe")]}
    answer = as_(people.officer).post(f"/actions/{made.id}/reports", data=typed)
    assert answer.status_code == 422
    assert "《坏.exe》" in answer.text
    assert "附件" in answer.text
    assert state_of(made) == "accepted"


def test_buttons_stand_only_where_they_work(as_, in_state, people):
    made = in_state("reported_done")
    watching, leading = (as_(user).get(f"/actions/{made.id}").text for user in (people.supervisor, people.officer))
    assert f"/actions/{made.id}/closure" in watching
    assert f"/actions/{made.id}/return" in watching
    assert f"/actions/{made.id}/closure" not in leading
    assert f"/actions/{made.id}/reports" not in leading


def test_after_handing_over_without_reading_on_one_lands_in_the_ledger(as_, task, people):
    made = task(lead_department=None)
    typed = {"person_id": people.lecturer.id, "why": "出差"}
    assert as_(people.officer).post(f"/actions/{made.id}/hand-over", data=typed).location == "/actions"


def test_an_extension_is_answered_on_its_page(as_, in_state, people):
    made = in_state("accepted")
    asked = requests.ask_extension(made, made.due + timedelta(9), "排期", by=people.officer)
    browser = as_(people.supervisor)
    door = f"/actions/extensions/{asked.id}/decision"
    assert door in browser.get(f"/actions/{made.id}").text
    assert browser.post(door, data={"granted": "no"}).status_code == 409
    assert browser.post(door, data={"granted": "yes"}).status_code == 303
    assert door not in browser.get(f"/actions/{made.id}").text
    assert as_(people.officer).get(door).status_code == 403


def test_two_editors_see_both_texts(as_, task, people):
    made = task()
    browser = as_(people.secretary)
    seen = made.version
    assert browser.post(f"/actions/{made.id}/edit", data={"title": "甲", "version": seen}).status_code == 303
    answer = browser.post(f"/actions/{made.id}/edit", data={"title": "乙", "version": seen})
    assert answer.status_code == 409
    assert "甲" in answer.text
    assert "乙" in answer.text


@pytest.mark.parametrize("lines", [2, 40])
def test_the_page_asks_few_questions(as_, in_state, people, statements, lines):
    made = in_state("accepted")
    for number in range(lines):
        progress.report(made, f"第 {number} 条", by=people.officer)
    browser, address = as_(people.officer), f"/actions/{made.id}"
    browser.get(address)
    statements.clear()
    assert browser.get(address).status_code == 200
    asked = [one for one in statements if not one.startswith("BEGIN")]
    assert len(asked) <= 10, asked


def test_who_stands_in_is_told_so_and_for_whom(as_, in_state, people):
    made = in_state("accepted")
    today = clock.today()
    accounts.name_deputy(
        people.officer, people.colleague, starts=today, ends=today, parts=[Part.tasks], by=people.officer
    )  # fmt: skip
    db.session.commit()
    said = f"{people.officer.name}请假期间由您代为办理"
    assert said in as_(people.colleague).get(f"/actions/{made.id}").text
    assert said not in as_(people.officer).get(f"/actions/{made.id}").text
    assert f"{made.number}，代{people.officer.name}" in as_(people.colleague).get("/").text
    assert f"，代{people.officer.name}" not in as_(people.officer).get("/").text


@pytest.mark.parametrize(
    ("state", "words"), [("refused", "不归我局管"), ("suspended", "等上级批复"), ("terminated", "政策已变")]
)
def test_why_it_stands_where_it_does_is_said_at_the_top(as_, in_state, people, state, words):
    page = as_(people.secretary).get(f"/actions/{in_state(state).id}").text
    top, _, _ = page.partition('<div class="cols">')
    assert words in top


def test_what_was_returned_says_why_until_it_is_reported_again(as_, in_state, people):
    made = in_state("reported_done")
    progress.return_(made, "缺少证明", by=people.supervisor)
    db.session.commit()
    browser = as_(people.officer)
    assert "缺少证明" in browser.get(f"/actions/{made.id}").text.partition('<div class="cols">')[0]
    progress.report(made, "已补", by=people.officer)
    db.session.commit()
    assert "缺少证明" not in browser.get(f"/actions/{made.id}").text.partition('<div class="cols">')[0]


def test_a_supporting_unit_finds_its_report_first(as_, task, people):
    made = task("办证", support=[people.justice])
    button = f'href="/actions/support/{made.support[0].id}/lines"'
    browser = as_(people.colleague)
    assert button in browser.get(f"/actions/{made.id}").text.partition('<div class="cols">')[0]
    progress.add_support_line(made.support[0], "清单已报", by=people.colleague)
    db.session.commit()
    assert button not in browser.get(f"/actions/{made.id}").text.partition('<div class="cols">')[0]


def test_nothing_waits_for_an_answer_once_the_task_has_ended(as_, in_state, people):
    made = in_state("in_progress")
    requests.ask_extension(made, made.due + timedelta(5), "故", by=people.officer)
    progress.terminate(made, "政策已变", by=people.chair)
    db.session.commit()
    page = as_(people.officer).get(f"/actions/{made.id}").text
    assert "待答复" not in page
    assert "未审批" in page


def test_a_photo_is_seen_without_being_fetched(as_, in_state, people):
    made = in_state("in_progress")
    typed = {"text": "附图", "files": [(BytesIO(PNG), "现场.png")]}
    as_(people.officer).post(f"/actions/{made.id}/reports", data=typed)
    assert 'src="/actions/files/1" alt=""' in as_(people.supervisor).get(f"/actions/{made.id}").text


def test_who_is_late_reads_why_no_extension_is_offered(as_, in_state, people):
    made = in_state("in_progress")
    browser = as_(people.officer)
    assert f"现在的时限：{clock.zh_date(made.due)}" in browser.get(f"/actions/{made.id}/extensions").text
    with clock.at(clock.now() + timedelta(60)):
        page = as_(people.officer).get(f"/actions/{made.id}").text
        assert "已经超过时限，不能再申请延期" in page
        urging = as_(people.supervisor).get(f"/actions/{made.id}/urging").text
    assert "请反馈原因和完成时间。</textarea>" in urging


def test_who_has_not_accepted_is_pressed_to_accept(as_, in_state, people):
    made = in_state("assigned")
    browser = as_(people.supervisor)
    assert "请尽快签收。</textarea>" in browser.get(f"/actions/{made.id}/urging").text
    assert "请尽快签收。http" in browser.get(f"/actions/{made.id}").text


@pytest.mark.parametrize("kind", ["extensions", "applications"])
def test_what_was_asked_for_is_withdrawn_and_asked_anew(as_, in_state, people, kind):
    def ask():
        if kind == "extensions":
            return requests.ask_extension(made, made.due + timedelta(5), "故", by=people.officer)
        return requests.ask_suspension(made, "故", by=people.officer)

    made = in_state("in_progress")
    asked = ask()
    db.session.commit()
    door = f"/actions/{kind}/{asked.id}/withdrawal"
    page = f"/actions/{made.id}"
    assert door in as_(people.officer).get(page).text
    assert door not in as_(people.supervisor).get(page).text
    assert as_(people.supervisor).post(door).status_code == 403
    assert as_(people.officer).post(door).location == page
    assert "待答复" not in as_(people.officer).get(page).text
    refused = as_(people.supervisor).post(f"/actions/{kind}/{asked.id}/decision", data={"granted": "yes"})
    assert (refused.status_code, "已经撤回" in refused.text) == (409, True)
    assert ask().granted is None
    said = [one.title for one in inbox.newest_unread(people.supervisor, 9)]
    assert f"{people.officer.name}撤回了{asked.label}申请：{made.title}" in said
