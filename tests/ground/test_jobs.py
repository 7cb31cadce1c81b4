import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from fixed_clock import make_old
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from portal.config import REPOSITORY, Config
from portal.db import clock, journal
from portal.db.engine import Moment, apart, db
from portal.jobs import due, periodic
from portal.jobs import worker as jobs_worker

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


class Apart(DeclarativeBase):
    registry = registry(type_annotation_map={datetime: Moment()})


class Owing(Apart, due.Retryable):
    __tablename__ = "owing"

    id: Mapped[int] = mapped_column(primary_key=True)
    done: Mapped[int] = mapped_column(default=0)


OWED = sa.select(Owing).where(Owing.done == 0).order_by(Owing.id)


@pytest.fixture
def errands(app, monkeypatch):
    monkeypatch.setattr(periodic, "JOBS", {})
    monkeypatch.setattr(periodic, "REACTIONS", {})
    Apart.metadata.create_all(db.engine)
    db.session.add_all(Owing(id=number) for number in (1, 2, 3))
    db.session.commit()
    return app


def do(errand):
    errand.done += 1


def state():
    rows = db.session.execute(sa.select(Owing.id, Owing.done, Owing.attempts, Owing.last_error).order_by(Owing.id))
    result = [tuple(row) for row in rows]
    db.session.commit()
    return result


def test_every_owed_row_has_its_own_transaction(errands):
    def fail_on_two(errand):
        errand.done = 1
        db.session.flush()
        if errand.id == 2:
            raise RuntimeError("打印机缺纸")

    assert due.each(OWED, fail_on_two) == 2
    assert state() == [(1, 1, 0, None), (2, 0, 1, "打印机缺纸"), (3, 1, 0, None)]


def test_what_is_left_to_the_worker_is_not_done_at_once_but_stays_owed(errands, monkeypatch):
    periodic.job("room.fill", every=timedelta(minutes=1))(lambda: due.each(OWED, do))
    periodic.job("room.note")(lambda: done.append("noted"))
    done, handed_over = [], []
    with periodic.leaving("room.fill"):
        periodic.prompt("room.fill")
        periodic.prompt("room.note")
        jobs_worker.run_prompted()
        with periodic.leaving("room.note", to=handed_over.append):
            periodic.prompt("room.note")
            jobs_worker.run_prompted()
    assert (done, handed_over) == (["noted"], ["room.note"])
    assert [one[1] for one in state()] == [0, 0, 0]
    jobs_worker.sweep()
    assert [one[1] for one in state()] == [1, 1, 1]


def test_a_failed_row_rests_longer_each_time_and_is_forgiven_when_it_succeeds(errands):
    def fail(errand):
        raise RuntimeError

    with clock.at(NOON):
        assert due.each(OWED, fail) == 0
        assert state()[0] == (1, 0, 1, "RuntimeError")
        assert due.each(OWED, do) == 0
    with clock.at(NOON + timedelta(minutes=1)):
        assert due.each(OWED, fail) == 0
        assert state()[0][2] == 2
    with clock.at(NOON + timedelta(minutes=2)):
        assert due.each(OWED, do) == 0
    with clock.at(NOON + timedelta(minutes=3)):
        assert due.each(OWED, do) == 3
    assert state()[0] == (1, 1, 0, None)
    assert [due.wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 9, 60, 10**6)] == [
        60, 120, 240, 15360, 21600, 21600,
    ]  # fmt: skip


def test_a_person_can_ask_for_another_try(errands):
    def fail(errand):
        raise RuntimeError

    due.each(OWED, fail)
    due.try_again(db.session.get(Owing, 1))
    db.session.commit()
    assert due.each(OWED, do) == 1


def test_a_row_settled_meanwhile_is_left_alone(errands):
    done = []

    def do_first_and_steal_the_next(errand):
        done.append(errand.id)
        errand.done = 1
        if errand.id == 1:
            db.session.execute(sa.update(Owing).where(Owing.id == 2).values(done=1))

    assert due.each(OWED, do_first_and_steal_the_next) == 2
    assert done == [1, 3]


def test_slow_work_holds_no_transaction(errands):
    def prepare(errand):
        assert not db.session().in_transaction()
        with apart() as session:  # on SQLite this would wait for ever if the chore held the write lock
            session.execute(sa.update(Owing).where(Owing.id == 3).values(attempts=7))
        return errand.id * 10

    def record(errand, product):
        errand.done = product

    assert due.each_prepared(OWED, prepare, record) == 3
    assert [row[1] for row in state()] == [10, 20, 30]


def test_slow_work_that_fails_is_noted(errands):
    def prepare(errand):
        raise RuntimeError("转换超时")

    assert due.each_prepared(OWED, prepare, setattr) == 0
    assert {row[3] for row in state()} == {"转换超时"}


