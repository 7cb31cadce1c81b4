"""What people type when a task is handed out or passed on."""

from collections.abc import Sequence
from typing import Any

from wtforms.validators import ValidationError

from portal.actions.progress.forms import LONGEST, Due, Stages
from portal.people.models.departments import Department
from portal.people.models.groups import Group
from portal.web.choices import OneOf, SomeOf
from portal.web.fields import Line, Paragraphs, Tick
from portal.web.forms import Form


class EditAction(Form):
    """What a task is."""

    title = Line("事项", longest=150, description="一句话说清楚做什么、做到什么程度。")
    text = Paragraphs("具体要求", required=False, longest=LONGEST)
    evidence = Line("佐证材料", required=False, description="办结时应当看到什么，例如：不动产权证复印件。")
    asks_file = Tick("申请办结时必须上传佐证材料")


class AssignAction(EditAction):
    """A new task: what, who leads, who supports, until when."""

    lead_department_id = OneOf("牵头单位", required=False, blank="由专题组或个人牵头")
    lead_group_id = OneOf("牵头小组", required=False, blank="由单位或个人牵头")
    lead_person_id = OneOf("承办人", description="由他（她）签收并对办理结果负责。")
    due = Due("时限")
    audience_id = OneOf(
        "查看范围", required=False, blank="只限承办和配合单位", description="选定小组的，该组成员也能查看。"
    )
    support_department_ids = SomeOf("配合单位")
    support_group_ids = SomeOf("配合小组")
    stages = Stages("办理阶段", required=False)
    urgent = Tick("加急")

    def validate_lead_group_id(self, field: Any) -> None:
        """One unit leads, not two."""
        if field.data and self.lead_department_id.data:
            raise ValidationError("牵头单位和牵头小组只能选一个。")


class HandOver(Form):
    """Who takes a task over, and why."""

    person_id = OneOf("新承办人")
    why = Paragraphs("理由", longest=2000)


class HandOverAll(Form):
    """Who takes several tasks over, and why."""

    person_id = OneOf("新承办人", description="由他（她）承办这些事项，牵头单位不变。")
    why = Paragraphs("理由", longest=2000)


class Reassign(Form):
    """Who carries a task out instead."""

    person_id = OneOf("承办人")
    lead_department_id = OneOf("牵头单位", required=False, blank="不变")


def offer_units(form: AssignAction, departments: Sequence[Department], groups: Sequence[Group]) -> None:
    """Let a new task choose among departments and groups."""
    form.lead_department_id.offer(departments)
    form.support_department_ids.offer(departments)
    form.lead_group_id.offer(groups)
    form.support_group_ids.offer(groups)
    form.audience_id.offer(groups)
