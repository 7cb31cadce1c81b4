"""An enterprise and its problems for the tests of this room."""

from collections.abc import Callable

import pytest

from portal.db.engine import db
from portal.enterprises.models.enterprises import ClientKind, Enterprise
from portal.enterprises.models.problems import Problem, Satisfaction
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register


@pytest.fixture
def firm(people) -> Enterprise:
    """An enterprise the officer looks after."""
    made = register.add_enterprise(
        ClientKind.enterprise, "示例铸造公司", "", [people.officer], people.chair, by=people.secretary
    )
    db.session.commit()
    return made


@pytest.fixture
def in_state(people, firm) -> Callable[[str], Problem]:
    """`in_state("matched")`: the lecturer's problem, brought to a state by the deeds that lead there."""
    ways = {
        "reported": (),
        "matched": (("match", people.theme),),
        "on_agenda": (("put_on_agenda",),),
        "assigned": (("assign",),),
        "resolved": (("assign",), ("resolve", "已办证")),
        "confirmed": (("assign",), ("resolve", "已办证"), ("confirm", Satisfaction.satisfied)),
        "reopened": (("assign",), ("resolve", "已办证"), ("reopen", "证有误")),
    }

    def bring(state: str) -> Problem:
        made = problems.report(firm, "用地手续未办结", "没有土地证", "尽快办证", by=people.lecturer)
        for deed, *words in ways[state]:
            getattr(problems, deed)(made, *words, by=people.secretary)
        db.session.commit()
        assert made.state.value == state
        return made

    return bring
