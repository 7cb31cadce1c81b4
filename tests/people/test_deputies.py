from datetime import date, timedelta

import pytest

from portal.actions import rules as action_rules
from portal.actions.assignment import operations as actions
from portal.actions.assignment import queries as action_queries
from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry, history
from portal.errors import Refused
from portal.inbox import queries as inbox
from portal.people import rules
from portal.people.deputies import operations as deputies
from portal.people.deputies import queries
from portal.people.models.roles import Part, Role
from portal.people.roles import operations as roles

TODAY = clock.moment(date(2026, 3, 2), 9)


@pytest.fixture(autouse=True)
def _today():
    with clock.at(TODAY):
        yield


def name(people, *parts, person=None, deputy=None, days=(0, 5), by=None):
    person = person or people.officer
    made = deputies.name_deputy(
        person, deputy or people.stranger, starts=clock.today() + timedelta(days[0]),
        ends=clock.today() + timedelta(days[1]), parts=parts or (Part.tasks,), by=by or person,
    )  # fmt: skip
    db.session.commit()
    db.session.refresh(made.deputy)
    return made


def hand_out(people):
    made = actions.assign(
        title="办证", lead_department=people.industry, lead_person=people.officer,
        due=clock.today() + timedelta(9), by=people.secretary,
    )  # fmt: skip
    db.session.commit()
    return made


def test_a_deputy_does_what_the_person_owes_from_the_first_day_to_the_last(people):
    task = hand_out(people)
    name(people, days=(1, 3))
    open_on = []
    for day in range(6):
        with clock.at(TODAY + timedelta(day)):
            if action_rules.carry_out(people.stranger, task):
                open_on.append(day)
    assert open_on == [1, 2, 3]


def test_a_deputy_reads_the_persons_tasks_and_finds_them_among_the_own(people):
    task = hand_out(people)
    assert not action_rules.see(people.stranger, task)
    name(people)
    assert action_rules.see(people.stranger, task)
    assert [one.id for one in action_queries.actions_of(people.stranger)] == [task.id]


def test_a_deputy_for_one_part_has_no_other(people):
    task = hand_out(people)
    name(people, Part.review)
    assert not action_rules.carry_out(people.stranger, task)
    assert people.stranger.acts_for(people.officer.id, Part.review)


def test_a_deputy_of_a_supervisor_supervises_but_not_the_supervisors_own_task(people):
    task = hand_out(people)
    own = actions.assign(
        title="自己的", lead_person=people.supervisor, due=clock.today() + timedelta(9), by=people.secretary
    )
    name(people, Part.supervisor, person=people.supervisor)
    assert people.stranger.has(Role.supervisor)
    assert action_rules.supervise(people.stranger, task)
    assert not action_rules.supervise(people.stranger, own)


def test_a_deputyship_ends_with_the_office_it_was_for(people):
    name(people, Part.supervisor, person=people.supervisor)
    roles.withdraw(people.supervisor, Role.supervisor, by=people.administrator)
    db.session.commit()
    assert not people.stranger.has(Role.supervisor)


def test_the_deputy_of_a_deputy_has_nothing(people):
    name(people, Part.supervisor, person=people.supervisor, deputy=people.stranger)
    assert people.stranger.has(Role.supervisor)
    assert Part.supervisor not in deputies.parts_of(people.stranger)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"deputy": "officer"}, "代办人不能是本人，请选择另一位。"),
        ({"deputy": "administrator"}, "管理示例不参与办理工作，不能代办，请选择另一位。"),
        ({"deputy": "secretary", "by": "secretary"}, "不能委托给自己；请由本人或另一位工作人员办理。"),
        ({"days": (-1, 3)}, "开始日期不能早于今天。"),
        ({"days": (3, 1)}, "结束日期不能早于开始日期。"),
        ({"days": (0, 400)}, "一次委托不能超过一年。"),
        ({"parts": (Part.secretary,)}, "请至少选择一项代行的职责。"),
        ({"parts": (Part.sign,), "by": "secretary"}, "“签发和签字”只能由本人委托。"),
    ],
)
def test_what_cannot_be_is_refused(people, facts, sentence):
    who = {key: getattr(people, facts[key]) for key in ("deputy", "by") if key in facts}
    with pytest.raises(Refused) as refusal:
        name(people, *facts.get("parts", ()), days=facts.get("days", (0, 5)), **who)
    assert str(refusal.value) == sentence


