"""What speaks against sending a notice as things stand: a list of named checks, each of which only warns.

A check is one function that gives sentences; `@check("名称")` enters it in the list, in the order on the page.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from portal.db import clock
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.preparing import queries as preparing_queries
from portal.meetings.proposals import queries as proposals_queries
from portal.meetings.series import queries as series_queries
from portal.people.models.roles import Part


@dataclass(frozen=True)
class Before:
    """A meeting before its notice, with what its checks ask of the world around it."""

    meeting: Meeting
    unanswered: int  # proposals the secretary owes an answer
    same_day: list[preparing_queries.SameDay]


Find = Callable[[Before], Iterator[str]]


class Check(NamedTuple):
    """A check and what it is called."""

    name: str
    find: Find


class Found(NamedTuple):
    """What a check found."""

    name: str
    sentences: list[str]


CHECKS: list[Check] = []


def check(name: str) -> Callable[[Find], Find]:
    """Enter a check in the list."""

    def enter(find: Find) -> Find:
        CHECKS.append(Check(name, find))
        return find

    return enter


def before_notice(meeting: Meeting, unanswered: int | None = None) -> list[Found]:
    """Every check that finds something wrong with a meeting whose notice is still to be sent."""
    if not meeting.is_preparing:
        return []
    if unanswered is None:
        unanswered = len(proposals_queries.proposals(meeting.series))
    before = Before(meeting, unanswered, preparing_queries.on_same_day(meeting))
    found = [Found(one.name, list(one.find(before))) for one in CHECKS]
    return [one for one in found if one.sentences]


def _titles(items: list[AgendaItem]) -> str:
    return "、".join(f"《{item.title}》" for item in items)


@check("没有汇报人")
def no_reporter(before: Before) -> Iterator[str]:
    """Items nobody is to report."""
    if items := [item for item in before.meeting.items if item.lacks_reporter]:
        yield f"{len(items)} 项议题没有汇报人：{_titles(items)}。"


@check("没有时间")
def no_time(before: Before) -> Iterator[str]:
    """Items without minutes."""
    if items := [item for item in before.meeting.items if not item.minutes]:
        yield f"{len(items)} 项议题没有安排时间：{_titles(items)}。"


@check("超出时长")
def over_budget(before: Before) -> Iterator[str]:
    """More minutes than the meeting has."""
    meeting = before.meeting
    if (over := meeting.minutes_planned - meeting.minutes) > 0:
        yield f"议题共 {meeting.minutes_planned} 分钟，比会议时长多 {over} 分钟。"


@check("课件没有到位")
def slides_missing(before: Before) -> Iterator[str]:
    """Lessons whose slides are missing, or did not pass the review."""
    for item in before.meeting.items:
        if item.course is not None and not item.course.slides.is_passed:
            yield f"《{item.title}》的课件{item.course.slides.label}。"


@check("主持人不能到会")
def chair_away(before: Before) -> Iterator[str]:
    """The chair's account is closed, or the chair is on leave that day and nobody stands in."""
    chair = before.meeting.chair
    if chair is None:
        return
    if not chair.active:
        yield f"主持人{chair.name}的账号已经停用。"
    away = [other for other in before.same_day if other.chair_away]
    if away and series_queries.deputy_on(before.meeting.day, chair, Part.chair) is None:
        for other in away:
            yield f"主持人{chair.name}当天已向{other.meeting.title}请假。"


@check("会议日期")
def day_in_doubt(before: Before) -> Iterator[str]:
    """A holiday, a year without a calendar, a day that has passed, another meeting at the same time."""
    meeting = before.meeting
    others = [one.meeting for one in before.same_day if one.meeting.id != meeting.id]
    yield from preparing_queries.doubts_about(
        meeting.series, meeting.day, meeting.starts, meeting.minutes, meeting.chair, others
    )
    if meeting.day == clock.today() and meeting.starts < clock.now():
        yield "开会时间已经过了。"


@check("申报没有答复")
def unanswered_proposals(before: Before) -> Iterator[str]:
    """Proposals the secretary has not answered."""
    if before.unanswered:
        yield f"还有 {before.unanswered} 项申报的议题没有答复。"


@check("审定后有变更")
def changed_since_approval(before: Before) -> Iterator[str]:
    """The chair approved another agenda."""
    if before.meeting.was_changed_since:
        yield f"主持人审定后又作了变更：{'；'.join(before.meeting.changes[-5:])}。"
