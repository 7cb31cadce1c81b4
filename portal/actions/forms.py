"""What is typed about tasks."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms.validators import ValidationError

from portal import clock
from portal.forms import Day, Form, Line, OneOf, Paragraphs, SomeOf, Upload
from portal.people.models import Department, Group, User
from portal.uploads import Files

LONGEST = 5_000
SELF_CHECK = "可以一次选择多个文件。请先自查，不得上传涉密内容。"


class Due(Day):
    """A due day, which must lie ahead."""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if isinstance(self.data, date) and self.data < clock.today():
            raise ValidationError("时限不能早于今天。")


class EditAction(Form):
    """What a task is."""

    title = Line("事项", longest=150, description="一句话说清楚做什么、做到什么程度。")
    text = Paragraphs("具体要求", required=False, longest=LONGEST)
    evidence = Line("办结凭证", required=False, description="办结时应当看到什么，例如：不动产权证复印件。")


class AssignAction(EditAction):
    """A new task: what, who leads, who supports, until when."""

    lead_department_id = OneOf("牵头单位", required=False, blank="由专题组或个人牵头")
    lead_group_id = OneOf("牵头小组", required=False, blank="由单位或个人牵头")
    lead_person_id = OneOf("承办人", description="由他（她）签收并对办理结果负责。")
    due = Due("时限")
    audience_id = OneOf(
        "知悉范围", required=False, blank="只有承办和配合的单位", description="这个小组的成员都能查看。"
    )
    support_department_ids = SomeOf("配合单位")
    support_group_ids = SomeOf("配合小组")

    def validate_lead_group_id(self, field: Any) -> None:
        """One unit leads, not two."""
        if field.data and self.lead_department_id.data:
            raise ValidationError("牵头单位和牵头小组只能选一个。")


class Report(Form):
    """A line of progress with files."""

    text = Paragraphs("进展情况", longest=LONGEST)
    files = Files("附件", description=SELF_CHECK)


class ReportDone(Form):
    """What was done, with the evidence."""

    text = Paragraphs("办理结果", longest=LONGEST, description="督查员会据此审核，同意后销号。")
    files = Files("办结凭证", description=SELF_CHECK)


class SupportLine(Form):
    """What a supporting unit did, with files."""

    text = Paragraphs("配合情况", longest=LONGEST)
    files = Files("附件", description=SELF_CHECK)


class Remark(Form):
    """A word that may be left out."""

    remark = Paragraphs("审核意见", required=False, longest=2000)


class Urge(Form):
    """What the supervisor presses for."""

    text = Paragraphs("催办内容", longest=2000)


class HandOver(Form):
    """Who takes a task over, and why."""

    person_id = OneOf("转给")
    why = Paragraphs("理由", longest=2000)


class ImportLedger(Form):
    """A ledger that was kept elsewhere."""

    file = Upload(
        "旧台账", accept=".xlsx,.csv", description=".xlsx 或 .csv，最多 5000 行。请先自查，不得上传涉密内容。"
    )


class HandOverAll(Form):
    """Who takes several tasks over, and why."""

    person_id = OneOf("转给", description="由他（她）承办这些事项，牵头单位不变。")
    why = Paragraphs("理由", longest=2000)


class Reassign(Form):
    """Who carries a task out instead."""

    person_id = OneOf("承办人")
    lead_department_id = OneOf("牵头单位", required=False, blank="不变")


class NamePerson(Form):
    """Who answers for a supporting unit."""

    person_id = OneOf("配合人")


class Extend(Form):
    """Until when, and why."""

    new_due = Due("延期到")
    reason = Paragraphs("理由", longest=2000)


class Decide(Form):
    """The answer to an extension."""

    answer = Paragraphs("答复", required=False, longest=2000, description="不同意时请写明理由。")


class Reopen(Form):
    """Why a closed task is taken up again, and until when."""

    why = Paragraphs("理由", longest=2000)
    due = Due("新的时限", required=False, description="不填则沿用原来的时限。")


def offer_people(field: OneOf, people: Sequence[User]) -> None:
    """Let a field choose among people, named with their department."""
    field.offer(people, lambda one: one.titled)


def offer_units(form: AssignAction, departments: Sequence[Department], groups: Sequence[Group]) -> None:
    """Let a new task choose among departments and groups."""
    form.lead_department_id.offer(departments)
    form.support_department_ids.offer(departments)
    form.lead_group_id.offer(groups)
    form.support_group_ids.offer(groups)
    form.audience_id.offer(groups)