def test_two_deputies_for_the_same_part_on_the_same_day_are_refused(people):
    name(people, days=(0, 5))
    with pytest.raises(Refused) as refusal:
        name(people, Part.tasks, Part.review, deputy=people.lecturer, days=(5, 9))
    assert str(refusal.value) == "这段时间已由外人示例代行“承办和配合交办事项”，请先结束那项代办。"
    assert name(people, Part.review, deputy=people.lecturer, days=(5, 9)).words == "审核会议纪要"


def test_who_names_and_who_ends_a_deputy(people):
    made = name(people)
    may_name = {who for who in ("officer", "secretary", "administrator", "chair") if
                rules.name_deputy(getattr(people, who), people.officer)}  # fmt: skip
    may_end = {who for who in ("officer", "stranger", "secretary", "administrator", "chair") if
               rules.end_deputy(getattr(people, who), made)}  # fmt: skip
    assert may_name == {"officer", "secretary", "administrator"}
    assert may_end == {"officer", "stranger", "secretary", "administrator"}


def test_an_act_of_a_deputy_is_in_the_journal_as_that(people, as_):
    task = hand_out(people)
    name(people)
    answer = as_(people.stranger).post(f"/actions/{task.id}/acceptance")
    assert answer.status_code == 303
    entry = history(task)[-1]
    assert (entry.deed, entry.actor, entry.actor_id) == ("actions.accept", "外人示例（代服务示例）", people.stranger.id)
    assert entry.facts["stands_in_for"] == people.officer.id
    assert "外人示例（代服务示例）" in as_(people.officer).get(f"/actions/{task.id}").text


def test_an_own_act_of_a_deputy_is_the_own(people, as_):
    name(people, person=people.supervisor, deputy=people.officer)
    name(people, Part.supervisor, person=people.supervisor, deputy=people.lecturer)
    task = hand_out(people)
    as_(people.officer).post(f"/actions/{task.id}/acceptance")
    assert history(task)[-1].actor == "服务示例"
    as_(people.lecturer).post(f"/actions/{task.id}/supervision")
    assert history(task)[-1].actor == "主讲示例（代督查示例）"


def test_a_deputy_is_named_and_ended_on_pages_and_both_are_told(people, as_):
    browser = as_(people.secretary)
    page = browser.get(f"/people/{people.officer.id}/deputies").text
    assert "承办和配合交办事项" in page
    assert "签发和签字" not in page
    answer = browser.post(
        f"/people/{people.officer.id}/deputies",
        data={"deputy_id": people.stranger.id, "starts": "2026年3月2日", "ends": "2026-03-06", "parts": ["1"],
              "reason": "出差"},
    )  # fmt: skip
    assert answer.location == f"/people/{people.officer.id}"
    (made,) = queries.deputies()
    assert str(made) == "外人示例代服务示例"
    for person in (people.stranger, people.officer):
        assert [one.title for one in inbox.newest_unread(person, 9)] == [
            "请您在2026年3月2日至2026年3月6日代服务示例办理" if person is people.stranger
            else "2026年3月2日至2026年3月6日由外人示例代您办理"
        ]  # fmt: skip
    assert "外人示例代服务示例" in as_(people.officer).get("/account").text
    assert "外人示例代服务示例" in as_(people.auditor).get("/people/deputies").text
    as_(people.stranger).post(f"/people/deputies/{made.id}/end")
    assert list(queries.deputies()) == []
    of_deputies = db.select(JournalEntry.deed).where(JournalEntry.thing_type == "deputy").order_by(JournalEntry.seq)
    assert db.session.scalars(of_deputies).all() == ["people.name_deputy", "people.end_deputy"]


def test_a_wrong_form_keeps_what_was_typed(people, as_):
    answer = as_(people.officer).post(
        f"/people/{people.officer.id}/deputies",
        data={"deputy_id": people.stranger.id, "starts": "2026-02-30", "ends": "2026-03-06", "parts": ["1"]},
    )
    assert answer.status_code == 422
    assert "2026-02-30" in answer.text


def test_a_deputy_is_told_what_the_person_is_told(people):
    name(people)
    hand_out(people)
    assert [one.title for one in inbox.newest_unread(people.stranger, 1)] == ["交办事项请签收：办证"]
