"""Who reads and who may do what with an enterprise's problem."""

import pytest
import sqlalchemy as sa

from portal.db import search
from portal.db.engine import db
from portal.enterprises import rules
from portal.enterprises.models.problems import Problem
from portal.enterprises.problems import queries

EVERYBODY = (
    "secretary", "chair", "recorder", "reviewer", "signatory", "lecturer", "officer", "colleague", "stranger",
    "supervisor", "archivist", "auditor", "administrator",
)  # fmt: skip
WATCHING = {"secretary", "supervisor", "chair", "signatory"}


def readers(people, problem):
    return {name for name in EVERYBODY if rules.see(getattr(people, name), problem)}


@pytest.mark.parametrize(("state", "more"), [("reported", set()), ("matched", {"officer", "colleague"})])
def test_a_problem_is_read_by_its_reporter_the_matched_group_and_those_who_watch(in_state, people, state, more):
    assert readers(people, in_state(state)) == WATCHING | {"lecturer"} | more


def test_a_later_room_may_add_readers(in_state, people, monkeypatch):
    on_a_meeting, elsewhere = in_state("on_agenda"), in_state("reported")
    of_the_meeting = {people.recorder.id, people.reviewer.id}

    def question(user):
        return sa.select(Problem.id).where(Problem.id == on_a_meeting.id, sa.literal(user.id in of_the_meeting))

    monkeypatch.setattr(queries, "also_readers", [question])
    assert readers(people, on_a_meeting) == WATCHING | {"lecturer", "recorder", "reviewer"}
    assert readers(people, elsewhere) == WATCHING | {"lecturer"}
    assert [one.id for one in db.session.scalars(queries.listed_problems(people.recorder))] == [on_a_meeting.id]


def test_the_list_shows_what_the_rule_allows_and_nothing_else(in_state, people, monkeypatch):
    monkeypatch.setattr(queries, "also_readers", [])
    problems = [in_state("reported"), in_state("matched"), in_state("confirmed")]
    for name in EVERYBODY:
        user = getattr(people, name)
        shown = {one.id for one in db.session.scalars(queries.listed_problems(user))}
        assert shown == {one.id for one in problems if rules.see(user, one)}, name


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (rules.edit_problem, {"lecturer"}),
        (rules.match, {"secretary"}),
        (rules.resolve, {"secretary", "lecturer", "officer", "colleague"}),
        (rules.confirm, {"secretary", "lecturer"}),
        (rules.reopen, {"secretary", "lecturer"}),
        (rules.keep_enterprises, {"secretary"}),
        (
            rules.report,
            {"secretary", "recorder", "reviewer", "lecturer", "officer", "colleague", "stranger"},
        ),
        (rules.see_enterprises, set(EVERYBODY) - {"archivist", "auditor", "administrator"}),
    ],
)
def test_who_may(in_state, people, rule, allowed):
    problem = in_state("matched")
    assert {name for name in EVERYBODY if rule(getattr(people, name), problem)} == allowed


def test_every_rule_says_a_sentence():
    for rule in vars(rules).values():
        if callable(rule) and getattr(rule, "__module__", "") == rules.__name__:
            assert rule.__doc__.endswith("。")


def test_a_problem_is_found_by_its_words_by_those_who_read_it(in_state, people):
    problem = in_state("reported")
    for words in ("土地证", "铸造", "尽快办证"):
        urls = [hit.entry.url for hit in search.find(words, queries.scopes_of(people.lecturer)).rows]
        assert f"/problems/{problem.id}" in urls
    assert search.find("土地证", queries.scopes_of(people.stranger)).total == 0
    assert search.find("铸造", queries.scopes_of(people.stranger)).total == 1
    assert search.find("铸造", queries.scopes_of(people.administrator)).total == 0
