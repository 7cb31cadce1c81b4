import pytest

from portal.db import journal
from portal.db.concurrency import claim
from portal.db.engine import db
from portal.db.numbers import next_number
from portal.errors import Stale
from portal.web.wording import held


def test_a_deed_leaves_one_entry_in_an_unbroken_chain(app, people):
    journal.record(people.secretary, "test.deed", people.officer, "试一试")
    db.session.commit()
    assert journal.head()[0] == 1
    assert list(journal.breaks()) == []


def test_numbers_have_no_gap(app):
    assert [next_number("a"), next_number("a"), next_number("b")] == [1, 2, 1]


def test_the_second_writer_is_told(app, people):
    claim(people.officer, 1)
    with pytest.raises(Stale):
        claim(people.officer, 1)


def test_signed_in_people_are_known(as_, people):
    assert as_(people.officer).get("/account/password").status_code in (200, 500)


@pytest.mark.parametrize(
    ("title", "html"),
    [
        ("专班例会2026年第12次会议纪要", '专班例会<span class="nw">2026年第12次会议</span>纪要'),
        ("第一小组例会（2026年11月30日）", '第一小组例会（<span class="nw">2026年11月30日</span>）'),
        ("<b>2026年第1次</b>", '&lt;b&gt;<span class="nw">2026年第1次</span>&lt;/b&gt;'),
    ],
)
def test_year_and_number_of_a_title_stay_on_one_line(title, html):
    assert held(title) == html
