import pytest
from cast import MONDAY, NINE

from portal.db.engine import db
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.series import ItemKind, Recurrence
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.series import operations as series_operations
from portal.meetings.sitting import operations as sitting_operations
from portal.people.keys import operations as persons


@pytest.fixture
def meeting(people):
    """A meeting in session, with one item on its agenda."""
    series = series_operations.add_series(
        name="专班例会", short="专班", rank=1, group=people.task_force, chair=people.chair, recorder=people.recorder,
        reviewer=people.reviewer, signatory=people.signatory, place="501会议室", recurrence=Recurrence.by_hand,
        weekday=0, starts_at=NINE, minutes=90, cut_off_days=2, cut_off_time=NINE, heading="首席服务官周例会纪要",
        by=people.secretary,
    )  # fmt: skip
    sitting = preparing.schedule(series, MONDAY, by=people.secretary)
    agenda.add_item(sitting, ItemKind.problem, "研究企业用地问题", 20, reporter=people.officer, by=people.secretary)
    preparing.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    notices.announce(sitting, why="已知悉", by=people.secretary)
    sitting_operations.open(sitting, by=people.secretary)
    db.session.commit()
    return sitting


@pytest.fixture
def adjourn(meeting, people):
    """`adjourn()`: every item is dealt with and the meeting ends."""

    def end():
        for item in meeting.items:
            sitting_operations.mark_item(item, ItemState.dealt_with, by=people.secretary)
        attendance.check_in(meeting.attendances[0], by=people.secretary)
        sitting_operations.adjourn(meeting, by=people.secretary)
        db.session.commit()

    return end


@pytest.fixture
def keys(people):
    """Recorder and chair can sign with the PIN 135790."""
    for user in (people.recorder, people.chair):
        persons.make_key(user, "135790", by=user)
    db.session.commit()
