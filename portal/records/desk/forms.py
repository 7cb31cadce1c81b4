"""What is filled in at the end of a meeting."""

from flask import request

from portal.meetings.models.agenda import OUTCOMES, AgendaItem, ItemState
from portal.meetings.models.meetings import Meeting
from portal.web.fields import Paragraphs
from portal.web.forms import Form

OUTCOME_BY_CODE = {state.value: state for state in OUTCOMES}


class Adjourn(Form):
    """The end of a meeting; the outcomes of its open items are posted beside it, as outcome-7."""

    why = Paragraphs("问题未处理仍要散会的理由", required=False, longest=2_000)


def outcomes_of(meeting: Meeting) -> dict[int, ItemState]:
    """The outcomes that were posted, by the item's number."""
    words = {item.id: request.form.get(f"outcome-{item.id}", "") for item in meeting.items}
    return {number: OUTCOME_BY_CODE[word] for number, word in words.items() if word in OUTCOME_BY_CODE}


def likely_outcome(item: AgendaItem, was_written: bool) -> ItemState:
    """What is ticked beforehand: dealt with where the meeting was at it, otherwise not reached."""
    return ItemState.dealt_with if item.started_at or was_written else ItemState.not_reached
