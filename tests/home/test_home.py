"""我的工作: what a person owes is there, whatever the role, in the same few statements."""

import re
from datetime import date, timedelta

import cast as stage
import pytest
from furnished import furnished

from portal.actions.assignment import operations as assignment
from portal.actions.models.action_items import ActionItem
from portal.actions.progress import operations as progress
from portal.archive.models.pieces import ArchivalRecord, Check
from portal.courses.course import operations as course_operations
from portal.courses.materials import operations as materials
from portal.courses.models.materials import Material, MaterialVersion
from portal.courses.policies import operations as library
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.db import clock
from portal.db.engine import add, db
from portal.enterprises.models.enterprises import ClientKind
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register
from portal.files import store
from portal.home import queries
from portal.inbox import operations as inbox
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import replies
from portal.meetings.models.attendance import Reply as Answer
from portal.meetings.models.series import ItemKind
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.proposals import operations as proposals
from portal.people.accounts import operations as accounts
from portal.people.models.accounts import UserRole
from portal.people.models.roles import Role
from portal.people.roles import operations as roles
from portal.web.guards import guarded_routes

WEEK = timedelta(days=7)


def hand_out(people, count, due=None):
    for number in range(count):
        assignment.assign(
            title=f"任务{number + 1}", lead_department=people.industry, lead_person=people.officer,
            due=due or clock.today() + WEEK, audience=people.task_force, by=people.secretary,
        )  # fmt: skip
    db.session.commit()


def announced(people):
    sitting = preparing.schedule(stage.add_series(people), clock.today() + WEEK, by=people.secretary)
    agenda.add_item(sitting, ItemKind.problem, "研究企业用地问题", 20, reporter=people.officer, by=people.secretary)
    preparing.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    notices.announce(sitting, why="已知悉", by=people.secretary)
    db.session.commit()
    return sitting


def verbs_of(user):
    return {one.kind.verb for one in queries.owed_by(user)}


def test_every_kind_leads_to_a_door_that_exists(app):
    there = {url.endpoint for url, _door in guarded_routes(app)}
    assert {kind.door for kind in (*queries.OWED, *queries.AWAITED)} <= there


@pytest.mark.parametrize(
    "who", ["secretary", "officer", "chair", "supervisor", "archivist", "auditor", "administrator"]
)
def test_an_empty_home_says_what_will_appear(people, as_, who):
    page = as_(getattr(people, who)).get("/")
    assert page.status_code == 200
    assert "现在没有等您办理的事。" in page.text


@pytest.mark.parametrize("who", ["secretary", "officer", "supervisor"])
def test_the_page_takes_the_same_few_statements_for_12_and_for_24_tasks(people, as_, statements, who):
    announced(people)
    browser = as_(getattr(people, who))
    seen = []
    for count in (12, 12):
        hand_out(people, count, clock.today() - timedelta(days=1))
        browser.get("/")
        statements.clear()
        assert browser.get("/").status_code == 200
        seen.append([one for one in statements if not one.startswith("BEGIN")])
    assert len(seen[0]) == len(seen[1]) <= 10


def test_more_than_is_shown_is_a_link_away(people, as_):
    hand_out(people, 20)
    page = as_(people.officer).get("/").text
    assert page.count("任务") - page.count("任务1<") >= queries.SHOWN
    assert '<a href="/actions?view=mine">“签收”共 20 项，查看全部</a>' in page
    assert ">共 20 项<" in page


def test_every_list_that_holds_the_rest_is_there(people, as_):
    people.officer.grants = [UserRole(role=role) for role in Role]
    programme_operations.add_programme("计划", 2026, "", by=people.secretary)
    browser = as_(people.officer)
    for address in {kind.everything for kind in (*queries.OWED, *queries.AWAITED)}:
        page = browser.get(address)
        assert page.status_code == 200, address
        chosen = re.search(r"state=(\w+)", address)
        assert not chosen or f'<option value="{chosen[1]}" selected' in page.text, address


