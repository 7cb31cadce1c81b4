"""Checking in by the code on the room's screen."""

import re
from datetime import timedelta

import pytest
import stage
from stage import MONDAY

from portal.db import clock
from portal.db.engine import db
from portal.meetings.attendance import codes
from portal.meetings.models.attendance import Attendance
from portal.meetings.series import queries

NINE = clock.moment(MONDAY, 9)
MOST_STATEMENTS = 10


@pytest.fixture
def nine():
    with clock.at(NINE):
        yield


@pytest.fixture
def sitting(people, nine):
    return stage.in_session(people)


def place_of(meeting, user):
    db.session.expire_all()
    return db.session.query(Attendance).filter_by(meeting_id=meeting, user_id=user.id).one()


def code(meeting):
    return codes.digits(meeting, codes.turn())


def wrong(meeting):
    taken = {codes.digits(meeting, codes.turn() - back) for back in (0, 1)}
    return next(f"{one:04d}" for one in range(10) if f"{one:04d}" not in taken)


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("typed", [str, lambda code: f" {code[:2]} {code[2:]} ", lambda code: code.translate(WIDE)])
def test_a_member_types_the_digits_and_is_present(as_, people, sitting, typed, htmx):
    number, digits = sitting.id, code(sitting)
    answer = as_(people.officer, htmx=htmx).post("/check-in", data={"code": typed(digits)})
    assert answer.status_code == (204 if htmx else 303)
    place = place_of(number, people.officer)
    assert (place.checked_in_at, place.late) == (NINE, False)


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def test_the_code_of_a_moment_ago_still_counts_and_an_older_one_does_not(as_, people, sitting):
    number, old = sitting.id, code(sitting)
    with clock.at(NINE + timedelta(seconds=codes.SECONDS)):
        assert as_(people.officer).post("/check-in", data={"code": old}).status_code == 303
    later = NINE + timedelta(seconds=2 * codes.SECONDS)
    with clock.at(later):
        if old in {codes.digits(sitting, codes.turn() - back) for back in (0, 1)}:
            return
        answer = as_(people.colleague).post("/check-in", data={"code": old})
        assert answer.status_code == 409
        assert "签到码不对，或已经更换" in answer.get_data(as_text=True)
    assert not place_of(number, people.colleague).is_present


def test_the_qr_code_leads_to_one_button(as_, people, sitting):
    number, token = sitting.id, codes.token(sitting, codes.turn())
    client = as_(people.officer)
    page = client.get(f"/check-in?code={token}").get_data(as_text=True)
    assert f'name="code" value="{token}"' in page
    assert not place_of(number, people.officer).is_present
    client.post("/check-in", data={"code": token})
    assert place_of(number, people.officer).is_present


def test_who_comes_after_the_grace_is_late_but_nobody_the_secretary_ticks(as_, people, sitting):
    number, first = sitting.id, place_of(sitting.id, people.colleague).id
    with clock.at(NINE + timedelta(minutes=6)):
        digits = code(queries.meeting(number))
        page = as_(people.officer).post("/check-in", data={"code": digits}, follow_redirects=True)
        as_(people.secretary).post(f"/attendances/{first}/check-in")
    assert "记为迟到" in page.get_data(as_text=True)
    assert place_of(number, people.officer).late
    assert not place_of(number, people.colleague).late
    assert "迟到" in as_(people.secretary).get(f"/meetings/{number}/attendance").get_data(as_text=True)


def test_a_meeting_that_opens_late_makes_nobody_late(as_, people, nine):
    with clock.at(NINE + timedelta(minutes=20)):
        meeting = stage.in_session(people)
        as_(people.officer).post("/check-in", data={"code": code(meeting)})
        assert not place_of(meeting.id, people.officer).late


def test_checking_in_twice_keeps_the_first_time(as_, people, sitting):
    number, digits = sitting.id, code(sitting)
    client = as_(people.officer)
    client.post("/check-in", data={"code": digits})
    with clock.at(NINE + timedelta(seconds=30)):
        client.post("/check-in", data={"code": digits})
    assert place_of(number, people.officer).checked_in_at == NINE


