"""What people type to propose what is to become of a piece."""

from portal.archive.models.appraisals import AppraisalChoice
from portal.web.choices import Choice
from portal.web.fields import Paragraphs
from portal.web.forms import Form


class Propose(Form):
    """提出鉴定意见。"""

    choice = Choice("意见", AppraisalChoice)
    reason = Paragraphs("理由", longest=2000)