def test_what_is_late_stands_first(people):
    hand_out(people, 1, clock.today() + WEEK)
    hand_out(people, 1, clock.today() - timedelta(days=3))
    first, second = queries.owed_by(people.officer)
    assert (first.is_late, second.is_late) == (True, False)


def test_what_should_have_been_accepted_stands_before_what_is_due_earlier(people, as_):
    with clock.at(clock.now() - WEEK):
        hand_out(people, 1, clock.today() + 5 * WEEK)
    hand_out(people, 1, clock.today() + WEEK)
    first, second = queries.owed_by(people.officer)
    assert (first.is_late, second.is_late, first.day > second.day) == (True, False, True)
    assert re.findall("逾期未签收", as_(people.officer).get("/").text) == ["逾期未签收"]


def test_a_returned_task_says_so(people):
    hand_out(people, 1)
    action = db.session.get(ActionItem, queries.owed_by(people.officer)[0].number)
    assignment.accept(action, by=people.officer)
    progress.report_done(action, "办完了。", by=people.officer)
    progress.return_(action, "缺凭证", by=people.supervisor)
    db.session.flush()
    assert [one.note for one in queries.owed_by(people.officer)] == [f"{action.number}，被退回"]


def test_a_task_goes_from_accepting_to_doing_to_the_supervisor(people):
    hand_out(people, 1)
    assert verbs_of(people.officer) == {"签收"}
    (duty,) = queries.owed_by(people.officer)
    action = db.session.get(ActionItem, duty.number)
    assignment.accept(action, by=people.officer)
    assert verbs_of(people.officer) == {"办理"}
    progress.report_done(action, "办完了。", by=people.officer)
    assert verbs_of(people.officer) == set()
    assert verbs_of(people.supervisor) == {"审核销号"}
    assert [one.title for one in queries.awaited_by(people.secretary)] == ["任务1"]


def test_who_gave_a_task_reads_where_it_stands(people):
    hand_out(people, 1)
    action = db.session.get(ActionItem, 1)

    def word():
        db.session.flush()
        (one,) = queries.awaited_by(people.secretary)
        return one.kind.verb

    assert word() == "等待签收"
    assignment.refuse(action, "不归我局管", by=people.officer)
    assert word() == "申请退办"
    assignment.insist(action, "请再看", by=people.secretary)
    assignment.accept(action, by=people.officer)
    assert word() == "办理中"


def test_a_notice_is_owed_an_answer_and_leave_a_decision(people):
    sitting = announced(people)
    assert "确认参会" in verbs_of(people.officer)
    own = next(one for one in sitting.attendances if one.user_id == people.officer.id)
    replies.ask_leave(own, "外出。", by=people.officer)
    assert "确认参会" not in verbs_of(people.officer)
    assert "审批请假" in verbs_of(people.secretary)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_notice_is_confirmed_from_here_in_one_click(people, as_, htmx):
    sitting = announced(people)
    browser = as_(people.officer, htmx=htmx)
    (address,) = re.findall(r'action="(/attendances/\d+/confirmation)"', browser.get("/").text)
    assert browser.post(address).status_code in {200, 204, 303}
    db.session.expire_all()
    assert next(one for one in sitting.attendances if one.user_id == people.officer.id).state is Answer.coming
    assert "确认参会" not in verbs_of(people.officer)


def test_support_is_owed_until_a_word_is_said_and_only_by_who_is_named(people):
    (line,) = assignment.assign(
        title="配合的任务", lead_person=people.officer, due=clock.today() + WEEK, support=[people.justice],
        by=people.secretary,
    ).support  # fmt: skip
    assert "配合" in verbs_of(people.colleague) & verbs_of(people.stranger)
    assert "配合" not in verbs_of(people.officer) | verbs_of(people.auditor)
    line.person = people.colleague
    db.session.flush()
    assert "配合" not in verbs_of(people.stranger)
    progress.add_support_line(line, "已经核对。", by=people.colleague)
    assert "配合" not in verbs_of(people.colleague)


