"""What people type about one course."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from wtforms.validators import ValidationError

from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme, PolicyField
from portal.db import clock
from portal.people.models.departments import Department
from portal.web.choices import OneOf
from portal.web.fields import Day, Line, Paragraphs, Whole
from portal.web.forms import Form


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


class OutlineForm(Form):
    """What a lecturer is going to say, point by point."""

    outline = Paragraphs("讲课提纲", longest=5000)


class DeliveryForm(Form):
    """On which day a lesson was given."""

    day = Day("讲授日期")

    def validate_day(self, field: Day) -> None:
        """A lesson is noted when it has been given."""
        if field.data and field.data > clock.today():
            raise ValidationError("讲授日期不能晚于今天，请在讲授之后登记。")
