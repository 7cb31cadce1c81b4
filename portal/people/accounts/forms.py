"""What is typed about people."""

from typing import Any

from wtforms.validators import Regexp

from portal.people.departments import queries as departments_queries
from portal.people.models.roles import GUARDED_ROLES, Role
from portal.web.choices import OneOf, SomeOf
from portal.web.fields import Line, Whole
from portal.web.forms import Form

_USERNAME = Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]{1,31}$", message="账号用 2 到 32 位字母、数字、点、短横或下划线。")
_PHONE = Regexp(r"^[0-9 +()（）-]*$", message="电话只能包含数字、空格、加号、括号和短横。")
_EMAIL = Regexp(r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$", message="请填写完整的邮箱地址，例如 name@example.cn。")


class EditPerson(Form):
    """What is known of a person."""

    name = Line("姓名", longest=40)
    department_id = OneOf("部门", required=False, blank="不属于任何部门")
    post = Line("职务", required=False, longest=80)
    rank = Whole("排序号", lowest=0, highest=9999, default=0, description="同一部门内按此号由小到大排列。")
    phone = Line("电话", required=False, longest=40, validators=[_PHONE])
    email = Line("邮箱", required=False, longest=120, validators=[_EMAIL])

    def __init__(self, *, thing: Any = None) -> None:
        super().__init__(thing=thing)
        self.department_id.offer(departments_queries.departments())

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the operations take it."""
        chosen = self.department_id.data
        return {
            "name": self.name.data, "department": departments_queries.department(chosen) if chosen else None,
            "post": self.post.data, "rank": self.rank.data or 0, "phone": self.phone.data, "email": self.email.data,
        }  # fmt: skip


class AddPerson(EditPerson):
    """A new person with an account."""

    username = Line("账号", longest=32, validators=[_USERNAME], description="登录用，字母不分大小写，以后不能修改。")
    roles = SomeOf("角色", description="会议秘书、市级领导、审计员角色在添加之后单独授予。")

    def __init__(self) -> None:
        super().__init__()
        self.plain = [role for role in Role if role not in GUARDED_ROLES]
        self.roles.choices = [(str(place), role.label) for place, role in enumerate(self.plain, 1)]

    @property
    def chosen_roles(self) -> list[Role]:
        """The roles that were ticked."""
        return [self.plain[place - 1] for place in self.roles.data or ()]
