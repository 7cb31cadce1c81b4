"""What people type about attendance."""

from collections.abc import Sequence
from typing import Any

from portal.files.kinds import Kind
from portal.files.uploads import Files
from portal.meetings.models.agenda import AgendaItem
from portal.people.models.departments import Department
from portal.web.choices import OneOf
from portal.web.fields import Line
from portal.web.forms import Form

SCANS = frozenset({Kind.PDF, Kind.JPG, Kind.PNG})


class LeaveForm(Form):
    """Why somebody cannot come."""

    why = Line("请假理由", longest=200)


class SubstituteForm(Form):
    """Who comes instead; empty means nobody."""

    name = Line("代会人姓名", required=False, longest=40)


class StayForm(Form):
    """From which item on somebody was there, and until which."""

    from_item = OneOf("到会", required=False, blank="准时到会")
    until_item = OneOf("离席", required=False, blank="一直到散会")

    def __init__(self, items: Sequence[AgendaItem], **more: Any) -> None:
        super().__init__(**more)
        numbers = [(str(number), f"第 {number} 项《{item.title}》") for number, item in enumerate(items, 1)]
        self.from_item.choices = [("", "准时到会"), *((key, f"{text}起") for key, text in numbers)]
        self.until_item.choices = [("", "一直到散会"), *((key, f"{text}后") for key, text in numbers)]


class ScanForm(Form):
    """The signed sign-in sheet, scanned or photographed."""

    files = Files(
        "扫描件或照片", kinds=SCANS, description="PDF、JPG 或 PNG，可以一次选择多页。请先自查，不得上传涉密内容。"
    )


class VisitorForm(Form):
    """Somebody who sits in without being a member."""

    name = Line("姓名", longest=40)
    department_id = OneOf("单位", required=False, blank="其他单位")
    unit = Line("其他单位名称", required=False, longest=60)
    post = Line("职务", required=False, longest=60)

    def __init__(self, departments: Sequence[Department]) -> None:
        super().__init__()
        self.departments = departments
        self.department_id.offer(departments)


class CheckInForm(Form):
    """The code on the room's screen: four digits, or what its QR code carries."""

    code = Line("签到码", longest=24)
