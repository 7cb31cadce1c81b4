"""What is typed about enterprises and projects."""

from portal.enterprises.models.enterprises import ClientKind
from portal.enterprises.problems.forms import LONGEST
from portal.web.choices import Choice, OneOf, SomeOf
from portal.web.fields import Line, Paragraphs
from portal.web.forms import Form


class EditEnterprise(Form):
    """An enterprise or a project and who looks after it."""

    kind = Choice("类别", ClientKind)
    name = Line("名称", longest=100)
    about = Paragraphs("基本情况", required=False, longest=LONGEST, description="主营业务、规模、所在区县等。")
    leader_id = OneOf("包联领导", required=False, blank="未指定")
    officer_ids = SomeOf("包联的首席服务官")
