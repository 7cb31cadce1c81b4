"""What people type when they ask for an extension or a transfer, and in the answers."""

from portal.actions.progress.forms import Due
from portal.web.choices import OneOf
from portal.web.fields import Paragraphs
from portal.web.forms import Form


class Transfer(Form):
    """To which department and person a task should go, and why."""

    department_id = OneOf("转到单位")
    person_id = OneOf("承办人", description="对方单位的承办人，同意转单位后由他（她）签收。")
    why = Paragraphs("理由", longest=2000)


class Extend(Form):
    """Until when, and why."""

    new_due = Due("延期到")
    reason = Paragraphs("理由", longest=2000)
    progress = Paragraphs("目前进展", longest=2000)


class Decide(Form):
    """The answer to an extension."""

    answer = Paragraphs("答复", required=False, longest=2000, description="不同意时请写明理由。")
