"""Supervising: stages, lines of support, applications, evidence, slips, looking back, the weekly question."""

from datetime import date, timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from cast import by_itself
from pypdfium2 import PdfDocument

from portal.actions.assignment import operations as assignment
from portal.actions.assignment import queries as assignment_queries
from portal.actions.ledger import saved_filters
from portal.actions.models.action_items import ActionState
from portal.actions.models.look_backs import LookBack
from portal.actions.models.slips import Slip, SlipColour
from portal.actions.progress import operations as progress
from portal.actions.requests import operations as requests
from portal.actions.supervision import operations as supervision
from portal.db import clock, office
from portal.db.engine import db
from portal.db.journal import history
from portal.enterprises.models.enterprises import ClientKind
from portal.enterprises.models.problems import Satisfaction
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register
from portal.errors import Refused
from portal.files import store
from portal.inbox.models import Notice

MONDAY = date(2026, 3, 2)


def at(days=0, hour=9):
    return clock.at(clock.moment(MONDAY + timedelta(days), hour))


def titles(user):
    return db.session.scalars(sa.select(Notice.title).where(Notice.user_id == user.id).order_by(Notice.id)).all()


def deed_names(action):
    db.session.commit()
    return [entry.deed.removeprefix("actions.") for entry in history(action)]


def turn_on(key, value, people):
    office.change(key, value, by=people.administrator)
    db.session.commit()


@pytest.fixture
def running(task, people):
    def make(*title, **more):
        made = task(*title, **more)
        assignment.accept(made, by=people.officer)
        db.session.commit()
        return made

    return make


# ── stages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_task_lags_while_a_stage_is_late_and_the_task_is_not(task, people):
    with at():
        made = task(days=20, stages=[("对接", MONDAY + timedelta(1)), ("提方案", MONDAY + timedelta(3))])
        assignment.accept(made, by=people.officer)
    lagging = []
    for day in range(23):
        with at(day):
            if made.is_lagging:
                lagging.append(day)
            assert made.is_lagging == (saved_filters.view_counts(people.supervisor)["lagging"] == 1)
        if day == 2:
            with at(day):
                progress.finish_stage(made.next_stage, "已上门", by=people.officer)
    assert lagging == [2, *range(4, 22)]  # due on a Sunday, so late from the Tuesday after


def test_stages_are_finished_in_their_order_and_each_is_a_report(running, people):
    with at():
        made = running(days=20, stages=[("对接", MONDAY), ("提方案", MONDAY + timedelta(3))])
        first, second = made.stages
        with pytest.raises(Refused, match="请先完成“对接”"):
            progress.finish_stage(second, "方案", by=people.officer)
        progress.finish_stage(first, "已上门", by=people.officer)
        with pytest.raises(Refused, match="“对接”已经完成"):
            progress.finish_stage(first, "再来", by=people.officer)
    assert [(line.kind.label, line.text) for line in made.reports] == [("阶段完成", "对接：已上门")]
    assert made.state is ActionState.in_progress
    assert made.reported_at is not None


@pytest.mark.parametrize(
    ("stages", "sentence"),
    [
        ([("乙", MONDAY + timedelta(3)), ("甲", MONDAY)], "由早到晚"),
        ([("甲", MONDAY + timedelta(99))], "不能晚于办理时限"),
        ([("甲", MONDAY), ("甲", MONDAY + timedelta(1))], "名称不能重复"),
    ],
)
def test_stages_that_cannot_be_are_refused(task, people, stages, sentence):
    with at(), pytest.raises(Refused, match=sentence):
        task(days=20, stages=stages)


def test_stages_are_arranged_on_a_page_by_the_offices_pattern(as_, running, people):
    with at():
        made = running(days=30)
        browser = as_(people.secretary)
        page = browser.get(f"/actions/{made.id}/stages").text
        assert "对接 2026-03-03\n提方案 2026-03-05\n办理 2026-03-12\n答复 2026-03-13" in page
        bad = browser.post(f"/actions/{made.id}/stages", data={"stages": "对接 2026-02-30"})
        assert (bad.status_code, "“对接 2026-02-30”的时限不是正确的日期。" in bad.text) == (422, True)
        assert browser.post(f"/actions/{made.id}/stages", data={"stages": "对接：2026年3月3日"}).status_code == 303
        assert "对接" in as_(people.officer).get(f"/actions/{made.id}").text
        stage = assignment_queries.action(made.id).stages[0]
        as_(people.officer).post(f"/actions/stages/{stage.id}/end", data={"text": "已上门"})
        assert "对接：已上门" in browser.get(f"/actions/{made.id}").text