def test_before_it_opens_the_code_counts_on_the_day_only(as_, people):
    meeting = stage.announced(people)
    number, before = meeting.id, code(meeting)
    answer = as_(people.officer).post("/check-in", data={"code": before})
    assert "现在没有您可以签到的会议" in answer.get_data(as_text=True)
    with clock.at(NINE - timedelta(minutes=10)):
        as_(people.officer).post("/check-in", data={"code": code(queries.meeting(number))})
    assert place_of(number, people.officer).is_present


@pytest.mark.parametrize("make", [stage.prepared, stage.adjourned])
def test_no_other_state_takes_check_ins(as_, people, nine, make):
    digits = code(make(people))
    assert as_(people.officer).post("/check-in", data={"code": digits}).status_code == 409


def test_a_stranger_cannot_use_the_code(as_, people, sitting):
    digits = code(sitting)
    answer = as_(people.stranger).post("/check-in", data={"code": digits})
    assert "现在没有您可以签到的会议" in answer.get_data(as_text=True)


def test_guessing_ends_after_a_few_tries(as_, people, sitting):
    number, right, guess = sitting.id, code(sitting), wrong(sitting)
    client = as_(people.officer)
    for _ in range(codes.MOST_TRIES):
        assert client.post("/check-in", data={"code": guess}).status_code == 409
    answer = client.post("/check-in", data={"code": right})
    assert answer.status_code == 429
    assert "输错的次数太多" in answer.get_data(as_text=True)
    assert not place_of(number, people.officer).is_present
    with clock.at(NINE + timedelta(seconds=codes.TRIES_WITHIN + 1)):
        again = code(queries.meeting(number))
        assert client.post("/check-in", data={"code": again}).status_code == 303


@pytest.mark.parametrize(
    "typed", ["", " ", "1" * 25, "<script>", "\ud800".encode("utf-8", "surrogatepass"), "\u202e12"]
)
def test_odd_codes_are_refused(as_, people, sitting, typed):
    answer = as_(people.officer).post("/check-in", data={"code": typed})
    assert answer.status_code in {409, 422}


def test_the_screen_shows_code_count_and_items(as_, people, sitting, statements):
    number, digits = sitting.id, code(sitting)
    client = as_(people.secretary)
    statements.clear()
    page = client.get(f"/meetings/{number}/screen").get_data(as_text=True)
    assert len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]) <= MOST_STATEMENTS
    assert f'aria-label="签到码 {digits}"' in page
    assert re.search(r"正在进行</p><h2>上次交办事项落实情况", page)
    assert "研判用地问题" in page


def test_the_screen_answers_304_until_something_changes(as_, people, sitting):
    number, digits = sitting.id, code(sitting)
    screen = as_(people.secretary, htmx=True)
    tag = screen.get(f"/meetings/{number}/screen").headers["ETag"]
    assert screen.get(f"/meetings/{number}/screen", headers={"If-None-Match": tag}).status_code == 304
    as_(people.officer).post("/check-in", data={"code": digits})
    answer = screen.get(f"/meetings/{number}/screen", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.headers["ETag"] != tag) == (200, True)


def test_the_picture_lives_as_long_as_its_code(as_, people, sitting):
    client, at = as_(people.secretary), codes.turn()
    address = f"/meetings/{sitting.id}/screen/code.svg?at="
    answer = client.get(f"{address}{at}")
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == f"private, max-age={codes.SECONDS}"
    for other in (at + 1, at - 2, -1, 2**80):
        assert client.get(f"{address}{other}").status_code == 410


@pytest.mark.parametrize("who", ["officer", "reviewer", "lecturer"])
def test_members_cannot_open_the_screen_and_read_the_code_from_afar(as_, people, sitting, who):
    for address in ("screen", "screen/code.svg"):
        assert as_(getattr(people, who)).get(f"/meetings/{sitting.id}/{address}").status_code == 403


@pytest.mark.parametrize("make", [stage.prepared, stage.announced, stage.adjourned, stage.concluded])
def test_the_screen_opens_in_every_state_without_a_code_out_of_time(as_, people, make):
    number = make(people).id
    page = as_(people.chair).get(f"/meetings/{number}/screen").get_data(as_text=True)
    assert "签到码" not in page.replace("这里显示签到码", "")
    assert as_(people.chair).get(f"/meetings/{number}/screen/code.svg").status_code == 410