def test_an_approved_agenda_waits_for_the_secretary_to_tell_the_members(people):
    sitting = preparing.schedule(stage.add_series(people), clock.today() + WEEK, by=people.secretary)
    agenda.add_item(sitting, ItemKind.other, "交流", 5, by=people.secretary)
    assert "发会议通知" not in verbs_of(people.secretary)
    preparing.approve_agenda(sitting, chair=people.chair, by=people.chair)
    assert "发会议通知" in verbs_of(people.secretary)
    notices.announce(sitting, why="已知悉", by=people.secretary)
    assert "发会议通知" not in verbs_of(people.secretary)


def test_an_account_that_can_do_nothing_waits_for_the_administrator(people):
    accounts.add_user("nobody", "新来示例", people.justice, by=people.administrator)
    (duty,) = queries.owed_by(people.administrator)
    assert (duty.kind.verb, duty.title) == ("分配角色", "新来示例")


def test_a_piece_is_trouble_only_while_its_newest_check_says_so(people):
    thing = furnished(people).things
    piece = db.session.get(ArchivalRecord, next(number for (word, _), number in thing.items() if word == "piece"))
    for passed in (False, True):
        piece.checks.append(Check(at=clock.now(), passed=passed, authentic="", complete="", usable="", safe=""))
        db.session.flush()
        assert ("核查异常" in verbs_of(people.archivist)) is not passed


def test_an_item_is_proposed_from_here(people, as_):
    sitting = announced(people)
    assert f'href="/series/{sitting.series_id}/items/new"' in as_(people.officer).get("/").text


def test_the_chair_owes_the_agenda_its_approval(people):
    sitting = preparing.schedule(stage.add_series(people), clock.today() + WEEK, by=people.secretary)
    assert "审定议程" not in verbs_of(people.chair)
    agenda.add_item(sitting, ItemKind.other, "交流", 5, by=people.secretary)
    assert "审定议程" not in verbs_of(people.chair)
    preparing.ask_approval(sitting, by=people.secretary)
    assert "审定议程" in verbs_of(people.chair)


def test_proposals_and_problems_wait_for_the_secretary_and_are_awaited_by_who_made_them(people):
    series = stage.add_series(people)
    proposals.propose(series, ItemKind.other, "申报的议题", "", 10, by=people.officer)
    firm = register.add_enterprise(ClientKind.enterprise, "示例企业甲", "", [people.officer], None, by=people.secretary)
    problem = problems.report(firm, "门前积水", "", by=people.officer)
    assert verbs_of(people.secretary) == {"受理议题", "匹配问题"}
    assert {one.title for one in queries.awaited_by(people.officer)} == {"申报的议题", "门前积水"}
    problems.match(problem, people.theme, by=people.secretary)
    assert "研究问题" in verbs_of(people.colleague)
    assert verbs_of(people.secretary) == {"受理议题", "安排上会"}
    proposals.propose(series, ItemKind.problem, "门前积水", "", 10, problem=problem, by=people.officer)
    assert "安排上会" not in verbs_of(people.secretary)


def test_a_lesson_is_owed_a_yes_and_then_slides(people):
    field = programme_operations.add_field("科技", 1, by=people.secretary)
    programme = programme_operations.add_programme("计划", 2026, "", by=people.secretary)
    course = course_operations.add_course(
        programme, "研发费用归集", field, lecturer=people.lecturer, by=people.secretary
    )
    rota.invite(course, by=people.secretary)
    assert verbs_of(people.lecturer) == {"确认主讲"}
    rota.confirm(course, by=people.lecturer)
    assert verbs_of(people.lecturer) == {"交课件"}


