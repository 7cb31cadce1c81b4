"""The minutes for machines: the JSON embedded in the paper, its schema, and the record read back from it.

The schema is minutes.schema.json beside this file (JSON Schema 2020-12); the names follow the portal's words.
"""

import io
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.db import clock
from portal.meetings.attendance.queries import Lists
from portal.minutes.models.minutes import Minutes
from portal.minutes.text.live import Decisions, Handouts

NAME = "minutes.json"
SCHEMA = "minutes/2"


class Unreadable(ValueError):
    """The file holds no minutes a machine could read; the message says why, in Chinese."""


def written(minutes: Minutes, words: str, lists: Lists, decisions: Decisions, handouts: Handouts) -> bytes:
    """Everything the minutes say, as their paper carries it."""
    meeting = minutes.meeting
    content = {
        "schema": SCHEMA,
        "number": minutes.number_text,
        "numbered_on": clock.local(minutes.numbered_at).date().isoformat() if minutes.numbered_at else None,
        "title": minutes.title,
        "corrects": minutes.corrects.number_text if minutes.corrects else None,
        "mark": minutes.mark,
        "series": meeting.series.name,
        "meeting": {
            "year": meeting.year,
            "number": meeting.number,
            "day": meeting.day.isoformat(),
            "opened_at": _moment(meeting.opened_at),
            "adjourned_at": _moment(meeting.adjourned_at),
            "place": meeting.place,
        },
        "chair": _name(meeting.chair),
        "recorder": _name(meeting.recorder),
        "reviewer": _name(meeting.reviewer),
        "signatory": _name(meeting.signatory),
        "present": [_person(*row) for row in lists.present],
        "on_leave": [_person(*row) for row in lists.on_leave],
        "in_attendance": [_person(*row) for row in lists.in_attendance],
        "text": words,
        "attachments": minutes.attached,
        "distribution": minutes.receivers,
        "items": [
            {
                "position": position,
                "title": item.title,
                "kind": item.kind.value,
                "outcome": item.state.value,
                "decisions": [one.text for one in decisions.get(item.id, ())],
                "tasks": [
                    {
                        "title": one.title,
                        "decision": one.decision.text if one.decision else None,
                        "number": one.action.number if one.action else None,
                        "lead": one.lead,
                        "responsible": one.lead_person.name,
                        "support": [unit.name for unit in one.support],
                        "due": (one.action or one).due.isoformat(),
                        "evidence": one.evidence,
                    }
                    for one in handouts.get(item.id, ())
                ],
            }
            for position, item in enumerate(meeting.items, 1)
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _moment(at: Any) -> str | None:
    return clock.local(at).isoformat(timespec="seconds") if at else None


def _name(user: Any) -> str | None:
    return user.name if user else None


def _person(department: str, name: str) -> dict[str, str]:
    return {"department": department, "name": name}


# ── reading it back ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Task:
    """A task as the minutes handed it out."""

    title: str
    lead: str
    responsible: str
    support: tuple[str, ...]
    due: date
    decision: str | None = None
    number: str | None = None
    evidence: str = ""


@dataclass(frozen=True)
class Item:
    """An item of the agenda: what it was, how it ended, what was decided and handed out."""

    position: int
    title: str
    kind: str
    outcome: str
    decisions: tuple[str, ...]
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Facts:
    """What a paper of minutes says of its meeting, rebuilt from the paper alone."""

    number: str
    title: str
    corrects: str | None
    mark: str
    series: str
    year: int | None
    sitting: int | None
    day: date
    place: str
    people: dict[str, str | None]  # chair, recorder, reviewer, signatory
    present: tuple[tuple[str, str], ...]
    on_leave: tuple[tuple[str, str], ...]
    in_attendance: tuple[tuple[str, str], ...]
    text: str
    attachments: tuple[str, ...]
    distribution: tuple[str, ...]
    items: tuple[Item, ...]


def embedded_in(pdf: bytes) -> bytes:
    """The JSON a paper of minutes carries; raises Unreadable."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
            for number in range(document.count_attachments()):
                found = document.get_attachment(number)
                if found.get_name() == NAME:
                    return bytes(found.get_data())
    except pypdfium2.PdfiumError as error:
        raise Unreadable("文件打不开，不是完整的 PDF。") from error
    raise Unreadable(f"文件里没有附带 {NAME}，不是本门户印发的会议纪要。")


def read_back(pdf: bytes) -> Facts:
    """Rebuild what the minutes say from their paper alone; raises Unreadable."""
    return read(embedded_in(pdf))


def read(content: bytes) -> Facts:
    """The facts of embedded JSON; raises Unreadable, naming what is missing."""
    try:
        given = json.loads(content)
        if given["schema"] != SCHEMA:
            raise Unreadable(f"数据格式“{given['schema']}”不是“{SCHEMA}”，请用相应版本的门户读取。")
        return _facts(given)
    except KeyError as error:
        raise Unreadable(f"数据不全，缺少 {error.args[0]}。") from error
    except (ValueError, TypeError, AttributeError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("数据损坏，无法读取。") from error


def _facts(given: dict[str, Any]) -> Facts:
    meeting = given["meeting"]
    return Facts(
        number=given["number"], title=given["title"], corrects=given["corrects"], mark=given["mark"],
        series=given["series"], year=meeting["year"], sitting=meeting["number"],
        day=date.fromisoformat(meeting["day"]), place=meeting["place"],
        people={part: given[part] for part in ("chair", "recorder", "reviewer", "signatory")},
        present=_people(given["present"]), on_leave=_people(given["on_leave"]),
        in_attendance=_people(given["in_attendance"]), text=given["text"],
        attachments=tuple(given["attachments"]), distribution=tuple(given["distribution"]),
        items=tuple(_item(one) for one in given["items"]),
    )  # fmt: skip


def _people(given: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((one["department"], one["name"]) for one in given)


def _item(given: dict[str, Any]) -> Item:
    tasks = (
        Task(
            title=one["title"], lead=one["lead"], responsible=one["responsible"], support=tuple(one["support"]),
            due=date.fromisoformat(one["due"]), decision=one["decision"], number=one["number"],
            evidence=one["evidence"],
        )
        for one in given["tasks"]
    )  # fmt: skip
    return Item(
        given["position"], given["title"], given["kind"], given["outcome"], tuple(given["decisions"]), tuple(tasks)
    )
