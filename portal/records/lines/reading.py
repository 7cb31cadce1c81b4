"""Reads a line as it is typed in the record: a note with its speaker, a decision, or a task with its owner and day."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from portal.db import clock, deadlines
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group
from portal.records.lines.directory import Directory, Owner
from portal.records.models import Handout, LineKind, RecordLine

LONGEST_TITLE = 150
LONGEST_DECISION = 1_000
MARKS = {
    LineKind.decision: re.compile(r"\s*(?:议定事项|议定|决定|决议)\s*[:：]\s*"),
    LineKind.task: re.compile(r"\s*(?:交办事项|交办|任务)\s*[:：]\s*"),
}
_URGENT = re.compile(r"^\s*[!！]+\s*|\s*[!！]+\s*$")
_SPEAKER = re.compile(r"\s*([^\s:：，。；、！？,;!?@＠]{2,30})\s*[:：]\s*(?=\S)")
_AT = re.compile(r"[@＠]\s*")
_NAME = re.compile(r"[^\s，。；、：！？,;:!?@＠（）()]+")
# who does what, in words beside the names: 由@甲牵头，会同@乙、@丙
_BY = re.compile(r"[\s，、,]*(?:(?<![理事自])由|(?<!申)请|责成)\s*$")
_WITH = re.compile(r"[\s，、,]*(?:会同|协同|联合|配合单位|配合)\s*[:：]?\s*$")
_AND = re.compile(r"[\s，,]*(?:、|以及|和|及|与)\s*")
_LEADS = re.compile(r"\s*(?:牵头负责|牵头办理|牵头|负责)")
_HELPS = re.compile(r"\s*(?:配合|协助|协办)(?=[\s，。；、,;@＠\d]|$)")
_DONE = re.compile(r"^(?:完成|办结|办完|落实到位|落实)(?=[。；，\s]|$)")


@dataclass(frozen=True)
class Chip:
    """One thing that was read from a line, as the page shows it; `bad` is what is missing."""

    label: str
    text: str
    colour: str = ""


@dataclass
class Read:
    """What a line says."""

    text: str
    kind: LineKind = LineKind.note
    speaker: str = ""
    words: str = ""
    urgent: bool = False
    lead: Owner | None = None
    lead_person: User | None = None
    support: list[Department | Group] = field(default_factory=list)
    due: date | None = None
    due_why: str = ""
    missing: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether nothing has to be asked for."""
        return not self.missing

    @property
    def lead_department(self) -> Department | None:
        """The department that leads: the one named, or that of the person named."""
        if isinstance(self.lead, Group):
            return None
        return self.lead if isinstance(self.lead, Department) else self.lead.department if self.lead else None

    @property
    def lead_group(self) -> Group | None:
        """The group that leads."""
        return self.lead if isinstance(self.lead, Group) else None

    @property
    def chips(self) -> list[Chip]:
        """What was read, and what is missing, in the order a person checks it."""
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        colour = {LineKind.decision: "green", LineKind.task: "blue"}.get(self.kind, "")
        yield Chip(self.kind.label, self.speaker if self.kind is LineKind.note else "", colour)
        if self.urgent:
            yield Chip("急", "", "red")
        if self.lead:
            who = self.lead_person.name if self.lead_person else ""
            unit = self.lead_department or self.lead_group
            yield Chip("牵头", f"{_short(unit)}（{who}）" if unit and who else who or _short(unit))
        if self.support:
            yield Chip("配合", "、".join(map(_short, self.support)))
        if self.due:
            yield Chip("时限", self.due_why or clock.zh_date(self.due))
        for one in self.missing:
            yield Chip("缺", one, "amber")


def _short(unit: Owner | None) -> str:
    return getattr(unit, "short", "") or (unit.name if unit else "")


def read(text: str, directory: Callable[[], Directory], today: date, kind: LineKind | None = None) -> Read:
    """What a line says. `kind` overrules its mark; a day is counted from `today`, the day of the meeting.

    The directory is asked for only where a name is to be read.
    """
    marked, body = _marked(text)
    if kind is None:
        kind = marked
    said = Read(text, kind)
    if kind is LineKind.note:
        _read_note(said, body if marked is not LineKind.note else text, directory)
    elif kind is LineKind.decision:
        said.words = body.strip()
        if not said.words:
            said.missing.append("议定的内容")
        elif len(said.words) > LONGEST_DECISION:
            said.missing.append(f"议定事项请不要超过 {LONGEST_DECISION} 个字")
    else:
        _read_task(said, body, directory(), today)
    return said


def _marked(text: str) -> tuple[LineKind, str]:
    for kind, mark in MARKS.items():
        if found := mark.match(text):
            return kind, text[found.end() :]
    return LineKind.note, text


def _read_note(said: Read, text: str, directory: Callable[[], Directory]) -> None:
    found = _SPEAKER.match(text)
    if found and found[1] in directory().speakers:
        said.speaker, text = found[1], text[found.end() :]
    said.words = text.strip()


