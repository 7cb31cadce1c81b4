"""上次会议议定事项落实情况: how the tasks of a series stand, as its first item shows it, live until it is frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.actions.assignment.queries import OPEN, ROW
from portal.actions.models.action_items import ActionItem, ActionState
from portal.db import clock
from portal.db.engine import db
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import HELD, UPCOMING, Meeting
from portal.meetings.models.review import Review, ReviewRow, Standing, standing_of
from portal.meetings.models.series import ItemKind, MeetingSeries


@dataclass(frozen=True)
class Line:
    """A line of the table: who leads, how many tasks, how many in each standing."""

    lead: str
    counts: dict[Standing, int]

    @property
    def total(self) -> int:
        """All tasks of this lead."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Overview:
    """How the tasks stood at a moment: the sentence, the table by lead, the overdue ones."""

    at: datetime
    rows: Sequence[ReviewRow]
    frozen: bool

    @property
    def total(self) -> Line:
        """The last line of the table."""
        return _line("合计", self.rows)

    @property
    def columns(self) -> list[Standing]:
        """The standings that occur; 逾期 always, since that nothing is overdue is news too."""
        return [one for one in Standing if self.total.counts[one] or one is Standing.late]

    @property
    def lines(self) -> list[Line]:
        """The table by lead, in the order of rank."""
        leads = dict.fromkeys(row.lead for row in self.rows)
        return [_line(lead, [row for row in self.rows if row.lead == lead]) for lead in leads]

    @property
    def overdue(self) -> list[ReviewRow]:
        """What is past its due day, the latest first."""
        return sorted((row for row in self.rows if row.standing is Standing.late), key=lambda row: row.due)

    @property
    def sentence(self) -> str:
        """What the papers say of it."""
        until = f"截至{clock.zh_datetime(self.at)}"
        if not self.rows:
            return f"{until}，没有在办的交办事项。"
        counts = self.total.counts
        said = "、".join(f"{one.label}{counts[one]}项" for one in self.columns)
        return f"{until}，在办的和上次会议以来销号的交办事项共{len(self.rows)}项，其中{said}。"

    @property
    def sentences(self) -> list[str]:
        """The sentence, and the overdue tasks by name where there are any."""
        named = "；".join(f"{row.title}（{row.lead}牵头，时限{clock.zh_date(row.due)}）" for row in self.overdue)
        return [self.sentence, f"逾期事项：{named}。"] if named else [self.sentence]

    @property
    def table(self) -> list[list[str]]:
        """The table as papers print it, its head first; nothing where there are no tasks."""
        if not self.rows:
            return []
        head = ["牵头单位", "交办", *(one.label for one in self.columns)]
        lines = [*self.lines, self.total]
        return [
            head,
            *([line.lead, str(line.total), *(str(line.counts[one]) for one in self.columns)] for line in lines),
        ]


def _line(lead: str, rows: Sequence[ReviewRow]) -> Line:
    return Line(lead, {one: sum(row.standing is one for row in rows) for one in Standing})


def overview_of(meeting: Meeting) -> Overview | None:
    """What the first item of a meeting shows: as it was frozen; before that, while nothing has begun, as it is now."""
    if found := frozen_overview_of(meeting):
        return found
    live = has_review(meeting) and meeting.is_upcoming
    return Overview(clock.now(), rows_now(meeting.series), frozen=False) if live else None


def frozen_overview_of(meeting: Meeting) -> Overview | None:
    """What was frozen for a meeting."""
    found = meeting.review if has_review(meeting) else None
    return Overview(found.frozen_at, found.rows, frozen=True) if found else None


def overview_of_item(item: AgendaItem) -> Overview | None:
    """What an item shows of the tasks, where it is the one that reports on them."""
    return overview_of(item.meeting) if item.meeting is not None and item.kind is ItemKind.review else None


def has_review(meeting: Meeting) -> bool:
    """Whether an item of the meeting reports on the tasks."""
    return any(item.kind is ItemKind.review for item in meeting.items)


def rows_now(series: MeetingSeries) -> list[ReviewRow]:
    """The tasks of a series as they stand: what is open, and what was closed since its last meeting."""
    last = sa.select(sa.func.max(Meeting.adjourned_at)).where(Meeting.series_id == series.id, Meeting.state.in_(HELD))
    closed_since = sa.and_(
        ActionItem.state == ActionState.closed,
        ActionItem.closed_at >= sa.func.coalesce(last.scalar_subquery(), ActionItem.closed_at),
    )
    query = sa.select(ActionItem).where(ActionItem.audience_id == series.group_id, sa.or_(OPEN, closed_since))
    actions = sorted(db.session.scalars(query.options(*ROW)), key=_by_rank)
    return [
        ReviewRow(
            position=position, action_id=one.id, number=one.number, title=one.title, lead=one.lead,
            person=one.lead_person.name, due=one.due, standing=standing_of(one),
        )
        for position, one in enumerate(actions, 1)
    ]  # fmt: skip


def _by_rank(action: ActionItem) -> tuple[bool, int, int, object, int]:
    unit = action.lead_department or action.lead_group
    return (
        action.lead_department is None, unit.rank if unit else 0, unit.id if unit else 0, action.due, action.id
    )  # fmt: skip


def to_freeze() -> sa.Select[Meeting]:
    """The meetings to come whose call for items has closed, and whose tasks are not frozen yet."""
    reports = sa.exists().where(AgendaItem.meeting_id == Meeting.id, AgendaItem.kind == ItemKind.review)
    frozen = sa.exists().where(Review.meeting_id == Meeting.id)
    waiting = sa.select(Meeting).where(Meeting.state.in_(UPCOMING), reports, ~frozen)
    now = clock.now()
    ids = [one.id for one in db.session.scalars(waiting) if one.cut_off <= now]
    return sa.select(Meeting).where(Meeting.id.in_(ids), ~frozen).order_by(Meeting.id)
