"""How a meeting is found by search, and how its notice and its changes reach people."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from portal.db import clock, search
from portal.db.engine import db
from portal.inbox import operations as inbox
from portal.meetings.attendance.seating import seat_from_outside
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.notices import MeetingNotice
from portal.meetings.notices import paper
from portal.meetings.series import queries as series_queries
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge

BURST = timedelta(minutes=5)  # changes so close together go into one notice


def change_notice(meeting: Meeting) -> None:
    """Calendars learn of the change at once; the paper waits until a burst of changes is over."""
    meeting.told_at, meeting.sequence = clock.now(), meeting.sequence + 1
    draw_notice(meeting, clock.now() + BURST)


def draw_notice(meeting: Meeting, due_at: datetime) -> MeetingNotice:
    """Keep what the notice says now; one that is not laid out yet says it too, unless it is the first."""
    content = paper.content_of(meeting)
    latest = meeting.notices[-1] if meeting.notices else None
    if latest is None or latest.is_kept or latest.edition == 1:
        latest = MeetingNotice(edition=len(meeting.notices) + 1)
        meeting.notices.append(latest)
    latest.drawn_at, latest.due_at = clock.now(), due_at
    latest.title, latest.content = content["title"], content
    db.session.flush()
    return latest


def reindex(meeting: Meeting) -> None:
    """Let the members find the meeting by its title, place, people and items."""
    db.session.flush()
    people = (meeting.chair, meeting.recorder)
    words = [meeting.place, *(one.name for one in people if one), *(item.title for item in meeting.items)]
    search.index(
        Meeting.__tablename__, meeting.id, title=meeting.title, text="\n".join(words), url=address_of(meeting),
        label="会议", day=meeting.day, scope=series_queries.scope_of(meeting.series_id),
    )  # fmt: skip


def audience_of(meeting: Meeting) -> list[User]:
    """The members, those with a part in the meeting, and the reporters; each once."""
    found = [
        *series_queries.members(meeting.series),
        meeting.chair,
        meeting.recorder,
        meeting.reviewer,
        meeting.signatory,
    ]
    found += [item.reporter for item in meeting.items]
    return list({user.id: user for user in found if user is not None}.values())


def address_of(meeting: Meeting) -> str:
    """Its page."""
    return f"/meetings/{meeting.id}"


def notify_all(meeting: Meeting, title: str, body: str) -> None:
    """Everybody who has to do with a meeting hears of it; a later word in the same burst replaces an unread one."""
    inbox.notify(audience_of(meeting), title, address_of(meeting), body=body, burst=f"meeting-{meeting.id}")


def agenda_changed(
    meeting: Meeting,
    sentence: str,
    by: User,
    item: AgendaItem | None = None,
    *,
    also: Iterable[User | None] = (),
    for_all: bool = False,
) -> None:
    """A fixed agenda that is changed shows it, and tells those concerned; what comes or goes concerns everybody."""
    if meeting.is_frozen:
        if item is not None and item.meeting_id is not None:
            item.changed = True
        if meeting.is_upcoming:
            few = [item.reporter if item else None, *also]
            if meeting.is_announced:
                seat_from_outside(meeting)
            note_change(meeting, sentence, by, None if for_all and meeting.has_notice else few)
    reindex(meeting)


def note_change(meeting: Meeting, sentence: str, by: User, few: Iterable[User | None] | None) -> None:
    """Write down what changed; tell everybody, or the few it concerns with the chair and the secretaries."""
    meeting.changed_at = clock.now()
    if sentence not in meeting.changes[-1:]:
        meeting.changes = [*meeting.changes, sentence]
    if meeting.is_announced:
        change_notice(meeting)
    people = audience_of(meeting) if few is None else [*few, meeting.chair, *in_charge(Role.secretary)]
    told = {user.id: user for user in people if user is not None and user.id != by.id}
    inbox.notify(
        told.values(), f"会议有变更：{meeting.title}", address_of(meeting), body=f"{'；'.join(meeting.changes[-5:])}。",
        burst=f"meeting-{meeting.id}" if few is None else f"agenda-{meeting.id}",
    )  # fmt: skip
