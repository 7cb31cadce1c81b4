"""What is typed about tasks."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms.validators import ValidationError

from portal import clock, workdays
from portal.enterprises.models import Satisfaction
from portal.forms import Choice, Day, Form, Line, OneOf, Paragraphs, SomeOf, Tick, Upload, clean_line
from portal.office import office
from portal.people.models import Department, Group, User
from portal.uploads import Files

LONGEST = 5_000
SELF_CHECK = "可以一次选择多个文件。请先自查，不得上传涉密内容。"


class Due(Day):
    """A due day, which must lie ahead."""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if isinstance(self.data, date) and self.data < clock.today():
            raise ValidationError("时限不能早于今天。")


class Stages(Paragraphs):
    """Stages, one a line, each a name and a day; `read_stages` tells them."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(
            label, longest=2000, description="一行一个：名称和时限，例如“提出方案 2026-12-01”；没有阶段的留空。", **more
        )
        self.stages: list[tuple[str, date]] = []

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        self.stages = [_stage(line) for line in (self.data or "").split("\n") if line.strip()]
        if len(self.stages) > MOST_STAGES:
            raise ValidationError(f"最多 {MOST_STAGES} 个阶段。")


MOST_STAGES = 12


def _stage(line: str) -> tuple[str, date]:
    name, _, day = clean_line(line).replace("：", " ").rpartition(" ")
    if not name.strip():
        raise ValidationError(f"“{line[:30]}”缺少名称或时限，中间请空一格。")
    try:
        return name.strip()[:40], clock.parse_day(day)
    except ValueError:
        raise ValidationError(f"“{line[:30]}”的时限不是正确的日期。") from None


def stages_by_pattern(begin: date) -> str:
    """The office's pattern of stages laid out from a day, as the field takes it."""
    lines, day = [], begin
    for part in re.split(r"[、，,；;]+", office.stage_pattern):
        if found := re.fullmatch(r"\s*(.{1,40}?)\s*(\d{1,3})\s*", unicodedata.normalize("NFKC", part)):
            day = workdays.add_working(day, int(found[2]))
            lines.append(f"{found[1]} {day.isoformat()}")
    return "\n".join(lines)


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


class Report(Form):
    """A line of progress with files."""

    text = Paragraphs("进展情况", longest=LONGEST)
    files = Files("附件", description=SELF_CHECK)


class ReportDone(Form):
    """What was done, with the evidence."""

    text = Paragraphs("办理结果", longest=LONGEST, description="督查员会据此审核，同意后销号。")
    files = Files("佐证材料", description=SELF_CHECK)
    satisfaction = Choice("企业的评价", Satisfaction, description="由您向企业核实后填写，督查员会复核。")

    def __init__(self, *, about_enterprise: bool, asks_file: bool) -> None:
        super().__init__()
        self.asks_file = asks_file
        if not about_enterprise:
            del self.satisfaction

    def validate_files(self, field: Any) -> None:
        """Where a file is asked for, the text alone is not enough."""
        if self.asks_file and not field.data:
            raise ValidationError("该事项要求上传佐证材料，请选择文件。")


class SupportLine(Form):
    """What a supporting unit did, with files."""

    text = Paragraphs("配合情况", longest=LONGEST)
    files = Files("附件", description=SELF_CHECK)


class Remark(Form):
    """A word that may be left out."""

    remark = Paragraphs("审核意见", required=False, longest=2000)


class Close(Remark):
    """The supervisor's word, and the enterprise's where one is concerned."""

    satisfaction = Choice("企业的评价", Satisfaction, description="企业不满意的请退回；确需销号的，写明理由。")

    def __init__(self, *, said: Satisfaction | None, about_enterprise: bool) -> None:
        super().__init__(data={"satisfaction": said} if said else None)
        if not about_enterprise:
            del self.satisfaction


class ArrangeStages(Form):
    """The stages of a task."""

    stages = Stages("办理阶段", required=False)


class FinishStage(Form):
    """What was done in a stage, with files."""

    text = Paragraphs("完成情况", longest=LONGEST)
    files = Files("附件", description=SELF_CHECK)


class Transfer(Form):
    """To which department and person a task should go, and why."""

    department_id = OneOf("转到单位")
    person_id = OneOf("承办人", description="对方单位的承办人，同意转单位后由他（她）签收。")
    why = Paragraphs("理由", longest=2000)


class LookBackForm(Form):
    """What was found when a closed task was looked at again."""

    holds = Choice("结果", [("yes", "巩固：问题没有再出现"), ("no", "反弹：重启办理，编号不变")])
    finding = Paragraphs("复查情况", longest=2000)


class Urge(Form):
    """What the supervisor presses for."""

    text = Paragraphs("催办内容", longest=2000)


class HandOver(Form):
    """Who takes a task over, and why."""

    person_id = OneOf("新承办人")
    why = Paragraphs("理由", longest=2000)


class ImportLedger(Form):
    """A ledger that was kept elsewhere."""

    file = Upload(
        "旧台账", accept=".xlsx,.csv", description=".xlsx 或 .csv，最多 5000 行。请先自查，不得上传涉密内容。"
    )


class HandOverAll(Form):
    """Who takes several tasks over, and why."""

    person_id = OneOf("新承办人", description="由他（她）承办这些事项，牵头单位不变。")
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
    progress = Paragraphs("目前进展", longest=2000)


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
