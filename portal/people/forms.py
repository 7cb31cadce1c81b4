"""What is typed about people."""

from typing import Any

from wtforms.validators import Regexp, ValidationError

from portal.forms import Choice, Day, Form, Line, OneOf, Paragraphs, Secret, SomeOf, Whole
from portal.people import queries
from portal.people.models import GUARDED_ROLES, OWN_TO_GIVE, GroupKind, Part, Role, User

ABOUT_PASSWORDS = "至少 10 位，不含账号；用几个词连成一句更好记。"
ABOUT_PINS = "至少 6 位，与登录密码不同。口令不保存在任何地方，忘记后只能重新设置签名。"
_USERNAME = Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]{1,31}$", message="账号用 2 到 32 位字母、数字、点、短横或下划线。")
_PHONE = Regexp(r"^[0-9 +()（）-]*$", message="电话只能包含数字、空格、加号、括号和短横。")
_EMAIL = Regexp(r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$", message="请填写完整的邮箱地址，例如 name@example.cn。")


class SignIn(Form):
    """Account and password."""

    username = Line("账号", longest=64)
    password = Secret("密码")


class _Twice(Form):
    """A new secret that is typed twice."""

    first = "password"

    def validate_again(self, field: Any) -> None:
        """Both must be the same."""
        if field.data != self[self.first].data:
            raise ValidationError("两次填写的不一致，请重新填写。")


class ChangePassword(_Twice):
    """The current password and twice a new one."""

    current = Secret("当前密码")
    password = Secret("新密码", shortest=10, description=ABOUT_PASSWORDS)
    again = Secret("再填一次新密码")


class MakeKey(_Twice):
    """A signing PIN typed twice, and the account's password to show who asks."""

    first = "pin"
    pin = Secret("签名口令", shortest=6, description=ABOUT_PINS)
    again = Secret("再填一次签名口令")
    current = Secret("登录密码", description="确认是您本人。")

    def validate_pin(self, field: Any) -> None:
        """The PIN must be no second copy of the password."""
        if field.data == self.current.data:
            raise ValidationError("签名口令不能与登录密码相同，请换一个。")


class ChangePin(_Twice):
    """The current PIN and twice a new one."""

    first = "pin"
    old = Secret("当前签名口令")
    pin = Secret("新签名口令", shortest=6, description=ABOUT_PINS)
    again = Secret("再填一次新签名口令")


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
        self.department_id.offer(queries.departments())

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the operations take it."""
        chosen = self.department_id.data
        return {
            "name": self.name.data, "department": queries.department(chosen) if chosen else None,
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


class GrantRole(Form):
    """A role to grant."""

    role = Choice("角色", Role)


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
        choosable = [one for one in queries.people_to_choose() if one.id != person.id]
        self.deputy_id.offer(choosable, lambda one: one.titled)

    @property
    def chosen(self) -> list[Part]:
        """The parts that were ticked."""
        return [self.offered[place - 1] for place in self.parts.data or ()]


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
        choosable = queries.people_to_choose(members)
        self.lead_id.offer(choosable, lambda one: one.titled)
        self.member_ids.offer(choosable, lambda one: one.titled)

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the operations take it."""
        chosen = queries.people_with([self.lead_id.data]) if self.lead_id.data else ()
        return {
            "kind": self.kind.data, "name": self.name.data, "about": self.about.data, "rank": self.rank.data or 0,
            "lead": next(iter(chosen), None), "members": queries.people_with(self.member_ids.data or ()),
        }  # fmt: skip
