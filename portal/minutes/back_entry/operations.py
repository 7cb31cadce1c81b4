"""补录: minutes that were issued on paper before the portal came, brought in as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import sqlalchemy as sa

from portal.actions.importing import operations as actions
from portal.actions.models.action_items import ActionItem
from portal.db import clock, journal
from portal.db.concurrency import claim
from portal.db.engine import Base, add, db
from portal.db.numbers import at_least, lower
from portal.db.search import forget
from portal.documents import registry
from portal.errors import Refused
from portal.files.store import StoredFile, clean_name
from portal.meetings.models.series import MeetingSeries
from portal.meetings.takeover import operations as meetings
from portal.minutes.back_entry import queries
from portal.minutes.back_entry.earlier import Earlier, EarlierTask, joined
from portal.minutes.issue import queries as issue_queries
from portal.minutes.issue.operations import reindex
from portal.minutes.models.minutes import Minutes, MinutesState
from portal.minutes.models.reader import MinutesReader
from portal.minutes.models.revision import MinutesRevision
from portal.minutes.models.signoff import SignOffSheet
from portal.minutes.signing.paper import withdraw_paper
from portal.minutes.signoff.operations import sequence_of
from portal.minutes.steps import take
from portal.people.models.accounts import User
from portal.records.decisions import operations as records

Row = TypeVar("Row", bound=Base)
WORD = "补录会议纪要"


@dataclass(frozen=True)
class Contents:
    """What was found in a file that was brought: how many pages, and what they say; no page where it is broken."""

    pages: int = 0
    text: str = ""


def read_back(minutes: Minutes, found: Contents) -> None:
    """The job's deed: what the file of earlier minutes says is kept, to be read and found."""
    if minutes.document is None:
        return
    minutes.document.pages = found.pages
    minutes.latest.text = minutes.latest.printed = joined(found.text)
    db.session.flush()
    if minutes.is_issued:
        reindex(minutes)


def amend(  # noqa: PLR0913 - earlier minutes are told with all their parts
    minutes: Minutes,
    seen: int | None,
    day: date,
    year: int,
    number: int,
    title: str,
    decisions: Sequence[str],
    *,
    issued_on: date | None = None,
    distribution: str = "",
    by: User,
) -> Minutes:
    """修改补录：档案员接收之前，可以改正编号、日期、标题和议定事项；文件不对的，作废后重新补录。"""
    series, before = minutes.meeting.series_id, (minutes.year, minutes.number)
    claim(minutes, seen)
    if before != (year, number):
        at_least(sequence_of(series, year), number)
        _refuse_known(minutes.meeting.series, year, number)
    minutes.lifecycle.fire(minutes, "amend", by=by, before=minutes.number_text)
    minutes.year, minutes.number, minutes.title, minutes.distribution = year, number, title, distribution
    minutes.issued_at = clock.moment(issued_on or day, 9)
    if minutes.document is not None:
        minutes.document.title, minutes.document.number = title, minutes.number_text
    db.session.flush()
    if before != (year, number):
        _give_back(series, *before)
    meetings.amend_entry(minutes.meeting, day, title)
    for item in minutes.meeting.items:
        records.amend_decisions(item, decisions)
    reindex(minutes)
    return minutes


def revoke(minutes: Minutes, why: str, *, by: User) -> Minutes:
    """作废补录：录错了的；编号和文件可以重新补录，没有办完的交办事项随之终止。"""
    take(minutes, "revoke", by=by, why=why)
    withdraw_paper(minutes)
    minutes.document = None
    db.session.flush()
    _give_back(minutes.meeting.series_id, minutes.year, minutes.number)
    for item in minutes.meeting.items:
        records.take_back(item, why, by=by)
    meetings.take_back(minutes.meeting, why, by=by)
    for kind in (Minutes, MinutesReader):
        forget(kind.__tablename__, minutes.id)
    return minutes


