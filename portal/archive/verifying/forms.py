"""A file to verify."""

import os
from typing import Any

from wtforms.validators import ValidationError

from portal.documents.verify import LARGEST
from portal.web.fields import Upload
from portal.web.forms import Form


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