# ── support ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_line_is_returned_and_the_others_stay(running, people):
    made = running(support=[people.justice, people.theme])
    justice, theme = made.support
    progress.add_support_line(justice, "已出具意见", by=people.stranger)
    progress.add_support_line(theme, "已会商", by=people.colleague)
    progress.report_done(made, "两家均已配合，证已办好", by=people.officer)
    progress.return_support(justice, "意见没有盖章", by=people.supervisor)
    assert [line.state.label for line in made.support] == ["已退回", "已反馈"]
    assert made.state is ActionState.reported_done
    with pytest.raises(Refused, match="市司法局的配合情况已退回，还没有重新报告"):
        progress.close(made, by=people.supervisor)
    with pytest.raises(Refused, match="只有“已反馈”时才能退回"):
        progress.return_support(justice, "再退", by=people.supervisor)
    progress.add_support_line(justice, "已盖章", by=people.stranger)
    progress.close(made, by=people.supervisor)
    assert made.state is ActionState.closed


def test_each_unit_reports_on_its_own_line_and_the_lead_sees_all_of_them(as_, running, people):
    made = running(support=[people.justice])
    line = made.support[0]
    page = as_(people.stranger).get(f"/actions/{made.id}").text
    assert f"/actions/support/{line.id}/lines" in page
    as_(people.stranger).post(f"/actions/support/{line.id}/lines", data={"text": "已出具意见"})
    combined = as_(people.officer).get(f"/actions/{made.id}/completion").text
    assert "市司法局" in combined
    assert "已出具意见" in combined
    as_(people.supervisor).post(f"/actions/support/{line.id}/return", data={"why": "缺盖章"})
    assert "退回：缺盖章" in as_(people.officer).get(f"/actions/{made.id}").text
    assert f"市司法局的配合情况被退回：{made.title}" in titles(people.officer)


# ── passing on ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_within_the_department_a_task_is_passed_on_and_beyond_it_is_asked_for(running, people):
    made = running()
    with pytest.raises(Refused, match="同事示例不在牵头单位，请选择本单位的人；要交给其他单位，请申请转其他单位。"):
        assignment.hand_over(made, people.colleague, "出差", by=people.officer)
    assignment.hand_over(made, people.lecturer, "出差", by=people.officer)
    asked = requests.ask_transfer(made, people.justice, people.colleague, "属法律事务", by=people.lecturer)
    with pytest.raises(Refused, match="转其他单位的申请还在等待审批"):
        requests.ask_suspension(made, "再等等", by=people.lecturer)
    before = made.due
    requests.decide_application(asked, True, "同意", by=people.supervisor)
    assert (made.state, made.lead, made.lead_person) == (ActionState.assigned, "市司法局", people.colleague)
    assert (made.due, made.accepted_at) == (before, None)
    assert deed_names(made)[-2:] == ["ask_transfer", "transfer"]
    assert f"交办事项请签收：{made.title}" in titles(people.colleague)


def test_a_transfer_names_somebody_of_the_other_department(running, people):
    made = running()
    with pytest.raises(Refused, match="已经是牵头单位"):
        requests.ask_transfer(made, people.industry, people.lecturer, "故", by=people.officer)
    with pytest.raises(Refused, match="主讲示例不在市司法局"):
        requests.ask_transfer(made, people.justice, people.lecturer, "故", by=people.officer)


def test_an_application_is_answered_once_and_a_no_says_why(running, people):
    made = running()
    asked = requests.ask_suspension(made, "等上级批复", by=people.officer)
    with pytest.raises(Refused, match="不同意暂停办理时，请写明理由"):
        requests.decide_application(asked, False, " ", by=people.supervisor)
    requests.decide_application(asked, False, "按期办理", by=people.supervisor)
    assert (made.state, asked.granted) == (ActionState.accepted, False)
    with pytest.raises(Refused, match="已经答复过了"):
        requests.decide_application(asked, True, by=people.supervisor)
    assert titles(people.officer)[-1] == f"不同意暂停办理：{made.title}"


