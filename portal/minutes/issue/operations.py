"""Operations on minutes that are done with: issue, readers, archive, 作废, 更正."""

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.actions.assignment import operations as actions
from portal.db import clock, journal
from portal.db.concurrency import claim, upsert
from portal.db.engine import add, db
from portal.db.search import Findable, forget, index_all
from portal.documents import registry
from portal.errors import Refused
from portal.meetings.series.queries import members
from portal.meetings.sitting import operations as meetings
from portal.minutes.issue import queries
from portal.minutes.models.minutes import Minutes
from portal.minutes.models.reader import MinutesReader, MinutesReading
from portal.minutes.models.signoff import SignOffSheet
from portal.minutes.notifications import address_of, notify
from portal.minutes.reading import queries as reading_queries
from portal.minutes.signing.paper import withdraw_paper
from portal.minutes.steps import take
from portal.minutes.text import queries as text_queries
from portal.minutes.text.operations import keep_text
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.records.decisions import queries as records


def issue(minutes: Minutes, *, by: User) -> Minutes:
    """印发：例会成员可以查看，交办事项正式生效。"""
    take(minutes, "issue", by=by)
    minutes.issued_at = clock.now()
    meeting = minutes.meeting
    if meeting.lifecycle.is_open(meeting, "conclude"):
        meetings.conclude(meeting, by=None)
    for action in records.actions_of(meeting):
        if action.provisional:
            actions.settle(action)
    db.session.flush()
    reindex(minutes)
    readers = {user.id: user for user in [*members(meeting.series), *queries.named_readers(minutes)]}
    notify([user for user in readers.values() if user.id != by.id], "纪要已印发", minutes)
    return minutes


def address(minutes: Minutes, users: Iterable[User], departments: Iterable[Department], *, by: User) -> Minutes:
    """印发范围：例会成员之外，还发给哪些人和单位；已印发的，新添的人随即收到。"""
    before = {user.id for user in queries.named_readers(minutes)}
    db.session.execute(sa.delete(MinutesReader).where(MinutesReader.minutes_id == minutes.id))
    for user in users:
        db.session.add(MinutesReader(minutes_id=minutes.id, user_id=user.id))
    for department in departments:
        db.session.add(MinutesReader(minutes_id=minutes.id, department_id=department.id))
    db.session.flush()
    readers = queries.named_readers(minutes)
    journal.record(by, "minutes.address", minutes, "确定印发范围", readers=[user.name for user in readers])
    if minutes.is_issued:
        reindex(minutes)
        notify([user for user in readers if user.id not in before], "纪要已印发", minutes)
    return minutes


def note_reading(session: Session, minutes_id: int, user_id: int) -> None:
    """Note that somebody opened issued minutes, in a short transaction beside the page's own."""
    now = clock.now()
    session.execute(
        upsert(
            MinutesReading, ["minutes_id", "user_id"], {"last_at": now, "times": MinutesReading.times + 1},
            minutes_id=minutes_id, user_id=user_id, first_at=now, last_at=now, times=1,
        )
    )  # fmt: skip


def reindex(minutes: Minutes) -> None:
    """Enter issued minutes in the search index: for the members of their series, and for whom else they go to."""
    called = f"{minutes.title}{minutes.number_text}" + ("（补录）" if minutes.is_back_entered else "")
    found = Findable(
        minutes.id, called, text_queries.words(minutes), address_of(minutes), "会议纪要",
        minutes.meeting.day, reading_queries.scope_of(minutes.meeting.series_id),
    )  # fmt: skip
    index_all(Minutes.__tablename__, [found])
    if queries.readers_of(minutes):
        index_all(MinutesReader.__tablename__, [replace(found, scope=reading_queries.scope_of_readers(minutes.id))])
    else:
        forget(MinutesReader.__tablename__, minutes.id)


def archive(minutes: Minutes, *, by: User) -> Minutes:
    """归档：纪要的各件都已由档案员接收。"""
    take(minutes, "archive", by=by)
    db.session.flush()
    return minutes


def void(minutes: Minutes, why: str, *, by: User) -> Minutes:
    """作废：不再印发，编过的号不再使用。"""
    take(minutes, "void", by=by, why=why)
    withdraw_paper(minutes)
    if minutes.sheet.document is not None:
        registry.refuse(minutes.sheet.document)
    db.session.flush()
    return minutes


def correct(minutes: Minutes, *, by: User) -> Minutes:
    """更正：另起一份更正，写明更正哪一份；两份都保留。"""
    if minutes.not_issued:
        raise Refused(minutes.not_issued)
    claim(minutes, None)
    for one in queries.corrections_of(minutes):
        if one.is_issued:
            raise Refused("这份纪要已经有更正，请更正最新的一份。")
        raise Refused(f"“{one.title}”正在办理，请先办完它。")
    correction: Minutes = add(
        Minutes(
            meeting=minutes.meeting, corrects=minutes, title=f"{minutes.title.removesuffix('（更正）')}（更正）",
            distribution=minutes.distribution, mark=minutes.mark, sheet=SignOffSheet(),
        )
    )  # fmt: skip
    correction.attachments = minutes.attachments
    keep_text(correction, text_queries.words(minutes), by=by)
    journal.record(by, "minutes.correct", correction, "起草更正", replaces=minutes.number_text)
    return correction
