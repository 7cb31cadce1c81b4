"""Taking back the last act of building an agenda."""

from typing import Any

from portal.db import clock
from portal.db.engine import add, db
from portal.errors import Refused
from portal.meetings.agenda import queries
from portal.meetings.agenda.placing import free, lower_problem, raise_problem
from portal.meetings.models.agenda import AgendaItem, AgendaStep, ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind
from portal.meetings.notices.notifying import agenda_changed
from portal.people.models.accounts import User

_KEPT = ("title", "ask", "minutes", "reporter_id")
_KINDS = {kind.value: kind for kind in ItemKind}


def remember(meeting: Meeting, word: str, by: User) -> None:
    """Before an act of building: keep what the agenda is, while no notice has been sent."""
    if not meeting.is_preparing:
        return
    items = [
        {"id": one.id, "kind": one.kind.value, "changed": one.changed} | {name: getattr(one, name) for name in _KEPT}
        for one in meeting.items
    ]
    add(AgendaStep(meeting_id=meeting.id, at=clock.now(), by_id=by.id, word=word[:200], before={"items": items}))
    db.session.expire(meeting, ["last_step"])


def undo(meeting: Meeting, *, by: User) -> str:
    """撤销：把议程恢复到最近一次编排之前。"""
    step = queries.last_step(meeting)
    if step is None:
        raise Refused("没有可以撤销的编排。")
    word = step.word
    meeting.lifecycle.fire(meeting, "undo", by=by, undone=word)
    before = step.before["items"]
    db.session.delete(step)
    db.session.flush()
    db.session.expire(meeting, ["last_step"])
    wanted = {kept["id"] for kept in before}
    for item in [one for one in meeting.items if one.id not in wanted]:
        item.state = ItemState.accepted if item.proposed_at or item.predecessor_id else ItemState.withdrawn
        free(item)
        lower_problem(item, by)
    for position, kept in enumerate(before, 1):
        _restore(meeting, kept, position, by)
    meeting.items.sort(key=lambda one: one.position)
    agenda_changed(meeting, f"撤销：{word}", by)
    return word


def _restore(meeting: Meeting, kept: dict[str, Any], position: int, by: User) -> None:
    """Give an item back its place and its words; one that has gone elsewhere meanwhile cannot come back."""
    item = next((one for one in meeting.items if one.id == kept["id"]), None)
    if item is None:
        item = db.session.get(AgendaItem, kept["id"])
        if item is None or not item.is_waiting or item.meeting_id is not None:
            raise Refused("移出的议题已经另行处理，不能撤销。请手工调整议程。")
        item.state = ItemState.placed
        meeting.items.append(item)
        raise_problem(item, by)
    words = {"kind": _KINDS[kept["kind"]]} | {name: kept[name] for name in _KEPT}
    if any(getattr(item, name) != value for name, value in words.items()):
        item.version += 1  # a form that was opened before is stale now
        for name, value in words.items():
            setattr(item, name, value)
    item.position, item.changed = position, kept["changed"]
