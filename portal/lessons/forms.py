"""What people type about the schedule of lessons and about lessons they listened to."""

from portal.forms import Choice, Form, Line, Paragraphs

MARKS = [("5", "很好"), ("4", "好"), ("3", "一般"), ("2", "差"), ("1", "很差")]


class ReleaseForm(Form):
    """What is said of a release."""

    note = Line("说明", required=False, longest=200)


class FeedbackForm(Form):
    """Three questions about a lesson."""

    useful = Choice("内容对服务企业有没有用？", MARKS)
    clear = Choice("讲得清楚不清楚？", MARKS)
    wish = Paragraphs("还想听什么，有什么建议？", required=False, longest=1000)
