"""Operations at the recorder's desk: beginning, moving on, adjourning."""

from collections.abc import Mapping

from portal.errors import Refused
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.sitting import operations as meetings
from portal.people.models.accounts import User
from portal.records.desk import checks
from portal.records.lines import queries as lines_queries
from portal.records.lines.entries import open_record, sitting_of
from portal.records.models import Record


def begin(meeting: Meeting) -> Record:
    """The job's deed: a meeting at which nothing was written has an empty record, to be completed and signed."""
    return open_record(meeting)


def move_on(item: AgendaItem, *, by: User) -> AgendaItem:
    """转到下一项：这一项还没有登记结果的记为已议，下一项开始讨论。已是最后一项的留在原处。"""
    meeting = sitting_of(item)
    at = meeting.items.index(item)
    following = meeting.items[at + 1] if at + 1 < len(meeting.items) else item
    if not meeting.is_in_session or not (item.is_running or not any(one.is_running for one in meeting.items)):
        return following
    if item.is_placed:
        meetings.mark_item(item, ItemState.dealt_with, by=by)
    if following is not item:
        meetings.turn_to(following, by=by)
    return following


def adjourn(meeting: Meeting, outcomes: Mapping[int, ItemState], why: str, *, by: User) -> Meeting:
    """散会：先给还没有结果的议题登记结果；检查发现的问题要写明理由才能略过。"""
    for item in sorted(meeting.items, key=lambda one: one.is_running):  # the one under way last: it takes none up
        if not item.has_outcome and item.id in outcomes:
            meetings.mark_item(item, outcomes[item.id], by=by)
    found = checks.before_adjourning(checks.Before(meeting, lines_queries.lines_of(meeting)))
    doubts = [one.name for one in found if one.asks]
    if doubts and not why.strip():
        raise Refused(f"请先处理，或写明理由后散会：{'、'.join(doubts)}。")
    return meetings.adjourn(meeting, why=why, despite=doubts, by=by)
