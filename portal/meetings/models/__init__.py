"""Series, meetings, agenda items, attendance."""

from portal.meetings.models.attendance import Attendance, Reply, SignInScan
from portal.meetings.models.items import OUTCOMES, AgendaItem, AgendaStep, ItemFile, ItemState
from portal.meetings.models.meetings import GRACE, HELD, UPCOMING, Meeting, MeetingState, no_roll, not_in_session
from portal.meetings.models.notices import CalendarFeed, MeetingNotice, kept_already
from portal.meetings.models.review import Review, ReviewRow, Standing, standing_of
from portal.meetings.models.series import LAST, NTH, ItemKind, MeetingSeries, Recurrence, StandingItem

__all__ = [
    "GRACE",
    "HELD",
    "LAST",
    "NTH",
    "OUTCOMES",
    "UPCOMING",
    "AgendaItem",
    "AgendaStep",
    "Attendance",
    "CalendarFeed",
    "ItemFile",
    "ItemKind",
    "ItemState",
    "Meeting",
    "MeetingNotice",
    "MeetingSeries",
    "MeetingState",
    "Recurrence",
    "Reply",
    "Review",
    "ReviewRow",
    "SignInScan",
    "Standing",
    "StandingItem",
    "kept_already",
    "no_roll",
    "not_in_session",
    "standing_of",
]