def test_a_lesson_with_slides_is_owed_a_signature_and_one_that_was_given_its_summary(people):
    field = programme_operations.add_field("科技", 1, by=people.secretary)
    programme = programme_operations.add_programme("计划", 2026, "", by=people.secretary)
    course = course_operations.add_course(
        programme, "研发费用归集", field, lecturer=people.lecturer, by=people.secretary
    )
    rota.invite(course, by=people.secretary)
    rota.confirm(course, by=people.lecturer)
    material = add(Material(course=course, title="课件"))
    add(
        MaterialVersion(
            material=material, number=1, file=store.put(b"x", "x.pdf", "application/pdf", people.lecturer),
            uploaded_by=people.lecturer, uploaded_at=clock.now(), secrecy_checked=True,
        )
    )  # fmt: skip
    assert verbs_of(people.lecturer) == {"准备讲课", "签署保密自查"}
    materials.sign_secrecy(course, by=people.lecturer)
    assert verbs_of(people.lecturer) == {"准备讲课"}
    policy = library.enter(course)
    assert "写摘要" in verbs_of(people.lecturer)
    library.submit(policy, None, "一页纸", None, by=people.lecturer)
    assert "写摘要" not in verbs_of(people.lecturer)
    assert "审核摘要" in verbs_of(people.secretary)


def test_papers_wait_for_whoever_has_the_next_word(people):
    stage.hold_meeting(people)
    stage.by_itself("minutes.draft")
    assert verbs_of(people.recorder) >= {"拟稿送审"}
    from portal.minutes.models.minutes import Minutes
    from portal.minutes.signoff import operations as minutes

    paper = db.session.scalar(db.select(Minutes))
    minutes.submit(paper, by=people.secretary)
    assert verbs_of(people.reviewer) == {"审核纪要"}


def test_a_second_administrator_is_told_of_a_role_to_confirm(people):
    second, _ = accounts.add_user("second", "另一位", None, roles=[Role.administrator], by=people.administrator)
    roles.ask_role(people.stranger, Role.secretary, by=people.administrator)
    assert verbs_of(second) == {"确认角色"}
    assert verbs_of(people.administrator) == set()


def test_each_role_reads_its_own_numbers(people, as_):
    hand_out(people, 3, clock.today() - timedelta(days=9))
    counters = {
        name: dict(re.findall(r'<a href="([^"]+)"[^>]*><span>[^<]+</span><b>(\d+)</b>', as_(user).get("/").text))
        for name in ("officer", "supervisor", "administrator", "auditor") for user in [getattr(people, name)]
    }  # fmt: skip
    assert counters["officer"]["/actions?view=mine"] == "3"
    assert list(counters["supervisor"].items())[:2] == [("/actions?view=done", "0"), ("/actions?view=late", "3")]
    assert counters["administrator"] == {
        "/people?state=active": "13", "/people?state=disabled": "0", "/people/roles": "0",
    }  # fmt: skip
    today = clock.today().isoformat()
    assert set(counters["auditor"]) == {
        f"/journal?since={today}&amp;outcome=done", f"/journal?since={today}&amp;outcome=refused",
    }  # fmt: skip


def test_what_falls_to_an_office_stands_apart_from_ones_own(people, as_):
    assignment.assign(title="自己的任务", lead_person=people.secretary, due=clock.today(), by=people.chair)
    proposals.propose(stage.add_series(people), ItemKind.other, "别人的议题", "", 10, by=people.officer)
    own, office = as_(people.secretary).get("/").text.split('id="office"')
    assert "自己的任务" in own
    assert "别人的议题" in office


def test_a_few_unread_messages_are_here_and_one_click_opens_them(people, as_):
    browser = as_(people.officer)
    assert "未读消息" not in browser.get("/").text
    for number in range(6):
        inbox.notify([people.officer], f"第{number}条消息", "/meetings")
    page = browser.get("/").text
    assert re.findall(r"第\d条消息", page) == [f"第{number}条消息" for number in (5, 4, 3, 2)]
    assert browser.post(re.search(r"/inbox/\d+/reading", page)[0]).headers["Location"] == "/meetings"
    assert "第5条消息" not in browser.get("/").text


@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_administrator_and_auditor_read_no_meeting_content_here(people, as_, who):
    announced(people)
    hand_out(people, 3)
    page = as_(getattr(people, who)).get("/").text
    assert "专班例会" not in page
    assert "任务" not in page.replace("搜索会议、纪要、任务", "")


def test_a_title_is_text_and_never_markup(people, as_):
    assignment.assign(
        title="<script>alert(1)</script>", lead_person=people.officer, due=date(2026, 12, 1), by=people.secretary
    )
    db.session.commit()
    page = as_(people.officer).get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
