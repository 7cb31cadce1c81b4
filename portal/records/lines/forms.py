"""What is typed into the record."""

from portal.records.models import LineKind
from portal.web.choices import Choice
from portal.web.fields import Line, Paragraphs
from portal.web.forms import Form


class Words(Form):
    """A line as it is typed, or several that were pasted."""

    text = Paragraphs("记录")


class Turned(Form):
    """What a line is to be."""

    kind = Choice("改为", LineKind)


class PhraseForm(Form):
    """A turn of phrase."""

    text = Line("常用语")
