"""Decisions and tasks that live in the text: a mark names one, and the paper says it as it stands when it is passed.

A mark reads 【议定17：同意补办土地手续】 or 【交办31：补办土地手续】
(drafts of earlier versions say 【任务31…】). The words after the colon are for whoever edits;
what is printed comes from the decision or the task itself, so that a due date is changed in one place.
"""

import re
from collections.abc import Iterable, Mapping

from portal.db import clock
from portal.records.models import Decision, Handout

MARK = re.compile(r"【(议定|交办|任务)(\d{1,9})(?:：[^【】\n]{0,200})?】")
LONGEST_NAME = 24
EARLIER = {"任务": "交办"}  # words of earlier versions, as drafts still hold them
Decisions = Mapping[int, list[Decision]]  # by the item's number, as records.queries gives them
Handouts = Mapping[int, list[Handout]]


def mark_of(thing: Decision | Handout) -> str:
    """The mark that stands for a decision or a task in the text."""
    word, said = ("议定", thing.text) if isinstance(thing, Decision) else ("交办", thing.title)
    name = re.sub(r"[【】\s]", "", said)
    return f"【{word}{thing.id}：{name[:LONGEST_NAME]}{'…' if len(name) > LONGEST_NAME else ''}】"


def is_live(text: str) -> bool:
    """Whether a text names decisions or tasks."""
    return MARK.search(text) is not None


def filled(text: str, decisions: Decisions, handouts: Handouts) -> str:
    """The text with every mark replaced by what is decided and handed out now."""
    known = _known(decisions, handouts)
    return MARK.sub(lambda mark: known.get(_named(mark), f"〔{_named(mark)[0]}{mark[2]}已删除〕"), text)


def each(text: str, decisions: Decisions, handouts: Handouts) -> dict[str, str]:
    """What each mark of a text prints now."""
    return {mark[0]: filled(mark[0], decisions, handouts) for mark in MARK.finditer(text)}


def lost(text: str, decisions: Decisions, handouts: Handouts) -> list[str]:
    """The marks that name nothing any more."""
    known = _known(decisions, handouts)
    return [mark[0] for mark in MARK.finditer(text) if _named(mark) not in known]


def _named(mark: re.Match[str]) -> tuple[str, int]:
    """What a mark names: the word for its kind, and its number."""
    return EARLIER.get(mark[1], mark[1]), int(mark[2])


def _known(decisions: Decisions, handouts: Handouts) -> dict[tuple[str, int], str]:
    said = {one.id: one.text for rows in decisions.values() for one in rows}
    words = {("议定", number): sentence(text) for number, text in said.items()}
    for rows in handouts.values():
        words |= {("交办", one.id): task_words(one, said.get(one.decision_id or 0, "")) for one in rows}
    return words


def task_words(handout: Handout, said: str = "") -> str:
    """A task as the minutes say it; its title only where the decision before it does not say the same."""
    task = handout.action  # once handed out, the task itself is what counts
    support = [one.name for one in task.support] if task else [one.name for one in handout.supporters]
    helped = f"，{'、'.join(support)}配合" if support else ""
    title = subject(task.title if task else handout.title)
    what = "" if said and title in said else f"{title}，"
    lead, due = (task.lead, task.due) if task else (handout.lead, handout.due)
    return f"{what}由{lead}牵头{helped}，于{clock.zh_date(due)}前完成。"


def subject(text: str) -> str:
    """Words without the stop at their end."""
    return re.sub(r"[。；，]+$", "", text.strip())


def sentence(text: str) -> str:
    """Words with one full stop at their end."""
    return f"{subject(text)}。"


def marks(decisions: Decisions, handouts: Handouts) -> Iterable[tuple[str, str]]:
    """Every mark that can be put into the text, with what it prints."""
    known = _known(decisions, handouts)
    for rows in decisions.values():
        for one in rows:
            yield mark_of(one), known["议定", one.id]
    for tasks in handouts.values():
        for task in tasks:
            yield mark_of(task), known["交办", task.id]
