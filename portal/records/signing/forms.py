"""What is typed when a record is signed."""

from portal.web.fields import Secret
from portal.web.forms import Form


class Sign(Form):
    """The signing PIN."""

    pin = Secret("签名口令")
