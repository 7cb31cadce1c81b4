"""What people type about progress, stages, support and closure."""

import re
import unicodedata
from datetime import date
from typing import Any

from wtforms.validators import ValidationError

from portal.db import calendar, clock
from portal.db.office import office
from portal.enterprises.models.problems import Satisfaction
from portal.files.uploads import Files
from portal.web.choices import Choice, OneOf
from portal.web.fields import Day, Paragraphs, clean_line
from portal.web.forms import Form

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
            day = calendar.add_working(day, int(found[2]))
            lines.append(f"{found[1]} {day.isoformat()}")
    return "\n".join(lines)


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


class NamePerson(Form):
    """Who answers for a supporting unit."""

    person_id = OneOf("配合人")


class Reopen(Form):
    """Why a closed task is taken up again, and until when."""

    why = Paragraphs("理由", longest=2000)
    due = Due("新的时限", required=False, description="不填则沿用原来的时限。")
