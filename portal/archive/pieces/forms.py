"""What people type to accept a piece: its retention."""

from portal.archive.models.pieces import Retention
from portal.web.choices import Choice
from portal.web.forms import Form


class Accept(Form):
    """接收归档。"""

    retention = Choice("保管期限", Retention)
