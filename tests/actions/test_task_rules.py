"""Who reads and who may do what with a task."""

import pytest

from portal.actions import rules
from portal.actions.assignment import queries as assignment_queries
from portal.actions.ledger import queries as ledger_queries
from portal.actions.progress import operations as progress
from portal.actions.requests import operations as requests
from portal.db import search
from portal.db.engine import db

EVERYBODY = (
    "secretary", "chair", "recorder", "reviewer", "signatory", "lecturer", "officer", "colleague", "stranger",
    "supervisor", "archivist", "auditor", "administrator",
)  # fmt: skip


def readers(people, action):
    return {name for name in EVERYBODY if rules.see(getattr(people, name), action)}


def test_a_task_is_read_by_its_people_their_departments_and_those_who_watch(task, people):
    assert readers(people, task()) == {"secretary", "supervisor", "officer", "lecturer"}


def test_supporting_units_read_it_too(task, people):
    made = task(support=[people.justice], lead_department=None)
    assert readers(people, made) == {"secretary", "supervisor", "officer", "colleague", "stranger"}
    made = task(support=[people.theme], lead_department=None, lead_person=people.lecturer)
    assert readers(people, made) == {"secretary", "supervisor", "lecturer", "officer", "colleague"}


def test_the_members_of_the_series_read_it(task, people):
    made = task(audience=people.task_force, lead_department=None)
    assert readers(people, made) == {
        "secretary", "supervisor", "chair", "recorder", "reviewer", "signatory", "lecturer", "officer", "colleague",
    }  # fmt: skip


def test_the_office_leads_but_keepers_of_accounts_and_journal_do_not_read(task, people):
    made = task(lead_department=people.office, lead_person=people.recorder)
    assert {"auditor", "administrator"}.isdisjoint(readers(people, made))


def test_the_ledger_shows_what_the_rule_allows_and_nothing_else(task, people):
    tasks = [
        task(), task(support=[people.justice]), task(audience=people.task_force, lead_person=people.recorder),
        task(lead_department=None, lead_group=people.theme), task(lead_department=None, lead_person=people.stranger),
        task(lead_department=people.office, support=[people.theme]),
    ]  # fmt: skip
    progress.name_support_person(tasks[1].support[0], people.archivist, by=people.secretary)
    db.session.commit()
    for name in EVERYBODY:
        user = getattr(people, name)
        shown = {one.id for one in db.session.scalars(ledger_queries.ledger(user))}
        assert shown == {one.id for one in tasks if rules.see(user, one)}, name
        (scopes,) = assignment_queries.scopes_of(user)
        assert {assignment_queries.scope_of(number) for number in shown} == set(db.session.scalars(scopes))


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (rules.carry_out, {"officer"}),
        (rules.hand_over, {"officer", "secretary"}),
        (rules.edit, {"secretary"}),
        (rules.answer_refusal, {"secretary"}),
        (rules.supervise, {"supervisor"}),
        (rules.suspend, {"supervisor", "secretary"}),
        (rules.terminate, {"chair", "signatory"}),
        (rules.set_stages, {"secretary", "supervisor"}),
    ],
)
def test_who_may(task, people, rule, allowed):
    made = task(support=[people.justice])
    assert {name for name in EVERYBODY if rule(getattr(people, name), made)} == allowed


def test_who_speaks_for_a_supporting_unit_and_who_sends_its_part_back(task, people):
    (line,) = task(support=[people.justice]).support
    assert {one for one in EVERYBODY if rules.add_support_line(getattr(people, one), line)} == {"colleague", "stranger"}
    assert {one for one in EVERYBODY if rules.return_support(getattr(people, one), line)} == {"supervisor"}


def test_nobody_closes_or_suspends_the_own_task(task, people):
    made = task(lead_person=people.supervisor)
    assert not rules.supervise(people.supervisor, made)
    assert not rules.suspend(people.supervisor, made)


def test_nobody_answers_the_own_extension(in_state, people):
    made = in_state("accepted")
    asked = requests.ask_extension(made, made.due.replace(year=made.due.year + 1), "故", by=people.officer)
    assert {name for name in EVERYBODY if rules.decide_extension(getattr(people, name), asked)} == {
        "secretary", "supervisor",
    }  # fmt: skip
    asked.asked_by_id = people.secretary.id
    assert not rules.decide_extension(people.secretary, asked)


def test_every_rule_says_a_sentence():
    for rule in vars(rules).values():
        if callable(rule) and getattr(rule, "__module__", "") == rules.__name__ and not rule.__name__.startswith("_"):
            assert rule.__doc__.endswith("。")


def test_a_task_is_found_by_the_words_of_its_progress(in_state, people):
    made = in_state("in_progress")
    found = search.find("已对接", assignment_queries.scopes_of(people.lecturer))
    assert [hit.entry.url for hit in found.rows] == [f"/actions/{made.id}"]
    assert search.find("已对接", assignment_queries.scopes_of(people.stranger)).total == 0
