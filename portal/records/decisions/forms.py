"""A task as it is filled in while a meeting sits."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from wtforms.validators import ValidationError

from portal.db import clock
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group
from portal.records.lines.reading import Read
from portal.records.models import Decision
from portal.web.choices import OneOf, SomeOf
from portal.web.fields import Deadline, Line, Tick
from portal.web.forms import Form


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