def test_suspended_and_resumed_with_approval_the_due_day_moves_by_the_working_days(running, people):
    with at():
        made = running(days=4, stages=[("办理", MONDAY + timedelta(3))])  # due on the Friday
        requests.decide_application(
            requests.ask_suspension(made, "等批复", by=people.officer), True, by=people.supervisor
        )
    with at(7):
        asked = requests.ask_resumption(made, "批复已到", by=people.officer)
        requests.decide_application(asked, True, by=people.supervisor)
    assert (made.state, made.due) == (ActionState.in_progress, MONDAY + timedelta(11))
    assert made.stages[0].due == MONDAY + timedelta(10)
    assert made.original_due == MONDAY + timedelta(4)


def test_asking_and_answering_on_pages(as_, running, people):
    made = running()
    officer, supervisor = as_(people.officer), as_(people.supervisor)
    typed = {"department_id": people.justice.id, "person_id": people.colleague.id, "why": "属法律事务"}
    assert officer.post(f"/actions/{made.id}/transfer", data=typed).status_code == 303
    assert "市司法局（同事示例）" in supervisor.get(f"/actions/{made.id}").text
    assert made.title in supervisor.get("/actions?view=application").text
    answer = supervisor.post("/actions/applications/1/decision", data={"granted": "no", "answer": "还是你局办"})
    assert answer.status_code == 303
    assert officer.post(f"/actions/{made.id}/suspension/request", data={"why": "等"}).status_code == 303
    supervisor.post("/actions/applications/2/decision", data={"granted": "yes"})
    assert officer.post(f"/actions/{made.id}/suspension/end/request", data={"why": "到了"}).status_code == 303
    supervisor.post("/actions/applications/3/decision", data={"granted": "yes"})
    db.session.expire_all()
    assert assignment_queries.action(made.id).state is ActionState.in_progress


# ── closing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_where_a_file_is_asked_for_the_text_alone_does_not_report_done(as_, running, people):
    made = running(evidence="产权证", asks_file=True)
    with pytest.raises(Refused, match="要求上传佐证材料"):
        progress.report_done(made, "办好了", by=people.officer)
    browser = as_(people.officer)
    answer = browser.post(f"/actions/{made.id}/completion", data={"text": "办好了"})
    assert (answer.status_code, "要求上传佐证材料，请选择文件" in answer.text) == (422, True)
    assert "办好了" in answer.text
    proof = (BytesIO("收件,1\n".encode()), "凭证.csv")
    refused = browser.post(f"/actions/{made.id}/completion", data={"text": "办好了", "files": proof})
    assert refused.status_code == 422
    file = store.put(b"%PDF-1.4", "凭证.pdf", "application/pdf", people.officer)
    progress.report_done(made, "办好了", [file], by=people.officer)


@pytest.fixture
def concerned(running, people):
    firm = register.add_enterprise(ClientKind.enterprise, "示例铸造", "", [], None, by=people.secretary)
    return running(problem=problems.report(firm, "用地", "没有土地证", by=people.officer))


def test_where_an_enterprise_is_concerned_its_word_is_part_of_closing(concerned, people):
    progress.report_done(concerned, "已办好", by=people.officer)
    with pytest.raises(Refused, match="请先填写企业的评价"):
        progress.close(concerned, by=people.supervisor)
    with pytest.raises(Refused, match="企业不满意，请退回继续办理"):
        progress.close(concerned, satisfaction=Satisfaction.dissatisfied, by=people.supervisor)
    progress.close(concerned, satisfaction=Satisfaction.fairly, by=people.supervisor)
    assert concerned.satisfaction is Satisfaction.fairly
    assert history_facts(concerned)["satisfaction"] == "fairly"


def history_facts(action):
    db.session.commit()
    return history(action)[-1].facts


def test_the_lead_brings_the_enterprises_word_and_the_supervisor_sees_it(as_, concerned, people):
    browser = as_(people.officer)
    assert browser.post(f"/actions/{concerned.id}/completion", data={"text": "好了"}).status_code == 422
    typed = {"text": "好了", "satisfaction": "satisfied"}
    assert browser.post(f"/actions/{concerned.id}/completion", data=typed).status_code == 303
    page = as_(people.supervisor).get(f"/actions/{concerned.id}/closure").text
    assert '<option selected value="satisfied">' in page
    as_(people.supervisor).post(f"/actions/{concerned.id}/closure", data={"satisfaction": "satisfied"})
    assert "满意" in browser.get(f"/actions/{concerned.id}").text


