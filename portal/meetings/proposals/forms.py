"""What people type about proposed items."""

from collections.abc import Sequence

from portal.files.uploads import Files
from portal.meetings.agenda.forms import LONGEST_ASK
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.series import ItemKind
from portal.meetings.series.forms import LONGEST_TITLE
from portal.web.choices import Choice, OneOf
from portal.web.fields import Day, Line, Paragraphs, Whole
from portal.web.forms import Form


class ProposeForm(Form):
    """An item an officer asks the meeting to take up."""

    title = Line("议题", longest=LONGEST_TITLE)
    kind = Choice("类别", ItemKind)
    ask = Paragraphs("提请研究事项", longest=LONGEST_ASK, description="请会议研究、决定什么；可附上已做的工作。")
    minutes = Whole("所需时间（分钟）", lowest=1, highest=120)
    problem_id = OneOf("相关的企业问题", required=False, blank="没有", description="只列出您上报的、还没有上会的问题。")
    files = Files("附件", description="可以一次选择多个文件。请先自查，不得上传涉密内容。")


class DeferForm(Form):
    """Until when an item is kept back from the agendas."""

    until = Day("暂缓到哪一天")


class MergeForm(Form):
    """Into which item a proposal is merged."""

    into_id = OneOf("并入")

    def __init__(self, items: Sequence[AgendaItem]) -> None:
        super().__init__()
        self.items = items
        self.into_id.offer(items, lambda item: item.title)
