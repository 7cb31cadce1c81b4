"""What is typed about problems of enterprises."""

from portal.enterprises.models.problems import Satisfaction
from portal.files.uploads import Files
from portal.web.choices import Choice, OneOf
from portal.web.fields import Line, Paragraphs
from portal.web.forms import Form

LONGEST = 5_000


class EditProblem(Form):
    """What an enterprise has trouble with and what it wishes."""

    title = Line("问题", longest=100, description="一句话说清楚，例如：二期厂房用地手续未办结。")
    text = Paragraphs("具体情况", longest=LONGEST, description="什么时候发生、卡在哪个环节、已经做过什么。")
    wish = Paragraphs("企业诉求", required=False, longest=LONGEST)
    files = Files("附件", description="可以一次选择多个文件。请先自查，不得上传涉密内容。")


class ReportProblem(EditProblem):
    """A new problem, of one of the enterprises."""

    enterprise_id = OneOf("企业或项目")


class Match(Form):
    """Which theme group is to deal with a problem."""

    group_id = OneOf("专题组", description="组员会收到消息，并可以查看和办理这个问题。")


class Resolve(Form):
    """How a problem was solved."""

    resolution = Paragraphs("怎样解决的", longest=LONGEST, description="上报人会据此向企业核实。")


class Confirm(Form):
    """The enterprise's word on the result."""

    satisfaction = Choice("企业是否满意", Satisfaction, description="企业认为没有解决的，请返回点“重新办理”。")
