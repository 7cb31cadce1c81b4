"""What happens to a task, deed by deed."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from action_operations import operation

from portal.actions.assignment import operations as assignment
from portal.actions.models.action_items import ActionItem, ActionState
from portal.actions.progress import operations as progress
from portal.actions.requests import operations as requests
from portal.actions.supervision import operations as supervision
from portal.db import clock, journal
from portal.db.engine import db
from portal.enterprises.models.enterprises import ClientKind
from portal.enterprises.models.problems import ProblemState
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register
from portal.errors import Refused, Stale
from portal.inbox.models import Notice
from portal.jobs import worker

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


def notices(user):
    return db.session.scalars(sa.select(Notice.title).where(Notice.user_id == user.id).order_by(Notice.id)).all()


def deeds_of(thing):
    db.session.commit()
    return [entry.deed for entry in journal.history(thing)]


def test_tasks_are_numbered_by_year_without_gap(task):
    with clock.at(NOON):
        assert [task().number, task().number] == ["2026-001", "2026-002"]
    with clock.at(NOON + timedelta(60)):
        assert task().number == "2027-001"


def test_handing_out_tells_the_lead_person_and_the_supporters(task, people):
    task("办证", support=[people.justice, people.theme], lead_person=people.lecturer)
    assert notices(people.lecturer) == ["交办事项请签收：办证"]
    assert notices(people.officer) == ["有一项交办事项请您配合：办证"]
    url = db.session.scalar(sa.select(Notice.url).limit(1))
    assert url == "/actions/1"


def test_a_task_from_a_problem_moves_the_problem_on(task, people):
    firm = register.add_enterprise(ClientKind.enterprise, "示例铸造", "", [], None, by=people.secretary)
    problem = problems.report(firm, "用地", "没有土地证", by=people.officer)
    task(problem=problem)
    assert problem.state is ProblemState.assigned
    task(problem=problem)
    assert problem.state is ProblemState.assigned


def test_a_provisional_task_is_so_in_words_until_settled(task):
    made = task(provisional=True)
    assert made.word == "拟交办"
    assignment.settle(made)
    assert made.word == "已交办"
    with pytest.raises(Refused, match="已经正式交办"):
        assignment.settle(made)


def test_the_straight_way_ends_with_closing(in_state, people):
    made = in_state("closed")
    assert deeds_of(made) == ["actions.assign", "actions.accept", "actions.report_done", "actions.close"]
    assert made.accepted_at
    assert made.closed_at
    assert notices(people.supervisor) == ["申请办结，请审核：办理不动产权证"]
    assert notices(people.officer)[-1] == "已销号：办理不动产权证"


def test_what_is_returned_goes_on(in_state, people):
    made = in_state("reported_done")
    progress.return_(made, "缺少凭证", by=people.supervisor)
    assert made.state is ActionState.in_progress
    assert [line.kind.label for line in made.reports] == ["申请办结", "退回"]
    assert notices(people.officer)[-1] == "办结申请被退回：办理不动产权证"


def test_a_refusal_is_insisted_on_or_reassigned(in_state, people):
    made = in_state("refused")
    assignment.insist(made, "职责在你局", by=people.secretary)
    assert made.state is ActionState.assigned
    other = in_state("refused")
    assignment.reassign(other, people.colleague, lead_department=people.justice, by=people.secretary)
    assert (other.state, other.lead, other.lead_person) == (ActionState.assigned, "市司法局", people.colleague)
    assert notices(people.colleague) == ["交办事项请签收：办理不动产权证"]


def test_while_suspended_the_clock_stops(task, people):
    with clock.at(NOON):
        made = task(days=5)
        assignment.accept(made, by=people.officer)
        requests.suspend(made, "等批复", by=people.supervisor)
    with clock.at(NOON + timedelta(10)):
        assert not made.is_overdue
        requests.resume(made, by=people.supervisor)
        assert made.due == date(2026, 12, 9)  # the Saturday, and eight working days that were suspended
        assert made.original_due == NOON.date() + timedelta(5)
        assert made.suspended_at is None


def test_a_closed_task_is_reopened_under_its_number(in_state, people):
    made = in_state("closed")
    number = made.number
    progress.reopen(made, "又漏水了", due=clock.today() + timedelta(30), by=people.supervisor)
    assert (made.state, made.number, made.reopened_count) == (ActionState.in_progress, number, 1)
    assert made.closed_at is None
    assert made.due == clock.today() + timedelta(30)


def test_handing_over_changes_the_person_not_the_lead(task, people):
    made = task()
    assignment.hand_over(made, people.lecturer, "出差", by=people.officer)
    assert (made.lead, made.lead_person, made.state) == ("市工业和信息化局", people.lecturer, ActionState.assigned)
    with pytest.raises(Refused, match="已经是承办人"):
        assignment.hand_over(made, people.lecturer, "再转", by=people.secretary)


def test_an_extension_moves_the_due_day_and_keeps_the_original(in_state, people):
    made = in_state("accepted")
    original = made.due
    asked = requests.ask_extension(made, original + timedelta(10), "印刷排期", by=people.officer)
    with pytest.raises(Refused, match="已经有一份延期申请"):
        requests.ask_extension(made, original + timedelta(20), "再延", by=people.officer)
    requests.decide_extension(asked, True, by=people.supervisor)
    assert (made.due, made.original_due) == (original + timedelta(10), original)
    assert notices(people.officer)[-1] == "同意延期：办理不动产权证"
    with pytest.raises(Refused, match="已经答复过了"):
        requests.decide_extension(asked, False, "不", by=people.supervisor)


@pytest.mark.parametrize(("days", "sentence"), [(0, "应当晚于现在的时限"), (-3, "应当晚于现在的时限")])
def test_an_extension_must_be_later(in_state, people, days, sentence):
    made = in_state("accepted")
    with pytest.raises(Refused, match=sentence):
        requests.ask_extension(made, made.due + timedelta(days), "故", by=people.officer)


def test_after_the_due_day_nobody_extends(in_state, people):
    made = in_state("accepted")
    with clock.at(clock.now() + timedelta(30)), pytest.raises(Refused, match="已经超过时限，不能再申请延期"):
        requests.ask_extension(made, made.due + timedelta(99), "故", by=people.officer)


def test_a_refused_extension_says_why(in_state, people):
    made = in_state("accepted")
    asked = requests.ask_extension(made, made.due + timedelta(10), "故", by=people.officer)
    with pytest.raises(Refused, match="请写明理由"):
        requests.decide_extension(asked, False, " ", by=people.supervisor)
    before = made.due
    requests.decide_extension(asked, False, "按期办理", by=people.supervisor)
    assert (made.due, asked.granted) == (before, False)


def test_urging_leaves_the_state_alone_and_keeps_one_unread_notice(in_state, people):
    made = in_state("accepted")
    for words in ("第一次", "第二次"):
        supervision.urge(made, words, by=people.supervisor)
    assert made.state is ActionState.accepted
    assert [line.text for line in made.reports] == ["第一次", "第二次"]
    assert notices(people.officer).count("催办：办理不动产权证") == 1


def test_supervision_is_marked_once(task, people):
    made = task()
    supervision.supervise(made, by=people.supervisor)
    with pytest.raises(Refused, match="已经列为督办"):
        supervision.supervise(made, by=people.supervisor)
    supervision.unsupervise(made, by=people.supervisor)
    assert not made.supervised


def test_supporters_report_and_are_named(task, people):
    made = task(support=[people.justice])
    progress.name_support_person(made.support[0], people.colleague, by=people.secretary)
    progress.add_support_line(made.support[0], "已出具意见", by=people.colleague)
    assert made.support[0].person is people.colleague
    assert [line.kind.label for line in made.reports] == ["配合情况"]
    assert notices(people.colleague) == ["请您配合办理：办理不动产权证"]


def test_the_second_editor_is_told(task, people):
    made = task()
    seen = made.version
    assignment.edit(made, seen, title="甲", text="", evidence="", by=people.secretary)
    with pytest.raises(Stale):
        assignment.edit(made, seen, title="乙", text="", evidence="", by=people.secretary)


MOVES = {
    "accept": (), "refuse": ("理由",), "insist": ("理由",), "report": ("进展",), "report_done": ("结果",), "close": (),
    "return_": ("理由",), "suspend": ("理由",), "resume": (), "terminate": ("理由",), "reopen": ("理由",),
    "urge": ("催",), "supervise": (),
}  # fmt: skip
OPEN_IN = {
    "assigned": {"accept", "refuse", "terminate", "urge", "supervise"},
    "refused": {"insist", "terminate", "supervise"},
    "accepted": {"report", "report_done", "suspend", "terminate", "urge", "supervise"},
    "in_progress": {"report", "report_done", "suspend", "terminate", "urge", "supervise"},
    "reported_done": {"close", "return_", "supervise"},
    "suspended": {"resume", "terminate", "supervise"},
    "closed": {"reopen"},
    "terminated": set(),
}


@pytest.mark.parametrize("state", OPEN_IN)
def test_only_the_moves_of_the_table_exist(in_state, people, state):
    made = in_state(state)
    for deed, words in MOVES.items():
        if deed not in OPEN_IN[state]:
            with pytest.raises(Refused, match=f"现在是“{made.state.label}”"):
                operation(deed)(made, *words, by=people.secretary)
    assert {deed for deed in MOVES if made.lifecycle.is_open(made, deed)} == OPEN_IN[state]


@pytest.mark.parametrize(
    ("state", "deed", "sentence"),
    [
        ("assigned", "refuse", "请写明申请退办的理由。"),
        ("reported_done", "return_", "请写明退回的理由。"),
        ("accepted", "suspend", "请写明暂停办理的理由。"),
        ("accepted", "terminate", "请写明终止的理由。"),
        ("closed", "reopen", "请写明重启的理由。"),
    ],
)
def test_a_reason_must_be_given(in_state, people, state, deed, sentence):
    with pytest.raises(Refused, match=sentence):
        operation(deed)(in_state(state), "  ", by=people.secretary)


def test_each_deed_leaves_one_entry(in_state):
    for state in OPEN_IN:
        made = in_state(state)
        entries = deeds_of(made)
        assert len(entries) == len(set(entries)) >= 1


def test_reminders_come_once_before_and_weekly_after_the_due_day(task, people):
    with clock.at(NOON):
        made = task(days=5)
    reminded = []
    for day in range(20):
        with clock.at(NOON + timedelta(day)):
            worker.run("actions.remind")
            if made.reminded_on == clock.today():
                reminded.append(day)
            db.session.commit()
    assert reminded == [2, 8, 15]  # due on a Saturday, so late from the Tuesday after
    assert set(notices(people.supervisor)) == {"已逾期：办理不动产权证"}


def test_what_is_reported_done_or_suspended_is_not_overdue(in_state):
    tasks = [in_state("reported_done"), in_state("suspended"), in_state("accepted")]
    with clock.at(clock.now() + timedelta(30)):
        assert [one.is_overdue for one in tasks] == [False, False, True]


def test_the_number_is_unique_in_the_database(task):
    task()
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.update(ActionItem).values(number=None))
    db.session.rollback()