def test_an_extension_says_how_far_it_has_come(as_, running, people):
    made = running()
    new = (made.due + timedelta(5)).isoformat()
    browser = as_(people.officer)
    missing = browser.post(f"/actions/{made.id}/extensions", data={"new_due": new, "reason": "印刷排期"})
    assert missing.status_code == 422
    browser.post(f"/actions/{made.id}/extensions", data={"new_due": new, "reason": "印刷", "progress": "已定稿"})
    assert "目前进展：已定稿" in as_(people.supervisor).get(f"/actions/{made.id}").text


# ── looking back ───────────────────────────────────────────────────────────────────────────────────────────────────


def closed_many(task, people, count):
    made = []
    for number in range(count):
        one = task(f"第 {number} 件", days=5)
        assignment.accept(one, by=people.officer)
        progress.report_done(one, "好了", by=people.officer)
        progress.close(one, by=people.supervisor)
        made.append(one)
    db.session.commit()
    return made


def test_each_month_a_tenth_of_last_months_closed_tasks_is_drawn_once(task, people):
    with at():
        closed_many(task, people, 15)
    with at(40):
        by_itself("actions.draw_look_backs")
        by_itself("actions.draw_look_backs")
        drawn = db.session.scalars(sa.select(LookBack)).all()
        assert len(drawn) == 2
        assert drawn[0].due == date(2026, 4, 24)
        assert saved_filters.view_counts(people.supervisor)["look_back"] == 2
    assert titles(people.supervisor)[-1] == "抽取了 2 项已销号事项，请回头看"
    with at(75):
        by_itself("actions.draw_look_backs")
        assert len(db.session.scalars(sa.select(LookBack)).all()) == 2


def test_what_holds_stays_closed_and_a_relapse_goes_on_under_its_number(as_, task, people):
    with at():
        tasks = closed_many(task, people, 2)
        first, second = supervision.draw_look_backs(tasks)
        db.session.commit()
        browser = as_(people.supervisor)
        assert "登记结果" in browser.get(f"/actions/{first.action_id}").text
        browser.post(f"/actions/look-backs/{first.id}", data={"holds": "yes", "finding": "没有反弹"})
        browser.post(f"/actions/look-backs/{second.id}", data={"holds": "no", "finding": "又漏水了"})
        db.session.expire_all()
        assert [(one.state.label, one.reopened_count, one.number) for one in tasks] == [
            ("已销号", 0, "2026-001"), ("办理中", 1, "2026-002"),
        ]  # fmt: skip
        with pytest.raises(Refused, match="已经登记过了"):
            supervision.look_back(first, True, "再看", by=people.supervisor)
    assert [deed_names(one)[-1] for one in tasks] == ["look_back", "reopen"]


# ── slips ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def slips():
    return db.session.scalars(sa.select(Slip).order_by(Slip.id)).all()


def test_no_slip_is_proposed_while_the_office_has_not_turned_them_on(running, people):
    with at():
        running(days=1)
    with at(3):
        by_itself("actions.propose_slips")
    assert slips() == []


def test_the_next_colour_comes_only_when_the_former_stayed_unanswered(running, people):
    with at():
        made = running(days=1)
        turn_on("slips", "启用", people)
    colours = []
    for day in range(2, 40):
        with at(day):
            by_itself("actions.propose_slips")
            for slip in slips():
                if slip.state.value == "proposed":
                    colours.append((day, slip.colour))
                    supervision.issue_slip(slip, by=people.secretary)
                    db.session.commit()
    assert colours == [(2, SlipColour.blue), (8, SlipColour.yellow), (14, SlipColour.red)]
    assert [one.code for one in slips()] == ["督办〔2026〕1号", "督办〔2026〕2号", "督办〔2026〕3号"]
    assert made.state is ActionState.accepted


