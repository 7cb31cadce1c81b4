"""What the screen in the meeting's room shows."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from portal.db import clock
from portal.meetings.attendance.codes import digits, turn
from portal.meetings.attendance.queries import Tally, tally
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind
from portal.meetings.review.queries import frozen_overview_of

# Later rooms say what is on the screen beside an item: the slides of a lesson.
beside: list[Callable[[AgendaItem], Any]] = []


@dataclass(frozen=True)
class Screen:
    """What the room's screen shows at this moment."""

    meeting: Meeting
    at: int
    tally: Tally
    current: AgendaItem | None
    following: AgendaItem | None
    report: Sequence[str]  # on the tasks, where the item under way is about them
    slide: Any = None  # what a later feature puts beside the item under way

    @property
    def code(self) -> str:
        """The four digits."""
        return digits(self.meeting, self.at)

    @property
    def clock(self) -> str:
        """How long the item under way has taken, as the page's clock goes on to count it."""
        return clock.lapsed(self.current.runs_since if self.current else None)

    @property
    def tag(self) -> str:
        """Changes whenever the screen would look different."""
        items = [
            (item.id, item.title, item.minutes, item.state.value, item.runs_since, item.ended_at, item.is_over_time)
            for item in self.meeting.items
        ]
        beside = self.slide and self.slide.tag
        facts = (self.meeting.title, self.meeting.place, self.meeting.state.value, self.at, self.tally, items, beside)
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:20]


def screen_of(meeting: Meeting) -> Screen:
    """The screen of a meeting: its code, who has come, the item under way and the next."""
    running = [item for item in meeting.items if item.is_running] if meeting.is_in_session else []
    current = next(iter(running), None)
    after = meeting.items[meeting.items.index(current) + 1 :] if current else meeting.items
    following = next((item for item in after if item.is_placed), None)
    overview = frozen_overview_of(meeting) if current and current.kind is ItemKind.review else None
    report = overview.sentences if overview else ()
    slide = next((found for ask in beside if current and (found := ask(current))), None)
    return Screen(meeting, turn(), tally(meeting), current, following, report, slide)
