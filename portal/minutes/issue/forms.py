"""What is typed when it is set whom minutes go to."""

from collections.abc import Sequence

from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.web.choices import SomeOf
from portal.web.forms import Form


class ReadersForm(Form):
    """Whom the minutes go to beyond the members of the series."""

    user_ids = SomeOf("人员")
    department_ids = SomeOf("单位", description="选中单位的全体人员都可以查看。")

    def offer(self, people: Sequence[User], departments: Sequence[Department]) -> None:
        """Say who can be chosen."""
        self.people = {one.id: one for one in people}
        self.departments = {one.id: one for one in departments}
        self.user_ids.offer(people, lambda user: user.titled)
        self.department_ids.offer(departments, lambda one: one.name)

    def chosen(self) -> tuple[list[User], list[Department]]:
        """Who was chosen."""
        return (
            [self.people[one] for one in self.user_ids.data or ()],
            [self.departments[one] for one in self.department_ids.data or ()],
        )
