"""What people type about programmes and policy fields."""

from portal.web.fields import Line, Paragraphs, Tick, Whole
from portal.web.forms import Form


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


class SeveralForm(Form):
    """Several courses, one a line."""

    rows = Paragraphs("课程", longest=20_000)
    by_rota = Tick("没有写主讲人的，按轮值指定")
