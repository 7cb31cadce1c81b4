"""What happens to an enterprise's problem, deed by deed."""

import pytest
import sqlalchemy as sa

from portal.db import clock, journal
from portal.db.engine import db
from portal.enterprises.models.enterprises import ClientKind
from portal.enterprises.models.problems import ProblemState, Satisfaction
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register
from portal.errors import Refused, Stale
from portal.inbox.models import Notice
from portal.people.deputies import operations as people_room
from portal.people.models.roles import Part


def notices(user):
    return db.session.scalars(sa.select(Notice.title).where(Notice.user_id == user.id).order_by(Notice.id)).all()


def test_a_name_is_registered_once(firm, people):
    with pytest.raises(Refused, match="已经登记过"):
        register.add_enterprise(ClientKind.project, "示例铸造公司", "", [], None, by=people.secretary)


def test_changing_who_looks_after_it_is_on_record(firm, people):
    officers = [people.colleague]
    register.edit_enterprise(
        firm,
        firm.version,
        kind=firm.kind,
        name=firm.name,
        about="",
        officers=officers,
        leader=None,
        by=people.secretary,
    )
    db.session.commit()
    facts = journal.history(firm)[-1].facts
    assert (facts["before"], facts["after"]) == ([people.officer.id], [people.colleague.id])


def test_a_report_reaches_the_secretary_and_a_match_the_group(in_state, people):
    in_state("matched")
    assert notices(people.secretary) == ["主讲示例上报了示例铸造公司的问题：用地手续未办结"]
    for member in (people.officer, people.colleague):
        assert notices(member) == ["土地房产组有新的企业问题：用地手续未办结"]


def test_only_a_theme_group_deals_with_problems(in_state, people):
    with pytest.raises(Refused, match="不是专题组"):
        problems.match(in_state("reported"), people.task_force, by=people.secretary)


def test_taken_off_the_agenda_it_goes_back_where_it_was(in_state, people):
    unmatched, matched = in_state("reported"), in_state("matched")
    for problem in (unmatched, matched):
        problems.put_on_agenda(problem, by=people.secretary)
        problems.put_on_agenda(problem, by=people.secretary)
        problems.take_off_agenda(problem, by=people.secretary)
    assert (unmatched.state, matched.state) == (ProblemState.reported, ProblemState.matched)


def test_it_is_resolved_with_words_confirmed_and_reopened(in_state, people):
    problem = in_state("assigned")
    with pytest.raises(Refused, match="请先写明问题是怎样解决的。"):
        problems.resolve(problem, "  ", by=people.secretary)
    problems.resolve(problem, "已办证", by=people.secretary)
    assert notices(people.lecturer) == ["问题已解决，请征求企业意见：用地手续未办结"]
    problems.confirm(problem, Satisfaction.fairly, by=people.lecturer)
    assert problem.satisfaction is Satisfaction.fairly
    problems.reopen(problem, "证有误", by=people.lecturer)
    assert (problem.state, problem.satisfaction) == (ProblemState.reopened, None)
    assert notices(people.secretary)[-1] == "企业认为问题没有解决：用地手续未办结"


MOVES = {"put_on_agenda": (), "take_off_agenda": (), "assign": (), "resolve": ("好",), "reopen": ("因",)}
OPEN_IN = {
    "reported": {"put_on_agenda", "assign"},
    "matched": {"put_on_agenda", "assign", "resolve"},
    "on_agenda": {"put_on_agenda", "take_off_agenda", "assign", "resolve"},
    "assigned": {"resolve"},
    "resolved": {"reopen"},
    "confirmed": {"reopen"},
    "reopened": {"put_on_agenda", "assign", "resolve"},
}


@pytest.mark.parametrize("state", OPEN_IN)
def test_only_the_moves_of_the_table_exist(in_state, people, state):
    problem = in_state(state)
    assert {deed for deed in MOVES if problem.lifecycle.is_open(problem, deed)} == OPEN_IN[state]
    for deed, words in MOVES.items():
        if deed not in OPEN_IN[state]:
            with pytest.raises(Refused, match=f"现在是“{problem.state.label}”"):
                getattr(problems, deed)(problem, *words, by=people.secretary)


def test_each_deed_leaves_one_entry(in_state):
    entries = [entry.deed for entry in journal.history(in_state("confirmed"))]
    assert entries == [f"enterprises.{deed}" for deed in ("report", "assign", "resolve", "confirm")]


def test_the_second_editor_is_told(in_state, people):
    problem = in_state("reported")
    seen = problem.version
    problems.edit_problem(problem, seen, title="甲", text="甲", wish="", by=people.lecturer)
    with pytest.raises(Stale):
        problems.edit_problem(problem, seen, title="乙", text="乙", wish="", by=people.lecturer)


def test_who_stands_in_for_the_secretary_is_told_too(in_state, people):
    people_room.name_deputy(
        people.secretary, people.recorder, starts=clock.today(), ends=clock.today(), parts=(Part.secretary,),
        by=people.secretary,
    )  # fmt: skip
    in_state("reported")
    assert notices(people.recorder)[-1] == "主讲示例上报了示例铸造公司的问题：用地手续未办结"
