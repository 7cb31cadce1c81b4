"""What is typed about departments and groups."""

from typing import Any

from portal.people.accounts import queries as accounts_queries
from portal.people.departments import queries
from portal.people.models.groups import GroupKind
from portal.web.choices import Choice, OneOf, SomeOf
from portal.web.fields import Line, Paragraphs, Whole
from portal.web.forms import Form


class EditDepartment(Form):
    """A department's names."""

    name = Line("部门全称", longest=80)
    short = Line("简称", longest=20, description="用在名单和台账中，例如“市工信局”。")


class EditGroup(Form):
    """A group and who belongs to it."""

    name = Line("名称", longest=80)
    kind = Choice("类别", GroupKind)
    rank = Whole("排序号", lowest=0, highest=9999, default=0)
    lead_id = OneOf("负责人", required=False, blank="暂无")
    about = Paragraphs("职责", required=False, longest=2000)
    member_ids = SomeOf("成员")

    def __init__(self, *, thing: Any = None) -> None:
        super().__init__(thing=thing)
        members = queries.member_ids(thing) if thing else frozenset()
        if not self.is_submitted():
            self.member_ids.data = list(members)
        choosable = accounts_queries.people_to_choose(members)
        self.lead_id.offer(choosable, lambda one: one.titled)
        self.member_ids.offer(choosable, lambda one: one.titled)

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the operations take it."""
        chosen = accounts_queries.people_with([self.lead_id.data]) if self.lead_id.data else ()
        return {
            "kind": self.kind.data, "name": self.name.data, "about": self.about.data, "rank": self.rank.data or 0,
            "lead": next(iter(chosen), None), "members": accounts_queries.people_with(self.member_ids.data or ()),
        }  # fmt: skip
