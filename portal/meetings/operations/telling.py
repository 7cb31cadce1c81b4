"""How a meeting is found, and how its notice and its changes reach people."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from portal import clock, jobs, journal, register, search
from portal.database import db
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.meetings import notice, queries
from portal.meetings.models import AgendaItem, Meeting, MeetingNotice, kept_already
from portal.meetings.operations.seating import seat_from_outside
from portal.people.models import Role, User
from portal.people.queries import in_charge
from portal.register import Document

BURST = timedelta(minutes=5)  # changes so close together go into one notice


def change_notice(meeting: Meeting) -> None:
    """Calendars learn of the change at once; the paper waits until a burst of changes is over."""
    meeting.told_at, meeting.sequence = clock.now(), meeting.sequence + 1
    draw_notice(meeting, clock.now() + BURST)


def draw_notice(meeting: Meeting, due_at: datetime) -> MeetingNotice:
    """Keep what the notice says now; one that is not laid out yet says it too, unless it is the first."""
    content = notice.content_of(meeting)
    latest = meeting.notices[-1] if meeting.notices else None
    if latest is None or latest.is_kept or latest.edition == 1:
        latest = MeetingNotice(edition=len(meeting.notices) + 1)
        meeting.notices.append(latest)
    latest.drawn_at, latest.due_at = clock.now(), due_at
    latest.title, latest.content = content["title"], content
    db.session.flush()
    return latest


def keep_notice(one: MeetingNotice, pdf: bytes) -> Document:
    """The chore's deed: enter a notice that was laid out in the register."""
    one.document = register.enter(register.PaperKind.notice, one.title, "", pdf, [], by=None)
    journal.record(None, "meetings.keep_notice", one, "留存会议通知", meeting=one.meeting_id, edition=one.edition)
    db.session.flush()
    return one.document


def lay_out_again(one: MeetingNotice, *, by: User) -> MeetingNotice:
    """重新排版：会议通知排版失败后再试一次。"""
    if obstacle := kept_already(one):
        raise Refused(obstacle)
    journal.record(by, "meetings.lay_out_again", one, "重新排版")
    jobs.try_again(one)
    jobs.prompt("meetings.lay_out_notices")
    return one


def let_be_found(meeting: Meeting) -> None:
    """Let the members find the meeting by its title, place, people and items."""
    db.session.flush()
    people = (meeting.chair, meeting.recorder)
    words = [meeting.place, *(one.name for one in people if one), *(item.title for item in meeting.items)]
    search.index(
        Meeting.__tablename__, meeting.id, title=meeting.title, text="\n".join(words), url=address_of(meeting),
        label="会议", day=meeting.day, scope=queries.scope_of(meeting.series_id),
    )  # fmt: skip


def audience_of(meeting: Meeting) -> list[User]:
    """The members, those with a part in the meeting, and the reporters; each once."""
    found = [*queries.members(meeting.series), meeting.chair, meeting.recorder, meeting.reviewer, meeting.signatory]
    found += [item.reporter for item in meeting.items]
    return list({user.id: user for user in found if user is not None}.values())


def address_of(meeting: Meeting) -> str:
    """Its page."""
    return f"/meetings/{meeting.id}"


def tell_all(meeting: Meeting, title: str, body: str) -> None:
    """Everybody who has to do with a meeting hears of it; a later word in the same burst replaces an unread one."""
    inbox.tell(audience_of(meeting), title, address_of(meeting), body=body, burst=f"meeting-{meeting.id}")


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
    let_be_found(meeting)


def note_change(meeting: Meeting, sentence: str, by: User, few: Iterable[User | None] | None) -> None:
    """Write down what changed; tell everybody, or the few it concerns with the chair and the secretaries."""
    meeting.changed_at = clock.now()
    if sentence not in meeting.changes[-1:]:
        meeting.changes = [*meeting.changes, sentence]
    if meeting.is_announced:
        change_notice(meeting)
    people = audience_of(meeting) if few is None else [*few, meeting.chair, *in_charge(Role.secretary)]
    told = {user.id: user for user in people if user is not None and user.id != by.id}
    inbox.tell(
        told.values(), f"会议有变更：{meeting.title}", address_of(meeting), body=f"{'；'.join(meeting.changes[-5:])}。",
        burst=f"meeting-{meeting.id}" if few is None else f"agenda-{meeting.id}",
    )  # fmt: skip
