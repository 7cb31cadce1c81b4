"""What is typed when the text is edited."""

from portal.web.choices import Choice
from portal.web.fields import Line, Paragraphs, Upload
from portal.web.forms import Form

OUTLINE = (
    "一行一段；段首写“一、”“（一）”“1.”“（1）”即为各级标题。"
    "Tab 降级，Shift+Tab 升级，先按 Esc 再按 Tab 离开。"
    "表格每行写一行，各格用竖线“|”隔开，第一行是表头。“【议定…】”“【交办…】”印出时自动换成该事项的最新内容。"
)


class EditForm(Form):
    """The text of the minutes and what is printed around it."""

    title = Line("标题", longest=100)
    text = Paragraphs("正文", description=OUTLINE)
    attachments = Paragraphs("附件", required=False, longest=2_000, description="一行写一个附件的名称，印在正文之后。")
    distribution = Line(
        "分送单位", required=False, longest=500, description="印在版记的“分送”一栏，各单位之间用逗号隔开。"
    )
    mark = Choice("公开属性", [("内部", "内部"), ("公开", "公开")])


class WordForm(Form):
    """The Word file whose text comes back."""

    file = Upload("Word 文件", accept=".docx")
