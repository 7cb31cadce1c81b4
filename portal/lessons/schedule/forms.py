"""What is typed about the schedule."""

from portal.web.fields import Line
from portal.web.forms import Form


class ReleaseForm(Form):
    """What is said of a release."""

    note = Line("说明", required=False, longest=200)