def _read_task(said: Read, body: str, directory: Directory, today: date) -> None:
    said.urgent = bool(_URGENT.search(body))
    body = _URGENT.sub("", _URGENT.sub("", body))
    body, owners = _without_owners(said, body, directory)
    _give_to(said, owners, directory)
    if reading := deadlines.read(body, today):
        if reading.day < today:
            said.missing.append(f"时限：{clock.zh_date(reading.day)}早于开会日期")
        else:
            said.due, said.due_why = reading.day, reading.why
        body = body[: reading.start] + _DONE.sub("", body[reading.end :].lstrip())
    else:
        said.missing.append("时限，例如 12月5日前、下周三前")
    said.words = _tidy(body)
    if not said.words:
        said.missing.insert(0, "要办的事")
    elif len(said.words) > LONGEST_TITLE:
        said.missing.insert(0, f"要办的事请不要超过 {LONGEST_TITLE} 个字")


def _without_owners(said: Read, body: str, directory: Directory) -> tuple[str, list[Owner]]:
    """What is left of a task without who does it, and who does: the lead first, wherever it was named."""
    owners: dict[Owner, str] = {}
    run: list[Owner] = []  # those joined by 、 to the name before
    rest, at, part = "", 0, ""
    while found := _AT.search(body, at):
        between = body[at : found.start()]
        joined = bool(owners) and _AND.fullmatch(between) is not None
        if not (joined or (owners and not between.strip())):
            part = "helps" if _WITH.search(between) else ""
            rest += _BY.sub(" ", _WITH.sub(" ", between))
        run = run if joined else []
        if meant := directory.find(body[found.end() :]):
            owner, length = meant
            at = found.end() + length
            run.append(owner)
            owners.setdefault(owner, part)
            for word, called in ((_LEADS, "leads"), (_HELPS, "helps")):
                if said_after := word.match(body, at):
                    owners.update({one: called for one in run if not owners[one] or one is owner})
                    at, part = said_after.end(), ""
        else:
            name = _NAME.match(body, found.end())
            at = name.end() if name else found.end()
            said.missing.append(f"名册里没有“{name[0]}”，或有多人" if name else "@后面的人或单位")
    first = sorted(owners, key=lambda one: {"leads": 0, "": 1, "helps": 2}[owners[one]])[:1]
    return rest + body[at:], [*first, *(one for one in owners if one not in first)]


def _give_to(said: Read, owners: list[Owner], directory: Directory) -> None:
    if not owners:
        if not any("名册" in one for one in said.missing):
            said.missing.append("承办人或单位，例如 @单位 @人")
        return
    said.lead, others = owners[0], owners[1:]
    if isinstance(said.lead, User):
        said.lead_person = said.lead
    else:
        own = [one for one in others if isinstance(one, User) and _belongs(one, said.lead, directory)]
        said.lead_person = own[0] if own else directory.answers_for(said.lead)
        others = [one for one in others if one is not said.lead_person]
        if said.lead_person is None:
            said.missing.append(f"{_short(said.lead)}的承办人")
    for one in others:
        unit = one.department if isinstance(one, User) else one
        if unit is None:
            said.missing.append(f"配合的单位（{one.name}不属于任何单位）")
        elif unit not in (said.lead_department, said.lead_group) and unit not in said.support:
            said.support.append(unit)


def _belongs(user: User, unit: Department | Group, directory: Directory) -> bool:
    return isinstance(unit, Group) or user.department_id == unit.id


def _tidy(text: str) -> str:
    text = re.sub(r"[ \t\u3000]+", " ", text).strip()
    text = re.sub(r"\s*([，；、,;])[\s，；、,;]*", r"\1", text)
    return re.sub(r"^[\s，；、,;。]+|[\s，；、,;。]+$", "", text)


def typed(handout: Handout, directory: Directory) -> str:
    """A task as somebody would have typed it, so that it is read as the same."""
    lead = handout.lead_department or handout.lead_group
    names = [directory.name_of(lead)] if lead else []
    if lead is None or directory.answers_for(lead) is not handout.lead_person:
        names.append(directory.name_of(handout.lead_person))
    names += [directory.name_of(one) for one in handout.supporters]
    owners = " ".join(f"@{one}" for one in names)
    return f"交办：{handout.title} {owners} {clock.zh_date(handout.due)}前{'！' if handout.urgent else ''}"


def marked_as(kind: LineKind, line: RecordLine) -> str:
    """The text of a line as a line of another kind: its mark changes, its words stay."""
    _, body = _marked(line.text)
    if line.kind is LineKind.note and line.speaker:
        body = line.words
    mark = {LineKind.decision: "议定：", LineKind.task: "交办："}.get(kind, f"{line.speaker}：" if line.speaker else "")
    return mark + body


def lines_of(text: str) -> list[str]:
    """The lines of a typed or pasted text, each trimmed, without the empty ones."""
    return [line.strip() for line in unicodedata.normalize("NFC", text).splitlines() if line.strip()]
