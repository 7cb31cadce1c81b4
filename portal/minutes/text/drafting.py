"""How the portal words a first draft: the record, its decisions and tasks as a 会议纪要 a secretary would keep."""

import re
from collections.abc import Iterator
from itertools import groupby

from portal.db import clock
from portal.documents.paper.text import numeral
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind
from portal.meetings.review.queries import overview_of
from portal.minutes.text.live import mark_of
from portal.records.decisions import queries as decisions_queries
from portal.records.lines import queries as lines_queries
from portal.records.models import Decision, Handout

NAMED = 4  # items the opening sentence names
VERBS = {
    ItemKind.review: "听取",
    ItemKind.study: "传达学习",
    ItemKind.problem: "研究",
    ItemKind.course: "组织首席服务官讲业务",
    ItemKind.assignment: "部署",
    ItemKind.other: "讨论",
}
_COURSE = re.compile(r"首席服务官讲业务\s*[:：]\s*")
_BEGINS_WITH_A_VERB = re.compile("传达|学习|研究|审议|讨论|听取|通报|交流|部署|安排|总结|审定")


def draft_of(meeting: Meeting) -> str:
    """The text of a first draft: a paragraph a line, levels by their outline keys."""
    return "\n".join(_paragraphs(meeting))


def _paragraphs(meeting: Meeting) -> Iterator[str]:
    entries = lines_queries.entries_of(meeting)
    decisions, handouts = decisions_queries.words_of(meeting)
    overview = overview_of(meeting)
    dealt_with = [item for item in meeting.items if item.state is ItemState.dealt_with]
    yield _opening(meeting, dealt_with)
    for number, item in enumerate(dealt_with, 1):
        yield f"{numeral(number)}、{_subject(item)}"
        if overview and item.kind is ItemKind.review:
            yield from overview.sentences
        entry = entries.get(item.id)
        if entry and entry.text.strip():
            yield from _said(entry.text)
        yield from _decided(decisions.get(item.id, []), handouts.get(item.id, []))
    left = [item.title for item in meeting.items if item.state in {ItemState.deferred, ItemState.not_reached}]
    if left:
        yield f"会议明确，{'、'.join(f'“{title}”' for title in left)}留待下次会议研究。"


def _opening(meeting: Meeting, items: list[AgendaItem]) -> str:
    chair = f"{meeting.chair.post}{meeting.chair.name}" if meeting.chair else "主持人"
    done = "".join(f"，{clause}" for clause in _done_with(items[:NAMED])) + ("等事项" if len(items) > NAMED else "")
    opening = f"{clock.zh_date(meeting.day)}，{chair}在{meeting.place}主持召开{meeting.title}{done}。"
    return opening + "现将会议议定事项纪要如下："


def _done_with(items: list[AgendaItem]) -> Iterator[str]:
    """What the meeting did, a clause for each run of items of one verb: 听取…，研究…、…"""
    for verb, run in groupby(items, key=_verb):
        yield verb + "、".join(f"“{_topic(one)}”" if one.kind is ItemKind.course else _subject(one) for one in run)


def _verb(item: AgendaItem) -> str:
    """What is done with an item, unless its title says so itself."""
    says_so = item.kind is not ItemKind.course and _BEGINS_WITH_A_VERB.match(item.title)
    return "" if says_so else VERBS[item.kind]


def _subject(item: AgendaItem) -> str:
    return re.sub(r"[。．.；;，,]+$", "", item.title)


def _topic(item: AgendaItem) -> str:
    """What a lesson is about, without the words that say it is one."""
    return _COURSE.sub("", _subject(item), count=1)


def _said(text: str) -> Iterator[str]:
    for line in text.splitlines():
        # what was typed live may begin like an outline key; in the minutes the keys are the minutes' own
        words = re.sub(
            r"^\s*(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[.．、]|（\d+）)\s*", "", line
        ).strip()
        if words:
            yield words


def _decided(decisions: list[Decision], handouts: list[Handout]) -> Iterator[str]:
    loose = [one for one in handouts if one.decision_id is None]
    following = {one.id: [task for task in handouts if task.decision_id == one.id] for one in decisions}
    lines = [mark_of(one) + "".join(mark_of(task) for task in following[one.id]) for one in decisions]
    lines += [mark_of(one) for one in loose]
    if len(lines) == 1:
        yield f"会议议定：{lines[0]}"
    elif lines:
        yield "会议议定："
        yield from (f"（{numeral(number)}）{line}" for number, line in enumerate(lines, 1))
