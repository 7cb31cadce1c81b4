"""The example world, loaded through the operations: a slice of its newest meetings is a world in itself."""

import json
import shutil
import stat
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cast import by_itself

from portal.actions.models.action_items import ActionItem
from portal.courses.models.courses import Course, CourseState
from portal.courses.models.materials import UNCONVERTED, ConversionState, MaterialVersion
from portal.db import clock, journal
from portal.db.engine import db
from portal.demo import operations
from portal.demo.diary import Diary, first_of_months, on
from portal.demo.texts import facts, problems, works
from portal.demo.year import how_many
from portal.documents.paper import pdf_pages
from portal.enterprises.models.enterprises import Enterprise
from portal.errors import Refused
from portal.files import store
from portal.home import queries as home
from portal.meetings.models.meetings import HELD, UPCOMING, Meeting
from portal.minutes.models.minutes import READABLE, Minutes
from portal.ops.waiting import STEP
from portal.people.accounts.queries import by_username
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles.queries import holders
from portal.records.decisions.queries import decisions_of
from portal.records.models import Record

WHO = [
    "secretary", "chair", "signatory", "leader", "reviewer", "recorder", "officer", "lecturer", "supervisor",
    "archivist", "auditor", "administrator",
]  # fmt: skip


@pytest.fixture
def loaded(app, tmp_path, monkeypatch):
    """The newest two meetings in full, the year before them brought in; and the lines that were said meanwhile."""
    lines = []
    # an authority that another test made today could not vouch for signatures of the past year
    shutil.rmtree(app.config["PORTAL"].data / "authority", ignore_errors=True)
    operations.load(lines.append, password="a-password-to-know", meetings=2)
    yield lines
    (app.config["PORTAL"].data / "demo-accounts.json").unlink()


def count(query):
    return db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery()))


@pytest.mark.long
def test_two_meetings_in_full_and_the_rest_brought_in_are_a_whole_world(app, loaded, as_):
    of_the_year = sa.select(Meeting).where(Meeting.day > clock.today() - timedelta(days=400))
    assert count(of_the_year.where(Meeting.opened_at.is_not(None))) == 2
    assert count(of_the_year.where(Meeting.state.in_(HELD))) == how_many()
    assert count(sa.select(Meeting).where(Meeting.state.in_(UPCOMING))) == 3
    assert len(holders(Role.officer)) == 50
    assert count(sa.select(Course)) == 9
    assert count(sa.select(Course).where(Course.state.in_([CourseState.invited, CourseState.confirmed]))) == 2
    assert count(sa.select(Minutes).where(Minutes.entered_at.is_(None))) == count(sa.select(Record)) == 2
    assert count(sa.select(ActionItem)) > 40
    brought = db.session.scalars(sa.select(Minutes).where(Minutes.entered_at.is_not(None))).all()
    assert len(brought) == how_many() - 2
    with_decisions = 0
    for one in brought[::8]:
        assert one.state in READABLE
        page = one.document
        said = "".join(pdf_pages.words(store.read(page.file)).split())
        assert page.signatures == []
        assert pdf_pages.page_count(store.read(page.file)) == page.pages == 1
        assert "".join(f"{one.number_text}{one.title}".split()) in said
        assert clock.zh_date(one.meeting.day) in said
        decided = [decision for under in decisions_of(one.meeting).values() for decision in under]
        with_decisions += bool(decided)
        assert all("".join(decision.text.split()) in said for decision in decided)
    assert with_decisions
    # the pictures of slides are left to the worker
    assert {one.conversion for one in db.session.scalars(sa.select(MaterialVersion))} <= set(UNCONVERTED)
    by_itself("courses.convert")
    assert {one.conversion for one in db.session.scalars(sa.select(MaterialVersion))} <= {
        ConversionState.ready, ConversionState.failed,
    }  # fmt: skip
    assert list(journal.breaks()) == []
    assert any("第二小组例会" in line for line in loaded)
    steps = [STEP.fullmatch(line) for line in loaded[:-1]]
    assert [int(step[1]) for step in steps if step] == list(range(int(steps[0][2])))

    # what is made up hangs on examples only
    assert all("示例" in user.name for user in db.session.scalars(sa.select(User)))
    for one in db.session.scalars(sa.select(Enterprise).where(Enterprise.name.in_(REAL))):
        assert (one.problems, one.officers, one.leader) == ([], [], None)

    # nothing lies in the future but what was planned for it
    assert db.session.scalar(sa.select(sa.func.max(journal.JournalEntry.at))) <= clock.now()

    # the accounts are told to the owner only, and open the door
    file = app.config["PORTAL"].data / "demo-accounts.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    accounts = json.loads(file.read_text())
    assert [one["username"] for one in accounts] == WHO
    signing = {"chair", "signatory", "reviewer", "leader", "recorder"}
    assert {one["username"] for one in accounts if "pin" in one} == signing
    assert all(one["role"] and one["name"].endswith("示例") and one["password"] for one in accounts)
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().post("/login", data={"username": "secretary", "password": "a-password-to-know"})
    assert answer.status_code == 303

    # somebody has something to do in every part
    for username in ("secretary", "chair", "signatory", "reviewer", "recorder", "lecturer", "officer"):
        assert home.owed_by(by_username(username)), username
    for username in WHO:
        assert as_(by_username(username)).get("/").status_code == 200

    # a database that holds something is left alone
    with pytest.raises(Refused, match="数据库中已有数据"):
        operations.load(print)


REAL = {name for kind in ("enterprises", "projects") for name, _about in facts()[kind]}


def test_real_enterprises_carry_nothing_made_up(app):
    assert {told["client"] for told in problems()} <= {name for name, _about in facts()["example_enterprises"]}
    told = json.dumps([problems(), works()], ensure_ascii=False)
    assert [name for name in REAL if name in told] == []


def test_the_stories_name_only_what_there_is(app):
    shorts = {short for _name, short in facts()["departments"]}
    tasks = [task for story in (*problems(), *works()["assignments"]) for task in story["tasks"]]
    assert len(tasks) >= 30
    assert {name for _title, lead, support, _days, _evidence in tasks for name in (lead, *support)} <= shorts
    assert {one["field"] for one in works()["courses"]} == set(facts()["course_fields"])
    assert {one["lead"] for one in works()["courses"]} <= shorts


def test_a_diary_is_lived_in_order_and_no_further_than_the_end(app):
    diary, lived = Diary(), []
    day = clock.today()
    diary.note(on(day, 2, 9), lived.append, "later")
    diary.note(on(day, 1, 9), lambda: diary.note(on(day, 1, 10), lived.append, clock.today()))
    diary.note(on(day, 5, 9), lived.append, "never")
    diary.live(until=on(day, 3, 9))
    assert lived == [on(day, 1, 10).date(), "later"]


def test_a_series_that_meets_on_a_holiday_meets_on_the_next_working_day(app):
    from datetime import date

    assert first_of_months(0, 3, before=date(2026, 11, 23)) == [date(2026, 9, 7), date(2026, 10, 8), date(2026, 11, 2)]
