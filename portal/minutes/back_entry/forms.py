"""What is typed of earlier minutes, and the files of a batch."""

from collections.abc import Callable, Sequence
from typing import Any

from wtforms.validators import ValidationError

from portal.actions.importing.reading import Units
from portal.errors import Unreadable
from portal.files.kinds import Kind
from portal.files.uploads import BigUpload, Files
from portal.meetings.models.series import MeetingSeries
from portal.minutes.back_entry.batches import MOST_FILES
from portal.minutes.back_entry.earlier import EarlierTask, check_days, decisions_in, number_in, tasks_in
from portal.minutes.forms import Read
from portal.web.choices import OneOf
from portal.web.fields import Day, Line, Paragraphs
from portal.web.forms import Form


class BatchFiles(Files):
    """A whole batch in one field: a ZIP file, or a list and the PDFs it names."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(label, kinds=(Kind.XLSX, Kind.PDF), **more)
        self.render_kw["accept"] = f".zip,{self.render_kw['accept']}"

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if not self.data:
            raise ValidationError("请选择要上传的文件。")
        if len(self.data) > MOST_FILES + 1:
            raise ValidationError(f"一次最多 {MOST_FILES} 份纪要，请分成几批上传。")


class EntryFacts(Form):
    """What is told of minutes that were issued before the portal came."""

    number = Line("编号", longest=40, description="例如〔2025〕3号。")
    title = Line("标题")
    day = Day("会议日期")
    issued_on = Day("印发日期", required=False, description="留空的按会议日期。")
    distribution = Line("分送单位", required=False, longest=500, description="各单位之间用逗号隔开。")
    decisions = Paragraphs("议定事项", required=False, longest=20_000, description="一项一行。")

    numbered: tuple[int, int] | None = None  # year and number
    decided: Sequence[str] = ()

    def validate_number(self, field: Line) -> None:
        """A number is a year and a place in it."""
        self.numbered = _read(number_in, field.data or "")

    def validate_day(self, field: Day) -> None:
        """The meeting was held, and its number is of its year."""
        if field.data and self.numbered:
            _read(check_days, field.data, self.numbered[0], None)

    def validate_issued_on(self, field: Day) -> None:
        """Minutes are issued after their meeting."""
        if field.data and self.day.data and self.numbered and not self.day.errors:
            _read(check_days, self.day.data, self.numbered[0], field.data)

    def validate_decisions(self, field: Paragraphs) -> None:
        """A decision is a line."""
        self.decided = _read(decisions_in, field.data or "")


class EntryForm(EntryFacts):
    """Minutes that were issued before the portal came, with their file and what became of their tasks."""

    series_id = OneOf("例会")
    file = BigUpload("纪要原件", kinds=(Kind.PDF,))
    tasks = Paragraphs("交办事项", required=False, longest=20_000)

    handed_out: Sequence[EarlierTask] = ()

    def offer(self, series: Sequence[MeetingSeries], units: Units) -> None:
        """Say which series there are, and who can be named."""
        self.series, self.units = {one.id: one for one in series}, units
        self.series_id.offer(series)
        if len(series) == 1 and not self.is_submitted():
            self.series_id.data = series[0].id
        self.file.offer("minutes.back_entry")

    def validate_tasks(self, field: Paragraphs) -> None:
        """A task is a line; what cannot be read is named by it."""
        day = None if self.day.errors else self.day.data
        self.handed_out = _read(tasks_in, field.data or "", self.units, day, self.decided)


class AmendForm(EntryFacts):
    """What was entered of earlier minutes, put right."""


class BatchForm(Form):
    """Many earlier minutes at once."""

    files = BatchFiles("压缩包，或清单和 PDF 文件")


def _read(how: Callable[..., Read], *typed: Any) -> Read:
    try:
        return how(*typed)
    except (ValueError, Unreadable) as why:
        raise ValidationError(str(why)) from None