def test_a_prompted_chore_runs_after_the_commit_and_not_after_a_rollback(errands):
    ran = []
    periodic.job("errands.do")(lambda: ran.append(due.each(OWED, do)))
    periodic.prompt("errands.do")
    periodic.prompt("errands.do")
    assert ran == []
    db.session.rollback()
    periodic.forget_prompted()
    jobs_worker.run_prompted()
    assert ran == []
    periodic.prompt("errands.do")
    db.session.commit()
    jobs_worker.run_prompted()
    assert ran == [3]


def test_a_chore_follows_the_deed_it_names(errands):
    ran = []
    periodic.job("minutes.draft", after=("meetings.adjourn",))(lambda: ran.append(1))
    journal.record(None, "meetings.adjourn", None, "散会")
    db.session.commit()
    jobs_worker.run_prompted()
    assert ran == [1]


def test_chores_that_prompt_each_other_all_run(errands):
    ran = []

    def first():
        ran.append("first")
        if len(ran) < 4:
            periodic.prompt("errands.second")

    def second():
        ran.append("second")
        periodic.prompt("errands.first")

    periodic.job("errands.first")(first)
    periodic.job("errands.second")(second)
    jobs_worker.run("errands.first")
    assert ran == ["first", "second", "first", "second", "first"]


def test_a_failing_chore_stops_nobody(errands):
    ran = []

    def broken():
        raise RuntimeError

    periodic.job("errands.broken", every=timedelta(minutes=1))(broken)
    periodic.job("errands.well", every=timedelta(minutes=1))(lambda: ran.append(1))
    periodic.job("errands.asked_for")(lambda: ran.append(2))
    jobs_worker.sweep()
    assert ran == [1]


def test_who_asks_while_a_chore_runs_gets_another_round(errands):
    begun, may_go_on, rounds = threading.Event(), threading.Event(), []

    def slow():
        rounds.append(1)
        begun.set()
        may_go_on.wait(5)

    periodic.job("errands.slow")(slow)

    def work():
        with errands.app_context():
            jobs_worker.run("errands.slow")

    worker = threading.Thread(target=work)
    worker.start()
    begun.wait(5)
    for _ in range(3):
        jobs_worker.run("errands.slow")
    may_go_on.set()
    worker.join(5)
    assert len(rounds) == 2


def test_names_are_given_once_and_must_be_known(errands):
    periodic.job("errands.do")(lambda: None)
    with pytest.raises(ValueError, match=r"errands\.do"):
        periodic.job("errands.do")(lambda: None)
    with pytest.raises(LookupError):
        periodic.prompt("errands.dance")


def test_a_silent_worker_is_noticed(tmp_path):
    config = Config(tmp_path)
    assert not jobs_worker.worker_is_alive(config)
    jobs_worker.heartbeat_file(config).touch()
    assert jobs_worker.worker_is_alive(config)
    make_old(jobs_worker.heartbeat_file(config), jobs_worker.QUIET_TOO_LONG + timedelta(seconds=1))
    assert not jobs_worker.worker_is_alive(config)
    assert jobs_worker.worker_is_alive(Config(tmp_path, jobs="now"))


WORKER = """
import sys, threading, time
from datetime import timedelta
from pathlib import Path
from portal import create_app
from portal.jobs import periodic, worker
from portal.config import Config

folder = Path(sys.argv[1])
app = create_app(Config(folder, database_url=sys.argv[3]))

@periodic.job("errands.swept", every=timedelta(minutes=1))
def swept(): (folder / "swept").touch()

@periodic.job("errands.prompted")
def prompted(): (folder / "prompted").touch()

if sys.argv[2] == "work":
    with app.app_context():
        worker.Worker(app).work()
else:
    with app.app_context():
        periodic.prompt("errands.prompted")
        worker.run_prompted()
"""


@pytest.mark.long
@pytest.mark.database
def test_the_worker_sweeps_at_its_start_runs_what_is_prompted_and_stops_when_told(tmp_path):
    def start(part):
        command = [sys.executable, "-c", WORKER, str(tmp_path), part, os.environ.get("TEST_DATABASE_URL", "")]
        # to a file: a pipe nobody reads would fill with what the chores of rooms without tables have to say
        with (tmp_path / "said").open("ab") as said:
            return subprocess.Popen(command, cwd=REPOSITORY, stderr=said)

    worker = start("work")
    try:
        wait_for(tmp_path / "swept", worker)
        assert jobs_worker.worker_is_alive(Config(tmp_path))
        assert start("prompt").wait(30) == 0
        wait_for(tmp_path / "prompted", worker)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    finally:
        worker.kill()


def wait_for(path, process):
    deadline = time.monotonic() + 30
    while not path.exists():
        assert process.poll() is None, path.with_name("said").read_text()
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.05)