def test_an_answered_slip_is_not_followed_by_a_sharper_one(running, people):
    with at():
        made = running(days=1)
        turn_on("slips", "启用", people)
    with at(2):
        by_itself("actions.propose_slips")
        supervision.issue_slip(slips()[0], "请说明原因", by=people.secretary)
        db.session.commit()
    with at(4):
        progress.report(made, "正在补办", by=people.officer)
        db.session.commit()
        assert slips()[0].is_answered
    with at(8):
        by_itself("actions.propose_slips")
        assert len(slips()) == 1
    with at(14):
        by_itself("actions.propose_slips")
        assert [one.colour for one in slips()] == [SlipColour.blue, SlipColour.blue]


def test_a_dropped_slip_takes_no_number(running, people):
    with at():
        first, second = running(days=1), running(days=1)
        turn_on("slips", "启用", people)
    with at(2):
        by_itself("actions.propose_slips")
        dropped, issued = slips()
        supervision.drop_slip(dropped, "已电话沟通", by=people.secretary)
        supervision.issue_slip(issued, by=people.secretary)
        assert (dropped.code, issued.code) == ("", "督办〔2026〕1号")
        with pytest.raises(Refused, match="不用再办"):
            supervision.issue_slip(dropped, by=people.secretary)
    assert {first.id, second.id} == {one.action_id for one in slips()}


def test_a_slip_is_printed_on_one_sheet_and_read_by_the_tasks_readers(as_, running, people):
    with at():
        running(days=1, support=[people.justice], evidence="产权证")
        turn_on("slips", "启用", people)
    with at(2):
        by_itself("actions.propose_slips")
        secretary = as_(people.secretary)
        assert "批准并发出" in secretary.get("/actions/slips").text
        assert secretary.post("/actions/slips/1/issue", data={"remark": "请主要负责人过问。"}).status_code == 303
        assert secretary.get("/actions/slips/1/file").status_code == 200
        pdf = as_(people.officer).get("/actions/slips/1/file")
        assert as_(people.administrator).get("/actions/slips/1/file").status_code == 404
    with PdfDocument(pdf.data) as document:
        assert len(document) == 1
        words = document[0].get_textpage().get_text_range()
    for word in ("督办单", "蓝色", "督办〔2026〕1号", "办理不动产权证", "市司法局", "主要负责人", "2026年3月9日"):
        assert word in words.replace("\r\n", "")
    assert "蓝色督办单：办理不动产权证" in titles(people.officer)


# ── the week ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_on_the_weekly_day_each_lead_is_asked_once_in_one_message(running, people):
    with at():
        running(days=30)
        running(days=30)
        progress.report(running("刚报过的", days=30), "已对接", by=people.officer)
    for day in range(7):
        for hour in (7, 9, 15):
            with at(day, hour):
                by_itself("actions.ask_feedback")
    assert [one for one in titles(people.officer) if "反馈" in one] == ["请反馈本周进展：3 项交办事项"]


def test_a_weekly_day_on_a_holiday_moves_to_the_next_working_day(running, people):
    with clock.at(clock.moment(date(2026, 9, 28), 9)):
        running(days=60)
    asked = []
    for day in range(28, 45):
        with clock.at(clock.moment(date(2026, 9, 28) + timedelta(day - 28), 9)):
            before = len(titles(people.officer))
            by_itself("actions.ask_feedback")
            if len(titles(people.officer)) > before:
                asked.append(clock.today())
    assert asked == [date(2026, 10, 8)]  # the Thursday after the holiday; 1 October is moved to it too


def test_the_week_begins_with_the_list_of_what_is_open(running, people):
    with at():
        running("甲", days=2)
        running("乙", days=30)
        for _ in range(2):
            by_itself("actions.tell_of_week")
    with at(1):
        by_itself("actions.tell_of_week")
    told = [one for one in titles(people.officer) if one.startswith("本周")]
    assert told == ["本周在办 2 项交办事项，其中临期 1 项"]


def test_the_words_for_a_chat_name_the_task_and_the_page_to_report_on(as_, running, people):
    made = running()
    page = as_(people.supervisor).get(f"/actions/{made.id}").text
    assert f"【催办】服务示例：{made.number}《{made.title}》" in page
    assert f"http://localhost/actions/{made.id}" in page
    assert "复制催办文字" not in as_(people.officer).get(f"/actions/{made.id}").text
