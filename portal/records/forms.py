"""What is typed while a meeting sits."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import request
from wtforms.validators import ValidationError

from portal import clock
from portal.forms import Choice, Deadline, Form, Line, OneOf, Paragraphs, Secret, SomeOf, Tick
from portal.meetings.models import OUTCOMES, AgendaItem, ItemState, Meeting
from portal.people.models import Department, Group, User
from portal.records.models import Decision, LineKind
from portal.records.reading import Read

OUTCOME_BY_CODE = {state.value: state for state in OUTCOMES}


class Words(Form):
    """A line as it is typed, or several that were pasted."""

    text = Paragraphs("记录")


class Turned(Form):
    """What a line is to be."""

    kind = Choice("改为", LineKind)


class PhraseForm(Form):
    """A turn of phrase."""

    text = Line("常用语")


class Task(Form):
    """A task as it is said: what, who leads, who supports, until when."""

    title = Line("交办事项", longest=150)
    lead_department_id = OneOf("牵头单位", required=False, blank="由专题组或个人牵头")
    lead_group_id = OneOf("牵头小组", required=False, blank="由单位或个人牵头")
    lead_person_id = OneOf("承办人")
    due = Deadline("时限")
    decision_id = OneOf("依据的议定事项", required=False, blank="不对应议定事项")
    evidence = Line("佐证材料", required=False)
    urgent = Tick("加急")
    support_ids = SomeOf("配合单位")
    support_group_ids = SomeOf("配合小组")

    def offer(
        self,
        decisions: Sequence[Decision],
        departments: Sequence[Department],
        groups: Sequence[Group],
        people: Sequence[User],
    ) -> None:
        """Say what can be chosen."""
        self.decisions = {one.id: one for one in decisions}
        self.departments = {one.id: one for one in departments}
        self.groups = {one.id: one for one in groups}
        self.people = {one.id: one for one in people}
        self.lead_department_id.offer(departments)
        self.lead_group_id.offer(groups)
        self.lead_person_id.offer(people, lambda one: one.titled)
        self.decision_id.offer(decisions, lambda one: one.text[:60])
        self.support_ids.offer(departments, lambda one: one.short)
        self.support_group_ids.offer(groups)

    def begin(self, said: Read, decision: Decision | None, version: int) -> None:
        """Fill in what a line says so far."""
        self.version.data, self.title.data, self.due.data, self.urgent.data = version, said.words, said.due, said.urgent
        self.lead_department_id.data = said.lead_department.id if said.lead_department else None
        self.lead_group_id.data = said.lead_group.id if said.lead_group else None
        self.lead_person_id.data = said.lead_person.id if said.lead_person else None
        self.support_ids.data = [one.id for one in said.support if isinstance(one, Department)]
        self.support_group_ids.data = [one.id for one in said.support if isinstance(one, Group)]
        self.decision_id.data = decision.id if decision else None

    def validate_lead_group_id(self, field: Any) -> None:
        """One unit leads, not two."""
        if field.data and self.lead_department_id.data:
            raise ValidationError("牵头单位和牵头小组只能选一个。")

    def validate_support_ids(self, field: Any) -> None:
        """Who leads does not also support."""
        if self.lead_department_id.data in (field.data or ()):
            raise ValidationError("牵头单位不用再选为配合单位。")

    def validate_support_group_ids(self, field: Any) -> None:
        """Who leads does not also support."""
        if self.lead_group_id.data in (field.data or ()):
            raise ValidationError("牵头小组不用再选为配合小组。")

    def facts(self) -> dict[str, Any]:
        """The task as its deed takes it."""
        return {
            "title": self.title.data,
            "lead_department": self.departments.get(self.lead_department_id.data),
            "lead_group": self.groups.get(self.lead_group_id.data),
            "lead_person": self.people[self.lead_person_id.data],
            "due": self.due.data,
            "decision": self.decisions.get(self.decision_id.data),
            "evidence": self.evidence.data or "",
            "urgent": bool(self.urgent.data),
            "support": [self.departments[one] for one in self.support_ids.data or ()],
            "support_groups": [self.groups[one] for one in self.support_group_ids.data or ()],
        }


class Adjourn(Form):
    """The end of a meeting; the outcomes of its open items are posted beside it, as outcome-7."""

    why = Paragraphs("问题未处理仍要散会的理由", required=False, longest=2_000)


def outcomes_of(meeting: Meeting) -> dict[int, ItemState]:
    """The outcomes that were posted, by the item's number."""
    words = {item.id: request.form.get(f"outcome-{item.id}", "") for item in meeting.items}
    return {number: OUTCOME_BY_CODE[word] for number, word in words.items() if word in OUTCOME_BY_CODE}


def likely_outcome(item: AgendaItem, was_written: bool) -> ItemState:
    """What is ticked beforehand: dealt with where the meeting was at it, otherwise not reached."""
    return ItemState.dealt_with if item.started_at or was_written else ItemState.not_reached


class Sign(Form):
    """The signing PIN."""

    pin = Secret("签名口令")


def quick_days(meeting: Meeting) -> list[tuple[str, str]]:
    """Due days that are said often, counted from the meeting: how they are written, what they are called."""
    day = meeting.day
    named = [
        (day + timedelta(days=7), "一周后"),
        (day + timedelta(days=14), "两周后"),
        (_month_end(day), "本月底"),
        (_month_end(_month_end(day) + timedelta(days=1)), "下月底"),
    ]
    return [(clock.zh_date(one), word) for one, word in named]


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
