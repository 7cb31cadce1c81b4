"""Tasks for the tests of this room."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from action_operations import operation

from portal.actions.assignment import operations as assignment
from portal.actions.models.action_items import ActionItem
from portal.db import clock
from portal.db.engine import db


@pytest.fixture
def task(people) -> Callable[..., ActionItem]:
    """`task("办证", days=9)`: a task of the officer, due in so many days, handed out by the secretary."""

    def hand_out(title: str = "办理不动产权证", *, days: int = 9, **more: object) -> ActionItem:
        facts: dict[str, object] = {"lead_department": people.industry, "lead_person": people.officer, **more}
        made = assignment.assign(title=title, due=clock.today() + timedelta(days), by=people.secretary, **facts)
        db.session.commit()
        return made

    return hand_out


@pytest.fixture
def in_state(task, people) -> Callable[..., ActionItem]:
    """`in_state("suspended")`: a task that was brought to a state by the deeds that lead there."""
    ways = {
        "assigned": (),
        "refused": (("refuse", "officer", "不归我局管"),),
        "accepted": (("accept", "officer"),),
        "in_progress": (("accept", "officer"), ("report", "officer", "已对接")),
        "reported_done": (("accept", "officer"), ("report_done", "officer", "已办好")),
        "closed": (("accept", "officer"), ("report_done", "officer", "已办好"), ("close", "supervisor")),
        "suspended": (("accept", "officer"), ("suspend", "supervisor", "等上级批复")),
        "terminated": (("terminate", "chair", "政策已变"),),
    }

    def bring(state: str, **more: object) -> ActionItem:
        made = task(**more)
        for deed, who, *words in ways[state]:
            operation(deed)(made, *words, by=getattr(people, who))
        db.session.commit()
        assert made.state.value == state
        return made

    return bring
