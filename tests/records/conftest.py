import pytest
from cast import MONDAY, NINE

from portal.database import db
from portal.meetings import operations as meetings
from portal.meetings.models import ItemKind, ItemState, Recurrence
from portal.people import operations as persons


@pytest.fixture
def meeting(people):
    """A meeting in session, with one item on its agenda."""
    series = meetings.add_series(
        name="专班例会", short="专班", rank=1, group=people.task_force, chair=people.chair, recorder=people.recorder,
        reviewer=people.reviewer, signatory=people.signatory, place="501会议室", recurrence=Recurrence.by_hand,
        weekday=0, starts_at=NINE, minutes=90, cut_off_days=2, cut_off_time=NINE, heading="首席服务官周例会纪要",
        by=people.secretary,
    )  # fmt: skip
    sitting = meetings.schedule(series, MONDAY, by=people.secretary)
    meetings.add_item(sitting, ItemKind.problem, "研究企业用地问题", 20, reporter=people.officer, by=people.secretary)
    meetings.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    meetings.announce(sitting, why="已知悉", by=people.secretary)
    meetings.open(sitting, by=people.secretary)
    db.session.commit()
    return sitting


@pytest.fixture
def adjourn(meeting, people):
    """`adjourn()`: every item is dealt with and the meeting ends."""

    def end():
        for item in meeting.items:
            meetings.mark_item(item, ItemState.dealt_with, by=people.secretary)
        meetings.check_in(meeting.attendances[0], by=people.secretary)
        meetings.adjourn(meeting, by=people.secretary)
        db.session.commit()

    return end


@pytest.fixture
def keys(people):
    """Recorder and chair can sign with the PIN 135790."""
    for user in (people.recorder, people.chair):
        persons.make_key(user, "135790", by=user)
    db.session.commit()
