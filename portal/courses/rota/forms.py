"""What people type about lecturers and the rota."""

from collections.abc import Sequence
from typing import Any

from wtforms.validators import ValidationError

from portal.courses.rota import queries
from portal.courses.rota.queries import Turn
from portal.db import clock
from portal.web.choices import OneOf
from portal.web.fields import Day, Line
from portal.web.forms import Form


def named_by(turns: Sequence[queries.Turn]) -> Any:
    """How the officers of the rota are named in a choice."""
    names = {turn.person.id: name_of_turn(turn) for turn in turns}
    return lambda person: names[person.id]


class LecturerForm(Form):
    """Who is to give a lesson."""

    lecturer_id = OneOf("主讲人")


class PauseForm(Form):
    """Why somebody's turn does not come for a while, and until when."""

    why = Line("理由", longest=100)
    until = Day("暂停至", required=False)

    def validate_until(self, field: Day) -> None:
        """A pause ends later than it begins."""
        if field.data and field.data < clock.today():
            raise ValidationError("这一天已经过去。长期不参加轮值的，请留空。")


def name_of_turn(turn: Turn) -> str:
    """市工信局 张某某（已讲 1 次，最近 2026年3月2日）."""
    return f"{turn.person.titled}（{turn.words}）"
