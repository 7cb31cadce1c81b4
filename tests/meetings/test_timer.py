"""The clock of the items: started, stopped, taken up once more; by hand, by outcome and from the room's screen."""

from datetime import timedelta

import pytest
import stage
from stage import MONDAY

from portal.db import clock, journal
from portal.db.engine import db
from portal.errors import Refused
from portal.meetings.attendance import operations as attendance
from portal.meetings.models.agenda import ItemState
from portal.meetings.series import queries
from portal.meetings.sitting import operations as sitting_operations
from portal.meetings.sitting import screen

NINE = clock.moment(MONDAY, 9)
MOST_STATEMENTS = 10


def after(minutes):
    return clock.at(NINE + timedelta(minutes=minutes))


@pytest.fixture
def sitting(people):
    with after(0):
        yield stage.in_session(people)


def running(meeting):
    db.session.commit()
    db.session.expire_all()
    return [item.position for item in queries.meeting(meeting).items if item.is_running]


def used(meeting):
    return [item.minutes_used for item in queries.meeting(meeting.id).items]


def test_the_opening_starts_the_first_item(sitting):
    assert [item.is_running for item in sitting.items] == [True, False, False]
    assert sitting.items[0].started_at == NINE


def test_an_outcome_stops_the_item_and_starts_the_next(people, sitting):
    with after(12):
        sitting_operations.mark_item(sitting.items[0], ItemState.dealt_with, by=people.recorder)
    with after(20):
        assert running(sitting.id) == [2]
        assert used(sitting) == [12, 8, None]
        assert [item.is_over_time for item in sitting.items] == [True, False, False]


def test_an_outcome_of_another_item_leaves_the_clock_alone(people, sitting):
    sitting_operations.mark_item(sitting.items[2], ItemState.deferred, by=people.recorder)
    assert running(sitting.id) == [1]


def test_the_last_outcome_stops_the_clock(people, sitting):
    for item in sitting.items:
        sitting_operations.mark_item(item, ItemState.dealt_with, by=people.recorder)
    assert running(sitting.id) == []


def test_an_item_taken_up_once_more_does_not_count_the_time_between(people, sitting):
    first, second = sitting.items[:2]
    with after(5):
        sitting_operations.turn_to(second, by=people.recorder)
    with after(15):
        sitting_operations.turn_to(first, by=people.recorder)
    with after(18):
        assert used(sitting) == [8, 10, None]
        assert running(sitting.id) == [1]


def test_turning_to_what_is_running_is_no_deed(people, sitting):
    sitting_operations.turn_to(sitting.items[0], by=people.recorder)
    assert "meetings.turn_to" not in [one.deed for one in journal.history(sitting.items[0])]


def test_the_end_of_the_meeting_stops_the_clock(people, sitting):
    for item in sitting.items:
        sitting_operations.mark_item(item, ItemState.dealt_with, by=people.recorder)
    attendance.check_in(sitting.attendances[0], by=people.secretary)
    with after(30):
        sitting_operations.turn_to(sitting.items[1], by=people.recorder)
    with after(40):
        sitting_operations.adjourn(sitting, by=people.secretary)
    with after(90):
        assert running(sitting.id) == []
        assert sitting.items[1].minutes_used == 10


@pytest.mark.parametrize("make", [stage.announced, stage.adjourned])
def test_only_a_meeting_in_session_turns(people, make):
    with pytest.raises(Refused, match="会议不在进行中"):
        sitting_operations.turn_to(make(people).items[1], by=people.secretary)


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("who", ["secretary", "chair", "recorder"])
def test_the_screen_turns_on_and_back_and_stays_at_the_ends(as_, people, sitting, who, htmx):
    number, client = sitting.id, as_(getattr(people, who), htmx=htmx)
    for step, expected in (("previous", 1), ("next", 2), ("next", 3), ("next", 3), ("previous", 2)):
        answer = client.post(f"/meetings/{number}/screen/{step}")
        assert answer.status_code == (200 if htmx else 303)
        assert running(number) == [expected]


def test_members_do_not_turn(as_, people, sitting):
    number, item = sitting.id, sitting.items[1].id
    client = as_(people.officer)
    assert client.post(f"/meetings/{number}/screen/next").status_code == 403
    assert client.post(f"/items/{item}/turn").status_code == 403
    assert running(number) == [1]


def test_the_desk_starts_the_item_it_is_at(as_, people, sitting):
    number, second = sitting.id, sitting.items[1].id
    client = as_(people.recorder)
    address = f"/meetings/{number}/record?item={second}"
    assert "开始讨论" in client.get(address).get_data(as_text=True)
    client.post(f"/items/{second}/turn")
    assert running(number) == [2]
    assert "正在讨论" in client.get(address).get_data(as_text=True)


def test_screen_and_agenda_show_planned_and_used_time(as_, people, sitting, statements):
    number, client = sitting.id, as_(people.secretary)
    with after(12):
        for address, said in ((f"/meetings/{number}/screen", "已超时"), (f"/meetings/{number}", "已用 12 分钟")):
            statements.clear()
            assert said in client.get(address).get_data(as_text=True)
            assert len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]) <= MOST_STATEMENTS


def test_the_screen_reads_the_report_on_the_tasks_while_it_is_the_item(as_, people, sitting):
    number, client = sitting.id, as_(people.secretary)
    assert "没有在办的交办事项" in client.get(f"/meetings/{number}/screen").get_data(as_text=True)
    client.post(f"/meetings/{number}/screen/next")
    assert "没有在办的交办事项" not in client.get(f"/meetings/{number}/screen").get_data(as_text=True)


def test_the_screen_tells_a_poll_when_the_time_is_up(people, sitting):
    with after(9):
        before = screen.screen_of(sitting)
    with after(9.5):
        assert screen.screen_of(sitting).current is before.current
    with after(11):
        over = screen.screen_of(sitting)
    assert (before.current.title, over.tag != before.tag) == ("上次交办事项落实情况", True)
