"""What is typed about what holds for everybody."""

from typing import Any

from portal.administration import queries
from portal.db import clock
from portal.db.office import SETTINGS, Setting
from portal.web.choices import Choice
from portal.web.fields import Day, Line, Upload, Whole
from portal.web.forms import Form

CHOICES = {
    "mark": ("内部", "公开"),
    "retention": ("永久", "30年", "10年"),
    "late_slides": ("不再接收", "接收并注明逾期"),
    "anonymous_feedback": ("匿名", "记名"),
    "feedback_weekday": ("不要求", *clock.WEEKDAYS),
    "slips": ("停用", "启用"),
}


def _field(key: str, setting: Setting) -> Any:
    if key in CHOICES:
        return Choice(setting.label, [(one, one) for one in CHOICES[key]], description=setting.hint)
    if isinstance(setting.default, int):
        return Whole(setting.label, lowest=0, highest=365, description=setting.hint)
    required = setting.default != ""
    return Line(setting.label, required=required, longest=setting.longest, description=setting.hint)


_Settings: Any = type("Settings", (Form,), {key: _field(key, setting) for key, setting in SETTINGS.items()})


def settings() -> Form:
    """A form with a field for every setting in the table of portal/db/office.py."""
    form: Form = _Settings(data={**queries.settings(), "version": queries.settings_version()})
    return form


class MarkDay(Form):
    """One day of the calendar."""

    day = Day("日期")
    kind = Choice("安排", [("rest", "休息"), ("work", "上班")])
    name = Line("说明", longest=40, description="例如“国庆节”或“国庆节调休上班”。")


class ImportDays(Form):
    """The yearly holiday notice as a table."""

    year = Whole("年份", lowest=2000, highest=2199, description="表格标题里写了年份的，以表格为准。")
    file = Upload("放假通知的表格", accept=".xlsx,.csv")


class UnmarkDay(Form):
    """A day that is to be again as it is published."""

    day = Day("日期")
