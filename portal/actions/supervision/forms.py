"""What people type when they press for a task or look back at it."""

from portal.web.choices import Choice
from portal.web.fields import Paragraphs
from portal.web.forms import Form


class LookBackForm(Form):
    """What was found when a closed task was looked at again."""

    holds = Choice("结果", [("yes", "巩固：问题没有再出现"), ("no", "反弹：重启办理，编号不变")])
    finding = Paragraphs("复查情况", longest=2000)


class Urge(Form):
    """What the supervisor presses for."""

    text = Paragraphs("催办内容", longest=2000)
