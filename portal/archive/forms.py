"""What people type in the archive: a retention, and a file to verify."""

import os
from typing import Any

from wtforms.validators import ValidationError

from portal.archive.models import AppraisalChoice, Retention
from portal.forms import Choice, Form, Paragraphs, Tick, Upload
from portal.verify import LARGEST


class Accept(Form):
    """接收归档。"""

    retention = Choice("保管期限", Retention)


class Propose(Form):
    """提出鉴定意见。"""

    choice = Choice("意见", AppraisalChoice)
    reason = Paragraphs("理由", longest=2000)


class BringPackage(Form):
    """移交接收：收到的封装包。"""

    file = Upload("封装包（ZIP 文件）", accept=".zip,application/zip")


class TakeOver(Form):
    """接收封装包。"""

    compared = Tick("已与移交单位核对根证书指纹", required="请先与移交单位核对根证书指纹，再勾选接收。")


class Bring(Form):
    """核验文件。"""

    file = Upload("PDF 文件", accept=".pdf,application/pdf")

    def validate_file(self, field: Any) -> None:
        """An empty or too large file is refused before it is kept."""
        if field.data is None:
            return
        size = field.data.stream.seek(0, os.SEEK_END)
        field.data.stream.seek(0)
        if not size:
            raise ValidationError("这个文件是空的，请重新选择。")
        if size > LARGEST:
            raise ValidationError(f"文件太大：核验最大支持 {LARGEST // 1024 // 1024} MB 的文件。")
