"""What listeners type about a lesson."""

from portal.web.choices import Choice
from portal.web.fields import Paragraphs
from portal.web.forms import Form

MARKS = [("5", "很好"), ("4", "好"), ("3", "一般"), ("2", "差"), ("1", "很差")]


class FeedbackForm(Form):
    """Three questions about a lesson."""

    useful = Choice("内容对服务企业有没有用？", MARKS)
    clear = Choice("讲得清楚不清楚？", MARKS)
    wish = Paragraphs("还想听什么，有什么建议？", required=False, longest=1000)
