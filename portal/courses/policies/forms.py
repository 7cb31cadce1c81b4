"""What people type about policies."""

from wtforms.validators import ValidationError

from portal.db import clock
from portal.files.uploads import Files
from portal.web.fields import Day, Line, Paragraphs
from portal.web.forms import Form

SUMMARY = 1_500  # characters that fill one printed page
PARTS = "政策要点；谁能享受；怎样申请、找谁办；服务企业时注意什么。"


class SummaryForm(Form):
    """The summary on one page, and until when the policy holds."""

    summary = Paragraphs("一页纸摘要", longest=SUMMARY)
    valid_until = Day("有效期至", required=False)


class SourceForm(Form):
    """A source document."""

    title = Line("文件名称", longest=150)
    authority = Line("发文机关", required=False, longest=80)
    reference = Line("文号", required=False, longest=60)
    issued_on = Day("成文日期", required=False)
    files = Files("原文文件", description="可以不上传。请先自查，不得上传涉密内容和内部文件。")

    def validate_issued_on(self, field: Day) -> None:
        """A document was issued before it is added."""
        if field.data and field.data > clock.today():
            raise ValidationError("成文日期不能晚于今天。")

    def validate_files(self, field: Files) -> None:
        """One document, one file."""
        if len(field.data or ()) > 1:
            raise ValidationError("一次只传一份文件，其他的请另行添加。")
