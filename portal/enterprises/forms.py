"""What is typed about enterprises and their problems."""

from portal.enterprises.models import ClientKind, Satisfaction
from portal.forms import Choice, Form, Line, OneOf, Paragraphs, SomeOf
from portal.uploads import Files

LONGEST = 5_000


class EditEnterprise(Form):
    """An enterprise or a project and who looks after it."""

    kind = Choice("类别", ClientKind)
    name = Line("名称", longest=100)
    about = Paragraphs("基本情况", required=False, longest=LONGEST, description="主营业务、规模、所在区县等。")
    leader_id = OneOf("包联领导", required=False, blank="未指定")
    officer_ids = SomeOf("包联的首席服务官")


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
