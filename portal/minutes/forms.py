"""What is typed about minutes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from wtforms.validators import ValidationError

from portal import clock, paper
from portal.actions.old_ledger import Units
from portal.errors import Unreadable
from portal.examine import Kind
from portal.forms import Choice, Clock, Day, Form, Line, OneOf, Paragraphs, Secret, SomeOf, Tick, Upload
from portal.meetings.models import MeetingSeries
from portal.minutes.batches import MOST_FILES
from portal.minutes.earlier import EarlierTask, check_days, decisions_in, number_in, tasks_in
from portal.people.models import Department, User
from portal.uploads import BigUpload, Files

Read = TypeVar("Read")

OUTLINE = (
    "一行一段；段首写“一、”“（一）”“1.”“（1）”即为各级标题。"
    "Tab 降级，Shift+Tab 升级，先按 Esc 再按 Tab 离开。"
    "表格每行写一行，各格用竖线“|”隔开，第一行是表头。“【议定…】”“【交办…】”印出时自动换成该事项的最新内容。"
)
MOST_FURTHER = 4
LONGEST_OPINION = 2_000
CMS_FILES = ".p7s,.cms,.der,.p7m"


class EditForm(Form):
    """The text of the minutes and what is printed around it."""

    title = Line("标题", longest=100)
    text = Paragraphs("正文", description=OUTLINE)
    attachments = Paragraphs("附件", required=False, longest=2_000, description="一行写一个附件的名称，印在正文之后。")
    distribution = Line(
        "分送单位", required=False, longest=500, description="印在版记的“分送”一栏，各单位之间用逗号隔开。"
    )
    mark = Choice("公开属性", [("内部", "内部"), ("公开", "公开")])


class PassOpinion(Form):
    """The reviewer's opinion, which without words reads 同意."""

    text = Paragraphs(
        "审核意见",
        required=False,
        longest=LONGEST_OPINION,
        description=f"通过时不填就记为“同意”，最多 {paper.REVIEW_BOX.room} 字；退改时必须写明意见。",
    )


class PassForm(PassOpinion):
    """The same with the PIN that signs it on the 审签单."""

    pin = Secret("签名口令", description="通过时填写，意见由您签名后写入审签单。连续输错 5 次会锁定。")


class ReturnForm(Form):
    """Why the minutes go back."""

    text = Paragraphs("退改意见", id="return-text", longest=LONGEST_OPINION, description="写明哪一段、怎样改。")


class SignOpinion(Form):
    """The signer's opinion, which without words reads 同意."""

    text = Paragraphs(
        "签署意见",
        required=False,
        longest=LONGEST_OPINION,
        description=f"写在审签单上，最多 {paper.SIGN_BOX.room} 字；不填时签发记为“同意印发”，会签记为“同意”。",
    )


class SignForm(SignOpinion):
    """The same with the PIN that opens the signer's own key."""

    pin = Secret("签名口令", description="连续输错 5 次会锁定。")


class CommentForm(Form):
    """What is said about one paragraph."""

    place = OneOf("段落")
    text = Paragraphs("批注", longest=LONGEST_OPINION)

    def offer(self, paragraphs: Sequence[str]) -> None:
        """Say which paragraphs there are."""
        self.place.choices = [
            ("", self.place.blank),
            *((str(n), f"第 {n} 段：{one[:24]}{'…' if len(one) > 24 else ''}") for n, one in enumerate(paragraphs, 1)),
        ]


class ConsultForm(Form):
    """Until when those who attended can say what should be corrected."""

    day = Day("截止日期")
    time = Clock("截止时间")

    @property
    def until(self) -> datetime:
        """The moment that was typed."""
        day, time = self.day.data, self.time.data
        if day is None or time is None:
            raise ValueError("asked before the form was read")
        return clock.moment(day, time.hour, time.minute)


class AnswerForm(Form):
    """What should be corrected; nothing means agreement."""

    text = Paragraphs("修改意见", required=False, longest=LONGEST_OPINION, description="没有意见不用填写。")


class ReadersForm(Form):
    """Whom the minutes go to beyond the members of the series."""

    user_ids = SomeOf("人员")
    department_ids = SomeOf("单位", description="选中单位的全体人员都可以查看。")

    def offer(self, people: Sequence[User], departments: Sequence[Department]) -> None:
        """Say who can be chosen."""
        self.people = {one.id: one for one in people}
        self.departments = {one.id: one for one in departments}
        self.user_ids.offer(people, lambda user: user.titled)
        self.department_ids.offer(departments, lambda one: one.name)

    def chosen(self) -> tuple[list[User], list[Department]]:
        """Who was chosen."""
        return (
            [self.people[one] for one in self.user_ids.data or ()],
            [self.departments[one] for one in self.department_ids.data or ()],
        )


class SigningForm(Form):
    """Who else signs the minutes of a series, and what is seen of it."""

    first_id = OneOf("会签人一", required=False, blank="没有")
    second_id = OneOf("会签人二", required=False, blank="没有")
    third_id = OneOf("会签人三", required=False, blank="没有")
    fourth_id = OneOf("会签人四", required=False, blank="没有")
    visible = Tick("在纸面上显示签名", description="不选时，签名在文件中，纸面上看不见。")
    sealed = Tick("签发后加盖单位印章", description="会议纪要按规定一般不加盖印章。")

    @property
    def further(self) -> list[Any]:
        """The fields of the further signers, in signing order."""
        return [self.first_id, self.second_id, self.third_id, self.fourth_id]

    def offer(self, people: Sequence[User]) -> None:
        """Say who can be chosen."""
        self.people = {one.id: one for one in people}
        for one in self.further:
            one.offer(people, lambda user: user.titled)

    def chosen(self) -> list[User]:
        """Who was chosen, in order."""
        return [self.people[one.data] for one in self.further if one.data]


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


class WordForm(Form):
    """The Word file whose text comes back."""

    file = Upload("Word 文件", accept=".docx")


class OutsidePassForm(Form):
    """The signature an outside platform has made on the reviewer's opinion."""

    sheet = Upload("审签单的签名文件（CMS）", accept=CMS_FILES)

    @property
    def signatures(self) -> list[Any]:
        """The fields, in the order the papers are signed."""
        return [self.sheet]


class OutsideSignForm(OutsidePassForm):
    """The same of a signer, who signs the paper too."""

    paper = Upload("纪要的签名文件（CMS）", accept=CMS_FILES)

    @property
    def signatures(self) -> list[Any]:
        """The fields, in the order the papers are signed."""
        return [self.sheet, self.paper]


class AppointForm(Form):
    """Who reviews and who signs."""

    reviewer_id = OneOf("审核人")
    signatory_id = OneOf("签发人")

    def offer(self, people: Sequence[User]) -> None:
        """Say who can be chosen."""
        self.reviewer_id.offer(people, lambda user: user.titled)
        self.signatory_id.offer(people, lambda user: user.titled)