def _refuse_known(series: MeetingSeries, year: int, number: int) -> None:
    if (known := queries.numbered(series.id, year, number)) is not None:
        raise Refused(f"{series.name}〔{year}〕{number}号已经是《{known.title}》，不能重复。")


def _give_back(series_id: int, year: int | None, number: int | None) -> None:
    """A number that was mistaken counts no longer: where it was the highest, the sequence goes on behind the others."""
    if year is not None and number is not None:
        lower(sequence_of(series_id, year), number, issue_queries.highest_number(series_id, year))


def enter_back(  # noqa: PLR0913 - earlier minutes are told with all their parts
    series: MeetingSeries,
    day: date,
    year: int,
    number: int,
    title: str,
    file: StoredFile,
    decisions: Sequence[str] = (),
    tasks: Sequence[EarlierTask] = (),
    *,
    issued_on: date | None = None,
    distribution: str = "",
    tell: bool = True,
    by: User,
) -> Minutes:
    """补录：门户启用之前印发的纪要，连同议定事项和交办事项登记进来；编号从此不再用，原件没有本门户的签名。

    Nothing of the file is looked at here: what it says, and how many pages it has, a chore reads apart. Without `tell`
    nobody hears of the open tasks.
    """
    at_least(sequence_of(series.id, year), number)  # first of all: whoever enters the same number waits here
    _refuse_known(series, year, number)
    item = meetings.enter_back(series, day, title)
    minutes = Minutes(
        meeting=item.meeting, state=MinutesState.entered, title=title, distribution=distribution, year=year,
        number=number, entered_at=clock.now(), issued_at=clock.moment(issued_on or day, 9), sheet=SignOffSheet(),
        revisions=[MinutesRevision(number=1, text="", by=by, at=clock.now())],
    )  # fmt: skip
    minutes.document = registry.bring(title, minutes.number_text, file)
    add(minutes)
    made = actions.bring_in(
        [one.as_old(day) for one in tasks], file, word=WORD, audience=series.group,
        said_at=(series.id, item.meeting_id), tell=tell, by=by,
    )  # fmt: skip
    records.enter_back(item, decisions, [(one, task.decision) for one, task in zip(made, tasks, strict=True)])
    journal.record(
        by, "minutes.enter_back", minutes, "补录纪要", sha256=file.sha256, decisions=len(decisions), tasks=len(made)
    )
    db.session.flush()
    reindex(minutes)
    return minutes


def enter_several(listed: Sequence[Earlier], files: Mapping[str, tuple[str, int]], *, by: User) -> list[Minutes]:
    """批量补录：全部补录或一份也不补录；每份留痕，承办人各收到一条消息。

    `files` are the hash and the size of each PDF, by the name its row has; they lie in the store already.
    """
    made = [_enter_listed(one, *files[one.file], by=by) for one in listed]
    meetings_ = [one.meeting_id for one in made]
    brought = db.session.scalars(sa.select(ActionItem).where(ActionItem.of_meeting.in_(meetings_))).all()
    actions.notify_of_brought(brought, WORD, by=by)
    return made


def _enter_listed(listed: Earlier, sha256: str, size: int, *, by: User) -> Minutes:
    """One of a list that was read in another session: its people and units as this one knows them."""
    file: StoredFile = add(
        StoredFile(
            sha256=sha256, name=clean_name(listed.file), media_type="application/pdf", size=size,
            uploaded_by_id=by.id, uploaded_at=clock.now(),
        )
    )  # fmt: skip
    tasks = [
        replace(
            one,
            lead_person=_here(one.lead_person),
            lead=_here(one.lead) if one.lead else None,
            support=tuple(_here(unit) for unit in one.support),
        )
        for one in listed.tasks
    ]
    return enter_back(
        _here(listed.series), listed.day, listed.year, listed.number, listed.title, file, listed.decisions, tasks,
        issued_on=listed.issued_on, distribution=listed.distribution, tell=False, by=by,
    )  # fmt: skip


def _here(thing: Row) -> Row:
    return db.session.get_one(type(thing), thing.id)  # type: ignore[attr-defined]
