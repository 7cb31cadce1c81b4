"""Minutes that were issued on paper before the portal came are brought in as they are (补录)."""

from datetime import date
from itertools import count

import pytest
from furnished import pdf

from portal import store
from portal.actions.models import ActionItem, ActionState
from portal.database import db
from portal.errors import Refused
from portal.minutes import operations, queries
from portal.minutes.earlier import EarlierTask
from portal.records import queries as records

DAY = date(2025, 3, 5)
_heights = count(600)


def brought(people, content=None):
    return store.put(content or pdf(next(_heights)), "纪要.pdf", "application/pdf", people.secretary)


def entered(people, series, number=3, file=None, **more):
    facts = {
        "decisions": ["同意补办土地手续", "原则同意扩建方案"],
        "tasks": [
            EarlierTask("补办土地手续", people.officer, date(2199, 4, 1), people.industry, decision=1),
            EarlierTask(
                "报送方案", people.colleague, date(2025, 4, 1), people.justice, ActionState.closed, date(2025, 3, 28)
            ),
        ],
    } | more  # fmt: skip
    made = operations.enter_back(
        series, DAY, 2025, number, "市首席服务官周例会纪要", file or brought(people), by=people.secretary, **facts
    )
    db.session.commit()
    return made


def test_earlier_minutes_stand_with_their_decisions_and_tasks(people, series):
    made = queries.minutes(entered(people, series).id)
    assert (made.number_text, made.state.label, made.is_back_entered) == ("〔2025〕3号", "已补录", True)
    decisions, _ = records.words_of(made.meeting)
    (item,) = made.meeting.items
    assert [one.text for one in decisions[item.id]] == ["同意补办土地手续", "原则同意扩建方案"]
    assert [one.action.title for one in decisions[item.id][0].handouts] == ["补办土地手续"]
    open_, closed = db.session.query(ActionItem).order_by(ActionItem.id)
    assert (open_.number, open_.state, open_.audience_id) == ("2025-001", ActionState.accepted, series.group_id)
    assert (closed.state, closed.closed_at.date(), closed.of_meeting) == (
        ActionState.closed, date(2025, 3, 28), made.meeting_id,
    )  # fmt: skip


def test_a_number_and_a_file_are_brought_in_once(people, series):
    file = brought(people)
    entered(people, series, 3, file)
    with pytest.raises(Refused, match="〔2025〕3号已经是"):
        entered(people, series, 3)
    db.session.rollback()
    with pytest.raises(Refused, match="这份文件已经登记为会议纪要（补录）"):
        entered(people, series, 4, file)
