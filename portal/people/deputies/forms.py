"""What is typed about deputies."""

from portal.people.accounts import queries as accounts_queries
from portal.people.models.accounts import User
from portal.people.models.roles import OWN_TO_GIVE, Part
from portal.web.choices import OneOf, SomeOf
from portal.web.fields import Day, Line
from portal.web.forms import Form


class NameDeputy(Form):
    """Who stands in, from when to when, and for what."""

    deputy_id = OneOf("代办人", description="在这段时间代行下面的职责，所办的每件事都注明“代”。")
    starts = Day("开始日期")
    ends = Day("结束日期", description="含当天。")
    parts = SomeOf("代行的职责", required=True)
    reason = Line("原因", required=False, longest=100, description="例如：出差、学习、休假。")

    def __init__(self, person: User, parts: list[Part], *, own: bool) -> None:
        super().__init__()
        self.offered = [part for part in parts if own or part not in OWN_TO_GIVE]
        self.parts.choices = [(str(place), part.label) for place, part in enumerate(self.offered, 1)]
        choosable = [one for one in accounts_queries.people_to_choose() if one.id != person.id]
        self.deputy_id.offer(choosable, lambda one: one.titled)

    @property
    def chosen(self) -> list[Part]:
        """The parts that were ticked."""
        return [self.offered[place - 1] for place in self.parts.data or ()]
