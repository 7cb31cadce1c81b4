"""补录: minutes that were issued on paper before the portal came, brought in as they are."""

from collections.abc import Sequence
from datetime import date

from portal import clock, journal, register
from portal.actions import operations as actions
from portal.database import add, at_least, db
from portal.errors import Refused
from portal.meetings import operations as meetings
from portal.meetings.models import MeetingSeries
from portal.minutes import queries
from portal.minutes.earlier import EarlierTask
from portal.minutes.models import Minutes, MinutesRevision, MinutesState, SignOffSheet
from portal.minutes.operations.issuing import let_be_found
from portal.minutes.operations.review import sequence_of
from portal.people.models import User
from portal.records import operations as records
from portal.store import StoredFile


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
    by: User,
) -> Minutes:
    """补录：门户启用之前印发的纪要，连同议定事项和交办事项登记进来；编号从此不再用，原件没有本门户的签名。

    Nothing of the file is looked at here: what it says, and how many pages it has, a chore reads apart.
    """
    at_least(sequence_of(series.id, year), number)  # first of all: whoever enters the same number waits here
    if (known := queries.numbered(series.id, year, number)) is not None:
        raise Refused(f"{series.name}〔{year}〕{number}号已经是《{known.title}》，不能重复。")
    item = meetings.enter_back(series, day, title)
    minutes = Minutes(
        meeting=item.meeting, state=MinutesState.entered, title=title, distribution=distribution, year=year,
        number=number, entered_at=clock.now(), issued_at=clock.moment(issued_on or day, 9), sheet=SignOffSheet(),
        revisions=[MinutesRevision(number=1, text="", by=by, at=clock.now())],
    )  # fmt: skip
    minutes.document = register.bring(title, minutes.number_text, file)
    add(minutes)
    made = actions.bring_in(
        [one.as_old(day) for one in tasks], file, word="补录会议纪要", audience=series.group,
        said_at=(series.id, item.meeting_id), by=by,
    )  # fmt: skip
    records.enter_back(item, decisions, [(one, task.decision) for one, task in zip(made, tasks, strict=True)])
    journal.record(
        by, "minutes.enter_back", minutes, "补录纪要", sha256=file.sha256, decisions=len(decisions), tasks=len(made)
    )
    db.session.flush()
    let_be_found(minutes)
    return minutes
