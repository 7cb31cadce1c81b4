"""What people choose when they bring in an old ledger."""

from portal.web.fields import Upload
from portal.web.forms import Form


class ImportLedger(Form):
    """A ledger that was kept elsewhere."""

    file = Upload(
        "旧台账", accept=".xlsx,.csv", description=".xlsx 或 .csv，最多 5000 行。请先自查，不得上传涉密内容。"
    )
