"""Numbers: one sequence a series and Shanghai year, without gap and without repeat."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from cast import by_itself
from minutes_stage import PIN, drafted, hold, passed, with_key

from portal.db import clock
from portal.db.engine import db
from portal.errors import Refused
from portal.minutes.reading import queries
from portal.minutes.signoff import operations as signoff
from portal.minutes.text import operations as text
from portal.people.models.accounts import User

TOGETHER = 6


def submitted(meeting, people):
    minutes = drafted(meeting)
    signoff.submit(minutes, by=people.recorder)
    with_key(people.reviewer)
    by_itself("minutes.render_sheet")
    return minutes.id


def pass_together(app, numbers, reviewer):
    """Everybody presses at the same moment, each in a transaction of their own; None for whoever came too late."""
    barrier = Barrier(len(numbers))

    def press(number):
        with app.test_request_context(method="POST"):
            barrier.wait()
            minutes = queries.minutes(number)
            try:
                signoff.pass_(minutes, PIN, by=db.session.get(User, reviewer))
            except Refused:
                db.session.rollback()
                return None
            db.session.commit()
            return minutes.number

    db.session.remove()
    with ThreadPoolExecutor(len(numbers)) as pool:
        return list(pool.map(press, numbers))


@pytest.mark.long
@pytest.mark.database
def test_those_that_pass_in_the_same_moment_get_numbers_without_gap_or_repeat(app, people, series):
    waiting = [submitted(hold(series, people), people) for _ in range(TOGETHER)]
    assert sorted(pass_together(app, waiting, people.reviewer.id)) == list(range(1, TOGETHER + 1))


def test_one_that_is_passed_twice_in_the_same_moment_gets_one_number(app, people, series):
    first, second = (submitted(hold(series, people), people) for _ in range(2))
    reviewer = people.reviewer.id
    assert sorted(one or 0 for one in pass_together(app, [first] * 4, reviewer)) == [0, 0, 0, 1]
    assert pass_together(app, [second], reviewer) == [2]


def test_the_year_is_shanghais(people, series):
    first, second = (queries.minutes(submitted(hold(series, people), people)) for _ in range(2))
    with clock.at(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)):
        signoff.pass_(first, PIN, by=people.reviewer)
    with clock.at(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)):
        signoff.pass_(second, PIN, by=people.reviewer)
    assert (first.number_text, second.number_text) == ("〔2026〕1号", "〔2027〕1号")


def test_who_read_an_earlier_text_cannot_pass_the_new_one(people, minutes):
    signoff.submit(minutes, by=people.recorder)
    read = minutes.version
    signoff.return_(minutes, "请改。", read, by=people.reviewer)
    text.edit(minutes, "一、新的稿子", None, by=people.recorder)
    signoff.submit(minutes, by=people.recorder)
    with pytest.raises(Refused, match="请重新阅读后再办理"):
        passed(minutes, people, "", read)
