"""Work a person asked for: done by the worker, with progress, a file at the end, or the sentence why not."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from fixed_clock import make_old

from portal.db import clock
from portal.db.engine import apart, db, reading
from portal.db.journal import JournalEntry
from portal.errors import Refused
from portal.jobs import background, worker
from portal.jobs.background import BackgroundTask, Made
from portal.people.models.accounts import User


@pytest.fixture
def kinds(app, monkeypatch):
    monkeypatch.setattr(background, "KINDS", {})
    return background.KINDS


def asked(by, name="room.count"):
    number = background.ask(name, by=by).id
    db.session.commit()
    return number


def done_by_the_worker():
    db.session.commit()
    worker.run("errands.run")


def afresh(number):
    db.session.expire_all()
    return db.session.get_one(BackgroundTask, number)


def written(text):
    draft = background.fresh_draft()
    draft.write_text(text, encoding="utf-8")
    return Made("数好了。", draft=draft, name="结果.txt", media_type="text/plain")


def test_a_work_brings_a_file_that_only_who_asked_can_fetch(kinds, people, as_):
    background.task("room.count", "数一数")(lambda _errand, _progress: written("一二三"))
    number = asked(people.officer)
    done_by_the_worker()
    answer = as_(people.officer).get(f"/errands/{number}/file")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "一二三")
    assert "attachment" in answer.headers["Content-Disposition"]
    page = as_(people.officer).get(f"/errands/{number}").get_data(as_text=True)
    assert "数好了。" in page
    assert "结果.txt" in page
    assert as_(people.colleague).get(f"/errands/{number}").status_code == 404
    assert as_(people.colleague).get(f"/errands/{number}/file").status_code == 404


def test_progress_is_seen_while_it_works_and_nobody_waits_for_it(kinds, people):
    seen = []

    def count(errand, progress):
        db.session.scalar(sa.select(sa.func.count()).select_from(JournalEntry))  # it reads in portions …
        progress(1, 2)
        with apart() as other:  # … and between them others can write
            other.execute(sa.update(BackgroundTask).values(label="改名"))
            seen.append(other.execute(sa.select(BackgroundTask.steps_done, BackgroundTask.steps)).one())
        return Made("好了。")

    background.task("room.count", "数一数")(count)
    number = asked(people.officer)
    done_by_the_worker()
    assert [tuple(one) for one in seen] == [(1, 2)]
    assert (afresh(number).has_ended, afresh(number).label) == (True, "改名")


def test_what_is_recorded_and_the_end_come_together(kinds, people):
    def record(errand, made):
        db.session.execute(sa.update(User).where(User.id == errand.asked_by_id).values(post=made.product))
        raise Refused("数目对不上。")

    background.task("room.count", "数一数", then=record)(lambda _errand, _progress: Made("好了。", product="新职务"))
    post = people.officer.post
    number = asked(people.officer)
    done_by_the_worker()
    assert afresh(number).failure == "数目对不上。"
    db.session.refresh(people.officer)
    assert people.officer.post == post


def test_a_refusal_ends_it_with_its_sentence_and_it_can_be_asked_again(kinds, people, as_):
    worth = iter([Refused("表里没有数据。"), Made("好了。")])

    def work(errand, progress):
        found = next(worth)
        if isinstance(found, Refused):
            raise found
        return found

    background.task("room.count", "数一数")(work)
    number = asked(people.officer)
    done_by_the_worker()
    browser = as_(people.officer)
    assert "表里没有数据。" in browser.get(f"/errands/{number}").get_data(as_text=True)
    assert browser.post(f"/errands/{number}/retry").status_code == 303
    assert (afresh(number).failure, afresh(number).sentence) == ("", "好了。")
    assert browser.post(f"/errands/{number}/retry").status_code == 409


def test_a_fault_is_tried_again_and_told_in_the_end(kinds, people, monkeypatch):
    def break_down(errand, progress):
        raise OSError("disk")

    background.task("room.count", "数一数")(break_down)
    number = asked(people.officer)
    tries = []
    for _ in range(background.TRIES):
        done_by_the_worker()
        tries.append(afresh(number).has_ended)
        db.session.execute(sa.update(BackgroundTask).values(next_try_at=None))
        db.session.commit()
    assert tries == [False, False, True]
    assert "失败" in afresh(number).failure


def test_a_week_later_file_and_row_are_gone(app, kinds, people):
    background.task("room.count", "数一数")(lambda _errand, _progress: written("一"))
    number = asked(people.officer)
    done_by_the_worker()
    for path in background.folder().iterdir():
        make_old(path)
    with clock.at(clock.now() + background.KEPT + timedelta(minutes=1)):
        background.tidy()
    db.session.commit()
    assert db.session.get(BackgroundTask, number) is None
    assert list((app.config["PORTAL"].data / "errands").iterdir()) == []


def test_asking_is_one_entry_in_the_journal(kinds, people):
    background.task("room.count", "数一数")(lambda _errand, _progress: Made("好了。"))
    asked(people.officer)
    done_by_the_worker()
    entries = db.session.scalars(sa.select(JournalEntry.deed).where(JournalEntry.deed.like("room.%"))).all()
    assert list(entries) == ["room.count"]


def test_what_only_reads_never_takes_the_write_lock(app, statements):
    db.session.rollback()
    with reading():
        db.session.scalar(sa.select(sa.func.count(BackgroundTask.id)))
    db.session.rollback()
    assert "BEGIN IMMEDIATE" not in statements
    assert len(statements) >= 1
