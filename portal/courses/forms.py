"""What people type about programmes, courses and slides."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from wtforms.validators import ValidationError

from portal import clock
from portal.courses.models import Course, CourseProgramme, PolicyField, Visibility
from portal.courses.operations import SLIDE_KINDS
from portal.courses.planning import Turn
from portal.database import Numbered
from portal.forms import Choice, Day, Form, Line, OneOf, Paragraphs, Tick, Whole
from portal.people.models import Department
from portal.uploads import BigUpload

Row = TypeVar("Row", bound=Numbered)
LONGEST_NOTE = 500


class ProgrammeForm(Form):
    """A programme."""

    title = Line("计划名称", longest=100)
    year = Whole("年度", lowest=2000, highest=2199)
    first_month = Whole("起始月份", lowest=1, highest=12, required=False, default=1)
    last_month = Whole("结束月份", lowest=1, highest=12, required=False, default=12)
    about = Paragraphs("说明", required=False, longest=2000)


class FieldForm(Form):
    """A policy field."""

    name = Line("名称", longest=40)
    rank = Whole("排序号", lowest=0, highest=999, default=0)


class Month(NamedTuple):
    """A month of a season as something to choose."""

    id: int

    def __str__(self) -> str:
        return f"{self.id}月"


class CourseForm(Form):
    """A course without its lecturer."""

    topic = Line("课题", longest=100)
    field_id = OneOf("政策领域")
    department_id = OneOf("责任单位", required=False, blank="不指定")
    month_number = OneOf("计划月份", required=False, blank="未定")
    minutes = Whole("时长（分钟）", lowest=5, highest=240, default=30)
    aims = Paragraphs("讲什么、要解决什么问题", required=False, longest=5000)

    def offer(
        self,
        fields: Sequence[PolicyField],
        departments: Sequence[Department],
        programme: CourseProgramme,
        course: Course | None = None,
    ) -> None:
        """Say what can be chosen, and which month was."""
        self.programme = programme
        self.field_id.offer(fields)
        self.department_id.offer(departments)
        self.month_number.offer([Month(day.month) for day in programme.months])
        if course is not None and course.month and not self.is_submitted():
            self.month_number.data = course.month.month

    @property
    def month(self) -> date | None:
        """The first day of the chosen month."""
        number = self.month_number.data
        return date(self.programme.year, number, 1) if number else None


class NewCourseForm(CourseForm):
    """A course, with its lecturer where that is known already."""

    lecturer_id = OneOf("主讲人", required=False, blank="以后再定")


class LecturerForm(Form):
    """Who is to give a lesson."""

    lecturer_id = OneOf("主讲人")


class SeveralForm(Form):
    """Several courses, one a line."""

    rows = Paragraphs("课程", longest=20_000)
    by_rota = Tick("没有写主讲人的，按轮值指定")


class PauseForm(Form):
    """Why somebody's turn does not come for a while, and until when."""

    why = Line("理由", longest=100)
    until = Day("暂停至", required=False)

    def validate_until(self, field: Day) -> None:
        """A pause ends later than it begins."""
        if field.data and field.data < clock.today():
            raise ValidationError("这一天已经过去。长期不参加轮值的，请留空。")


class OutlineForm(Form):
    """What a lecturer is going to say, point by point."""

    outline = Paragraphs("讲课提纲", longest=5000)


class SecrecyForm(Form):
    """What a lecturer answers for."""

    no_state_secrets = Tick("不含国家秘密、工作秘密。", required="请确认后勾选。")
    no_business_secrets = Tick(
        "不含企业商业秘密和个人信息，引用的企业案例已经企业同意或隐去名称。", required="请确认后勾选。"
    )
    published_only = Tick("引用的政策已经公开发布，没有内部讨论稿、征求意见稿。", required="请确认后勾选。")


class DeliveryForm(Form):
    """On which day a lesson was given."""

    day = Day("讲授日期")

    def validate_day(self, field: Day) -> None:
        """A lesson is noted when it has been given."""
        if field.data and field.data > clock.today():
            raise ValidationError("讲授日期不能晚于今天，请在讲授之后登记。")


class MaterialForm(Form):
    """One upload: new slides, or a new version of slides handed in before."""

    material_id = OneOf("提交方式", required=False, blank="新的课件")
    title = Line("课件名称", required=False, longest=100)
    file = BigUpload("课件文件", kinds=SLIDE_KINDS)
    note = Line("修改说明", required=False, longest=LONGEST_NOTE)
    visibility = Choice("何时开放查看", Visibility, default=Visibility.before)
    secrecy_checked = Tick(
        "保密自查：我已逐页检查，课件不含国家秘密、工作秘密和企业商业秘密。",
        required="请先逐页自查，确认不含涉密信息后勾选。",
    )

    def offer(self, course: Course) -> None:
        """Offer the slides that take a new version; after a return the same slides are meant."""
        open_ones = [one for one in course.materials if one.lifecycle.is_open(one, "submit_material")]
        self.material_id.offer(open_ones, lambda one: f"《{one.title}》的新版本")
        self.file.offer(upload_purpose(course))
        if open_ones and not self.is_submitted():
            meant = next((one for one in open_ones if one.is_to_be_mended), open_ones[-1])
            self.material_id.data, self.visibility.data = meant.id, meant.visibility


def upload_purpose(course: Course) -> str:
    """What a file that comes in pieces is for: slides of this very course."""
    return f"courses.submit_material {course.id}"


class VisibilityForm(Form):
    """From when slides may be seen."""

    visibility = Choice("何时开放查看", Visibility)


class ApprovalForm(Form):
    """The review passed, the secrecy review among it."""

    secrecy_reviewed = Tick("保密审查：已核对最新一版，不含涉密和不宜公开的内容。", required="请先完成保密审查再通过。")


def name_of_turn(turn: Turn) -> str:
    """市工信局 张某某（已讲 1 次，最近 2026年3月2日）."""
    return f"{turn.person.titled}（{turn.words}）"


def chosen(rows: Sequence[Row], number: int | None) -> Row | None:
    """The row that a form's choice names, or None."""
    return next((row for row in rows if row.id == number), None)
