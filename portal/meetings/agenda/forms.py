"""What people type about the items of an agenda."""

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField

from portal.meetings.models.series import ItemKind
from portal.meetings.series.forms import LONGEST_TITLE, MOST_MINUTES, named, picked
from portal.people.models.accounts import User
from portal.web.choices import Choice, OneOf
from portal.web.fields import Line, Paragraphs, Whole
from portal.web.forms import Form

LONGEST_ASK = 2_000


class _Item(Form):
    """What every item has."""

    title = Line("议题", longest=LONGEST_TITLE)
    kind = Choice("类别", ItemKind)
    minutes = Whole("分钟", lowest=0, highest=MOST_MINUTES)
    reporter_id = OneOf("汇报人", required=False, blank="不指定")

    def __init__(self, people: Sequence[User], **more: Any) -> None:
        super().__init__(**more)
        self.people = people
        self.reporter_id.offer(people, named)

    @property
    def reporter(self) -> User | None:
        """Who was chosen to report."""
        return picked(self.people, self.reporter_id.data)


class AgendaLine(_Item):
    """One line of the agenda, typed with Enter at its end."""

    after = HiddenField()

    @property
    def follows(self) -> int | None:
        """The number of the item it is inserted behind, if it is not to be the last."""
        typed = str(self.after.data or "")
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 11 else None


class ItemForm(_Item):
    """Everything about an item that can be changed."""

    ask = Paragraphs("提请研究事项", required=False, longest=LONGEST_ASK, description="请会议研究、决定什么。")
